// A record of the ledger as an event for programs that collect those of many machines: what happened, how it ended, by whom, to which keys.
import { recordCode } from '../../domain/code.ts'
import { isOdd } from '../../domain/found-words.ts'
import { label } from '../../domain/names.ts'
import type { Line, Record } from '../../domain/record.ts'
import { type Said, saidOf } from '../../domain/said.ts'
import { inPlain } from '../../terminal/render.ts'
import type { Found, Known } from '../known.ts'
import { factsOf } from '../record-facts.ts'
import { tell } from '../record-view.ts'

/** How much it matters: what happens every day, what can't be undone, what was refused or failed, and what somebody has to look at. */
export type Weight = 'info' | 'notice' | 'warning' | 'alert'

/** What all formats are made of. */
export interface Event extends Said {
  seq: number
  /** base64url, as is `prev`: that of the record before, null of the first. */
  leaf: string
  prev: string | null
  code: string
  time: string
  type: Record['type']
  /** Of a change, and of its outcome. */
  op?: string
  /** The leaf of the intent that it ends. */
  intent?: string
  result?: Result
  /** The code of what was refused, or why it failed. */
  error?: string
  custodians: string[]
  /** The first of them, and how many there are. */
  keys: string[]
  keyCount: number
  weight: Weight
  /** In words: a headline, and what `audit show` says. */
  title: string
  text: string
  partition: { uuid: string; name: string }
  station: string
  host: { user: string; name: string }
  program: string
  line: Line
}

export type Result = 'done' | 'failed' | 'partial' | 'not done' | 'refused'

/** What of an intent its outcome is told with. */
type Change = Pick<Event, 'op' | 'custodians' | keyof Said>

const FEW = 16
const LONGEST = 1000

export class Events {
  readonly #known: Known
  /** By leaf. */
  readonly #changes = new Map<string, Change>()
  #name = ''

  constructor(known: Known) {
    this.#known = known
  }

  /** Every record has to pass by here, in order. */
  of({ line, leaf }: Found): () => Event {
    const { record } = line
    this.#known.learn({ line, leaf })
    if (record.type === 'partition.created') this.#name = record.name
    const change = this.#changeOf(record, leaf)
    const name = this.#name
    return () => this.#event({ line, leaf }, change, name)
  }

  #changeOf(record: Record, leaf: string): Change {
    if ('intent' in record) return this.#changes.get(record.intent) ?? { custodians: [] }
    const { op, people } = factsOf(record)
    const change = {
      ...(op === undefined ? {} : { op }),
      custodians: [...new Set(people)],
      ...('plan' in record ? saidOf(record.plan) : {}),
    }
    if (record.type === 'intent') this.#changes.set(leaf, change)
    return change
  }

  #event({ line, leaf }: Found, change: Change, name: string): Event {
    const { record } = line
    const keys = [...new Set(factsOf(record).keys.map((key) => label(key.name, key.version)))]
    const ending = endingOf(record)
    return {
      seq: record.seq,
      leaf,
      prev: record.prev,
      code: recordCode(leaf),
      time: record.time,
      type: record.type,
      ...change,
      ...('intent' in record ? { intent: record.intent } : {}),
      ...ending,
      keys: keys.slice(0, FEW),
      keyCount: keys.length,
      weight: weightOf(record, ending.result, change.op),
      title: titleOf(record, change.op, ending.result),
      text: cut(tell(record, this.#known).map(inPlain).join('; ')),
      partition: { uuid: record.partition, name },
      station: record.station,
      host: record.host,
      program: record.tool.version,
      line,
    }
  }
}

function endingOf(record: Record): Pick<Event, 'result' | 'error'> {
  switch (record.type) {
    case 'outcome':
      return { result: record.result, ...(record.error ? { error: record.error.code } : {}) }
    case 'recovered':
      return { result: record.found }
    case 'denied':
      return { result: 'refused', error: record.reason }
    default:
      return {}
  }
}

/** `key.rotate approved`, `key.rotate done`, `key.rotate refused`; of everything else its type. */
function titleOf(record: Record, op: string | undefined, result: Result | undefined): string {
  if (record.type === 'intent') return `${record.plan.op} approved`
  return op !== undefined && result !== undefined ? `${op} ${result}` : record.type
}

/** What takes something away for good, lets it out, or changes who decides. */
const GRAVE =
  /^(key\.(destroy|compromise|export)|quorum\.replace|partition\.(move|retire|recover)|backup\.restore|app\.retire|station\.(add|remove))$/
const GRAVE_TYPES: readonly Record['type'][] = [
  'token.replaced',
  'quorum.replaced',
  'station.added',
  'station.removed',
  'custodian.departed',
  'partition.retired',
]

function weightOf(record: Record, result: Result | undefined, op = ''): Weight {
  if (result === 'partial') return 'alert'
  if (result === 'failed' || result === 'refused' || tellsOfOdd(record)) return 'warning'
  return GRAVE.test(op) || GRAVE_TYPES.includes(record.type) ? 'notice' : 'info'
}

const tellsOfOdd = (record: Record): boolean => record.type === 'app.copies' && (record.found ?? []).some(isOdd)

/** A plan of thousands of keys is told in full in the ledger alone. */
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text)
