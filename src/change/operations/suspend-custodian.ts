// Somebody approves nothing for a time, and then, or before, does so again. It is a rule of this ledger: the shares themselves work on.
import { EXIT, KeyriteError } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
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
  orRefused(() => checkSuspension(plan, plan.created, history.rosters))
  return plan
}

/** CUSTODIAN-KNOWN, CUSTODIAN-SUSPENDED. */
export function planResumption(custodian: string, history: History, inputs: PlanInputs): ResumePlan {
  checkNoneOpen(history)
  const plan: ResumePlan = {
    ...planHeader('custodian.resume', history, inputs, { custodian }),
    custodian: custodian as ResumePlan['custodian'],
  }
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
