// An option by which a weakness is taken knowingly: completions offer the very words that it takes.
import { Option } from 'commander'
import type { Accepted, KeyAccepted } from '../domain/plan-shapes.ts'
import type { Weakness } from '../domain/profile.ts'

/** What may have to be accepted for a change. */
export type Acceptable = Accepted | KeyAccepted | Weakness

export const RULES: Record<Acceptable, string> = {
  'wrap-with-trusted': 'the token does not keep an exportable key from being wrapped with any key',
  'clear-on-host':
    'a key is in the clear in the memory of this machine for a moment: one in a file or a key block, or one that the token can not open as it is wrapped',
  'even-parity': 'a DES key or a part of one was made without odd parity: no slip in its bits is noticed; they are set',
  'software-key': 'no HSM has the wrapping key, as the file of its cloud says: that cloud can read what goes out',
  'no-so': 'the token knows no SO once its user has a PIN',
  'not-extractable': 'the token lets keys out that are not to leave it',
  'open-to-all': 'whoever reaches the token, without a PIN, can erase it and exchange public keys',
  'origin-untold': 'the token does not say of a key that it was made there',
  'short-pin': 'the token takes short PINs alone',
  unnamed: 'the token has neither a number nor a name of its own',
  'usage-unkept': 'the token goes on working with a key whatever its state is',
  'user-trusted': 'the user, without the SO, can take every exportable key out',
  unbacked: 'what is in no backup may go, or be used',
  'not-sent': 'whoever outside has the version before gets no next one, and can not read what is written with it',
  'no-spare': 'every one of the new shares is needed: one that is lost locks everyone out',
  clock: 'this clock is right, and the ledger, which is ahead of it, keeps its time',
}

export class Accepting extends Option {
  constructor(
    flags: string,
    description: string,
    readonly words: readonly string[],
  ) {
    super(flags, description)
  }
}
