// What a failure or an interruption means once the token of a new partition has been touched: what is true now, and what to type.
import { EXIT, incomplete, KeyriteError } from '../../domain/errors.ts'
import { asKeyriteError } from '../failure.ts'

/** C_InitToken has happened, and no share has become a PIN. */
export function tokenTaken(error: unknown, name: string): KeyriteError {
  const { exit, code, message } = asKeyriteError(error)
  const now = 'the token is initialised and holds nothing yet'
  const hint = `the same command again: keyrite partition init ${name} ...`
  if (exit === EXIT.interrupted) return new KeyriteError(EXIT.interrupted, code, `interrupted; ${now}`, hint, true)
  return incomplete(code, `${message}; ${now}`, hint)
}

/** Everyone has approved: the PINs may be those of the shares already. */
export function nearlyMade(error: unknown, name: string): KeyriteError {
  const { code, message } = asKeyriteError(error)
  return incomplete(
    code,
    `${message}; everyone has approved, and the partition is nearly made`,
    `keyrite --partition ${name} partition recover`,
  )
}
