// Whether somebody changes a partition just now.
import { KeyriteError } from '../domain/errors.ts'
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
