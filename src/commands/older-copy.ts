// An older copy of a ledger in the newer one's place: the checkpoint beside it remembers more records than it has.
import { type KeyriteError, notVerified } from '../domain/errors.ts'
import { COPY_HINT } from '../domain/head.ts'
import { counted } from '../domain/words.ts'
import type { Ledger, Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { type Context, type Globals, terminalOf } from './context.ts'
import { warnOfUncopied } from './ledger-copy.ts'
import { sizeOf } from './note.ts'

/** LEDGER-BEHIND. No signature is looked at: audit verify does that, and the token has the last word. */
export function olderCopy(partition: Partition, records: number): KeyriteError | undefined {
  const size = sizeOf(partition.checkpoint() ?? '')
  if (size <= records) return undefined
  const message = `this ledger has ${counted(records, 'record')}, and its checkpoint saw ${size}: it is an older copy`
  return notVerified('LEDGER-BEHIND', message, COPY_HINT)
}

/** For a command that only reads: it says what the ledger says, and warns of an older copy, and of one that is missing. */
export function readLedger(globals: Globals, context: Context): { partition: Partition; ledger: Ledger } {
  const partition = context.ledgers.choose(globals.home, globals.partition)
  const ledger = partition.openLedger()
  const terminal = terminalOf(globals, context)
  warnOfOlderCopy(partition, ledger.tree.size, terminal)
  if (!ledger.torn) warnOfUncopied(ledger.history, partition, terminal)
  return { partition, ledger }
}

export function warnOfOlderCopy(partition: Partition, records: number, terminal: Terminal): void {
  const older = olderCopy(partition, records)
  if (older) terminal.warn(`${older.message}; ${older.hint}`)
}
