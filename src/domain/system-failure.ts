// Turns whatever was thrown into a named failure: our own, a refusal of the system, or else a bug of ours.

import { EXIT, KeyriteError, refused, systemRefusal, usage } from './errors.ts'
import { sh } from './hints.ts'

export const failureFrom = (error: unknown): KeyriteError =>
  error instanceof KeyriteError ? error : (systemFailure(error) ?? bug(error))

/** DISK, FILE-MISSING: no bug, and nothing that a stack would explain; undefined for any other error. */
function systemFailure(error: unknown): KeyriteError | undefined {
  const { code = '', path, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (syscall === 'uv_cwd') return usage('the current folder is gone', 'cd to another folder', 'FILE-MISSING')
  const words = systemRefusal(code)
  if (words === undefined) return undefined
  return path === undefined
    ? refused('DISK', words, sh('df', '-h'))
    : refused('DISK', `${path}: ${words}`, sh('ls', '-ld', path))
}

function bug(error: unknown): KeyriteError {
  const message = error instanceof Error ? error.message : String(error)
  return new KeyriteError(EXIT.bug, 'BUG', message, 'please report this', false, undefined, error)
}
