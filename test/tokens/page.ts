// docs/tokens.md keeps a matrix for each suite of Debian, between markers.
import { readFileSync, writeFileSync } from 'node:fs'
import { inRepo } from '../support/paths.ts'
import { wordsIn } from './matrix.ts'

const PAGE = inRepo('docs', 'tokens.md')

const partOf = (suite: string): RegExp => new RegExp(`(<!-- matrix ${suite} -->\\n)([\\s\\S]*?)(<!-- end -->)`)

export function writeMatrix(suite: string, table: string): void {
  const [page, part] = [readFileSync(PAGE, 'utf8'), partOf(suite)]
  if (!part.test(page)) throw new Error(`docs/tokens.md has no place for the matrix of ${suite}`)
  writeFileSync(
    PAGE,
    page.replace(part, (_, begin, __, end) => `${begin}\n${table}\n\n${end}`),
  )
}

/** What is no longer as the page has it; nothing where it has nothing of this suite, or of this module. */
export function differences(suite: string, table: string): string[] {
  const known = wordsIn(partOf(suite).exec(readFileSync(PAGE, 'utf8'))?.[2] ?? '')
  const found = [...wordsIn(table)].filter(([what]) => !/: (version|in all: .*)$/.test(what))
  return found.flatMap(([what, word]) =>
    known.has(what) && known.get(what) !== word ? [`${what}: ${word}, and docs/tokens.md says ${known.get(what)}`] : [],
  )
}
