// What commands have to say, as data: only the terminal makes lines of it, so that no view can forget to escape or to wrap.
import type { Hint as HintData } from '../domain/hints.ts'
import type { Mark } from './look.ts'

/** A piece of a line. `whole`: it is read, or copied, as one. */
interface Marked {
  text: string
  mark?: Mark | undefined
  whole?: boolean
}
export type Run = string | Marked
/** Pieces one after the other. */
type Value = Run | readonly Run[]

export const marked = (text: string, mark: Mark | undefined): Run => (mark ? { text, mark } : text)
export const whole = (text: string): Run => ({ text, whole: true })

/** One line. What goes on in further rows begins below what follows the head. */
export interface Line {
  head?: readonly Run[]
  line: readonly Run[]
}

export const line = (...runs: readonly Run[]): Line => ({ line: runs })

/** `name   value` lines, the names padded to the longest. A value that is undefined has no line. */
export interface Fields {
  fields: readonly Field[]
  indent: string
}

export type Field = readonly [name: string, value: Value | undefined]

export const fields = (pairs: readonly Field[], indent = ''): Fields => ({ fields: pairs, indent })

/** What to type: each command of it in rows of its own, as it can be copied. */
export interface Hint {
  hint: HintData
  indent: string
}

/** What another program reads, or a person copies: its lines are never broken. */
interface Verbatim {
  verbatim: string
}

/** What a column gives up in a narrow window. A number: it goes, the lowest first. */
export type Give = number | 'wrap' | 'cut'

export interface TableSpec {
  head: (string | { name: string; give: Give })[]
  rows: Run[][]
}

/** A string is one line, whatever it holds. */
export type Part = string | Line | Fields | TableSpec | Hint | Verbatim
export type Text = Part | readonly Part[]

export const textOf = (run: Run): string => (typeof run === 'string' ? run : run.text)
export const markOf = (run: Run): Mark | undefined => (typeof run === 'string' ? undefined : run.mark)
export const runsOf = (value: Value): readonly Run[] => (Array.isArray(value) ? value : [value as Run])

export const partsOf = (text: Text): readonly Part[] =>
  Array.isArray(text) ? (text as readonly Part[]) : [text as Part]
