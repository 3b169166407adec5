// The errors for a host process that ends before it has answered.

import type { CodeOf } from '../domain/codes.ts'
import { EXIT, KeyriteError } from '../domain/errors.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { METHODS } from '../host/changes.ts'
import type { MethodName } from '../host/wire.ts'

export interface End {
  signal: string | null
  code: number | null
  /** Why it never started. */
  message?: string
}

const failed = (method: MethodName, code: CodeOf<4>, message: string, hint?: Hint) =>
  new KeyriteError(EXIT.device, code, message, hint, METHODS[method].changes !== undefined)

export function crashed(method: MethodName, { signal, code, message }: End, lastLine: string): KeyriteError {
  if (message !== undefined)
    return failed(method, 'HOST-MISSING', `the process of the module can't be started: ${message}`)
  const how = signal ?? `its process ended with code ${code}`
  const said = lastLine === '' ? '' : `: ${escaped(lastLine)}`
  if (method === 'native')
    return failed(
      method,
      'HOST-ENDED',
      `the process of the module ended before the module was loaded (${how})${said}`,
      keyrite('doctor'),
    )
  return failed(method, 'MODULE-CRASHED', `the module crashed in ${method} (${how})${said}`)
}

/** Until our own process is there no time is the module's; on a busy machine it takes seconds. */
export const patienceFor = (method: MethodName, ms: number): number =>
  method === 'native' ? Math.max(ms, BEGINNING_MS) : ms
const BEGINNING_MS = 60_000

export const timedOut = (method: MethodName, ms: number): KeyriteError => {
  const what = method === 'native' ? 'the process of the module did not begin' : `the module did not finish ${method}`
  const message = `${what} within ${patienceFor(method, ms) / 1000} s`
  return failed(method, 'MODULE-TIMEOUT', message, 'see: --timeout SECONDS')
}
