// What a command that was interrupted means for the partition as a whole: whether anything else may begin.

import { openIntent } from '../change/open-intent.ts'
import { type Context, type Globals, type PartitionSettings, terminalOf } from '../cli/context.ts'
import type { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { reachedBy } from '../domain/module-profile.ts'
import type { Pending } from '../domain/pending.ts'
import { tokenName } from '../domain/token-address.ts'
import { partitionUnfinished } from '../domain/unfinished.ts'
import type { Partition } from '../ledger/port.ts'

type Host = Pick<Context, 'settings'>

/** PARTITION-FINISHED: a pending change blocks everything else. */
export function checkFinished(partition: Partition, home: string, host: Host): void {
  const pending = blockedBy(partition, home, host)
  if (pending) throw unfinishedError(partition, pending, home, host)
}

/** What is pending, unless it is a restore that nobody has approved: that one left the partition as it was, with the token that it has; or one that waits for something else to be finished. */
export function blockedBy(partition: Partition, home: string, host: Host): Pending | undefined {
  const pending = partition.pending()
  if (pending?.kind !== 'restore' || !partition.hasLedger) return pending
  if (isOnlyPrepared(pending, partition, home, host)) return undefined
  return waitsForShares(pending, partition.openLedger().history) ? undefined : pending
}

/** New shares in the place of lost ones, which this restore waits for, were cut off: they are finished first. */
export function waitsForShares(pending: Pending, history: History): boolean {
  const { open, recovering } = history
  const isLost = open?.plan.op === 'quorum.replace' && open.plan.lost === true
  return isLost && recovering?.plan.op !== 'backup.restore' && isOfRestore(pending, history)
}

/** The restore that left the note is one of this ledger: open there, or its token let in, or announced by nobody yet. */
export const isOfRestore = (
  { kind, auditKey, token }: Pending,
  { openRestores, auditKey: own, auditKeys, token: present }: History,
): boolean =>
  kind === 'restore' &&
  (openRestores.length > 0 ||
    auditKey === own.id ||
    (auditKeys.some(({ id }) => id === auditKey) && token === tokenName(present)))

/** A restore may wait for shares that are lost; whatever else is not finished is an obstacle. */
export function mayWaitForShares(partition: Partition): boolean {
  const pending = partition.pending()
  return pending !== undefined && partition.hasLedger && isOfRestore(pending, partition.openLedger().history)
}

/** What a restore has let in is reached through its library; the token before it as it was, where that is known here. */
export function settingsAt(
  partition: Partition,
  history: History,
  goesOn: boolean,
  home: string,
  { settings }: Host,
): PartitionSettings {
  const noted = partition.pending()
  const pending = noted && (goesOn || waitsForShares(noted, history)) ? noted : undefined
  const isLetIn = pending && isOfRestore(pending, history) && pending.token === tokenName(history.token)
  const isReached = pending && (isLetIn || !settings.has(home, partition.name))
  return isReached ? reachedBy(pending) : settings.read(home, partition.name)
}

/** PARTITION-FINISHED: its message, the same everywhere. */
export function unfinishedError(partition: Partition, pending: Pending, home: string, host: Host): KeyriteError {
  const isPrepared = isOnlyPrepared(pending, partition, home, host)
  const history = pending.kind === 'restore' && partition.hasLedger ? partition.openLedger().history : undefined
  const open = history && openIntent(history) ? history.token : undefined
  return partitionUnfinished(partition.name, pending, { isPrepared, open })
}

/** What is open is the restore that left the note, and whoever tells of that names its way on. */
export const isRestoring = (history: History, partition: Partition | undefined): boolean =>
  openIntent(history)?.plan.op === 'backup.restore' && partition?.pending()?.kind === 'restore'

/** A restore that has no end yet is told of beside what a command shows. */
export function warnOfRestore(partition: Partition, globals: Globals, context: Context): void {
  const pending = partition.pending()
  if (pending?.kind !== 'restore') return
  const { message, hint } = unfinishedError(partition, pending, globals.home, context)
  terminalOf(globals, context).warn(message, hint)
}

/** A folder that a restore made has no settings before its end. */
function isOnlyPrepared({ kind, auditKey }: Pending, partition: Partition, home: string, host: Host): boolean {
  if (kind !== 'restore' || !partition.hasLedger || !host.settings.has(home, partition.name)) return false
  const { history } = partition.openLedger()
  return history.openRestores.length === 0 && history.auditKey.id === auditKey
}
