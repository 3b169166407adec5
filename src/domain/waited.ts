// What a station without a login gave to a ledger in a database: it waits there without a place, signed by the station, until whoever logs in next takes it in (docs/formats.md, 19).
import * as v from 'valibot'
import { canonical } from './canonical.ts'
import { pae, sha256, toBase64url, utf8 } from './encoding.ts'
import { notVerified } from './errors.ts'
import type { IntentPlan } from './plan.ts'
import { Base64url, When } from './shapes.ts'
import { type Statement, statementMessage } from './statement.ts'

/** `time`: when the station gave it; `value`: the station's signature, 64 bytes. */
export const Waited = v.strictObject({ time: When, value: Base64url })
export type Waited = v.InferOutput<typeof Waited>

interface Placed {
  type: string
  seq: number
  station: string
  waited?: Waited | undefined
}

type Given = Placed & { prev: string | null; time: string; waited: Waited }

/** The bytes that the station signs: the record as it was given, which has a time and no place. */
export function waitingMessage({ seq: _, prev: __, waited: { time }, ...given }: Given): Uint8Array {
  return waitingTextMessage(canonical({ ...given, time }))
}

/** `given`: canonical text. */
export const waitingTextMessage = (given: string): Uint8Array =>
  pae('application/vnd.keyrite.waiting+json', utf8(given))

const digestOf = (record: Statement): string => toBase64url(sha256(statementMessage(record)))

/** A drill may be told as often as anybody likes: it is as old as what it signs. */
const isTold = (record: Placed): record is Placed & Statement => 'challenge' in record && record.type !== 'drill'

export class WaitedRecords {
  /** By station: the time of what it gave last. */
  readonly #times = new Map<string, string>()
  /** What shares signed since the ledger came into the database. */
  #told = new Set<string>()
  #since: number | undefined

  /** Undefined of a ledger that never lay in a database. */
  get saved() {
    if (this.#times.size === 0 && this.#since === undefined) return undefined
    return { times: [...this.#times], told: [...this.#told], ...(this.#since !== undefined && { since: this.#since }) }
  }

  restore(saved: WaitedRecords['saved']): void {
    for (const [station, time] of saved?.times ?? []) this.#times.set(station, time)
    this.#told = new Set(saved?.told)
    this.#since = saved?.since
  }

  /** A change was done, by the record with this number: the ledger may have come into a database, or left it. */
  settle(plan: IntentPlan, seq: number): void {
    if (plan.op !== 'partition.move') return
    this.#since = plan.to === 'file' ? undefined : seq
    this.#told = new Set()
  }

  /** What this station gave last that the ledger has. */
  last = (station: string): string => this.#times.get(station) ?? ''

  /** WAITED-PLACE, WAITED-ONCE, STATEMENT-CHALLENGE: nothing that waited comes twice. */
  check(record: Placed): void {
    const { waited, station } = record
    if (waited === undefined) return this.#checkHere(record)
    if (this.#since === undefined) throw notVerified('WAITED-PLACE', 'it has waited, and the ledger lies in a file')
    if (waited.time <= this.last(station))
      throw notVerified('WAITED-ONCE', `it is of ${waited.time}, and ${station} gave another at that time, or later`)
    if (!isTold(record)) return
    if (record.challenge.seq < this.#since || this.#told.has(digestOf(record)))
      throw notVerified('STATEMENT-CHALLENGE', `it was signed over record ${record.challenge.seq}, and told before`)
  }

  /** Where anybody can be at work between a signature and its record, shares sign over the record before and no other. */
  #checkHere(record: Placed): void {
    if (this.#since !== undefined && 'challenge' in record)
      throw notVerified('WAITED-PLACE', 'the ledger lies in a database, where what shares sign waits first')
  }

  pass(record: Placed): void {
    const { waited, station } = record
    if (waited === undefined) return
    this.#times.set(station, waited.time)
    if (isTold(record)) this.#told.add(digestOf(record))
  }
}
