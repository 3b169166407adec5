// The rule that one change ends before the next begins.

import { EXIT, KeyriteError } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History, OpenIntent } from '../domain/history.ts'

/** The intent that a recovery has to look into, if any. */
export const openIntent = (history: History): OpenIntent | undefined => history.unfinished

/** INTENT-OPEN: while an intent has no outcome, nothing else begins. */
export function checkNoneOpen(history: History): void {
  const open = openIntent(history)
  if (!open) return
  const message = `an earlier ${open.plan.op} (record ${open.seq}) was interrupted, and the ledger does not say how it ended`
  throw new KeyriteError(EXIT.incomplete, 'INTENT-OPEN', message, keyrite('partition', 'recover'), false)
}
