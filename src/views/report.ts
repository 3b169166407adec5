// What a change reports when it has finished: what happened, and where the ledger stands.
import { type Result, reported } from '../change/execute.ts'
import { recordCode } from '../domain/code.ts'
import type { History } from '../domain/history.ts'
import type { IntentPlan, ShownPlan } from '../domain/plan.ts'
import { type Proposal, planSummary } from '../domain/proposal.ts'
import type { Mark } from '../terminal/look.ts'
import type { Report } from '../terminal/port.ts'
import { line, marked, whole } from '../terminal/text.ts'
import { planView } from './plan-view.ts'

/** `rotated x: ...   record 214 W3NF0 YQC7H 2M...`. */
export const changeReport = <R extends Result>(text: string, result: R, mark?: Mark): Report => ({
  data: reported(text, result),
  text: line(marked(text, mark), '   ', whole(`record ${result.seq} ${recordCode(result.leaf)}`)),
})

/** What --dry-run prints. */
export const planReport = (shown: Proposal<IntentPlan> | { plan: ShownPlan }, history: History, now: Date): Report => ({
  data: { plan: shown.plan, ...('code' in shown ? planSummary(shown) : { op: shown.plan.op }) },
  text: planView(shown, history, now),
})
