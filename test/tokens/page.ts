// docs/tokens.md keeps tables for each suite of Debian, between markers.
import { readFileSync, writeFileSync } from 'node:fs'
import { ML_DSA, whyUnverified } from '../../src/domain/ml-dsa.ts'
import { inRepo } from '../support/paths.ts'
import { OF_ALL_KEYS } from './across.ts'
import { wordsIn } from './matrix.ts'

const PAGE = inRepo('docs', 'tokens.md')

const partOf = (part: string): RegExp => new RegExp(`(<!-- ${part} -->\\n)([\\s\\S]*?)(<!-- end -->)`)

/** `name`: of the matrix of all modules, or of a part, and the suite. */
export function writeTable(name: string, table: string): void {
  const [page, part] = [readFileSync(PAGE, 'utf8'), partOf(name)]
  if (!part.test(page)) throw new Error(`docs/tokens.md has no place for ${name}`)
  writeFileSync(
    PAGE,
    page.replace(part, (_, begin, __, end) => `${begin}\n${table}\n\n${end}`),
  )
}

/** The page is of a node that verifies ML-DSA. By another these lines are nothing to compare: `why` says so. */
export function incomparable(lines: readonly string[]): { why: string; lines: string[] } | undefined {
  const why = ML_DSA.map(whyUnverified).find((one) => one !== undefined)?.lacks
  const hanging = lines.filter((line) => line === OF_ALL_KEYS || ML_DSA.some((type) => line.startsWith(type)))
  return why === undefined || hanging.length === 0 ? undefined : { why, lines: hanging }
}

/** What is no longer as the page has it; nothing where it has no such table, or nothing of this module. */
export function differences(name: string, table: string): string[] {
  const known = wordsIn(partOf(name).exec(readFileSync(PAGE, 'utf8'))?.[2] ?? '')
  const found = [...wordsIn(table)].filter(([what]) => !/: (version|in all: .*)$/.test(what))
  return found.flatMap(([what, word]) =>
    known.has(what) && known.get(what) !== word ? [`${what}: ${word}, and docs/tokens.md says ${known.get(what)}`] : [],
  )
}
