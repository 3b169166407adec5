// What a command that was interrupted means for the partition as a whole: whether anything else may begin.
import { partitionUnfinished } from '../../domain/unfinished.ts'
import type { Partition, Pending } from '../../ledger/port.ts'
import { addressed } from '../address.ts'
import type { Context, Globals } from '../context.ts'

type Host = Pick<Context, 'settings'>

/** PARTITION-FINISHED: what is pending stands in the way of everything else. */
export function checkFinished(partition: Partition, home: string, host: Host): void {
  const pending = blockedBy(partition, home, host)
  if (pending) throw partitionUnfinished(partition.name, pending)
}

/** What is pending, unless it is a restore that has not begun: that one left the partition as it was, with the token that it has. */
export function blockedBy(partition: Partition, home: string, host: Host): Pending | undefined {
  const pending = partition.pending()
  return pending && !isOnlyPrepared(pending, partition, home, host) ? pending : undefined
}

/** What is to be said of a restore that has no end yet, and the command that takes it up again. */
export function unfinishedRestore(
  partition: Partition,
  { home, address }: Pick<Globals, 'home' | 'address'>,
  host: Host,
): { message: string; hint: string } | undefined {
  const pending = partition.pending()
  if (pending?.kind !== 'restore') return undefined
  const { message, hint = '' } = partitionUnfinished(partition.name, pending)
  const what = blockedBy(partition, home, host) ? message : `${message}; it has not begun, and nothing is changed`
  return { message: what, hint: addressed(hint, address) }
}

/** A folder that a restore made has no settings before its end. */
function isOnlyPrepared({ kind, auditKey }: Pending, partition: Partition, home: string, host: Host): boolean {
  if (kind !== 'restore' || !partition.begun || !host.settings.has(home, partition.name)) return false
  const { history } = partition.openLedger()
  const isIntended = [history.open, history.recovering].some((open) => open?.plan.op === 'backup.restore')
  return !isIntended && history.auditKey.id === auditKey
}
