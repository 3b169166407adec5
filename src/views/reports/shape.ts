// A report as data: what was found first, tables, what people attest, and a digest over all of it. Texts, tables and pages are made of this.
import { canonical } from '../../domain/canonical.ts'
import { sha256, toHex, utf8 } from '../../domain/encoding.ts'

const REPORT_FORMAT = 'keyrite.report/1'

export const REPORT_KINDS = [
  'evidence',
  'keys',
  'dual-control',
  'custodians',
  'backups',
  'destruction',
  'access',
] as const
export type ReportKind = (typeof REPORT_KINDS)[number]

/** What a report is of, beside the ledger: all that its bytes hang on. `key`: NAME or NAME#V; times in UTC with milliseconds. */
export interface Asked {
  kind: ReportKind
  key?: string
  since?: string
  until?: string
  asOf: string
  /** Where the last record had that very time, its number: others may follow that have it too. */
  through?: number
}

/** `records`: the numbers of those that tell of it. */
export interface ReportFinding {
  severity: 'critical' | 'warning' | 'note'
  message: string
  records?: number[]
}

export type Cell = string | number | string[]

/** A row has a cell for those columns of which there is something to say. */
export interface Section {
  id: string
  title: string
  /** What is to be known of it, and what an empty table means. */
  about?: string
  columns: string[]
  rows: { [column: string]: Cell }[]
}

export interface Report extends Asked {
  format: typeof REPORT_FORMAT
  /** The program that made it: another version may word it otherwise. */
  program: string
  /** The command that makes it again of the same ledger. */
  command: string
  partition: { name: string; id: string }
  anchor: { code: string; leaf: string }
  /** Of the records up to `asOf`: how many, the last one, and the root of the tree over them (RFC 6962). */
  records: number
  last: { seq: number; time: string; code: string; leaf: string }
  root: { code: string; hash: string }
  /** What is judged by: absent where none was in force. `seq`: the intent that holds it. */
  manifest?: { sha256: string; seq: number; time: string }
  findings: ReportFinding[]
  sections: Section[]
  /** What no ledger can show: people say so with their names. */
  attest: string[]
  /** SHA-256 of the canonical JSON (RFC 8785) of all other members, hex. */
  digest: string
}

export function sealed(data: Omit<Report, 'format' | 'digest'>): Report {
  const whole = { format: REPORT_FORMAT, ...data } as const
  return { ...whole, digest: digestOf(whole) }
}

/** Over all members but the digest itself. */
export const digestOf = ({ digest: _, ...data }: Omit<Report, 'digest'> & { digest?: string }): string =>
  toHex(sha256(utf8(canonical(data))))

/** The file of a report as programs read it. */
export const reportJson = (report: Report): string => `${canonical(report)}\n`

/** `keyrite report access payments/card-dek --as-of 2026-11-28T04:38:10.123Z`. */
export const commandOf = ({ kind, key, since, until, asOf, through }: Asked): string =>
  [
    'keyrite report',
    kind,
    ...(key === undefined ? [] : [key]),
    ...(since === undefined ? [] : ['--since', since]),
    ...(until === undefined ? [] : ['--until', until]),
    '--as-of',
    asOf,
    ...(through === undefined ? [] : ['--through', through]),
  ].join(' ')

const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`
const COMMAND = new RegExp(
  `keyrite report (?<kind>${REPORT_KINDS.join('|')})(?: (?<key>[a-z0-9][a-z0-9._/-]{0,62}(?:#[1-9][0-9]*)?))?` +
    `(?: --since (?<since>${TIME}))?(?: --until (?<until>${TIME}))? --as-of (?<asOf>${TIME})(?: --through (?<through>0|[1-9][0-9]{0,14}))?`,
)

/** What the command in a report asks for, in whatever form that is written. */
export function askedIn(text: string): Asked | undefined {
  const { kind, key, since, until, asOf, through } = COMMAND.exec(text.replaceAll('\\', ''))?.groups ?? {}
  if (kind === undefined || asOf === undefined) return undefined
  return {
    kind: kind as ReportKind,
    ...(key === undefined ? {} : { key }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    asOf,
    ...(through === undefined ? {} : { through: Number(through) }),
  }
}
