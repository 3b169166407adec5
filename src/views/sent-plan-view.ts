// A plan that was sent for approval, as it is shown where its code is not: that is read out by somebody at the terminal.
import type { History } from '../domain/history.ts'
import type { IntentPlan } from '../domain/plan.ts'
import type { KeyApproval } from '../domain/shapes.ts'
import type { Part } from '../terminal/text.ts'
import { planView } from './plan-view.ts'

export const sentPlanView = (plan: IntentPlan, signed: readonly KeyApproval[], history: History, now: Date): Part[] => [
  ...planView({ plan, signed: signedInWords(signed, history) }, history, now),
]

const signedInWords = (signed: readonly KeyApproval[], { groups }: History): string =>
  signed.map(({ custodian, group }) => (groups.length > 1 ? `${custodian} of ${group}` : custodian)).join(', ')
