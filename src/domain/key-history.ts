// Every key that the ledger knows, with each state it went through.
import { notVerified } from './errors.ts'
import { classOf, type KeyState, mayBecome } from './keys.ts'
import { label } from './names.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'
import type { KeyReport, KeyTarget } from './shapes.ts'

/** A step in a key's life. `seq`: the record that tells of it. */
export interface KeyStep {
  state: KeyState
  time: string
  seq: number
  op: string
  reason?: string
}

export interface KeyEntry extends KeyReport {
  history: KeyStep[]
}

/** Says what is wrong with a plan's wish for a key, given what is known of it and the newest version of its name. */
type Rule = (target: KeyTarget, entry: KeyEntry | undefined, newest: KeyEntry | undefined) => string | undefined

/** A generated key is version 1 of a name that was never used. */
const generated: Rule = (target, _entry, newest) => {
  if (newest || target.version !== 1) return `${target.name} has been used already, or does not begin at #1`
  return target.state === 'active' || target.state === 'pre-active' ? undefined : `a new key can't be ${target.state}`
}

/** The newest version gives way to the next, of the same type. */
const rotated: Rule = (target, entry, newest) => {
  if (newest?.state !== 'active') return `only active keys rotate, and ${target.name} is ${newest?.state ?? 'unknown'}`
  if (entry)
    return entry === newest && target.state === 'deactivated' ? undefined : 'only the newest version is rotated'
  const next = target.version === newest.version + 1 && target.type === newest.type && target.state === 'active'
  return next ? undefined : `${label(target.name, target.version)} does not follow the newest version`
}

/** SP 800-57's transitions, each operation from where it may begin. */
const moved =
  (to: KeyState, ...from: KeyState[]): Rule =>
  (target, entry) => {
    if (!entry) return `there is no ${label(target.name, target.version)}`
    if (target.state === to && from.includes(entry.state)) return undefined
    return `${label(target.name, target.version)} is ${entry.state}: it can't become ${to} that way`
  }

/** A restored key is in the state that the ledger says; what was destroyed stays destroyed. */
const restored: Rule = (target, entry) =>
  entry && entry.state === target.state && entry.state !== 'destroyed'
    ? undefined
    : `${label(target.name, target.version)} is not ${target.state}`

const RULES: { [op: string]: Rule } = {
  'key.generate': generated,
  'key.rotate': rotated,
  'key.activate': moved('active', 'pre-active'),
  'key.suspend': moved('suspended', 'active'),
  'key.resume': moved('active', 'suspended'),
  'key.deactivate': moved('deactivated', 'active', 'suspended'),
  'key.compromise': moved('compromised', 'pre-active', 'active', 'suspended', 'deactivated'),
  'key.destroy': moved('destroyed', 'pre-active', 'suspended', 'deactivated', 'compromised'),
  'backup.restore': restored,
}

export class Keys {
  readonly #entries = new Map<string, KeyEntry>()
  readonly #newest = new Map<string, number>()
  readonly #ids = new Set<string>()

  get(name: string): KeyEntry | undefined {
    return this.#entries.get(name)
  }

  /** The newest version of a name, 0 when there is none. */
  newest(name: string): number {
    return this.#newest.get(name) ?? 0
  }

  [Symbol.iterator](): MapIterator<KeyEntry> {
    return this.#entries.values()
  }

  get size(): number {
    return this.#entries.size
  }

  /** The newest version of a name. */
  #newestEntry(name: string): KeyEntry | undefined {
    return this.#entries.get(label(name, this.newest(name)))
  }

  /** PLAN-KEYS, KEY-CLASS, KEY-STATE, KEY-ID, KEY-FINGERPRINT: what a plan wants is possible after this history. */
  checkPlan(plan: IntentPlan): void {
    const inPlan = new Set<string>()
    for (const target of plannedKeys(plan)) {
      const name = label(target.name, target.version)
      if (inPlan.has(name) || inPlan.has(target.id)) throw notVerified('PLAN-KEYS', `the plan names ${name} twice`)
      inPlan.add(name).add(target.id)
      if (target.class !== classOf(target.type))
        throw notVerified('KEY-CLASS', `${name}: ${target.type} is no ${target.class}`)
      const broken = RULES[plan.op]?.(target, this.#entries.get(name), this.#newestEntry(target.name))
      if (broken !== undefined) throw notVerified('KEY-STATE', broken)
      this.#checkIdentity(name, target)
    }
  }

  #checkIdentity(name: string, target: KeyTarget): void {
    const entry = this.#entries.get(name)
    if (entry ? entry.id !== target.id : this.#ids.has(target.id)) {
      throw notVerified('KEY-ID', `${name}: the id ${target.id} belongs to another key`)
    }
    if (entry && target.fingerprint !== entry.fingerprint) {
      throw notVerified('KEY-FINGERPRINT', `${name}: the plan means a key of another fingerprint`)
    }
  }

  /** OUTCOME-PLANNED: an outcome tells of keys of its plan, once each, as planned. */
  report(record: Outcome | Recovered, plan: IntentPlan, told: Set<string>): void {
    if (record.keys.length === 0) return
    const targets = new Map(plannedKeys(plan).map((target) => [label(target.name, target.version), target]))
    for (const key of record.keys) {
      const name = label(key.name, key.version)
      const target = targets.get(name)
      if (!target || target.id !== key.id || target.type !== key.type || target.class !== key.class || told.has(name)) {
        throw notVerified('OUTCOME-PLANNED', `${name} is not what the plan speaks of, or comes twice`)
      }
      told.add(name)
      this.#take(name, key, { state: key.state, time: record.time, seq: record.seq, op: plan.op, ...reasonOf(plan) })
    }
  }

  #take(name: string, key: KeyReport, step: KeyStep): void {
    const entry = this.#entries.get(name)
    if (entry && entry.fingerprint !== key.fingerprint) {
      throw notVerified('KEY-FINGERPRINT', `${name} has another fingerprint than before`)
    }
    if (entry && entry.state !== key.state && !mayBecome(entry.state, key.state)) {
      throw notVerified('STATE-TRANSITION', `${name} can't go from ${entry.state} to ${key.state}`)
    }
    this.#entries.set(name, { ...key, history: [...(entry?.history ?? []), step] })
    this.#newest.set(key.name, Math.max(this.newest(key.name), key.version))
    this.#ids.add(key.id)
  }
}

const reasonOf = (plan: IntentPlan) => (plan.reason === undefined ? {} : { reason: plan.reason })
