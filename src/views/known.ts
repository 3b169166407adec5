// What earlier records tell about a later one: whose key signed it, which change it ends or resumes, and whether groups must be named.
import { recordCode } from '../domain/code.ts'
import { awayInWords } from '../domain/custody.ts'
import { broughtStation } from '../domain/plan.ts'
import type { Line, Record, ShareRecorded, TokenReplaced } from '../domain/record.ts'
import { namesOne } from '../domain/token-address.ts'

export interface Found {
  line: Line
  leaf: string
}

/** A custodian as a record names one. */
interface Seat {
  custodian: string
  group?: string | undefined
  epoch?: number
}

const shareName = ({ custodian, group, epoch = 1 }: Seat): string => `${group}/${epoch}/${custodian}`

export class Known {
  readonly #keys = new Map<string, string>()
  readonly #intents = new Map<string, string>()
  /** Where shares are said to lie, in whose bag or nowhere any more. */
  readonly #kept = new Map<string, ShareRecorded[]>()
  /** Serials of tokens, by the record that brought the next one. */
  readonly #replaced = new Map<number, string>()
  #token = ''
  #groups = 0

  learn({ line: { record }, leaf }: Found): void {
    if ('auditKey' in record) this.#learnToken(record)
    const station = 'plan' in record && broughtStation(record.plan)
    if (station) this.#keys.set(station.key.id, `the station key of ${station.name}`)
    if ('groups' in record) this.#groups = record.groups.length
    if (record.type === 'share.recorded') this.#keep(record)
    if (record.type === 'intent') this.#intents.set(leaf, `${record.plan.op}, record ${record.seq}`)
  }

  #learnToken({ auditKey, token: { serial }, seq }: Extract<Record, { auditKey: object }>): void {
    this.#keys.set(auditKey.id, `the audit key of token ${serial}`)
    this.#replaced.set(seq, this.#token)
    this.#token = serial
  }

  #keep(record: ShareRecorded): void {
    const name = shareName(record.share)
    this.#kept.set(name, [...(this.#kept.get(name) ?? []), record])
  }

  /** `, though that share is said to be destroyed, by record 5`: of a share that record `by` used after that. */
  contradicted({ custodian, group, epoch = 1 }: Seat, by: number): string {
    const kept = this.#kept.get(shareName({ custodian, group, epoch }))?.findLast(({ seq }) => seq < by)
    const away = kept && awayInWords(kept)
    return away ? `, though that share is said to be ${away}` : ''
  }

  signer(id: string): string {
    const name = this.#keys.get(id)
    return name === undefined ? `a key that is not known here (${id})` : `${name} (${id.slice(0, 8)})`
  }

  /** `outcome of key.rotate, record 5`. */
  title(record: Record): string {
    const intent = 'intent' in record ? this.#intents.get(record.intent) : undefined
    return intent === undefined ? record.type : `${record.type} of ${intent}`
  }

  /** `key.rotate, record 5`. */
  change(leaf: string): string {
    return this.#intents.get(leaf) ?? `an intent that is not here, ${recordCode(leaf)}`
  }

  /** `, in place of 2f294eeb51757361`. */
  before({ seq, token }: TokenReplaced): string {
    const serial = this.#replaced.get(seq)
    return serial === undefined || serial === ''
      ? ''
      : `, in place of ${namesOne(serial) && serial === token.serial ? 'itself, erased' : serial}`
  }

  /** `alice`; where there are several groups `alice of ops`, and with shares that are not the first `alice of ops, epoch 2`. */
  seat({ custodian, group, epoch = 1 }: Seat): string {
    const named = this.#groups > 1 && group !== undefined ? `${custodian} of ${group}` : custodian
    return epoch > 1 ? `${named}, epoch ${epoch}` : named
  }
}
