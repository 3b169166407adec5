// Requests for keys that others are to send, and what became of each: its transport key is on the token as long as it is open.
import { endOf } from './clock.ts'
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import type { KeyImportPlan, KeyImportRequestPlan } from './inward-plans.ts'
import { newKeyId } from './key-id.ts'
import { isExtractable } from './keys.ts'
import { FIRST_MEMBER } from './member-shapes.ts'
import type { IntentPlan } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'

type Wanted = KeyImportRequestPlan['wanted']

/** CKA_LABEL of every transport key. */
export const TRANSPORT_LABEL = 'keyrite/transport'

export interface ImportRequestNote extends Wanted, Pick<KeyImportRequestPlan, 'bits' | 'hash' | 'until'> {
  /** SHA-256 of its file, by which it is known, and the name of that. */
  sha256: string
  file: string
  /** Where it was made by a clock that the ledger was far ahead of: when it ends by that. */
  ends?: string
  /** The record that says that it was made, and its time. */
  record: number
  time: string
  /** Of the transport key: CKA_ID in hex, and SPKI, base64url. */
  id: string
  spki: string
  /** The member that has it, where there were several by then. */
  member?: string
  /** `lost`: it went with its token. */
  state: 'open' | 'used' | 'cancelled' | 'lost'
}

/** By the clock that people see. */
export const endOfRequest = ({ created, until, clock }: Pick<KeyImportRequestPlan, 'created' | 'until' | 'clock'>) =>
  endOf({ created, expires: until, clock })

/** CKA_ID of the transport key, in hex. */
export const transportIdOf = ({ nonce, partition }: Pick<KeyImportRequestPlan, 'nonce' | 'partition'>): string =>
  newKeyId(nonce, partition, 0)

/** The request by which a key comes, or that is given up. */
export function requestOf(plan: IntentPlan): string | undefined {
  if (plan.op === 'key.import-cancel') return plan.request
  const [key] = plan.op === 'key.import' ? plan.keys : []
  return key?.origin.kind === 'transport' ? key.origin.request : undefined
}

/** The name of the member that has what opens it. */
export const holderOf = ({ member = FIRST_MEMBER }: Pick<ImportRequestNote, 'member'>): string => member

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

  /** Those whose transport key is on the token of this member. */
  openOn(member: string): readonly ImportRequestNote[] {
    return this.open.filter((note) => holderOf(note) === member)
  }

  /** The member that has what a plan, or what a recovery finishes, needs or destroys: where it is there, it acts. */
  holderFor(plan: IntentPlan, unfinished?: Pick<OpenIntent, 'plan'>): string | undefined {
    const note = this.get(requestOf(plan.op === 'partition.recover' && unfinished ? unfinished.plan : plan) ?? '')
    return note && holderOf(note)
  }

  /** CKA_IDs of transport keys that are on no token any more, or are to go from where they are. */
  get gone(): string[] {
    return this.all.flatMap(({ id, state }) => (state === 'open' ? [] : [id]))
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

  #wrongImport({ keys: [key], absent = [] }: KeyImportPlan, time: string): string | undefined {
    const { origin } = key
    if (origin.kind !== 'transport') return undefined
    const note = this.get(origin.request)
    if (note?.state !== 'open') return 'its request is not open'
    if (time > note.until) return `its request ended at ${note.until}`
    if (absent.some(({ member }) => member === holderOf(note)))
      return `what opens it is on ${holderOf(note)}, which is absent`
    const isMeant =
      key.name === note.name &&
      key.type === note.type &&
      key.usage.join() === note.usage.join() &&
      isExtractable(key.attributes) === note.backup &&
      (key.accepted ?? []).join() === (note.accepted ?? []).join()
    return isMeant ? undefined : `its request is for another key, or for another use of it`
  }

  /** It is used when its key came, whatever became of the change. `member`: who has made it, where there were several by then. */
  settle({ plan }: OpenIntent, isDone: boolean, record: Outcome | Recovered, member?: string): void {
    if (plan.op === 'key.import-request' && isDone && record.type === 'outcome') this.#add(plan, record, member)
    if (plan.op === 'key.import-cancel' && isDone) this.#end(plan.request, 'cancelled')
    const used = plan.op === 'key.import' && record.keys.length > 0 ? requestOf(plan) : undefined
    if (used !== undefined) this.#end(used, 'used')
  }

  #add(plan: KeyImportRequestPlan, record: Outcome, member: string | undefined): void {
    const { wanted, bits, hash, until, clock } = plan
    const { transport: spki = '', artefacts: [file] = [], seq, time } = record
    const { name, sha256 } = file!
    if (this.#all.has(sha256)) throw notVerified('OUTCOME-FILES', 'its file has the SHA-256 of an earlier request')
    const id = transportIdOf(plan)
    const told = { sha256, file: name, record: seq, time, id, spki, ...(member && { member }), state: 'open' as const }
    const ends = clock === undefined ? {} : { ends: endOfRequest(plan) }
    this.#all.set(sha256, { ...wanted, bits, hash, until, ...ends, ...told })
  }

  #end(sha256: string, state: ImportRequestNote['state']): void {
    this.#all.set(sha256, { ...this.#all.get(sha256)!, state })
  }

  /** Their transport keys are on no token any more: all, or those of a member that has ended. */
  lose(member?: string): void {
    for (const { sha256 } of member === undefined ? this.open : this.openOn(member)) this.#end(sha256, 'lost')
  }
}
