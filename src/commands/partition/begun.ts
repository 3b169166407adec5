// What a failure or an interruption means once the token of a partition has been touched: what is true now, and what to type.
import { EXIT, incomplete, KeyriteError, refused } from '../../domain/errors.ts'
import type { Partition } from '../../ledger/port.ts'
import { asKeyriteError } from '../failure.ts'

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
