// Lines that keep to the width of a window.
import { stripVTControlCharacters } from 'node:util'
import { commandsIn } from '../domain/shell.ts'

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

/** A flag, or one of the programs that hints begin with. */
const COMMAND = /^ *(?:--\w|(?:keyrite|chmod|cp|df|export|grep|ls|mkdir|mv|npm|ps|sudo) )/

const isCommand = (line: string): boolean => COMMAND.test(line)

function wrapLine(line: string, columns: number): string {
  const [margin] = /^ */.exec(line)!
  const [name] = /^ *\S+(?: \S+)* {2,}(?=\S)/.exec(line) ?? ['']
  const hang = name === '' || widthOf(name) > columns / 2 ? `${margin}  ` : ' '.repeat(widthOf(name))
  const head = name === '' ? margin : name
  const room = columns - hang.length
  const [first = '', ...rest] = inRows(tied(line.slice(head.length)), columns - widthOf(head), room)
  return [head + first, ...rest.map((row) => hang + row)].join('\n').replaceAll(TIE, ' ')
}

/** Stands for a blank at which no row ends; nobody writes it. */
const TIE = '\u{f0000}'

/** A command in the middle of a sentence stays whole too. */
const tied = (text: string): string =>
  commandsIn(text).reduceRight((tying, { start, end }) => {
    return tying.slice(0, start) + tying.slice(start, end).replaceAll(' ', TIE) + tying.slice(end)
  }, text)

/** A gap, which is lost where a row ends. The groups of a code are read together. */
const GAP = /(?<=\S)( +)(?=\S)(?!(?<=\b[0-9A-Z]{4,5} )[0-9A-Z]{4,5}\b)/

/** Words in rows of that width; a word that is longer has a row of its own, and the terminal breaks it. */
export function inRows(text: string, first: number, room = first): string[] {
  const [begin = '', ...parts] = text.split(GAP)
  const rows = [begin]
  for (let i = 0; i < parts.length; i += 2) {
    const longer = `${rows.at(-1)}${parts[i]}${parts[i + 1]}`
    if (widthOf(longer) <= (rows.length === 1 ? first : room)) rows[rows.length - 1] = longer
    else rows.push(parts[i + 1]!)
  }
  return rows
}
