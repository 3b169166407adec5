// What a trial found, as a row of the tables in docs/postgresql.md: the page says nothing that did not run.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { inRepo } from '../support/paths.ts'

/** By whom it is found, and under which rule; an empty one is not found there. */
export const row = (name: string, ...found: string[]): string =>
  `| ${[name, ...found.map((rule) => rule || '-')].join(' | ')} |`

export function inDocs(line: string): void {
  assert.ok(readFileSync(inRepo('docs', 'postgresql.md'), 'utf8').includes(`\n${line}\n`), `the page lacks: ${line}`)
}
