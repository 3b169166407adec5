// Which records of a ledger somebody wants to see: those of a key, a custodian, an operation or a time. A change is shown whole.
import { usage } from '../../domain/errors.ts'
import { type KeyVersion, parseTimeOrDay, parseTimeOrDayEnd, quoted, type Time } from '../../domain/names.ts'
import type { Line } from '../../domain/record.ts'
import { RECORDED_BY } from '../../domain/statement.ts'
import { factsOf, type RecordFacts } from '../../views/record-facts.ts'

export interface FilterOptions {
  key?: KeyVersion
  by?: string
  op?: string
  since?: Time
  until?: Time
}

/** TIME: RFC 3339, or a day (in UTC): the beginning of it for `--since`, its end for `--until`. */
export const parseMoment = (side: 'since' | 'until') => (side === 'since' ? parseTimeOrDay : parseTimeOrDayEnd)

/** `key.rotate`, or `rotate` alone. */
export function parseOperation(text: string): string {
  if (/^[a-z]+(\.[a-z]+)?$/.test(text)) return text
  throw usage(`${quoted(text)} is not an operation: write it like key.rotate, or rotate`)
}

const isOp = (op: string, wanted: string): boolean => op === wanted || op.endsWith(`.${wanted}`)

export class Filter {
  readonly #wanted: FilterOptions
  /** By leaf, what the intents were. */
  readonly #intents = new Map<string, RecordFacts>()

  constructor(wanted: FilterOptions) {
    this.#wanted = wanted
  }

  /** Every record has to pass by here, in order. */
  takes({ line: { record }, leaf }: { line: Line; leaf: string }): boolean {
    const own = factsOf(record)
    if (record.type === 'intent') this.#intents.set(leaf, own)
    const intent = 'intent' in record ? this.#intents.get(record.intent) : undefined
    const { since = '', until = '9999', op, by, key } = this.#wanted
    const isAny = <T>(test: (facts: RecordFacts) => T) => test(own) || (intent !== undefined && test(intent))
    return (
      record.time >= since &&
      record.time <= until &&
      (op === undefined || isAny((facts) => isOp(facts.op ?? RECORDED_BY[record.type] ?? '', op))) &&
      (by === undefined || isAny(({ people }) => people.includes(by))) &&
      (key === undefined || isAny(({ keys }) => keys.some((one) => isNamed(one, key))))
    )
  }
}

export const isNamed = ({ name, version }: { name: string; version: number }, key: KeyVersion): boolean =>
  name === key.name && (key.version === undefined || key.version === version)
