// What is left of a spare token when its test has its end.
import { openIntent } from '../change/open-intent.ts'
import { leavePin } from '../change/taken-token.ts'
import type { History } from '../domain/history.ts'
import { failureFrom } from '../domain/system-failure.ts'
import type { Partition } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'

/** Once the ledger says how the test ended: the SO PIN of the token that it took is left in a file, or nobody could use it again. */
export function settleSpare(partition: Partition, history: History, terminal: Terminal): string | undefined {
  const note = partition.spare()
  if (!note || openIntent(history)?.plan.nonce === note.nonce) return undefined
  try {
    const file = typeof note.token === 'string' ? leavePin(note, partition) : undefined
    partition.removePending()
    return file
  } catch (error) {
    terminal.warn(`what was noted of the spare token stays in ${partition.path}: ${failureFrom(error).message}`)
    return undefined
  }
}
