// Whether a set of approvals is a quorum, by names, epochs and numbers. The signatures are checked where the keys are (ledger).
import { sameJson } from './canonical.ts'
import { notVerified } from './errors.ts'
import type { Plan } from './plan.ts'
import { isSeatOf, seatOf } from './roster.ts'
import type { Approval, Group, KeyApproval, Need } from './shapes.ts'
import { ofGroup } from './words.ts'

/** APPROVER-CURRENT and APPROVER-DISTINCT: each is a custodian of a group of today's roster, in its epoch, and comes once. */
export function checkApprovers(approvals: readonly (Approval | KeyApproval)[], groups: readonly Group[]): void {
  const seen = new Set<string>()
  for (const { custodian, group, epoch, key } of approvals) {
    const seat = seatOf(key, groups)
    if (!seat || !isSeatOf(seat, { custodian, group, epoch })) {
      throw notVerified(
        'APPROVER-CURRENT',
        `${custodian} is not a custodian of ${group}, epoch ${epoch}, with that share`,
      )
    }
    if (seen.has(key)) throw notVerified('APPROVER-DISTINCT', `${custodian} approves twice`)
    seen.add(key)
  }
}

/** QUORUM-MET: as many custodians of each needed set of shares as its threshold says. Shares of another epoch don't count. */
export function checkQuorum(approvals: readonly (Approval | KeyApproval)[], needs: readonly Need[]): void {
  for (const { group, epoch, threshold } of needs) {
    const count = approvals.filter((approval) => approval.group === group && approval.epoch === epoch).length
    if (count < threshold)
      throw notVerified('QUORUM-MET', `${count} of ${threshold} custodians${ofGroup(group)}, epoch ${epoch}, approve`)
  }
}

/** Every custodian of every group, for a partition's beginning: each has read their share back. */
export const everyCustodian = (groups: readonly Group[]): Need[] =>
  groups.map(({ name, epoch, custodians }) => ({ group: name, epoch, threshold: custodians.length }))

/** At least M custodians of every group, for an audit key. */
export const thresholds = (groups: readonly Group[]): Need[] =>
  groups.map(({ name, epoch, threshold }) => ({ group: name, epoch, threshold }))

/** NEEDS-RECOMPUTED. `needs`: those that follow from the roster. */
export function checkNeeds(plan: Plan, needs: readonly Need[]): void {
  if (!sameJson(asSet(plan.needs), asSet(needs)))
    throw notVerified('NEEDS-RECOMPUTED', `${plan.op} needs other approvals than its plan says`)
}

const asSet = (needs: readonly Need[]): Need[] =>
  needs.toSorted((a, b) => (a.group === b.group ? a.epoch - b.epoch : a.group < b.group ? -1 : 1))
