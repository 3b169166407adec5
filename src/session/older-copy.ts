// An older copy of a ledger in place of the newer one: the checkpoint beside it covers more records than it has.

import { checkpointSize } from '../domain/checkpoint-size.ts'
import { type KeyriteError, notVerified } from '../domain/errors.ts'
import { COPY_HINT } from '../domain/head.ts'
import { counted } from '../domain/words.ts'
import type { Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'

/** LEDGER-BEHIND. No signature is looked at: audit verify does that, and the token has the last word. */
export function olderCopy(partition: Partition, records: number): KeyriteError | undefined {
  const size = checkpointSize(partition.checkpoint() ?? '')
  if (size <= records) return undefined
  const message = `this ledger has ${counted(records, 'record')}, and its checkpoint saw ${size}: it is an older copy`
  return notVerified('LEDGER-BEHIND', message, COPY_HINT)
}

export function warnOfOlderCopy(partition: Partition, records: number, terminal: Terminal): void {
  const older = olderCopy(partition, records)
  if (older) terminal.warn(`${older.message}; ${COPY_HINT}`)
}
