// The operations that know one member alone: they are refused while there are several.
import { OPERATIONS, operationOf } from './operations.ts'
import type { Plan } from './plan.ts'

const BEGIN: readonly Plan['op'][] = ['partition.init', 'partition.adopt']

export const knowOneMember = (): Plan['op'][] =>
  (Object.keys(OPERATIONS) as Plan['op'][]).filter((op) => !operationOf({ op }).several && !BEGIN.includes(op))
