// Requests for keys that others are to send, and what became of each: its transport key is on the token as long as it is open.
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import type { KeyImportPlan, KeyImportRequestPlan } from './inward-plans.ts'
import { newKeyId } from './key-id.ts'
import { isExtractable } from './keys.ts'
import type { IntentPlan } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'

type Wanted = KeyImportRequestPlan['wanted']

/** CKA_LABEL of every transport key. */
export const TRANSPORT_LABEL = 'keyrite/transport'

export interface ImportRequestNote extends Wanted, Pick<KeyImportRequestPlan, 'bits' | 'hash' | 'until'> {
  /** SHA-256 of its file, by which it is known, and the name of that. */
  sha256: string
  file: string
  /** The record that says that it was made, and its time. */
  record: number
  time: string
  /** Of the transport key: CKA_ID in hex, and SPKI, base64url. */
  id: string
  spki: string
  /** `lost`: it went with its token. */
  state: 'open' | 'used' | 'cancelled' | 'lost'
}

export class ImportRequests {
  readonly #all = new Map<string, ImportRequestNote>()

  get saved(): readonly ImportRequestNote[] {
    return this.all
  }

  restore(saved: ImportRequests['saved']): void {
    for (const note of saved) this.#all.set(note.sha256, note)
  }

  /** In the order in which they were made. */
  get all(): readonly ImportRequestNote[] {
    return [...this.#all.values()]
  }

  get open(): readonly ImportRequestNote[] {
    return this.all.filter(({ state }) => state === 'open')
  }

  /** By the SHA-256 of its file. */
  get(sha256: string): ImportRequestNote | undefined {
    return this.#all.get(sha256)
  }

  /** The open one for a key of this name. */
  named(name: string): ImportRequestNote | undefined {
    return this.open.find((one) => one.name === name)
  }

  /** IMPORT-REQUEST: one request at a time for a name that no key has; what comes in by one is what it was for, in time; what is given up is open. */
  checkPlan(plan: IntentPlan, time: string, isUsed: (name: string) => boolean): void {
    const wrong = this.#wrong(plan, time, isUsed)
    if (wrong !== undefined) throw notVerified('IMPORT-REQUEST', wrong)
  }

  #wrong(plan: IntentPlan, time: string, isUsed: (name: string) => boolean): string | undefined {
    if (plan.op === 'key.import') return this.#wrongImport(plan, time)
    if (plan.op === 'key.import-cancel')
      return this.named(plan.name)?.sha256 === plan.request ? undefined : `no such request for ${plan.name} is open`
    if (plan.op !== 'key.import-request') return undefined
    const { wanted, until, created } = plan
    if (isUsed(wanted.name) || this.named(wanted.name)) return `${wanted.name} is a key, or is asked for already`
    return until > created ? undefined : 'it ends before it begins'
  }

  #wrongImport({ keys: [key] }: KeyImportPlan, time: string): string | undefined {
    const { origin } = key
    if (origin.kind !== 'transport') return undefined
    const note = this.get(origin.request)
    if (note?.state !== 'open') return 'its request is not open'
    if (time > note.until) return `its request ended at ${note.until}`
    const isMeant =
      key.name === note.name &&
      key.type === note.type &&
      key.usage.join() === note.usage.join() &&
      isExtractable(key.attributes) === note.backup &&
      (key.accepted ?? []).join() === (note.accepted ?? []).join()
    return isMeant ? undefined : `its request is for another key, or for another use of it`
  }

  /** It is used when its key came, whatever became of the change. */
  settle({ plan }: OpenIntent, isDone: boolean, record: Outcome | Recovered): void {
    if (plan.op === 'key.import-request' && isDone && record.type === 'outcome') this.#add(plan, record)
    if (plan.op === 'key.import-cancel' && isDone) this.#end(plan.request, 'cancelled')
    const [key] = plan.op === 'key.import' && record.keys.length > 0 ? plan.keys : []
    if (key?.origin.kind === 'transport') this.#end(key.origin.request, 'used')
  }

  #add({ wanted, bits, hash, until, nonce, partition }: KeyImportRequestPlan, record: Outcome): void {
    const { transport: spki = '', artefacts: [file] = [], seq, time } = record
    const { name, sha256 } = file!
    if (this.#all.has(sha256)) throw notVerified('OUTCOME-FILES', 'its file has the SHA-256 of an earlier request')
    const id = newKeyId(nonce, partition, 0)
    const told = { sha256, file: name, record: seq, time, id, spki, state: 'open' as const }
    this.#all.set(sha256, { ...wanted, bits, hash, until, ...told })
  }

  #end(sha256: string, state: ImportRequestNote['state']): void {
    this.#all.set(sha256, { ...this.#all.get(sha256)!, state })
  }

  /** Their transport keys are on no token any more. */
  lose(): void {
    for (const { sha256 } of this.open) this.#end(sha256, 'lost')
  }
}
