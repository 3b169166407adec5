// Whether somebody changes a partition just now.
import { openIntent } from '../change/open-intent.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { Partition } from '../ledger/port.ts'

/** Its ledger grows: what has no end yet, or looks torn, is on its way. */
export function isAtWork(partition: Partition): boolean {
  try {
    partition.checkUnlocked()
    return false
  } catch (error) {
    if (error instanceof KeyriteError && error.code === 'LOCKED') return true
    throw error
  }
}

/** What has no end yet is carried out just now. `before`: somebody was at work before it was read, and may have ended it meanwhile. */
export const isGoingOn = (history: History, partition: Partition, before: boolean): boolean =>
  openIntent(history) !== undefined && (before || isAtWork(partition))
