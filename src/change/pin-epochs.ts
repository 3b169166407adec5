// Of which epochs the PINs of a token of the partition are, as far as the ledger knows.
import type { History } from '../domain/history.ts'
import { pinEpochs } from '../domain/roster.ts'
import type { Role } from '../hsm/port.ts'

type Known = Pick<History, 'rosters' | 'unfinished' | 'groups' | 'token'>

/** Of one that is taken now: of the sets in force, or of the one that takes over, where that has begun. */
export const pinsOfHeirs = ({ rosters, unfinished }: Known): Record<Role, number> =>
  pinEpochs(rosters.heirs(unfinished))

/** Of one that is there, the likeliest first: while custodians are replaced nobody knows how far the present token came. */
export function likelyEpochs(role: Role, serial: string, history: Known): number[] {
  const { rosters, token } = history
  const { [role]: heirs } = pinsOfHeirs(history)
  const known = rosters.pinsOf(serial)?.[role] ?? heirs
  if (!rosters.replacing || serial !== token.serial || heirs === known) return [known]
  // Nothing leads to a PIN of shares that are lost.
  return rosters.replacing.plan.lost ? [heirs] : [heirs, known]
}
