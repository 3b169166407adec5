// What became of one capability on one module, and how a command's answer tells it.
import type { Result } from '../support/keyrite.ts'

export type Cell =
  /** `note`: in which of several ways. */
  | { is: 'works'; note?: string }
  /** It works because a weakness of the token was accepted, or the token doesn't keep the rule. */
  | { is: 'weak'; why: string }
  | { is: 'refused'; why: string }
  /** Not how a refusal may look. */
  | { is: 'fault'; why: string }
  /** It hangs on something that isn't there. */
  | { is: 'none'; why: string }

export const works = (note?: string): Cell => ({ is: 'works', ...(note !== undefined && { note }) })
export const none = (why: string): Cell => ({ is: 'none', why })
export const isThere = (cell: Cell | undefined): boolean => cell?.is === 'works' || cell?.is === 'weak'
export const fault = (why: string): Cell => ({ is: 'fault', why })

/** Refusals are exits 2 to 4. What ends otherwise, or says nothing, is a fault of somebody's. */
export function cellOf(result: Result, accepted: readonly string[] = []): Cell {
  if (result.code === 0) return accepted.length > 0 ? { is: 'weak', why: `--accept ${accepted.join(' ')}` } : works()
  return { is: isRefusal(result) ? 'refused' : 'fault', why: whyOf(result) }
}

const isRefusal = ({ code, json }: Result): boolean => [2, 3, 4].includes(code ?? 1) && json?.ok === false

export function whyOf({ code, signal, json, stderr }: Result): string {
  const error = json?.error
  if (error === undefined) return `exit ${code ?? signal}: ${stderr.trim().split('\n').at(-1)}`
  const changed = error.changed ? ', after something changed' : ''
  return `${error.message} [${error.code}, exit ${code}${changed}]`
}
