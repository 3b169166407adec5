// What is wrong with a note that lies beside a ledger, and what to do about it.
import { refused } from '../domain/errors.ts'
import { keyrite, sh, to } from '../domain/hints.ts'

const aside = (path: string) => sh('mv', '-n', path, `${path}.aside`)

/** PENDING: nothing is done by it, to the token least of all. */
export const pendingOver = (path: string): Error =>
  refused(
    'PENDING',
    `${path} notes an init, and the ledger beside it is further than that`,
    to('set it aside', aside(path)),
  )

/** PENDING. Where a ledger is, it knows what is open, and the note can be set aside; without one the note was all there is. */
export function pendingDamaged(path: string, name: string, hasLedger: boolean): Error {
  const aside = sh('mv', '-n', path, `${path}.damaged`)
  const giveUp = keyrite('--partition', name, 'partition', 'recover', '--abandon')
  return refused(
    'PENDING',
    `${path} is damaged, or not of this version of keyrite${hasLedger ? '; the ledger beside it needs no such note' : ''}`,
    hasLedger ? aside : giveUp,
  )
}
