// Members held against the ledger, each for itself.
import type { History } from '../../domain/history.ts'
import type { MemberCheckPlan } from '../../domain/member-plans.ts'
import { checkNoneOpen } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

/** MEMBER-KNOWN. */
export function planMemberCheck(members: readonly string[], history: History, inputs: PlanInputs): MemberCheckPlan {
  checkNoneOpen(history)
  return { ...planHeader('member.check', history, inputs), members: [...members].sort() }
}
