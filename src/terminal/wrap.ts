// Lines that keep to the width of a window.
import { stripVTControlCharacters } from 'node:util'

const WIDE = /[\p{sc=Han}\p{sc=Hangul}\p{sc=Hiragana}\p{sc=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u
const NONE = /\p{M}/u

/** The columns that a text takes. */
export function widthOf(text: string): number {
  const seen = stripVTControlCharacters(text)
  if (/^[ -~]*$/.test(seen)) return seen.length
  return [...seen].reduce((sum, char) => sum + (NONE.test(char) ? 0 : WIDE.test(char) ? 2 : 1), 0)
}

/** What goes on begins below the value of a `name   value` line, else two further in. A command stays whole: it may be copied. */
export const wrapped = (text: string, columns: number): string =>
  columns === Number.POSITIVE_INFINITY
    ? text
    : text
        .split('\n')
        .map((line) => (widthOf(line) <= columns || isCommand(line) ? line : wrapLine(line, columns)))
        .join('\n')

const isCommand = (line: string): boolean => line.trimStart().startsWith('keyrite ')

function wrapLine(line: string, columns: number): string {
  const [margin] = /^ */.exec(line)!
  const [name] = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(line) ?? ['']
  const hang = name === '' || widthOf(name) > columns / 2 ? `${margin}  ` : ' '.repeat(widthOf(name))
  const head = name === '' ? margin : name
  const room = columns - hang.length
  const [first = '', ...rest] = inRows(line.slice(head.length), columns - widthOf(head), room)
  return [head + first, ...rest.map((row) => hang + row)].join('\n')
}

/** One space: a gap of several belongs to the word before it, and the groups of a code are read together. */
const BREAK = /(?<=\S) (?=\S)(?!(?<=\b[0-9A-Z]{4} )[0-9A-Z]{4}\b)/

/** Words in rows of that width; a word that is longer has a row of its own, and the terminal breaks it. */
export function inRows(text: string, first: number, room = first): string[] {
  const rows: string[] = []
  for (const word of text.split(BREAK)) {
    const row = rows.at(-1)
    const width = rows.length === 1 ? first : room
    if (row !== undefined && widthOf(row) + 1 + widthOf(word) <= width) rows[rows.length - 1] = `${row} ${word}`
    else rows.push(word)
  }
  return rows
}
