// The one place where text becomes what a screen shows: everything is escaped here, wrapped under its own column, and coloured.
import { partsOf as partsOfHint } from '../domain/hint-text.ts'
import { inOneRow, unsteered } from '../domain/names.ts'
import { type Look, PLAIN } from './look.ts'
import { table } from './table.ts'
import {
  type Fields,
  type Hint,
  type Line,
  markOf,
  type Part,
  partsOf,
  type Run,
  runsOf,
  type Text,
  textOf,
} from './text.ts'
import { widthOf } from './width.ts'
import { type Row, rowsIn, tied, withCodesTied } from './wrap.ts'

/** Rows for that look, with LF between them. */
export const render = (text: Text, look: Look): string => rendered(text, look).join('\n')

/** As it goes into a file, or to somebody who looks for words in it. */
export const inPlain = (text: Text): string => render(text, PLAIN)

export const rendered = (text: Text, look: Look): string[] => partsOf(text).flatMap((part) => rowsOf(part, look))

function rowsOf(part: Part, look: Look): string[] {
  if (typeof part === 'string') return lineRows({ line: [part] }, look)
  if ('line' in part) return lineRows(part, look)
  if ('hint' in part) return hintRows(part, look)
  if ('verbatim' in part) return part.verbatim.split('\n').map(afterMargin)
  return 'fields' in part ? fieldRows(part, look) : table(part, look).split('\n')
}

function fieldRows({ fields, indent }: Fields, look: Look): string[] {
  const names = fields.map(([name]) => inOneRow(name))
  const width = Math.max(0, ...names.map((name) => name.length))
  return fields.flatMap(([, value], i) =>
    value === undefined ? [] : lineRows({ head: [`${indent}${names[i]!.padEnd(width)}  `], line: runsOf(value) }, look),
  )
}

/** Text as it is shown, and as it is broken: of the same length. */
interface Piece {
  text: string
  unbroken: string
  mark: ReturnType<typeof markOf>
}

/** So many blanks at the beginning of a row can be a margin of ours. */
const MARGIN = /^ {0,20}/

const afterMargin = (text: string): string => {
  const [margin] = MARGIN.exec(text)!
  return margin + inOneRow(text.slice(margin.length))
}

function pieceOf(run: Run, fit: (text: string) => string): Piece {
  const text = fit(textOf(run))
  const keeps = typeof run !== 'string' && run.whole
  return { text, unbroken: keeps ? tied(text) : withCodesTied(text), mark: markOf(run) }
}

function lineRows({ head, line }: Line, look: Look): string[] {
  const pieces = line.map((run, i) => pieceOf(run, head || i > 0 ? inOneRow : afterMargin))
  // A head is ours, and is padded.
  const before = head ? head.map((run) => pieceOf(run, unsteered)) : [cutMargin(pieces)]
  const all = [...before, ...pieces]
  if (sumOf(all) <= look.columns) return [painted(all, look).trimEnd()]
  const { first, hang } = columnsOf(before, head !== undefined, look)
  const unbroken = pieces.map((piece) => piece.unbroken).join('')
  const rows = rowsIn(unbroken, look.columns - first, look.columns - hang)
  const [begin = '', ...rest] = rows.map((row) => painted(within(pieces, row), look))
  return [painted(before, look) + begin, ...rest.map((row) => ' '.repeat(hang) + row)]
}

const sumOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { text }) => sum + widthOf(text), 0)

/** The blanks that a line begins with are its margin; they are taken off its first piece. */
function cutMargin([first]: Piece[]): Piece {
  const length = first ? first.text.length - first.text.trimStart().length : 0
  const margin = { text: ' '.repeat(length), unbroken: '', mark: undefined }
  if (first) Object.assign(first, { text: first.text.slice(length), unbroken: first.unbroken.slice(length) })
  return margin
}

/** What goes on begins below what follows the head, where that leaves room; else two further in. */
function columnsOf(before: readonly Piece[], hasHead: boolean, { columns }: Look): { first: number; hang: number } {
  const first = sumOf(before)
  const text = before.map((piece) => piece.text).join('')
  const margin = text.length - text.trimStart().length
  return { first, hang: hasHead && first <= columns / 2 ? first : Math.min(margin, Math.floor(columns / 2)) + 2 }
}

/** The parts of the pieces that lie in a row. */
function within(pieces: readonly Piece[], [start, end]: Row): Piece[] {
  let at = 0
  return pieces.map((piece) => {
    const text = piece.text.slice(Math.max(0, start - at), Math.max(0, end - at))
    at += piece.text.length
    return { ...piece, text }
  })
}

const painted = (pieces: readonly Piece[], look: Look): string =>
  pieces.map(({ text, mark }) => look.paint(mark, text)).join('')

/** What is copied stands in rows of its own, without the words that lead to it. */
const hintRows = ({ hint, indent }: Hint, look: Look): string[] =>
  partsOfHint(hint).flatMap((part) => {
    const margin = indent + '  '.repeat(part.level)
    return 'command' in part ? commandRows(part.command, margin, look) : lineRows({ line: [margin + part.words] }, look)
  })

/**
 * One line for a shell, however narrow the window is: a row ends between two words, with a backslash. Rows that the terminal
 * breaks are not copied as one everywhere (out of a split window, a recording), and can't be read; a word that is wider than
 * a row is left to it all the same, for a shell reads no word on.
 */
function commandRows(command: readonly string[], margin: string, { columns }: Look): string[] {
  const rows: string[] = []
  let row = margin + command[0]!
  for (const [i, word] of command.entries()) {
    if (i === 0) continue
    const room = columns - (i === command.length - 1 ? 0 : 2)
    if (widthOf(`${row} ${word}`) <= room) row += ` ${word}`
    else {
      rows.push(`${row} \\`)
      row = `${margin}  ${word}`
    }
  }
  return [...rows, row]
}

/** One line of JSON. What could steer a terminal, or fill its row, is written as JSON's own escapes: programs read the same value. */
export const jsonLine = (value: unknown): string => inJson(JSON.stringify(value))

/** The same, a member a row. */
export const jsonRows = (value: unknown): string => {
  const rows = JSON.stringify(value, undefined, 2).split('\n')
  return rows.map((row) => row.replace(/^( *)(.*)$/, (_, margin, member) => margin + inJson(member))).join('\n')
}

const inJson = (text: string): string =>
  text.replace(/[^ -~]+| {4,}/g, (found) =>
    inOneRow(found) === found ? found : Array.from({ length: found.length }, (_, i) => jsonEscape(found, i)).join(''),
  )

const jsonEscape = (text: string, at: number): string => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`
