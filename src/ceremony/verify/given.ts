// What a record of a ceremony is held against, and what is found wrong with it.

import { type CeremonyOpening, openingOf } from '../../domain/ceremony-marks.ts'
import type { ErrorCode } from '../../domain/codes.ts'
import { KeyriteError } from '../../domain/errors.ts'
import type { EntryOf, JournalLine } from '../../domain/journal.ts'
import type { Plan } from '../../domain/plan.ts'
import type { Record } from '../../domain/record.ts'
import type { CeremonyScript } from '../script.ts'
import type { CeremonySite } from '../site.ts'

export interface Fault {
  code: ErrorCode
  message: string
  /** The record that nothing in the ceremony speaks of. */
  seq?: number
}

export interface LedgerLine {
  record: Record
  leaf: string
}

/** A step that was taken, or a command of one that failed. */
export type Taken = { entry: EntryOf<'step' | 'failed'>; leaf: string }

export interface Given {
  opened: EntryOf<'opened'>
  script: CeremonyScript
  site: CeremonySite
  /** Of the script. */
  code: string
  lines: readonly JournalLine[]
  /** All of the ledger, each at the place of its number. */
  ledger: readonly LedgerLine[]
}

export const isTaken = (line: JournalLine): line is Taken => line.entry.type === 'step' || line.entry.type === 'failed'

/** What was thrown, as a fault; a bug of ours stays one. */
export function faultOf(error: unknown): Fault {
  if (error instanceof KeyriteError) return { code: error.code, message: error.message }
  throw error
}

export const endOf = ({ lines }: Pick<Given, 'lines'>): EntryOf<'closed' | 'aborted'> | undefined => {
  const last = lines.at(-1)?.entry
  return last?.type === 'closed' || last?.type === 'aborted' ? last : undefined
}

export const takenSteps = ({ lines }: Pick<Given, 'lines'>): EntryOf<'step'>[] =>
  lines.flatMap(({ entry }) => (entry.type === 'step' ? [entry] : []))
/** By a note, or by the plan by which the partition begins. */
export function openingIn(record: Record): CeremonyOpening | undefined {
  if (record.type === 'note') return record.ceremony?.event === 'opened' ? record.ceremony : undefined
  const mark = record.type === 'partition.created' ? record.plan.ceremony : undefined
  return mark && openingOf(mark)
}

/** The plan that a record carries out. */
export const planIn = (record: Record | undefined): Plan | undefined =>
  record?.type === 'intent' || record?.type === 'partition.created' ? record.plan : undefined
