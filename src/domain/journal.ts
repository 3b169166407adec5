// The journal of a ceremony: a line for each step and event, chained by leaves and signed as a ledger's are (docs/formats.md, 17).
import * as v from 'valibot'
import { canonical, parseCanonical } from './canonical.ts'
import { formatCarried, parseCarried } from './carried-line.ts'
import { Clocks, SignedRehearsal, StepId } from './ceremony-marks.ts'
import { pae, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import { memberOf, refuseNewer } from './newer.ts'
import { plainCheck } from './plain-checks.ts'
import { Signature } from './record.ts'
import { Host, Tool } from './record-common.ts'
import {
  Artefact,
  base64urlOf,
  Count,
  hexOf,
  Leaf,
  SigningKey,
  StationName,
  setOf,
  Text,
  Uuid,
  When,
} from './shapes.ts'

const JOURNAL_FORMAT = 'keyrite.journal/1'
const ENTRY_TYPE = 'application/vnd.keyrite.journal+json'

const Place = v.strictObject({ seq: Count, leaf: Leaf })
export type Place = v.InferOutput<typeof Place>
const People = v.array(v.strictObject({ name: Text, roles: setOf(StationName) }))

const Common = { format: v.literal(JOURNAL_FORMAT), seq: Count, prev: v.nullable(Leaf), time: When }

/** `key`: that of the station, which signs the journal. */
const Opened = v.strictObject({
  ...Common,
  type: v.literal('opened'),
  name: StationName,
  partition: Uuid,
  mode: v.picklist(['real', 'rehearsal']),
  script: hexOf(32),
  site: hexOf(32),
  key: SigningKey,
  station: StationName,
  tool: Tool,
  host: Host,
  people: People,
  clock: v.optional(Clocks),
  rehearsal: v.optional(SignedRehearsal),
})

const STEP_KINDS = ['read', 'check', 'enter', 'compare', 'media', 'run', 'attach', 'pause'] as const

/**
 * A step that was taken. `values`: what was entered, read or compared, by its name. Of a `run`: `command`, the `exit` code (absent where the program ended
 * before it could be seen, and the ledger tells), `plan`, the digest of each plan, `records`, and `output`, SHA-256 of what it answered.
 * `exception`: it was left out, and why.
 */
const Step = v.strictObject({
  ...Common,
  type: v.literal('step'),
  step: StepId,
  kind: v.picklist(STEP_KINDS),
  began: When,
  by: People,
  values: v.optional(v.record(Text, Text)),
  command: v.optional(v.array(Text)),
  exit: v.optional(Count),
  plans: v.optional(v.array(base64urlOf(32))),
  records: v.optional(v.array(Place)),
  output: v.optional(hexOf(32)),
  file: v.optional(Artefact),
  exception: v.optional(Text),
})

/** A command of a step that did not end as it should: the step is not done by it. */
const Failed = v.strictObject({ ...Step.entries, type: v.literal('failed') })

/** Something that is not as the script has it, told at the step that is next. */
const Exception = v.strictObject({ ...Common, type: v.literal('exception'), step: StepId, text: Text })
/** `stay`: who stays with what lies open. */
const Paused = v.strictObject({ ...Common, type: v.literal('paused'), step: StepId, stay: setOf(Text) })
/** `people`: who is there now. `read`: the journal's last leaf, whose code was read aloud. */
const Resumed = v.strictObject({ ...Common, type: v.literal('resumed'), people: People, read: Leaf })
const Closed = v.strictObject({ ...Common, type: v.literal('closed'), steps: Count, exceptions: Count })
const Aborted = v.strictObject({ ...Common, type: v.literal('aborted'), reason: Text })

const Entry = v.variant('type', [Opened, Step, Failed, Exception, Paused, Resumed, Closed, Aborted])
export type Entry = v.InferOutput<typeof Entry>
export type EntryOf<T extends Entry['type']> = Extract<Entry, { type: T }>
type Unplaced<E> = E extends Entry ? Omit<E, keyof typeof Common> : never
/** Its own members, before the journal adds those that every line has. */
export type NewEntry = Unplaced<Entry>

/** A line that was read, and its leaf. */
export interface JournalLine {
  entry: Entry
  leaf: string
}

const Line = v.strictObject({ entry: Entry, signature: Signature })

/** JOURNAL-LINE, FORMAT-NEWER: a line without its LF. */
export function parseEntry(text: string): v.InferOutput<typeof Line> {
  const value = parseCanonical(text)
  refuseNewer(memberOf(memberOf(value, 'entry'), 'format'), JOURNAL_FORMAT)
  // Valibot passes over names such as constructor: the line is taken as it stands, or not at all.
  if (plainCheck(Line)(value)) return value as v.InferOutput<typeof Line>
  const issue = v.safeParse(Line, value, { abortEarly: true }).issues?.[0]
  throw notVerified(
    'JOURNAL-LINE',
    `${(issue && v.getDotPath(issue)) ?? 'the line'} is missing, or is not as docs/formats.md has it`,
  )
}

/** The entry in its place, and the bytes that are signed. */
export function placedEntry(entry: NewEntry, place: Pick<Entry, 'seq' | 'prev' | 'time'>) {
  const text = canonical({ format: JOURNAL_FORMAT, ...place, ...entry })
  return { text, message: pae(ENTRY_TYPE, utf8(text)) }
}

export const entryMessage = (entry: Entry): Uint8Array => pae(ENTRY_TYPE, utf8(canonical(entry)))

export const entryLine = (text: string, signature: v.InferOutput<typeof Signature>): string =>
  `{"entry":${text},"signature":${canonical(signature)}}`

const HEAD_FORMAT = 'keyrite.ceremony-head/1'

const Head = v.strictObject({
  format: v.literal(HEAD_FORMAT),
  name: StationName,
  partition: Uuid,
  script: hexOf(32),
  journal: Leaf,
})

/** The text that witnesses sign: it stands for the whole journal, and says of what it is. */
export const headText = ({ name, partition, script }: EntryOf<'opened'>, journal: string): string =>
  formatCarried('head', HEAD_FORMAT, { name, partition, script, journal })

/** JOURNAL-LINE, FORMAT-NEWER: the same, read. */
export function parseHead(text: string): v.InferOutput<typeof Head> {
  const refused = () => notVerified('JOURNAL-LINE', 'the head is not as docs/formats.md has it')
  const shape = v.strictObject({ head: Head })
  return parseCarried(text, { shape, member: 'head', format: HEAD_FORMAT, refused }).head
}

/** Steps that were left out, commands that failed, and what else was told. */
export const exceptionsIn = (lines: readonly JournalLine[]): number =>
  lines.filter(
    ({ entry }) =>
      entry.type === 'exception' || entry.type === 'failed' || (entry.type === 'step' && entry.exception !== undefined),
  ).length

export const stepsIn = (lines: readonly JournalLine[]): number =>
  lines.filter(({ entry }) => entry.type === 'step').length
