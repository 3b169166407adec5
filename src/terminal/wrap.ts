// Where a line is broken: at a blank, or within a word that is too long. The terminal itself never breaks it.
import { fitting, widthOf } from './width.ts'

/** Where a row begins and ends in the text. */
export type Row = readonly [start: number, end: number]

/** Stands for a blank at which no row ends. It is escaped wherever it comes from outside. */
const TIE = '\ue000'

export const tied = (text: string): string => text.replaceAll(' ', TIE)

/** The groups of a code are read together. */
export const withCodesTied = (text: string): string =>
  text.replace(/\b[0-9A-Z]{4,5}(?: [0-9A-Z]{4,5})+\b/g, (code) => tied(code))

/** Rows of these widths; a gap between words is lost where a row ends. */
export function rowsIn(text: string, first: number, room = first): Row[] {
  const rows: Row[] = []
  let start = 0
  let end = 0
  const limit = () => Math.max(1, rows.length === 0 ? first : room)
  for (const { 0: word, index } of text.matchAll(/[^ ]+/g)) {
    const next = index + word.length
    if (widthOf(text.slice(start, next)) > limit()) {
      if (end > start) rows.push([start, end])
      start = index
      while (widthOf(text.slice(start, next)) > limit()) {
        const piece = fitting(text.slice(start, next), limit())
        // What should have been read as one breaks where its words do.
        const tie = piece.lastIndexOf(TIE)
        rows.push([start, start + (tie > 0 ? tie : piece.length)])
        start += tie > 0 ? tie : piece.length
        if (text[start] === TIE) start++
      }
    }
    end = next
  }
  return [...rows, [start, Math.max(start, end)]]
}
