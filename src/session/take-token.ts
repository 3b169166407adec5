// The token of a new partition is taken: initialised under the temporary PIN, and asked what it can do, before anybody is given a share.
import { randomUUID } from 'node:crypto'
import type { Beginning } from '../change/operations/init-partition.ts'
import * as taken from '../change/taken-token.ts'
import type { Context } from '../cli/context.ts'
import type { FirstMark } from '../domain/ceremony-marks.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { BegunPending } from '../domain/pending.ts'
import { type Profile, weaknessesOf } from '../domain/profile.ts'
import type { Secret } from '../domain/secret.ts'
import type { Hsm, TokenFacts } from '../hsm/port.ts'
import type { Target } from './choose-token.ts'

/** `present`: the SO PIN that the token has now, where it has one that is not ours. */
export async function takeToken(
  target: Target,
  pending: BegunPending,
  present: Secret | undefined,
  ports: taken.TakingPorts,
): Promise<taken.Taken> {
  const { name } = pending
  if (target.kind === 'unfinished' && (await taken.isEmptyAgain(target.token, pending, ports)))
    return taken.takeInitialised(target.slot, pending, ports)
  if (present === undefined) return taken.initialiseToken(target, name, pending, ports)
  return taken.eraseToken(target, name, { bytes: present, form: 'text' }, pending, ports)
}

/** TOKEN-WEAK: as far as the token tells without a login, and so before anything on it goes. A blank one that gives no session tells nothing yet. */
export async function checkRulesSeen({ slot, kind }: Target, accepted: readonly string[], hsm: Hsm): Promise<void> {
  try {
    taken.checkRules((await hsm.probe(slot, [])).enforces, accepted)
  } catch (error) {
    const isSilent = kind === 'blank' && error instanceof KeyriteError && error.code.startsWith('CKR_')
    if (!isSilent) throw error
  }
}

/** TOKEN-WEAK, and whatever says that no partition can begin on this token. */
export async function beginningOn(
  token: taken.Taken,
  accepted: readonly string[],
  { hsm }: taken.TakingPorts,
): Promise<Beginning> {
  return beginningWith(token.token, await taken.profileOf(token, hsm), accepted)
}

/** TOKEN-WEAK. */
export function beginningWith(token: TokenFacts, profile: Profile, accepted: readonly string[]): Beginning {
  taken.checkWeaknesses(profile, accepted)
  return { token: taken.tokenOf(token), profile, accepted: weaknessesOf(profile) }
}

interface Settled {
  partition: string
  /** Of the key that the station is to have. */
  keyFile?: string
  inputs: { first?: FirstMark }
}

/** What is settled of a partition before it begins: by the ceremony in which it does, else here. */
export function settledBy({ ceremony, begins }: Pick<Context, 'ceremony' | 'begins'>): Settled {
  if (!ceremony || !begins) return { partition: randomUUID(), inputs: {} }
  const { partition, keyFile, opened } = begins
  return { partition, keyFile, inputs: { first: { ...ceremony, opened } } }
}
