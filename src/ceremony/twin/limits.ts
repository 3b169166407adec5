// Commands with which no script can be rehearsed, and why: a twin is a soft token that was made a moment ago.
import type { ParsedLine } from '../../domain/parsed-line.ts'
import { has } from '../lint/commands.ts'

const LIMITS: readonly (readonly [is: (line: ParsedLine) => boolean, why: string])[] = [
  [({ path }) => path === 'app adopt', 'takes a token that somebody else has made ready'],
  [({ path }) => path.startsWith('member '), 'wants a token of its own'],
  [({ path }) => path === 'key restore', 'brings back what a token has lost'],
  [
    (line) => line.path === 'key import' && (has(line, '--request') || has(line, '--under')),
    'opens what was wrapped for a key of the real token',
  ],
]

/** Of the first of them. */
export function notOnTwin(lines: readonly ParsedLine[]): string | undefined {
  for (const line of lines) {
    const why = LIMITS.find(([is]) => is(line))?.[1]
    if (why !== undefined) return `${line.path} ${why}, which a twin has not`
  }
  return undefined
}
