// A share in four rows for paper, each with two check characters: whoever types it hears at once of a row that is wrong, left out or doubled.
// Over GF(32) with x^5 + x^3 + 1, in bech32's alphabet (docs/formats.md, 1).
import { refused } from '../domain/errors.ts'
import { ALPHABET, fold, START } from './share-text.ts'

/** Characters of each row, without its checks; `krs1` stands before the first and is in none. */
const LENGTHS = [22, 21, 21, 21] as const
export const ROWS = LENGTHS.length
const CHECKS = 2

/** Times x, modulo x^5 + x^3 + 1. */
const timesX = (value: number): number => (value << 1) ^ (value & 16 ? 0b101001 : 0)

/** The check characters of a row. `row`: from 1. */
export function checksOf(row: number, text: string): string {
  let [sum, weighted] = [0, 0]
  // Horner's rule from the last one: each symbol at i gets the i-th power of x, and the row's own number, at 0, none.
  for (const value of [row, ...[...text].map((letter) => ALPHABET.indexOf(letter))].reverse()) {
    sum ^= value
    weighted = timesX(weighted) ^ value
  }
  return ALPHABET[sum]! + ALPHABET[weighted]!
}

/** The rows of a share's line, each with its checks, as they stand on paper. */
export function rowsOf(line: string): string[] {
  const symbols = line.slice(START.length)
  return LENGTHS.map((length, i) => {
    const from = LENGTHS.slice(0, i).reduce((sum, one) => sum + one, 0)
    const text = symbols.slice(from, from + length)
    return `${i === 0 ? START : ''}${text}${checksOf(i + 1, text)}`
  })
}

/** True for what can be the first row, and no share yet. */
export const isFirstRow = (typed: string): boolean => {
  const text = fold(typed)
  return text.startsWith(START) && text.length <= START.length + LENGTHS[0] + CHECKS && text.length > START.length
}

/** SHARE-CHECKSUM: the characters of a row that was typed with its checks. Nothing of it is repeated. `row`: from 1. */
export function readRow(row: number, typed: string): string {
  const folded = fold(typed)
  // Only the first row has it; what is typed for another may still be that one.
  const text = folded.startsWith(START) ? folded.slice(START.length) : folded
  const length = LENGTHS[row - 1]!
  const other = rowThat(text)
  if (text.length !== length + CHECKS && other === undefined)
    throw wrong(row, `has ${text.length} characters, and should have ${length + CHECKS}, its two checks included`)
  if ([...text].some((letter) => !ALPHABET.includes(letter))) throw wrong(row, 'has a character that no share contains')
  if (isRight(row, text)) return text.slice(0, length)
  throw other === undefined
    ? wrong(row, 'is mistyped: its checks do not fit')
    : wrong(row, `is not that one, but row ${other}`)
}

const isRight = (row: number, text: string): boolean => {
  const length = LENGTHS[row - 1]!
  return text.length === length + CHECKS && checksOf(row, text.slice(0, length)) === text.slice(length)
}

/** The row that it is in truth. */
const rowThat = (text: string): number | undefined => LENGTHS.map((_, i) => i + 1).find((row) => isRight(row, text))

const wrong = (row: number, what: string) => refused('SHARE-CHECKSUM', `row ${row} ${what}`)

/** The line that the rows make together. */
export const lineOf = (rows: readonly string[]): string => `${START}${rows.join('')}`
