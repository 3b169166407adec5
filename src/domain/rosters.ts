// Every set of shares that a ledger knows, by group and epoch: today's, former ones, one that is staged, and those that came to nothing. Of
// which epoch the PINs of the token are, and who is suspended.
import { checkApprovers, checkNeeds, checkQuorum, everyCustodian, thresholds } from './approvals.ts'
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import type { Concerned } from './operation-rules.ts'
import { rolesOf } from './operations.ts'
import { type IntentPlan, type Plan, recoveredBy } from './plan.ts'
import type { Confirmed, Intent, QuorumReplaced, TokenReplaced } from './record.ts'
import { isCustodian, isSeatOf, needsOf, type Seat, seatOf, withGroup } from './roster.ts'
import {
  afterReplacing,
  checkAboutSets,
  checkNotSuspended,
  checkProven,
  isBesideSo,
  type KnownSets,
} from './roster-rules.ts'
import type { Group, GroupRole, Need } from './shapes.ts'
import type { Bridge, Moment, Replacing, ShareSet, Stage, Takeover } from './share-sets.ts'
import { TokenPins } from './token-pins.ts'

type PinRole = Exclude<GroupRole, 'recovery'>

const placeOf = ({ group, epoch }: { group: string; epoch: number }): string => `${group}/${epoch}`

export class Rosters implements KnownSets {
  stage: Stage | undefined
  replacing: Replacing | undefined
  /** It goes on once lost shares of another group are replaced. */
  #waiting: Replacing | undefined
  /** Each roster of all groups that was in force, and since which record; the present one last. */
  readonly #rosters: { since: number; groups: readonly Group[] }[] = []
  readonly #sets = new Map<string, ShareSet>()
  readonly #bridges = new Map<string, Bridge>()
  /** Keys and check values of all sets. */
  readonly #used = new Set<string>()
  /** By the key of a share: when it was said to have been read back. */
  readonly #confirmed = new Map<string, Moment>()
  readonly pins = new TokenPins()
  readonly #suspended = new Map<string, { until: string } & Moment>()
  /** Sets that the SO put in the place of one that was lost. */
  readonly takeovers: Takeover[] = []
  readonly #members: { readonly wereSeveral: boolean }

  constructor(members = { wereSeveral: false }) {
    this.#members = members
  }

  get saved() {
    return {
      bridges: [...this.#bridges],
      confirmed: [...this.#confirmed],
      ...this.pins.saved,
      rosters: this.#rosters,
      sets: this.sets,
      stage: this.stage,
      suspended: [...this.#suspended],
      takeovers: this.takeovers,
    }
  }

  /** Nothing is saved while a replacement goes on. */
  restore({ bridges, confirmed, rosters, sets, stage, suspended, takeovers, ...pins }: Rosters['saved']): void {
    for (const [place, bridge] of bridges) this.#bridges.set(place, bridge)
    for (const [key, moment] of confirmed) this.#confirmed.set(key, moment)
    this.pins.restore(pins)
    this.#rosters.push(...rosters)
    for (const set of sets) this.#add(set)
    this.stage = stage
    for (const [name, until] of suspended) this.#suspended.set(name, until)
    this.takeovers.push(...takeovers)
  }

  /** Today's. */
  get groups(): readonly Group[] {
    return this.#rosters.at(-1)?.groups ?? []
  }

  /** Those that stood at the record with this number. */
  at = (seq: number): readonly Group[] => this.#rosters.findLast(({ since }) => since <= seq)?.groups ?? []

  get sets(): readonly ShareSet[] {
    return [...this.#sets.values()]
  }

  setOf = (place: { group: string; epoch: number }): ShareSet | undefined => this.#sets.get(placeOf(place))

  /** Whose share has this key, in whatever set. */
  seatOfAny(key: string): (Seat & ShareSet) | undefined {
    for (const set of this.#sets.values()) {
      const seat = seatOf(key, [set.group])
      if (seat) return { ...set, ...seat }
    }
    return undefined
  }

  /** The bridges from the secret of one epoch of a group to that of an earlier one, the newest first; none where they don't lead there. */
  bridgesDown(group: string, from: number, to: number): Bridge[] {
    if (from <= to) return []
    const bridge = this.#bridges.get(placeOf({ group, epoch: from }))
    if (!bridge) return []
    const rest = this.bridgesDown(group, bridge.before, to)
    return bridge.before === to || rest.length > 0 ? [bridge, ...rest] : []
  }

  /** Of which epochs the PINs of this token of the partition are. */
  pinsOf = (serial: string): { [role in PinRole]: number } | undefined => this.pins.of(serial)

  nextEpoch(name: string): number {
    const used = this.sets.filter(({ group }) => group.name === name).map(({ group }) => group.epoch)
    return Math.max(0, ...used) + 1
  }

  wasUsed = (value: string): boolean => this.#used.has(value)

  isConfirmed = (key: string): boolean => this.#confirmed.has(key)

  /** When this share was said to have been read back. */
  confirmed = (key: string): Moment | undefined => this.#confirmed.get(key)

  isSuspended = (custodian: string, time: string): boolean => this.suspended(custodian, time) !== undefined

  /** By the time of a record, or of the clock. */
  suspended(custodian: string, time: string): ({ until: string } & Moment) | undefined {
    const found = this.#suspended.get(custodian)
    return found && time < found.until ? found : undefined
  }

  /** The roster once every open replacement is at its end: whoever finishes one is of the new set. */
  heirs = (unfinished: OpenIntent | undefined): readonly Group[] =>
    [this.#waiting, unfinished].reduce(afterReplacing, this.groups)

  /** A replacement of those who hold `so` that has begun: nobody knows which SO PIN the token has. */
  get changingSo(): Replacing | undefined {
    return [this.replacing, this.#waiting].find((one) => one && !isBesideSo(one.plan.group.roles))
  }

  /** The groups whose shares may sign this plan. */
  approving(plan: Plan, unfinished: OpenIntent | undefined): readonly Group[] {
    if (plan.op === 'quorum.replace') return [...(this.changingSo ? this.heirs(unfinished) : this.groups), plan.group]
    return recoveredBy(plan as IntentPlan) === undefined ? this.groups : this.heirs(unfinished)
  }

  /** Who has to approve: every group that holds one of the roles, and of a replacement the new set too. */
  needsOf(plan: Asked, unfinished: OpenIntent | undefined): Need[] {
    const roles = this.rolesOf(plan, unfinished)
    const all = needsOf(roles, this.heirs(unfinished))
    if (plan.op !== 'quorum.replace' || !plan.group) return all
    const needs = all.filter(({ group }) => !plan.lost || group !== plan.group?.name)
    // Of the new set M, or, in one sitting, everyone.
    const newNeeds = plan.stage === undefined ? everyCustodian : thresholds
    return [...needs, ...newNeeds([plan.group])]
  }

  /** `several`: from the first that came besides the one that it began on. */
  rolesOf(plan: Pick<Plan, 'op'> & Concerned, unfinished: OpenIntent | undefined): readonly GroupRole[] {
    return rolesOf({ ...plan, several: this.#members.wereSeveral }, unfinished?.roles, this.groups)
  }

  /** A partition begins. */
  begin(groups: readonly Group[], serial: string, made: Moment): void {
    for (const group of groups) this.#add({ group, standing: 'in force', made, since: made })
    this.#rosters.push({ since: made.seq, groups })
    this.takeToken(serial, groups)
  }

  #add(set: ShareSet): void {
    const { group } = set
    this.#sets.set(placeOf({ group: group.name, epoch: group.epoch }), set)
    for (const value of [group.check, ...group.custodians.map(({ key }) => key)]) this.#used.add(value)
  }

  /** A token comes: its PINs are of these groups. */
  takeToken(serial: string, groups: readonly Group[]): void {
    this.pins.take(serial, groups)
  }

  /** BRIDGE-PRESENT, APPROVER-CURRENT, APPROVER-DISTINCT, APPROVER-SUSPENDED, QUORUM-MET, REPLACE-PROVEN. */
  checkIntent({ plan, approvals, bridge, time }: Intent, unfinished: OpenIntent | undefined): void {
    if ((plan.op === 'quorum.replace' && !plan.lost) !== (bridge !== undefined))
      throw notVerified('BRIDGE-PRESENT', bridge ? `${plan.op} has no bridge` : 'the old secret is not kept')
    checkApprovers(approvals, this.approving(plan, unfinished))
    checkNotSuspended(approvals, time, this)
    checkQuorum(approvals, plan.needs)
    if (plan.op === 'quorum.replace') checkProven(plan, approvals, this)
  }

  /** NEEDS-RECOMPUTED, and what a plan says of new sets, and of custodians who are suspended. */
  checkPlan(plan: IntentPlan, time: string, unfinished: OpenIntent | undefined): void {
    checkAboutSets(plan, time, this)
    checkNeeds(plan, this.needsOf(plan, unfinished))
  }

  /** Those who let an audit key in. */
  checkKeyApprovals(
    { keyApprovals, time }: Pick<TokenReplaced, 'keyApprovals' | 'time'>,
    unfinished: OpenIntent | undefined,
  ): void {
    const groups = this.heirs(unfinished)
    checkApprovers(keyApprovals, groups)
    checkNotSuspended(keyApprovals, time, this)
    checkQuorum(keyApprovals, thresholds(groups))
  }

  /** A new set is there from its intent on, and its epoch is used up. */
  intend({ plan, bridge, seq, time }: Intent, leaf: string): void {
    if (plan.op !== 'quorum.stage' && plan.op !== 'quorum.replace') return
    const { group, issued = [] } = plan
    if (issued.length > 0) this.#add({ group, standing: 'staged', made: { seq, time } })
    for (const [i, one] of issued.entries())
      if ('confirmation' in one) this.#confirmed.set(group.custodians[i]!.key, { seq, time })
    if (plan.op === 'quorum.stage') return
    this.#letWait(group.name, { seq, time })
    this.replacing = { leaf, seq, time, plan, bridge }
    if (bridge === undefined) return
    const before = this.groups.find(({ name }) => name === group.name)!.epoch
    this.#bridges.set(placeOf({ group: group.name, epoch: group.epoch }), {
      epoch: group.epoch,
      before,
      value: bridge,
    })
  }

  /** One that was interrupted: of the same group its new shares are lost too, and it ends. */
  #letWait(name: string, moment: Moment): void {
    if (!this.replacing) return
    if (this.replacing.plan.group.name !== name) this.#waiting = this.replacing
    else this.#unstage(this.replacing.plan.group, moment)
  }

  /** CONFIRM-OPEN, CONFIRM-ONCE: of the open stage, or of the set in force. */
  confirm({ proof, seq, time }: Confirmed): void {
    const { custodian, group, epoch, key } = proof
    const groups = this.stage ? [...this.groups, this.stage.plan.group] : this.groups
    const seat = seatOf(key, groups)
    if (!seat || !isSeatOf(seat, proof))
      throw notVerified(
        'CONFIRM-OPEN',
        `${custodian} has no such share of ${group}, epoch ${epoch}, that is staged or in force`,
      )
    if (this.isConfirmed(key)) throw notVerified('CONFIRM-ONCE', `${custodian} has confirmed this share before`)
    this.#confirmed.set(key, { seq, time })
  }

  /** PIN-EPOCHS: the roster switches. `tokens`: serials of those that it ends on, and that it began on. Gives the names of those who were no custodians before. */
  replace(record: QuorumReplaced, tokens: { tokens: readonly string[]; begun: readonly string[] }): string[] {
    const { group, seq, time } = record
    const lost = this.replacing?.plan.lost === true
    this.pins.replace(record, { ...tokens, lost })
    const before = this.groups
    const old = before.find(({ name }) => name === group.name)!
    const moment = { seq, time }
    Object.assign(this.setOf({ group: old.name, epoch: old.epoch })!, { standing: 'retired', until: moment })
    Object.assign(this.setOf({ group: group.name, epoch: group.epoch })!, { standing: 'in force', since: moment })
    this.#rosters.push({ since: seq, groups: withGroup(this.groups, group) })
    if (lost) this.#takeOver(old, group, moment)
    if (!this.#waiting) this.stage = undefined
    this.replacing = this.#waiting
    this.#waiting = undefined
    return group.custodians.map(({ name }) => name).filter((name) => !isCustodian(name, before))
  }

  /** The end of a change that is in the ledger alone. */
  settle({ plan, leaf, seq }: OpenIntent, isDone: boolean, end: Moment): void {
    const moment = { seq: end.seq, time: end.time }
    if (plan.op === 'quorum.stage' && isDone) this.stage = { leaf, seq, time: end.time, plan }
    else if (plan.op === 'quorum.stage' || (plan.op === 'quorum.unstage' && isDone)) this.#unstage(plan.group, moment)
    if (plan.op === 'custodian.suspend' && isDone) this.#suspended.set(plan.custodian, { until: plan.until, ...moment })
    if (plan.op === 'custodian.resume' && isDone) this.#suspended.delete(plan.custodian)
  }

  /** Whoever could give up a stage that was open has no shares any more. */
  #takeOver({ name: group, epoch: before }: Group, { epoch }: Group, moment: Moment): void {
    if (this.stage && !this.#waiting) this.#unstage(this.stage.plan.group, moment)
    const others = needsOf(['so', 'user'], this.groups).filter((need) => need.group !== group)
    const by = others.map((need) => need.group).join(' and ')
    this.takeovers.push({ ...moment, group, epoch, before, by })
  }

  /** What took the place of this set once nothing led to its secret any more. */
  lostBy = ({ group, epoch }: { group: string; epoch: number }): Takeover | undefined =>
    this.takeovers.find((one) => one.group === group && one.before >= epoch)

  #unstage({ name, epoch }: Group, until: Moment): void {
    Object.assign(this.setOf({ group: name, epoch })!, { standing: 'unstaged', until })
    if (this.stage?.plan.group.name === name) this.stage = undefined
  }
}

/** What decides who approves a plan. */
export type Asked = Pick<Plan, 'op'> & Concerned & { group?: Group | undefined; stage?: string | undefined }
