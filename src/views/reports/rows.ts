// What the tables of reports have in common: cells that are left out, people, times, and the changes of a period.
import type { Judgement } from '../../domain/due-shapes.ts'
import { labelOf } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import type { Asked, Cell, Section } from './shape.ts'
import type { Told, ToldOf } from './told.ts'

/** What sections are made of. `now`: the moment that is asked for. */
export interface Source extends Pick<ToldOf, 'history' | 'tree' | 'all'> {
  readonly asked: Asked
  readonly now: Date
  /** By the manifest in force then. */
  readonly judged: Judgement | undefined
}

/** Of a section everything but its rows' empty cells. */
export const section = (
  id: string,
  title: string,
  columns: string[],
  rows: readonly { [column: string]: Cell | undefined }[],
  about?: string,
): Section => ({
  id,
  title,
  ...(about === undefined ? {} : { about }),
  columns,
  rows: rows.map(withoutEmpty),
})

const withoutEmpty = (row: { [column: string]: Cell | undefined }): { [column: string]: Cell } =>
  Object.fromEntries(
    Object.entries(row).flatMap(([name, cell]) =>
      cell === undefined || cell === '' || (Array.isArray(cell) && cell.length === 0) ? [] : [[name, cell]],
    ),
  )

export const isInPeriod = ({ since = '', until = '9999' }: Asked, { time }: { time: string }): boolean =>
  time >= since && time <= until

/** `2026-01-01 to 2026-11-28`, as far as it was asked for. */
export const periodInWords = ({ since, until, asOf }: Asked): string =>
  `${since === undefined ? 'from the beginning' : `from ${since}`} to ${until ?? asOf}`

/** `alice of ops, epoch 1`. */
export const seatOf = ({ custodian, group, epoch }: { custodian: string; group: string; epoch: number }): string =>
  `${custodian} of ${group}, epoch ${epoch}`

/** Those that this key, or this version of it, is of. */
export const isOf =
  (key: string) =>
  ({ name, version }: { name: string; version: number }): boolean =>
    key.includes('#') ? labelOf({ name, version }) === key : name === key

export const concerns = (key: string, { keys }: Told): boolean =>
  key.includes('#') ? keys.has(key) : [...keys].some((one) => one.slice(0, one.lastIndexOf('#')) === key)

const CHANGE = [
  'record',
  'time',
  'operation',
  'keys',
  'approved by',
  'needed',
  'plan',
  'said',
  'result',
  'ended',
] as const

/** Changes and refusals, each with the people whose shares signed it. */
export const changesSection = (id: string, title: string, all: readonly Told[], about: string): Section =>
  section(id, title, [...CHANGE], all.map(changeRow), about)

function changeRow({ seq, time, op, keys, signed, needs, code, said, end, denied }: Told) {
  const approvers = (denied?.approvers ?? []).map(({ custodian, group }) => `${custodian} of ${group}`)
  return {
    record: seq,
    time,
    operation: op,
    keys: listed([...keys]),
    'approved by': denied ? approvers : signed.map(seatOf),
    needed: needs.map(({ group, epoch, threshold }) => `${threshold} of ${group}, epoch ${epoch}`),
    plan: code ?? '',
    said: [
      ...(said.reason === undefined ? [] : [`reason: ${said.reason}`]),
      ...(said.ticket === undefined ? [] : [`ticket: ${said.ticket}`]),
      ...(said.requestedBy === undefined ? [] : [`requested by: ${said.requestedBy}`]),
    ],
    result: [end?.result, end?.error, denied?.custodian && `the share of ${denied.custodian}`]
      .filter(Boolean)
      .join(', '),
    ended: [...(end?.seq === undefined ? [] : [`record ${end.seq}, ${end.time}`]), ...(end?.files ?? [])],
  }
}

export const SAID = 'What was said of a change stands there as it was said: nothing proves it.'

/** What opens no token and changes nothing is a statement. */
export const isStatement = ({ op, denied }: Told): boolean => denied === undefined && STATEMENTS.includes(op)

const STATEMENTS: readonly string[] = [
  'drill',
  'custodian.acknowledged',
  'custodian.departed',
  'share.recorded',
  'quorum.confirmed',
]
