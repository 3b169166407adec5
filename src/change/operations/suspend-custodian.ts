// Somebody approves nothing for a time, and then, or before, does so again. It is a rule of this ledger: the shares themselves work on.
import { ACCEPTS_CLOCK } from '../../domain/clock.ts'
import { EXIT, KeyriteError, refused } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { toTime } from '../../domain/names.ts'
import type { IntentPlan } from '../../domain/plan.ts'
import type { ResumePlan, SuspendPlan } from '../../domain/quorum-plans.ts'
import { checkResumption, checkSuspension } from '../../domain/roster-rules.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

/** CUSTODIAN-KNOWN, SUSPEND-UNTIL, SUSPEND-ENOUGH. */
export function planSuspension(custodian: string, until: string, history: History, inputs: PlanInputs): SuspendPlan {
  checkNoneOpen(history)
  const plan: SuspendPlan = {
    ...planHeader('custodian.suspend', history, inputs, { custodian }),
    custodian: custodian as SuspendPlan['custodian'],
    until: until as SuspendPlan['until'],
  }
  const now = toTime(inputs.sources.clock())
  checkRecordable(plan, history.time, now)
  for (const time of [plan.created, now]) orRefused(() => checkSuspension(plan, time, history.rosters))
  return plan
}

/** SUSPEND-UNTIL: by the time of its record it would be over, though it is to come by the clock. */
function checkRecordable({ custodian, until, ...plan }: SuspendPlan, last: string, now: string): void {
  if (until > plan.created || until <= now) return
  throw refused(
    'SUSPEND-UNTIL',
    `${until} is to come by the clock, which says ${now}, and is over by the ledger, whose last record is of ${last}: a suspension has to end after that`,
    to('name a later end, before which custodian resume ends it', suspending(custodian, plan)),
  )
}

const A_DAY = 86_400_000

/** Until a time that the ledger is not at yet. */
const suspending = (custodian: string, { created, accepted }: Pick<IntentPlan, 'created' | 'accepted'>) =>
  keyrite(
    ...['custodian', 'suspend', custodian, '--until', new Date(Date.parse(created) + A_DAY).toISOString()],
    ...(accepted?.includes(ACCEPTS_CLOCK) ? ['--accept', ACCEPTS_CLOCK] : []),
  )

/** CUSTODIAN-KNOWN, CUSTODIAN-SUSPENDED. */
export function planResumption(custodian: string, history: History, inputs: PlanInputs): ResumePlan {
  checkNoneOpen(history)
  const plan: ResumePlan = {
    ...planHeader('custodian.resume', history, inputs, { custodian }),
    custodian: custodian as ResumePlan['custodian'],
  }
  const until = history.rosters.suspended(custodian, toTime(inputs.sources.clock()))?.until
  if (until !== undefined && until <= plan.created)
    throw refused(
      'CUSTODIAN-SUSPENDED',
      `${custodian} is suspended until ${until} by the clock, and by the ledger, whose last record is of ${history.time}, is so no more: what a resumption is to end has to begin anew`,
      to('suspend once more, then resume', suspending(custodian, plan)),
    )
  orRefused(() => checkResumption(plan, plan.created, history.rosters))
  return plan
}

/** What a ledger may not hold is not proposed. */
function orRefused(check: () => void): void {
  try {
    check()
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    throw error.with({ exit: EXIT.refused, hint: keyrite('quorum', 'show') })
  }
}
