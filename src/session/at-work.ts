// Whether somebody changes a partition just now, and that nobody else does from now on.
import { openIntent } from '../change/open-intent.ts'
import type { Globals } from '../cli/context.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { Partition, PartitionLock } from '../ledger/port.ts'

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

/** Asked once more when the ledger has been read: whoever was at work before may have ended it meanwhile, or begun. */
export function workIn(partition: Partition): () => boolean {
  const before = isAtWork(partition)
  return () => before || isAtWork(partition)
}

/** What has no end yet is carried out just now. `atWork`: from before it was read. */
export const isGoingOn = (history: History, atWork: () => boolean): boolean =>
  openIntent(history) !== undefined && atWork()

/** LOCKED. Under --dry-run none is taken, and one that a crash has left stays: nothing of the home is changed. */
export function lockFor(partition: Partition, { dryRun }: Pick<Globals, 'dryRun'>): PartitionLock {
  if (!dryRun) return partition.lock()
  partition.checkUnlocked()
  return { adopt() {}, check() {}, [Symbol.dispose]() {} }
}
