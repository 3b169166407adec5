// Turns whatever was thrown into a named failure: our own, a refusal of the system, or else a bug of ours.

import { EXIT, KeyriteError, refused, systemRefusal, usage } from './errors.ts'
import { type Line, sh } from './hints.ts'

export const failureFrom = (error: unknown): KeyriteError =>
  error instanceof KeyriteError ? error : (systemFailure(error) ?? bug(error))

/** DISK, FILE-MISSING: no bug, and nothing that a stack would explain; undefined for any other error. */
function systemFailure(error: unknown): KeyriteError | undefined {
  const { code = '', path, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (syscall === 'uv_cwd') return usage('the current folder is gone', 'cd to another folder', 'FILE-MISSING')
  const words = systemRefusal(code)
  if (words === undefined) return undefined
  return refused('DISK', path === undefined ? words : `${path}: ${words}`, systemHint(code, path))
}

/** About the file system itself; all else is about one file or folder. */
const OF_FILE_SYSTEMS = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EIO', 'ESTALE', 'ETIMEDOUT', 'ENOTSUP', 'EOPNOTSUPP']
const TOO_MANY = ['EMFILE', 'ENFILE']

/** What shows why. `inFolder`: the folder says whether a file can be made there, or removed. */
export function systemHint(errno: string, path: string | undefined, inFolder = false): Line {
  if (TOO_MANY.includes(errno)) return sh('ulimit', '-n')
  if (path === undefined) return sh('df', '-h')
  const folder = folderOf(path) || '/'
  if (OF_FILE_SYSTEMS.includes(errno)) return sh('df', folder)
  return sh('ls', '-ld', inFolder ? folder : path)
}

/** `.` for a name alone. */
const folderOf = (path: string): string => /^(.*)\/[^/]+\/*$/s.exec(path)?.[1] ?? (path.startsWith('/') ? '/' : '.')

function bug(error: unknown): KeyriteError {
  const message = error instanceof Error ? error.message : String(error)
  return new KeyriteError(EXIT.bug, 'BUG', message, 'please report this', false, undefined, error)
}
