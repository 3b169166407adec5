// Which records of a ledger somebody wants to see: those of a key, a custodian, an operation or a time. A change is shown whole.
import { plannedCopies } from '../../domain/copies.ts'
import { usage } from '../../domain/errors.ts'
import { type KeyVersion, parseTime, quoted, type Time, toTime } from '../../domain/names.ts'
import { plannedKeys } from '../../domain/plan.ts'
import type { Denied, Line, Record } from '../../domain/record.ts'

export interface FilterOptions {
  key?: KeyVersion
  by?: string
  op?: string
  since?: Time
  until?: Time
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

/** TIME: RFC 3339, or a day (in UTC): the beginning of it for `--since`, its end for `--until`. */
export const parseMoment =
  (side: 'since' | 'until') =>
  (text: string): Time => {
    if (!DAY.test(text)) return parseTime(text)
    const first = parseTime(`${text}T00:00:00Z`)
    return side === 'since' ? first : toTime(new Date(Date.parse(first) + 86_400_000 - 1))
  }

/** `key.rotate`, or `rotate` alone. */
export function parseOperation(text: string): string {
  if (/^[a-z]+(\.[a-z]+)?$/.test(text)) return text
  throw usage(`${quoted(text)} is not an operation: write it like key.rotate, or rotate`)
}

const isOp = (op: string, wanted: string): boolean => op === wanted || op.endsWith(`.${wanted}`)

/** What a record tells of itself. An outcome has the rest from the intent that it ends. */
interface Facts {
  op: string | undefined
  people: readonly string[]
  keys: readonly { name: string; version: number }[]
}

function factsOf(record: Record): Facts {
  switch (record.type) {
    case 'partition.created':
      return { op: record.plan.op, people: record.approvals.map(({ custodian }) => custodian), keys: [] }
    case 'intent': {
      const { plan, approvals } = record
      const copies = plannedCopies(plan).flatMap((app) => app.copies)
      return {
        op: plan.op,
        people: approvals.map(({ custodian }) => custodian),
        keys: [...plannedKeys(plan), ...copies],
      }
    }
    case 'outcome':
    case 'recovered':
      return { op: undefined, people: [], keys: record.keys }
    case 'app.copies':
      return { op: undefined, people: [], keys: record.copies }
    case 'denied':
      return { op: record.op, people: peopleOf(record), keys: record.keys ?? [] }
    case 'drill':
    case 'custodian.acknowledged':
      return { op: undefined, people: [record.proof.custodian], keys: [] }
    case 'custodian.departed':
      return { op: undefined, people: [record.custodian, ...names(record.signed)], keys: [] }
    case 'share.recorded':
      return { op: undefined, people: [record.share.custodian, ...names(record.signed)], keys: [] }
    default:
      return { op: undefined, people: [], keys: [] }
  }
}

const names = (signed: readonly { custodian: string }[]): string[] => signed.map(({ custodian }) => custodian)

/** Whose share was refused, and who had approved. */
const peopleOf = ({ custodian, approvers = [] }: Denied): string[] => [
  ...(custodian ? [custodian] : []),
  ...approvers.map((one) => one.custodian),
]

export class Filter {
  readonly #wanted: FilterOptions
  /** By leaf, what the intents were. */
  readonly #intents = new Map<string, Facts>()

  constructor(wanted: FilterOptions) {
    this.#wanted = wanted
  }

  /** Every record has to pass by here, in order. */
  takes({ line: { record }, leaf }: { line: Line; leaf: string }): boolean {
    const own = factsOf(record)
    if (record.type === 'intent') this.#intents.set(leaf, own)
    const intent = 'intent' in record ? this.#intents.get(record.intent) : undefined
    const { since = '', until = '9999', op, by, key } = this.#wanted
    const isAny = <T>(test: (facts: Facts) => T) => test(own) || (intent !== undefined && test(intent))
    return (
      record.time >= since &&
      record.time <= until &&
      (op === undefined || isAny((facts) => facts.op !== undefined && isOp(facts.op, op))) &&
      (by === undefined || isAny(({ people }) => people.includes(by))) &&
      (key === undefined || isAny(({ keys }) => keys.some((one) => isNamed(one, key))))
    )
  }
}

const isNamed = ({ name, version }: { name: string; version: number }, key: KeyVersion): boolean =>
  name === key.name && (key.version === undefined || key.version === version)
