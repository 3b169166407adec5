// How a record of a ceremony is bent: a forgery, and changes of its journal's lines.
import type { Loose } from './ledger.ts'
import type { TestPartition } from './partition.ts'

/** The lines of a journal, each an entry and its signature. */
export type Lines = Loose[]

export interface RecordForgery {
  rule: string
  what: string
  /** Of the lines; they are chained and signed anew where `by` names a key. */
  lines?: (lines: Lines) => Lines | undefined
  by?: 'station' | 'stranger'
  /** Of the files, before the manifest is written anew. */
  files?: (folder: string, place: TestPartition) => void
  /** It is left as it was. */
  keepsManifest?: true
}

export const step = (lines: Lines, id: string): Loose =>
  lines.find(({ entry }) => entry.type === 'step' && entry.step === id)

/** The first line of this type. */
export const of = (lines: Lines, type: string): Loose => lines.find(({ entry }) => entry.type === type).entry

/** Behind the line of a step. */
export const insert = (lines: Lines, id: string, ...more: Lines): Lines =>
  lines.toSpliced(lines.indexOf(step(lines, id)) + 1, 0, ...more)
/** A line at step 3.3 that left no record. */
export function attempt(lines: Lines, more: Loose): Loose {
  const line = structuredClone(step(lines, '3.3'))
  const { records: _, plans: __, output: ___, ...entry } = line.entry
  return { ...line, entry: { ...entry, ...more } }
}
export const without = (lines: Lines, id: string): Lines => lines.filter((line) => line !== step(lines, id))

export const resigned = (rule: string, what: string, lines: (lines: Lines) => Lines | undefined): RecordForgery => ({
  rule,
  what,
  lines,
  by: 'station',
})

export const changed =
  (id: string, change: (entry: Loose) => void) =>
  (lines: Lines): undefined => {
    change(step(lines, id).entry)
  }
