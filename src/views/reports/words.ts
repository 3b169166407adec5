// What every form of a report says alike: its title, what it is of, and its cells as text.
import { inOneRow } from '../../domain/names.ts'
import type { Cell, Report, ReportKind, Section } from './shape.ts'

const TITLES: { readonly [kind in ReportKind]: string } = {
  evidence: 'Evidence',
  keys: 'Keys',
  'dual-control': 'Dual control',
  custodians: 'Custodians',
  backups: 'Backups',
  destruction: 'Destruction',
  access: 'Access',
}

export const titleOf = ({ kind, key, partition }: Report): string =>
  `${TITLES[kind]}${key === undefined ? '' : ` to ${key}`}, partition ${partition.name}`

/** `name: value`, in the order in which people ask. */
export const factsOf = ({ manifest, last, ...report }: Report): [name: string, value: string][] => [
  ['as of', report.asOf],
  ['period', `${report.since ?? 'from the beginning'} to ${report.until ?? report.asOf}`],
  ['partition', `${report.partition.name}, ${report.partition.id}`],
  ['anchor', report.anchor.code],
  ['records', `${report.records}; the last is record ${last.seq} of ${last.time}, ${last.code}`],
  ['root', `${report.root.code}, ${report.root.hash}`],
  [
    'manifest',
    manifest
      ? `sha256 ${manifest.sha256}, in force since ${manifest.time}, by record ${manifest.seq}`
      : 'no manifest is in force: nothing is judged by policy',
  ],
  ['made by', report.program],
  ['made again by', report.command],
  ['data digest', `sha256 ${report.digest}`],
]

export const FINDINGS = 'Findings'
export const NONE_FOUND = 'Nothing was found that somebody should look into.'
export const ATTESTED = 'What people attest'
export const ATTEST_ABOUT = 'No ledger can show this. Whoever knows it marks the box, and signs.'
export const EMPTY = 'None.'

/** A finding, with the records that tell of it. */
export const findingInWords = ({ message, records = [] }: Report['findings'][number]): string =>
  records.length === 0 ? message : `${message} (${records.length === 1 ? 'record' : 'records'} ${records.join(', ')})`

/** Each value of a cell by itself. */
export const valuesIn = (cell: Cell | undefined): string[] =>
  cell === undefined ? [] : (Array.isArray(cell) ? cell : [`${cell}`]).map(inOneRow)

/** Those columns of which there is something to say in some row. */
export const usedColumns = ({ columns, rows }: Section): string[] =>
  columns.filter((column) => rows.some((row) => row[column] !== undefined))
