// The members of a ledger: the tokens that hold every key, as equals. What each has is told by the outcomes of changes, and what it has missed follows from them.
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import { WITHDRAWN } from './head.ts'
import { transportIdOf } from './import-requests.ts'
import type { KeyEntry } from './key-life.ts'
import { type KnownMember, mayHaveDestroyed, type RetiredMember } from './known-member.ts'
import type { OtherKey } from './member-plans.ts'
import {
  checkAllLeave,
  checkHolders,
  checkMemberAdded,
  checkMemberRetired,
  checkNamed,
  checkSource,
} from './member-rules.ts'
import { FIRST_MEMBER, type Floor, type Holder } from './member-shapes.ts'
import { operationOf } from './operations.ts'
import { checkOther } from './other-ledger.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import { takenWith } from './profile.ts'
import type { MemberAdded, MemberRetired, Outcome, Recovered } from './record.ts'
import type { SigningKey } from './shapes.ts'

type First = Omit<KnownMember, 'name' | 'id' | 'standing' | 'proven'>

export class Members {
  #live: KnownMember[] = []
  readonly retired: RetiredMember[] = []
  /** CKA_IDs of keys that were to be made, and were not: a member that was away may hold one. */
  readonly unmade = new Set<string>()
  /** Tokens that a plan was to take, and that became no member: their PINs are ours, and they may hold every key of then. */
  readonly tried: { id: string; label: string; seq: number }[] = []
  #acting: string | undefined
  #asOnlyOne = false

  /** Of a partition that has one member, and never had more, all else is said elsewhere. */
  get saved() {
    const { retired, tried, wereSeveral } = this
    if (!wereSeveral) return tried.length > 0 ? { tried } : undefined
    const [first, ...others] = this.#live
    const { auditKey, floor, id, name, perhapsDestroyed, proven, since, standing } = first!
    const own = { auditKey, floor, id, name, ...(perhapsDestroyed && { perhapsDestroyed }), proven, since, standing }
    return { tried, several: { first: own, others, retired, unmade: [...this.unmade] } }
  }

  /** `first`: what else is known of it. */
  restore(saved: Members['saved'], first: First): void {
    this.#live = [onlyOne(first)]
    if (!saved) return
    this.tried.push(...saved.tried)
    if (!saved.several) return
    const { first: own, others, retired, unmade } = saved.several
    Object.assign(this.#live[0]!, own)
    this.#live.push(...others)
    this.retired.push(...retired)
    for (const id of unmade) this.unmade.add(id)
  }

  /** In the order in which they came. */
  get live(): readonly KnownMember[] {
    return this.#live
  }

  get areSeveral(): boolean {
    return this.#live.length > 1
  }

  /** There were several once: from then on whoever holds `so` approves too what makes keys. */
  get wereSeveral(): boolean {
    return this.areSeveral || this.retired.length > 0
  }

  /** Those whose tokens were not erased when they ended. */
  get givenUp(): RetiredMember[] {
    return this.retired.filter(({ end }) => end === 'lost')
  }

  /** Of the ledger. */
  get first(): KnownMember {
    return this.#live[0]!
  }

  /** The one that is asked: of a change that is at work its first, else the first of all. */
  get acting(): KnownMember {
    return this.#asOnlyOne ? { ...this.first, id: undefined } : (this.named(this.#acting) ?? this.first)
  }

  named(name: string | undefined): KnownMember | undefined {
    return this.#live.find((one) => one.name === name)
  }

  /** From here on it is the one that is asked; for this process alone, and of no consequence for what the ledger says. */
  actAs(name: string | undefined): void {
    this.#acting = name
  }

  /** A token is about to take the place of all. */
  actAsOnlyOne(): void {
    this.#asOnlyOne = true
  }

  /** The same for as long as the work takes. */
  async as<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#acting
    this.#acting = name
    try {
      return await work()
    } finally {
      this.#acting = before
    }
  }

  /** A token comes that is the only one. */
  begin(first: First, until?: { seq: number; time: string }): void {
    if (until) for (const one of this.#live) this.#end(one, until, 'lost')
    this.#live = [onlyOne(first)]
    this.#asOnlyOne = false
  }

  /** Those that a plan is carried out on, its first before the others. */
  of({ tokens }: Pick<IntentPlan, 'tokens'>): KnownMember[] {
    const [{ member }] = tokens
    if (member === undefined) return this.#live.length > 0 ? [this.first] : []
    return tokens.flatMap((token) => this.named(token.member) ?? [])
  }

  serialsOf = (plan: Pick<IntentPlan, 'tokens'>): string[] => this.of(plan).map(({ token }) => token.serial)

  /** Whose audit keys may sign a record: of the members of the change that is open, or of any. */
  signers(plan: IntentPlan | undefined): SigningKey[] {
    const members = plan && plan.op !== 'backup.restore' ? this.of(plan) : this.#live
    return members.map(({ auditKey }) => auditKey)
  }

  /** PLAN-TOKEN, PLAN-MEMBERS, MEMBER-NAME, MEMBER-KNOWN, MEMBER-LAST, MEMBER-SOURCE, MEMBER-KEYS, OTHER-LEDGER. */
  checkPlan(plan: IntentPlan, acting: string | undefined, keys: Iterable<KeyEntry>): void {
    checkNamed(plan, this, acting)
    checkAllLeave(plan, this, keys)
    if (plan.op === 'member.retire') checkOther(plan, keys)
  }

  /** The library that a plan reaches each through, and what is not known of a member until the plan has its outcome. */
  intend(plan: IntentPlan, moment: { seq: number; time: string }): void {
    const { seq, time } = moment
    for (const [i, member] of this.of(plan).entries()) {
      const module = i === 0 ? plan.module : plan.tokens[i]!.module
      if (module) member.module = { ...module, seq, time }
    }
    // Its new head hides that it was put back, or behind: from now on this says so.
    if (plan.op === 'member.sync') for (const name of plan.members) this.named(name)!.standing = 'unproven'
    if (plan.op === 'member.add') this.tried.push({ id: plan.member.id, label: plan.member.label, seq })
  }

  /** MEMBER-PLANNED, TOKEN-WEAK. */
  add(record: MemberAdded, intent: OpenIntent): void {
    const plan = checkMemberAdded(record, intent, this)
    const { name, id, token, auditKey, profile } = record.member
    const { seq, time } = record
    const module = { ...plan.spare.module, seq: intent.seq, time }
    const taken = takenWith(profile, plan.accepted)
    const floor = { seq: intent.seq, leaf: intent.leaf }
    this.#live.push({
      name,
      id,
      token,
      auditKey,
      ...taken,
      leaves: [],
      module,
      since: seq,
      floor,
      standing: 'unproven',
      proven: seq,
    })
    this.#notOnlyTried(id)
    intent.installed = true
  }

  #notOnlyTried(id: string): void {
    const at = this.tried.findIndex((one) => one.id === id)
    if (at >= 0) this.tried.splice(at, 1)
  }

  /** Who acted on a plan: undefined as long as there never was another. */
  makerOf = (plan: IntentPlan): string | undefined => (this.wereSeveral ? this.of(plan)[0]?.name : undefined)

  /** MEMBER-PLANNED. Gives its name. */
  retire(record: MemberRetired, intent: OpenIntent): string {
    const { other } = checkMemberRetired(record, intent)
    this.#end(this.named(record.member)!, record, record.token, other?.keys)
    this.#live = this.#live.filter(({ name }) => name !== record.member)
    intent.installed = true
    return record.member
  }

  #end(
    { name, id, token, since, standing, proven }: KnownMember,
    { seq, time }: { seq: number; time: string },
    end: RetiredMember['end'],
    alone: readonly OtherKey[] = [],
  ): void {
    const missed = standing === 'current' ? {} : { missed: { standing, proven } }
    const own = alone.length > 0 ? { alone } : {}
    if (this.wereSeveral) this.retired.push({ name, id, token, since, until: seq, time, end, ...missed, ...own })
  }

  /** HOLDERS, MEMBER-SOURCE: each member of the plan is told of, and what was away has missed it. `closed`: nothing more is told of it. */
  conclude(outcome: Outcome, { plan, leaf, seq, awaited, installed, finding }: OpenIntent, closed: boolean): void {
    // The end of a partition has a record of its own.
    if (!closed && !(plan.op === 'partition.retire' && awaited.size === 0)) {
      if (outcome.holders) throw notVerified('HOLDERS', 'the last outcome of a change tells of its members')
      return
    }
    if (outcome.result !== 'done') this.notMade({ plan, awaited })
    if (plan.op === 'member.add' && isWithdrawn(outcome)) this.#notOnlyTried(plan.member.id)
    const told = this.#told(plan, installed)
    const isTold = plan.tokens[0].member !== undefined || told.length > 1
    checkHolders(outcome, told, isTold && !isWithdrawn(outcome))
    checkSource(outcome, (name) => isMended(plan, name))
    for (const { member: name, ...holder } of outcome.holders ?? [])
      this.#hold(this.named(name), holder, { seq, leaf }, isMended(plan, name), outcome.seq, finding?.ends)
    if (outcome.holders && isMissed(plan, outcome))
      for (const member of this.#live)
        if (!told.includes(member.name) && member.standing === 'current') member.standing = 'behind'
  }

  /** The members of a plan, and the one that it has brought. */
  #told(plan: IntentPlan, installed: boolean): string[] {
    const brought = plan.op === 'member.add' && installed ? [plan.member.name] : []
    return [...this.of(plan).map(({ name }) => name), ...brought]
  }

  #hold(
    member: KnownMember | undefined,
    { proof, head }: Omit<Holder, 'member'>,
    floor: Floor,
    mended: boolean,
    now: number,
    ends: readonly string[] = [],
  ): void {
    if (!member) return
    if (head) member.floor = floor
    if (proof === 'unproven') mayHaveDestroyed(member, ends)
    if (proof === 'unproven' || !head) member.standing = 'unproven'
    else if (mended) {
      member.standing = 'current'
      delete member.perhapsDestroyed
    }
    if (member.standing === 'current') member.proven = now
  }

  /** Whoever was not looked at may have destroyed already what was found elsewhere; of what was given up nobody was looked at. */
  recovered({ plan }: OpenIntent, { found }: Recovered, { plan: by, finding }: OpenIntent): void {
    if (!this.areSeveral) return
    const looked = found === 'partial' && 'abandons' in by ? [] : this.of(by)
    for (const member of this.of(plan)) if (!looked.includes(member)) mayHaveDestroyed(member, finding?.ends)
  }

  /** Of a plan that failed, or is recovered: what it was to make, and has not. */
  notMade({ plan, awaited }: Pick<OpenIntent, 'plan' | 'awaited'>): void {
    if (this.wereSeveral) for (const { id } of unmadeOf(plan, awaited)) this.unmade.add(id)
  }
}

const onlyOne = (first: First): KnownMember => ({
  ...first,
  name: FIRST_MEMBER,
  id: undefined,
  standing: 'current',
  proven: first.since,
})

/** Keys that the plan would have brought into the world. */
function unmadeOf(plan: IntentPlan, awaited: OpenIntent['awaited']): { id: string }[] {
  if (plan.op === 'backup.test') return []
  if (plan.op === 'key.import-request') return [{ id: transportIdOf(plan) }]
  return plannedKeys(plan).filter(
    (target) => target.fingerprint === undefined && awaited.has(`${target.name}#${target.version}`),
  )
}

/** It has been brought everything: what it had missed too. */
const isMended = (plan: IntentPlan, name: string): boolean =>
  (plan.op === 'member.sync' && plan.members.includes(name)) || (plan.op === 'member.add' && plan.member.name === name)

/**
 * Whoever was not there has missed something: not by what only reads, is about the ledger alone, or makes what one member alone has. What a recovery found
 * not done may have been begun elsewhere.
 */
const isMissed = (plan: IntentPlan, { changed }: Outcome): boolean =>
  plan.op === 'partition.recover' ||
  (changed && plan.op !== 'key.import-request' && REACHES_TOKENS.includes(operationOf(plan).changes))

const REACHES_TOKENS: readonly string[] = ['keys', 'requests', 'token']

/** Taken back before anything was done for it: no head names it. */
const isWithdrawn = ({ result, error }: Outcome): boolean =>
  result === 'failed' && WITHDRAWN.includes(error?.code ?? '')
