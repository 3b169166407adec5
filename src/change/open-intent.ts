// The rules that one change ends before the next begins, and that none follows the last.

import { EXIT, KeyriteError, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History, OpenIntent } from '../domain/history.ts'
import { mayWaitFor } from '../domain/roster-rules.ts'
import type { Group } from '../domain/shapes.ts'

/** The intent that a recovery has to look into, if any. */
export const openIntent = (history: History): OpenIntent | undefined => history.unfinished

/** INTENT-OPEN: while an intent has no outcome, nothing else begins. `lost`: a set whose shares it may wait for, and that nobody has. */
export function checkNoneOpen(history: History, lost?: Pick<Group, 'name' | 'roles'>): void {
  const open = openIntent(history)
  if (!open || (lost && mayWaitFor({ lost: true, group: lost }, open, history.recovering))) return
  const message = `an earlier ${open.plan.op} (record ${open.seq}) was interrupted, and the ledger does not say how it ended`
  throw new KeyriteError(EXIT.incomplete, 'INTENT-OPEN', message, keyrite('partition', 'recover'), false)
}

/** PARTITION-LIVES: of a partition that has come to its end only what reads files goes on. */
export function checkNotRetired({ name, retired }: History): void {
  if (!retired) return
  const message = `partition ${name} was retired on ${retired.time.slice(0, 10)}: its token is ${retired.token}, and its ledger is closed`
  throw refused('PARTITION-LIVES', message, keyrite('audit', 'show'))
}
