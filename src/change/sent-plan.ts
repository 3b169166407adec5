// A plan that was sent to somebody who is to approve it from afar, held against a copy of the ledger.
import { checkApprovers } from '../domain/approvals.ts'
import { endOf, isOver, notBefore } from '../domain/clock.ts'
import { KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { AT_TERMINAL, sealedFor } from '../domain/from-afar.ts'
import type { History } from '../domain/history.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { KeyApproval } from '../domain/shapes.ts'
import type { ApprovalCheck } from '../ledger/port.ts'
import { checkNotRetired } from './open-intent.ts'

/**
 * REMOTE-PLAN, PLAN-EXPIRED, PLAN-HEAD, REMOTE-QUORUM, APPROVAL-SIGNED and whatever else a ledger asks of a plan: it could be carried out now,
 * and two custodians or more of each group have signed it. Where this clock is behind, the plan's own time counts.
 */
export function checkSentPlan(
  { plan, message }: Proposal<IntentPlan>,
  signed: readonly KeyApproval[],
  history: History,
  now: Date,
  { checkApproved }: ApprovalCheck,
): void {
  checkNotRetired(history)
  if (!sealedFor(plan)) throw refused('REMOTE-PLAN', 'the plan lets nobody approve it from afar')
  const time = notBefore(history.time > plan.created ? history.time : plan.created, now)
  checkSentInTime(plan, history.time, now)
  checkCopy(plan, history)
  checkStands(plan, history, time)
  checkApprovers(signed, history.approving(plan))
  const today = timeFor(plan, history, now)
  const absent = signed.find(({ custodian }) => history.rosters.suspended(custodian, today))
  if (absent) throw notVerified('APPROVER-SUSPENDED', `${absent.custodian} signed it at the terminal, and is suspended`)
  checkApproved(message, signed)
  for (const { group } of plan.needs) {
    const here = signed.filter((one) => one.group === group).length
    if (here < AT_TERMINAL)
      throw notVerified('REMOTE-QUORUM', `${here} of ${group} signed it at the terminal, and ${AT_TERMINAL} have to`)
  }
}

/** PLAN-HEAD, and whatever else a ledger asks of a plan. */
function checkStands(plan: IntentPlan, history: History, time: string): void {
  try {
    history.checkPlan(plan, time)
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.code !== 'PLAN-HEAD') throw error
    const { seq } = plan.head
    throw history.custody.timeOf(plan.head) === undefined
      ? error.with({
          message: `the plan was made on another record ${seq} than this copy of the ledger has`,
          hint: 'one of them was changed, or is of another ledger: ask for both anew',
        })
      : error.with({
          message: `the plan was made on record ${seq}, and the ledger has changed since then: it can't be carried out any more`,
          hint: 'ask for a new one',
        })
  }
}

/** PLAN-EXPIRED. `last`: of the ledger. */
export function checkSentInTime(
  plan: Pick<IntentPlan, 'created' | 'expires' | 'clock'>,
  last: string,
  now: Date,
): void {
  if (isOver(plan, last, now)) throw refused('PLAN-EXPIRED', `the plan expired at ${endOf(plan)}`, 'ask for it anew')
}

/** What a suspension is judged by where the plan was sent to: where that machine's clock is behind, the plan's own time counts. */
export const timeFor = ({ created, clock }: IntentPlan, { time }: Pick<History, 'time'>, now: Date): string =>
  clock === undefined ? notBefore(time > created ? time : created, now) : notBefore(clock, now)

/** PLAN-HEAD: a copy that is too old tells nothing of the plan. */
function checkCopy({ head, partition }: IntentPlan, history: History): void {
  if (partition !== history.partition || head.seq <= history.seq) return
  throw notVerified(
    'PLAN-HEAD',
    `the plan was made on record ${head.seq}, and this copy of the ledger ends with record ${history.seq}`,
    'bring a newer copy: ledger.jsonl of the home, or FILE.ledger of a newer backup',
  )
}
