// What the command and the host process say to each other over their channel.
import type { ErrorCode } from '../domain/codes.ts'
import type { ExitCode } from '../domain/errors.ts'
import { EXIT, KeyriteError } from '../domain/errors.ts'
import type { Hint } from '../domain/hints.ts'
import type { Methods } from './dispatch.ts'
import { Pkcs11Error } from './native/ckr.ts'

export type MethodName = keyof Methods

export interface Request {
  id: number
  method: MethodName
  args: unknown[]
}

interface WireError {
  exit: ExitCode
  code: ErrorCode
  message: string
  hint?: Hint
  changed: boolean
}

/** `changing`: a call that can leave something on a token was made for it. */
export type Reply = { id: number } & (
  | { ok: unknown; changing: boolean }
  | { error: WireError; changing: boolean }
  | { progress: number }
)

const wire = (exit: ExitCode, code: ErrorCode, message: string, changed: boolean): WireError => ({
  exit,
  code,
  message,
  changed,
})

/** An error on its way out of the host. `changed`: something lasting had been done before. */
export function toWire(error: unknown, changed: boolean): WireError {
  if (error instanceof Pkcs11Error) return wire(EXIT.device, error.ckr, error.message, changed)
  if (!(error instanceof KeyriteError)) {
    return wire(EXIT.bug, 'BUG', error instanceof Error ? (error.stack ?? error.message) : String(error), changed)
  }
  const { exit, code, message, hint } = error
  return { ...wire(exit, code, message, changed || error.changed), ...(hint === undefined ? {} : { hint }) }
}

export const fromWire = ({ exit, code, message, hint, changed }: WireError): KeyriteError =>
  new KeyriteError(exit, code, message, hint, changed)
