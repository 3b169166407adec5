// A fresh checkpoint: nothing changes on the token but the head; the outcome is what the checkpoint covers.
import type { History } from '../domain/history.ts'
import type { CheckpointPlan } from '../domain/plan.ts'
import type { Act } from './conduct.ts'
import { checkNoneOpen } from './open-intent.ts'
import { type Circumstances, stamp } from './stamp.ts'

export function planCheckpoint(history: History, circumstances: Circumstances): CheckpointPlan {
  checkNoneOpen(history)
  return stamp('audit.checkpoint', history, circumstances)
}

const nothing = async () => ({ changed: false, keys: [] })

/** Nothing changes: that holds after a failure and after a crash too. */
export const takeCheckpoint: Act = { run: nothing, settle: nothing }
