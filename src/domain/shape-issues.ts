// What is wrong with a file that people wrote, in words: an issue of valibot by its member and, where it is to be seen, its line.
import type * as v from 'valibot'
import { placeOf } from './written.ts'

export type Path = readonly (string | number)[]

export const pathOf = (issue: v.BaseIssue<unknown>): Path => (issue.path ?? []).map(({ key }) => key as string | number)

/** `keys.a.count, line 12: it is missing`. `place`: how the member is called. */
export function issueInWords(
  issue: v.BaseIssue<unknown>,
  text: string,
  place: (path: Path, text: string) => string = placeOf,
): string {
  const path = pathOf(issue)
  const last = issue.path?.at(-1)
  const isStrange = issue.type === 'strict_object' && issue.expected === 'never'
  const isMissing = issue.type === 'strict_object' && !isStrange && last !== undefined
  const why = isStrange
    ? 'no member is called so'
    : isMissing
      ? 'it is missing'
      : last?.origin === 'key'
        ? issue.message
        : reasonOf(issue)
  const at = isMissing ? path.slice(0, -1) : path
  const named = isMissing ? `${path.join('.')}${placeOf(at, text).replace(/^[^,]*/, '')}` : place(path, text)
  return `${named}: ${why}`
}

const reasonOf = ({ message, received, expected, type }: v.BaseIssue<unknown>): string =>
  type === 'picklist' || message.startsWith('Invalid')
    ? `${received} is not ${(expected ?? 'as it has to be').replaceAll('(', '').replaceAll(')', '')}`
    : message
