// What the system refuses, told as that: no bug, and nothing that a stack would explain.
import { type KeyriteError, refused, systemRefusal, usage } from './errors.ts'
import { shellQuoted } from './names.ts'

/** DISK, FILE-MISSING; undefined for any other error. */
export function systemFailure(error: unknown): KeyriteError | undefined {
  const { code = '', path, syscall } = (error ?? {}) as NodeJS.ErrnoException
  if (syscall === 'uv_cwd') return usage('the current folder is gone', 'cd to another folder', 'FILE-MISSING')
  const words = systemRefusal(code)
  if (words === undefined) return undefined
  return path === undefined
    ? refused('DISK', words, 'df -h')
    : refused('DISK', `${path}: ${words}`, `ls -ld ${shellQuoted(path)}`)
}
