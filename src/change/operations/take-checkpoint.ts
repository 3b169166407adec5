// A fresh checkpoint: nothing changes on the token but the head; the outcome is what the checkpoint covers.
import type { History } from '../../domain/history.ts'
import type { CheckpointPlan } from '../../domain/plan.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

export function planCheckpoint(history: History, inputs: PlanInputs): CheckpointPlan {
  checkNoneOpen(history)
  return planHeader('audit.checkpoint', history, inputs)
}

const nothing = async () => ({ changed: false, keys: [] })

/** Nothing changes, not even after a failure or a crash. */
export const takeCheckpoint: Operation = { run: nothing, determineOutcome: nothing }
