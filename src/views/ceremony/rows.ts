// Rows of 80 columns, in which whatever people wrote stands behind a bar, and nothing of ours does: so a text can draw no row that is not there (docs/formats.md, 17).
import { inOneRow } from '../../domain/names.ts'

export const WIDTH = 80
const BAR = '| '

/** From U+1100 on a letter may take two columns. Where it takes one a row is shorter than it could be. */
const columnsOf = (text: string): number => [...text].reduce((sum, char) => sum + (char < '\u1100' ? 1 : 2), 0)

/** A beginning of ours, without a bar, and a text behind it in as many rows as it takes. */
export const said = (lead: string, text: string): string[] =>
  inRows(inOneRow(text), WIDTH - lead.length - BAR.length).map(
    (row, i) => `${i === 0 ? lead : ' '.repeat(lead.length)}${BAR}${row}`,
  )

/** A row with a bar, taken apart: `undefined` where all of it is ours. */
export function saidIn(row: string): readonly [lead: string, text: string] | undefined {
  const at = row.indexOf(BAR)
  return at === -1 ? undefined : [row.slice(0, at + BAR.length), row.slice(at + BAR.length)]
}

/** Words of ours, in as many rows as they take: what goes on begins below them. */
export const own = (lead: string, words: string): string[] =>
  inRows(words, WIDTH - lead.length).map((row, i) => `${i === 0 ? lead : ' '.repeat(lead.length)}${row}`.trimEnd())

/** A word that is wider than a row is cut, and never before a mark that belongs to the letter before it. */
function inRows(text: string, room: number): string[] {
  const rows: string[] = []
  let row: string | undefined
  for (const word of text.split(' ')) {
    const next: string = row === undefined ? word : `${row} ${word}`
    if (columnsOf(next) <= room) {
      row = next
      continue
    }
    if (row !== undefined) rows.push(row)
    row = word
    while (columnsOf(row) > room) {
      const piece: string = beginningOf(row, room)
      rows.push(piece)
      row = row.slice(piece.length)
    }
  }
  return [...rows, row ?? '']
}

function beginningOf(text: string, room: number): string {
  let taken = ''
  for (const char of text) {
    const isFull = taken !== '' && columnsOf(taken + char) > room
    if (isFull && !/\p{M}/u.test(char)) break
    taken += char
  }
  return taken
}
