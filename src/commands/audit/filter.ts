// Which records of a ledger somebody wants to see: those of a key, a custodian, an operation or a time. A change is shown whole.
import { findKey } from '../../change/key-targets.ts'
import { refused, usage } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { type KeyVersion, parseTimeOrDay, parseTimeOrDayEnd, quoted, type Time } from '../../domain/names.ts'
import { OPERATIONS } from '../../domain/operations.ts'
import type { Line } from '../../domain/record.ts'
import { custodiansOf } from '../../domain/roster.ts'
import { RECORDED_BY } from '../../domain/statement.ts'
import { orMeant } from '../../domain/words.ts'
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
  const all = [...Object.keys(OPERATIONS), ...Object.values(RECORDED_BY)]
  if (all.some((op) => isOp(op, text))) return text
  const words = text.includes('.') ? all : all.map((op) => op.replace(/^.*\./, ''))
  throw usage(`${quoted(text)} is not an operation${orMeant(text, words)}`, `one of: ${all.sort().join(', ')}`)
}

const isOp = (op: string, wanted: string): boolean => op === wanted || op.endsWith(`.${wanted}`)

export class Filter {
  readonly #wanted: FilterOptions
  /** By leaf, what the intents were. */
  readonly #intents = new Map<string, RecordFacts>()
  readonly #met = { by: false, key: false }

  constructor(wanted: FilterOptions) {
    this.#wanted = wanted
  }

  /** Every record has to pass by here, in order. */
  takes({ line: { record }, leaf }: { line: Line; leaf: string }): boolean {
    const own = factsOf(record)
    if (record.type === 'intent') this.#intents.set(leaf, own)
    const intent = 'intent' in record ? this.#intents.get(record.intent) : undefined
    const { since = '', until = '9999', op, by, key } = this.#wanted
    if (by !== undefined) this.#met.by ||= own.people.includes(by)
    if (key !== undefined) this.#met.key ||= own.keys.some((one) => isNamed(one, key))
    const isAny = <T>(test: (facts: RecordFacts) => T) => test(own) || (intent !== undefined && test(intent))
    return (
      record.time >= since &&
      record.time <= until &&
      (op === undefined || isAny((facts) => isOp(facts.op ?? RECORDED_BY[record.type] ?? '', op))) &&
      (by === undefined || isAny(({ people }) => people.includes(by))) &&
      (key === undefined || isAny(({ keys }) => keys.some((one) => isNamed(one, key))))
    )
  }

  /** CUSTODIAN-KNOWN, KEY-EXISTS: nothing is told of a name that nobody ever had. Asked when all records have passed. */
  checkKnown(history: History): void {
    const { by, key } = this.#wanted
    const people = custodiansOf(history.rosters.sets.map(({ group }) => group))
    if (by !== undefined && !this.#met.by && !people.includes(by))
      throw refused(
        'CUSTODIAN-KNOWN',
        `no custodian of ${history.name} was ever called ${by}${orMeant(by, people)}`,
        keyrite('quorum', 'show'),
      )
    if (key !== undefined && !this.#met.key) findKey(key, history)
  }
}

export const isNamed = ({ name, version }: { name: string; version: number }, key: KeyVersion): boolean =>
  name === key.name && (key.version === undefined || key.version === version)
