// A partition's beginning that did not come to its end: what a failure means once the token has been touched, and how it is taken up again.
import * as init from '../../ceremony/init-partition.ts'
import { opensAsSo } from '../../ceremony/so-pin.ts'
import { EXIT, incomplete, KeyriteError, refused } from '../../domain/errors.ts'
import { escaped } from '../../domain/names.ts'
import type { Partition, Pending } from '../../ledger/port.ts'
import { asKeyriteError } from '../failure.ts'
import type { Target } from './target.ts'

/** C_InitToken has happened, and no share has become a PIN. `command`: what begins it again. */
export function tokenTaken(error: unknown, command: string): KeyriteError {
  const { exit, code, message } = asKeyriteError(error)
  const now = 'the token is initialised and holds nothing yet'
  const hint = `the same command again: ${command} ...`
  if (exit === EXIT.interrupted) return new KeyriteError(EXIT.interrupted, code, `interrupted; ${now}`, hint, true)
  return incomplete(code, `${message}; ${now}`, hint)
}

/** PARTITION-FINISHED: nothing else begins, or is recovered, before the restore. */
export const restoreFirst = ({ name }: Pick<Partition, 'name'>): KeyriteError =>
  refused(
    'PARTITION-FINISHED',
    `the restore of partition ${name} is not finished`,
    'keyrite backup restore FILE, with the same flags as before',
  )

/** Everyone has approved: the PINs may be those of the shares already. */
export function nearlyMade(error: unknown, name: string): KeyriteError {
  const { code, message } = asKeyriteError(error)
  return incomplete(
    code,
    `${message}; everyone has approved, and the partition is nearly made`,
    `keyrite --partition ${name} partition recover`,
  )
}

/** PARTITION-NEW: a partition begins once. Gives what an interrupted beginning left. */
export function unfinished(partition: Partition): Pending | undefined {
  if (!partition.exists) return undefined
  partition.check()
  const pending = partition.pending()
  if (partition.begun && !pending)
    throw refused('PARTITION-NEW', `partition ${partition.name} exists already`, 'keyrite partition show')
  if (pending?.kind === 'restore') throw restoreFirst(partition)
  if (partition.begun) throw needsRecovery(partition)
  return pending
}

const needsRecovery = ({ name }: Partition) =>
  refused(
    'PARTITION-FINISHED',
    `partition ${name} was approved by everyone and is nearly made`,
    `keyrite --partition ${name} partition recover`,
  )

/** Where the temporary PIN still opens, no share has become a PIN yet, and the token is empty: it is begun again. */
export async function settle(
  target: Target,
  before: Pending,
  another: () => Target,
  { hsm, partition }: init.InitPorts,
): Promise<Target> {
  if (target.kind === 'blank' || (target.kind === 'erase' && target.serial !== before.serial)) return target
  const pin = init.temporaryPin(before)
  using _ = pin.bytes
  if (await opensAsSo(target.serial, pin, hsm)) return { ...target, kind: 'unfinished' }
  if (before.plan) throw needsRecovery(partition)
  if (target.kind === 'erase') return target
  // Found by its label alone: C_InitToken was cut off in the middle, or it is somebody else's.
  if (before.serial === undefined) return another()
  const message = `the token ${escaped(target.serial)} has an SO PIN that is not ours`
  throw refused('TOKEN-BLANK', message, `to erase it: --erase-token ${escaped(target.serial)}`)
}
