// Every key that the ledger knows, with each state it went through.

import type { OpenIntent } from './conclusions.ts'
import { fromBase64url } from './encoding.ts'
import { notVerified } from './errors.ts'
import type { AdoptPlan } from './first-plans.ts'
import { groupedBy } from './grouped.ts'
import { notAsAnnounced, wrongOrigin } from './import-rules.ts'
import { newKeyId } from './key-id.ts'
import { type KeyEntry, type KeyStep, LIFE } from './key-life.ts'
import {
  isBare,
  lastsAs,
  notAsPlanned,
  sameForLife,
  wrongAdopted,
  wrongAttributes,
  wrongPublication,
} from './key-rules.ts'
import { classOf, isPair, standingOf } from './keys.ts'
import { label, labelOf } from './names.ts'
import { keyRuleOf, operationOf } from './operations.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import { checkProtector } from './protectors.ts'
import { pairFingerprint } from './public-keys.ts'
import type { Outcome, Recovered } from './record.ts'
import type { KeyReport, KeyTarget } from './shapes.ts'
import { Shelf } from './shelf.ts'
import { wrongUsage } from './wrong-usage.ts'

export type { KeyEntry }

export class Keys {
  readonly #lives = new Shelf(LIFE)
  /** By name: the newest version, and the one in force. */
  readonly #versions = new Shelf<{ inForce: number; newest: number }>()
  /** Key pairs by the hash of their public key. */
  readonly #pairs = new Shelf<string>()
  /** How many are not destroyed. */
  #living = 0
  /** As they came, once somebody has asked for that. */
  #inOrder: readonly { entry: KeyEntry }[] | undefined

  /** What an index has of them by name, and the rest. */
  readonly shelves = { keys: this.#lives, pairs: this.#pairs, versions: this.#versions }

  /** From an index. */
  restore(living: number): void {
    this.#living = living
  }

  get(name: string): KeyEntry | undefined {
    return this.#lives.get(name)?.entry
  }

  /** A key as the records before this number left it. */
  at(name: string, seq: number): KeyReport | undefined {
    return this.#lives.get(name)?.told.findLast((told) => told.seq < seq)?.report
  }

  /** The pair with this public key: there is one. `fingerprint`: of a pair. */
  pair = (fingerprint: string): KeyEntry | undefined => this.get(this.#pairs.get(fingerprint) ?? '')

  /** The newest version of a name, 0 when there is none. */
  newest(name: string): number {
    return this.#versions.get(name)?.newest ?? 0
  }

  /** In the order in which they came. */
  *[Symbol.iterator](): Generator<KeyEntry> {
    this.#inOrder ??= [...this.#lives.all()].sort((a, b) => a.number - b.number)
    for (const { entry } of this.#inOrder) yield entry
  }

  /** Those that are wanted, in the same order; of an index no others are kept in memory. */
  select(isWanted: (key: KeyEntry) => boolean): KeyEntry[] {
    const wanted: { number: number; entry: KeyEntry }[] = []
    for (const { number, entry } of this.#lives.each()) if (isWanted(entry)) wanted.push({ number, entry })
    return wanted.sort((a, b) => a.number - b.number).map(({ entry }) => entry)
  }

  /** Each in no order, with its number in that one: for whoever counts them. */
  each = (): Iterable<{ number: number; entry: KeyEntry }> => this.#lives.each()

  get size(): number {
    return this.#lives.size
  }

  get living(): number {
    return this.#living
  }

  /** The version that a name stands for: the newest that was ever in use, whatever has become of it; 0 when there is none. */
  inForce(name: string): number {
    return this.#versions.get(name)?.inForce ?? 0
  }

  /** The newest version of a name. */
  #newestEntry(name: string): KeyEntry | undefined {
    return this.get(label(name, this.newest(name)))
  }

  /** PLAN-KEYS, KEY-CLASS, KEY-STATE, KEY-ID, KEY-FINGERPRINT: what a plan wants is possible after this history. */
  checkPlan(plan: IntentPlan, time: string): void {
    this.#checkWhole(plan)
    checkProtector(plan, (name) => this.get(name))
    const inPlan = new Set<string>()
    const rule = keyRuleOf(plan)
    let made = 0
    for (const target of plannedKeys(plan)) {
      const name = label(target.name, target.version)
      const entry = this.get(name)
      if (inPlan.has(name) || inPlan.has(target.id)) throw notVerified('PLAN-KEYS', `the plan names ${name} twice`)
      inPlan.add(name).add(target.id)
      checkClass(name, target)
      const inForce = this.get(label(target.name, this.inForce(target.name)))
      const broken = rule(target, entry, this.#newestEntry(target.name), inForce)
      if (broken !== undefined) throw notVerified('KEY-STATE', broken)
      checkIdentity(name, target, entry ?? { ...target, id: newKeyId(plan.nonce, plan.partition, made++) })
      checkDemand(name, target, entry, plan, time)
    }
  }

  /** PLAN-COMPLETE: a rotation is of an old version and its next; a backup and a restore speak of every key that lives, once. */
  #checkWhole(plan: IntentPlan): void {
    const { wrongTogether, liveKeys } = operationOf(plan)
    const wrong = wrongTogether?.(plan)
    if (wrong !== undefined) throw notVerified('PLAN-COMPLETE', wrong)
    const live = liveKeys?.(plan)
    if (live) this.#checkLive(live)
    if (plan.op === 'key.promote') for (const key of plan.keys) this.#checkGivesWay(key, plan.keys)
    if (plan.op === 'manifest.apply') this.#checkSuccessions(plannedKeys(plan))
  }

  /** Of each name one version takes over, and the one in force gives way, as long as it is active. */
  #checkGivesWay({ name }: KeyTarget, keys: readonly KeyTarget[]): void {
    const own = keys.filter((key) => key.name === name)
    const before = this.get(label(name, this.inForce(name)))
    const wanted = before?.state === 'active' ? 2 : 1
    if (own.length !== wanted || own.at(-1)!.state !== 'active')
      throw notVerified('PLAN-COMPLETE', `of ${name} one version takes over, and the one in force gives way`)
  }

  /** The one in force gives way to another and to nothing else. */
  #checkSuccessions(keys: readonly KeyTarget[]): void {
    for (const [name, own] of groupedBy(keys, (key) => key.name)) {
      const before = this.get(label(name, this.inForce(name)))
      const taking = own.filter(({ state, published }) => state === 'active' && !published)
      const isGiving = own.some(({ version, state }) => version === before?.version && state === 'deactivated')
      if (taking.length > 1 || isGiving !== (taking.length === 1 && before?.state === 'active'))
        throw notVerified('PLAN-COMPLETE', `of ${name} one version takes over, and the one in force gives way`)
    }
  }

  /** These named keys, and this many others, are the live keys. */
  #checkLive({ named, others }: { named: readonly { name: string; version: number }[]; others: number }): void {
    const names = new Set(named.map(labelOf))
    const unknown = [...names].find((name) => (this.get(name)?.state ?? 'destroyed') === 'destroyed')
    if (unknown !== undefined) throw notVerified('PLAN-COMPLETE', `${unknown} is not a live key`)
    if (names.size < named.length || names.size + others !== this.#living)
      throw notVerified('PLAN-COMPLETE', `the ledger has ${this.#living} live keys, and the plan speaks of others`)
  }

  /**
   * OUTCOME-PLANNED, OUTCOME-CHANGED, KEY-ATTRIBUTES, KEY-DISTINCT: an outcome tells of keys of its plan, once each: as planned, or as
   * they were. Gives whether one came, came back or moved.
   */
  report(record: Outcome | Recovered, intent: OpenIntent): boolean {
    const { plan, awaited } = intent
    let moved = false
    for (const key of record.keys) {
      const name = label(key.name, key.version)
      const target = awaited.get(name)
      const entry = this.get(name)
      if (!target || target.id !== key.id || target.type !== key.type) {
        throw notVerified('OUTCOME-PLANNED', `${name} is not what the plan speaks of, or comes twice`)
      }
      const [now, before] = [standingOf(key), entry && standingOf(entry)]
      if (now !== standingOf(target) && now !== before) {
        throw notVerified('OUTCOME-PLANNED', `${name} is ${now}, and was to be ${standingOf(target)}`)
      }
      if (record.type === 'outcome' && !record.changed && now !== before) {
        throw notVerified('OUTCOME-CHANGED', `${name} is ${now} now, and nothing is said to have changed`)
      }
      checkClass(name, key)
      checkPublicKey(name, key)
      checkIdentity(name, key, entry ?? key)
      this.#checkDistinct(name, key)
      if (key.state === 'destroyed' && !isBare(key.attributes))
        throw notVerified('KEY-ATTRIBUTES', `${name}: what is gone has no attributes`)
      if (!sameForLife(key, target)) throw notVerified('OUTCOME-PLANNED', `${name} has another usage than planned`)
      const differs = notAsPlanned(target, key) ?? notAsAnnounced(plan, key)
      intent.differs ??= differs && `${name} ${differs}`
      moved ||= now !== before || operationOf(plan).brings === true
      awaited.delete(name)
      if (operationOf(plan).leavesKeys) continue
      this.#take(name, key, { ...stepOf(key), time: record.time, seq: record.seq, op: plan.op, ...reasonOf(plan) })
    }
    intent.moved ||= moved
    return moved
  }

  /** PLAN-KEYS, KEY-CLASS, KEY-FINGERPRINT, KEY-DISTINCT, KEY-STATE: the keys with which a partition begins. Gives what is let be. */
  adopt({ keys, leaves = [], op }: AdoptPlan, time: string): readonly string[] {
    const ids = new Set<string>()
    for (const key of keys) {
      const name = label(key.name, key.version)
      if (this.get(name) || ids.has(key.id)) throw notVerified('PLAN-KEYS', `the plan names ${name} twice`)
      ids.add(key.id)
      checkClass(name, key)
      checkPublicKey(name, key)
      const wrong = wrongAdopted(key)
      if (wrong) throw notVerified('KEY-STATE', `${name}: ${wrong}`)
      this.#checkDistinct(name, key)
      this.#take(name, key, { state: key.state, time, seq: 0, op })
    }
    return leaves
  }

  /** A check value of 40 bits may be that of two keys; a hash is not. */
  #checkDistinct(name: string, key: KeyReport): void {
    if (key.class !== 'pair') return
    const other = this.#pairs.get(key.fingerprint) ?? name
    if (other !== name) throw notVerified('KEY-DISTINCT', `${name} is the same key pair as ${other}`)
    this.#pairs.set(key.fingerprint, name)
  }

  #take(name: string, key: KeyReport, step: KeyStep): void {
    this.#inOrder = undefined
    const known = this.#lives.get(name)
    if (!known) this.#living++
    if (key.state === 'destroyed' && known?.entry.state !== 'destroyed') this.#living--
    this.#lives.set(name, {
      number: known?.number ?? this.#lives.size,
      entry: { ...key, history: [...(known?.entry.history ?? []), step] },
      told: [...(known?.told ?? []), { report: key, seq: step.seq }],
    })
    const isInUse = (key.state === 'active' && !key.published) || key.origin.kind === 'adopted'
    const before = this.#versions.get(key.name)
    const { inForce, newest } = before ?? { inForce: 0, newest: 0 }
    const [used, last] = [isInUse ? Math.max(inForce, key.version) : inForce, Math.max(newest, key.version)]
    if (!before || used !== inForce || last !== newest) this.#versions.set(key.name, { inForce: used, newest: last })
  }
}

/** KEY-CLASS: a pair has two halves and a hash; a secret key has one set of flags and a check value. */
function checkClass(name: string, { class: told, type, attributes, fingerprint }: KeyTarget | KeyReport): void {
  const pair = classOf(type) === 'pair'
  const fits = isPair(attributes) === pair && (fingerprint === undefined || fingerprint.startsWith('sha256:') === pair)
  if (told !== classOf(type) || !fits) throw notVerified('KEY-CLASS', `${name} is not a ${told} key`)
}

/** KEY-FINGERPRINT: a pair is told of with its public key, which the fingerprint is of. */
function checkPublicKey(name: string, { class: kind, spki, fingerprint }: KeyReport): void {
  if (kind === 'secret' && spki === undefined) return
  if (kind === 'secret' || spki === undefined)
    throw notVerified('KEY-CLASS', `${name} is told of ${spki ? 'with' : 'without'} a public key`)
  if (pairFingerprint(fromBase64url(spki)) !== fingerprint)
    throw notVerified('KEY-FINGERPRINT', `the public key of ${name} has another fingerprint`)
}

/** KEY-USAGE, KEY-ATTRIBUTES, ACTIVATE-AT: what the plan wants of the key is what its kind, its state and its past allow. */
function checkDemand(
  name: string,
  target: KeyTarget,
  entry: KeyEntry | undefined,
  plan: IntentPlan,
  time: string,
): void {
  if (entry && !lastsAs(target, entry, plan)) throw notVerified('KEY-USAGE', `${name} was made for another use`)
  const unusable = entry ? undefined : wrongUsage(target)
  if (unusable) throw notVerified('KEY-USAGE', `${name}: ${unusable}`)
  const origin = entry ? undefined : wrongOrigin(target, plan.op)
  if (origin) throw notVerified('KEY-STATE', `${name}: ${origin}`)
  const publication = wrongPublication(target, entry, plan.op)
  if (publication) throw notVerified('KEY-STATE', `${name}: ${publication}`)
  const wrong = wrongAttributes(target, entry, operationOf(plan))
  if (wrong) throw notVerified('KEY-ATTRIBUTES', `${name}: ${wrong}`)
  const early =
    target.state !== 'active' ? undefined : !entry ? plan.created : entry.state === 'pre-active' ? time : undefined
  if (early !== undefined && target.activateAt !== undefined && early < target.activateAt)
    throw notVerified('ACTIVATE-AT', `${name} may not be active before ${target.activateAt}`)
}

type Identity = Pick<KeyTarget, 'id' | 'type' | 'fingerprint'>

/** KEY-ID, KEY-FINGERPRINT: a key stays the one that it is; a new one has the id that follows from its plan. */
function checkIdentity(name: string, { id, type, fingerprint }: Identity, known: Identity): void {
  if (id !== known.id || type !== known.type)
    throw notVerified('KEY-ID', `${name} is not the key with the id ${known.id}`)
  if (fingerprint !== known.fingerprint) throw notVerified('KEY-FINGERPRINT', `${name} has another fingerprint`)
}

const stepOf = ({ state, published }: KeyReport): Pick<KeyStep, 'state' | 'published'> => ({
  state,
  ...(published ? { published } : {}),
})

const reasonOf = (plan: IntentPlan) => (plan.reason === undefined ? {} : { reason: plan.reason })
