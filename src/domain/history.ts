// What a ledger says, folded record by record: the token, the roster, the keys, and what is still open. It breaks at the first
// record that may not stand where it stands. Signatures and hashes are not its business (ledger/verify).
import { Applications } from './applications.ts'
import { BackupHistory, type BackupNote, type StartedBackup, type UnprovedBackup } from './backup-history.ts'
import { Ceremonies } from './ceremonies.ts'
import { checkEnd, type OpenIntent } from './conclusions.ts'
import { Conducted } from './conducted.ts'
import { checkCreated } from './created.ts'
import { Custody } from './custody.ts'
import { notVerified } from './errors.ts'
import { checkContributions, checkRemote } from './from-afar.ts'
import { ImportRequests } from './import-requests.ts'
import { type KeyEntry, Keys } from './key-history.ts'
import type { Floor } from './member-shapes.ts'
import { MembersAsked } from './members-asked.ts'
import { label } from './names.ts'
import { OpenIntents } from './open-intents.ts'
import { broughtStation, type IntentPlan, type Plan, type RestorePlan } from './plan.ts'
import { PlanOrder } from './plan-order.ts'
import type { LastTries } from './quorum-plans.ts'
import type {
  Created,
  Intent,
  MemberAdded,
  Outcome,
  QuorumReplaced,
  Record,
  Recovered,
  Retired,
  StationAdded,
  StationRemoved,
  TokenReplaced,
} from './record.ts'
import { checkPlace } from './record-order.ts'
import { renewedBy } from './renewed-profile.ts'
import { type Asked, Rosters } from './rosters.ts'
import type { Group, Need, SigningKey, Station } from './shapes.ts'
import { Stations } from './stations.ts'
import { WaitedRecords } from './waited.ts'

export type { BackupNote, OpenIntent, UnprovedBackup }

export class History extends MembersAsked {
  partition = ''
  name = ''
  readonly stations = new Stations()
  readonly custody = new Custody()
  readonly rosters = new Rosters(this.members)
  readonly keys = new Keys()
  readonly applications = new Applications(this.keys)
  readonly conducted = new Conducted()
  readonly requests = new ImportRequests()
  readonly ceremonies = new Ceremonies()
  readonly waited = new WaitedRecords()
  /** Labels of the keys that the restore which brought the present token could not bring to it, and that are not back since. */
  get notRestored(): ReadonlySet<string> {
    return this.#backups.notRestored
  }
  /** It was the last record: what became of the token, and when. */
  retired: Pick<Retired, 'token' | 'members' | 'seq' | 'time'> | undefined
  /** Of the last record: its number (-1 when there is none), its leaf (base64url) and its time. */
  seq = -1
  leaf = ''
  time = ''
  /** Leaf of the first record. */
  anchor = ''
  created = ''
  readonly #plans = new PlanOrder()
  readonly #intents = new OpenIntents()
  readonly #backups = new BackupHistory()
  /** Keys that went out of the token, wrapped for others. */
  readonly exports = this.#backups.exports
  readonly backups: readonly BackupNote[] = this.#backups.made
  readonly closedBackups: readonly BackupNote[] = this.#backups.closed
  readonly certificates = this.#backups.certificates

  get groups(): readonly Group[] {
    return this.rosters.groups
  }

  /** The groups whose shares may sign this plan, and who has to approve one. */
  approving = (plan: Plan): readonly Group[] => this.rosters.approving(plan, this.unfinished)
  needsOf = (plan: Asked): Need[] => this.rosters.needsOf(plan, this.unfinished)

  /** The intent that nothing has closed, and a recovery of it that is under way. */
  get open(): OpenIntent | undefined {
    return this.#intents.open
  }

  get recovering(): OpenIntent | undefined {
    return this.#intents.recovering
  }

  /** What a recovery has to look into, if anything. */
  get unfinished(): OpenIntent | undefined {
    return this.#intents.unfinished
  }

  /** The record that let the token in, while its restore has told of nothing else: that one may have been cut off before the token had a head. */
  get letIn(): Floor | undefined {
    const { token, since, floor } = this.members.acting
    return floor.seq === since && this.#intents.bringing(token.serial) ? floor : undefined
  }

  untouchedPin = (lastTry?: LastTries): string | undefined => this.#intents.untouchedPin(lastTry)

  /** Restores that the ledger knows of, and that are not at their end. */
  get openRestores(): RestorePlan[] {
    return [this.open, this.recovering].flatMap((intent) => (intent?.plan.op === 'backup.restore' ? [intent.plan] : []))
  }

  /** Those that may have been written, and nobody knows. */
  get unprovedBackups(): UnprovedBackup[] {
    return this.#backups.unproved
  }

  /** The last one, as long as no other change has begun since. */
  get newestBackup(): BackupNote | undefined {
    return this.#backups.newest
  }

  /** The backup that the intent with this number began, whatever became of it. */
  backupStartedBy = (seq: number): StartedBackup | undefined => this.#backups.startedBy(seq)

  /** The station that a record names, also one that its own plan, or the open one, brings: a machine whose private file is lost comes back by that. */
  stationOf(record: Record): Station | undefined {
    const plan = 'plan' in record ? record.plan : undefined
    return this.stations.named(record.station) ?? this.arriving(plan).find(({ name }) => name === record.station)
  }

  /** What this plan brings, and what is open. */
  arriving(plan?: Plan): Station[] {
    return [plan, ...this.#intents.all.map((open) => open.plan)].flatMap((one) => (one && broughtStation(one)) ?? [])
  }

  /** Takes the next record in. `leaf`: that of its line, base64url. Throws a KeyriteError (exit 5) named after the broken rule. */
  apply(record: Record, leaf: string): void {
    this.checkPlace(record)
    if (!this.stationOf(record)) throw notVerified('STATION-KNOWN', `${record.station} is no station of this partition`)
    this.waited.check(record)
    this.#applyType(record, leaf)
    this.#plans.pass(record, leaf)
    this.custody.pass(record, leaf)
    for (const part of [this.conducted, this.ceremonies, this.waited]) part.pass(record)
    Object.assign(this, { seq: record.seq, leaf, time: record.time })
  }

  checkPlace = (record: Record): void => checkPlace(record, this)

  #applyType(record: Record, leaf: string): void {
    if ('challenge' in record) return this.custody.take(record, this.rosters)
    switch (record.type) {
      case 'partition.created':
        return this.#begin(record, leaf)
      case 'intent':
        return this.#intend(record, leaf)
      case 'outcome':
        return this.#conclude(record)
      case 'recovered':
        return this.#recover(record)
      case 'token.replaced':
        return this.#replaceToken(record, leaf)
      case 'quorum.replaced':
        return this.#replaceQuorum(record)
      case 'quorum.confirmed':
        return this.rosters.confirm(record)
      case 'station.added':
      case 'station.removed':
        return this.#moveStation(record)
      case 'member.added':
        return this.#addMember(record)
      case 'member.retired':
        return this.requests.lose(this.members.retire(record, this.#intents.ofApp(record.intent)))
      case 'partition.retired':
        return this.#retire(record)
      case 'app.added':
      case 'app.copies':
      case 'app.pin':
      case 'app.retired':
        return this.applications.take(record, this.#intents.ofApp(record.intent), this)
    }
  }

  #begin(record: Created, leaf: string): void {
    checkCreated(record)
    const { plan, groups, partition, name, token, time: created } = record
    this.#plans.use(plan.nonce)
    const leaves = plan.op === 'partition.adopt' ? this.keys.adopt(plan, record.time) : []
    Object.assign(this, { partition, name, anchor: leaf, created })
    this.rosters.begin(groups, token.serial, record)
    this.stations.add(plan.station, record.seq)
    this.beginWith(record, leaf, leaves)
  }

  /** Whatever is asked of a plan that is carried out now, by whomever it is approved. */
  checkPlan(plan: IntentPlan, time: string): void {
    this.#plans.check(plan, time, this)
    this.members.checkPlan(plan, this.requests.holderFor(plan, this.unfinished), this.keys)
    this.#intents.checkMayBegin(plan)
    this.rosters.checkPlan(plan, time, this.unfinished)
    checkRemote(plan, this.unfinished?.plan)
    this.keys.checkPlan(plan, time)
    this.ceremonies.checkPlan(plan)
    this.requests.checkPlan(plan, time, (name) => this.keys.newest(name) > 0)
    this.applications.checkPlan(plan, this)
    this.#backups.checkSource(plan, this.keys, this.applications)
  }

  #intend(record: Intent, leaf: string): void {
    const { plan, approvals } = record
    this.checkPlan(plan, record.time)
    this.rosters.checkIntent(record, this.unfinished)
    checkContributions(plan, approvals, this.approving(plan))
    this.#plans.use(plan.nonce)
    const intent = this.#intents.begin(plan, leaf, record.seq, this.rosters.rolesOf(plan, this.unfinished))
    this.rosters.intend(record, leaf)
    this.#backups.begin(intent)
    this.applications.begin(intent, record.time)
    this.stations.checkPlan(plan, record.station, this.auditKeys)
    if (plan.op === 'backup.restore' && plan.station) this.stations.add(plan.station, record.seq)
    this.members.intend(plan, record)
  }

  #moveStation(record: StationAdded | StationRemoved): void {
    this.#intents.moveStation(record, 'added' in record ? record.added : record.removed).installed = true
    if ('added' in record) this.stations.add(record.added, record.seq)
    else this.stations.remove(record.removed.name, record.seq)
  }

  #conclude(record: Outcome): void {
    const { intent, closed } = this.#intents.conclude(record, this.keys)
    this.#backups.conclude(record, intent, this.rosters)
    const [member] = this.members.of(intent.plan)
    if (member) Object.assign(member, renewedBy(record, intent.plan, member))
    this.members.conclude(record, intent, closed)
    if (closed) this.#settle(intent, record, record.result === 'done')
  }

  #settle(intent: OpenIntent, end: Outcome | Recovered, isDone: boolean): void {
    this.applications.settle(intent, end)
    this.rosters.settle(intent, isDone, end)
    this.conducted.settle(intent, end)
    if (isDone) this.waited.settle(intent.plan, end.seq)
    this.requests.settle(intent, isDone, end, this.members.makerOf(intent.plan))
  }

  #recover(record: Recovered): void {
    const intent = this.#intents.recover(record, this.keys)
    this.#backups.conclude(record, intent, this.rosters)
    this.members.notMade(intent)
    this.members.recovered(intent, record, this.recovering!)
    this.#settle(intent, record, record.found === 'done')
    // Paths of another machine mean nothing here.
    if (this.recovering?.plan.op === 'backup.restore') this.#backups.newest = undefined
  }

  /** TOKEN-REPLACED: a restore brings another token in, with an audit key that a quorum of every group approved. */
  #replaceToken(record: TokenReplaced, leaf: string): void {
    const intent = this.#intents.replace(record)
    this.#checkLetIn(record.auditKey, record)
    intent.installed = true
    this.replaceTokens(record, leaf, intent.plan, this.notRestored)
    this.#backups.bring(intent.plan)
    this.requests.lose()
    this.rosters.takeToken(record.token.serial, this.rosters.heirs(this.unfinished))
  }

  /** MEMBER-PLANNED, TOKEN-REPLACED, STATION-KEY-OWN: one more token, with an audit key that a quorum of every group approved. */
  #addMember(record: MemberAdded): void {
    const intent = this.#intents.ofApp(record.intent)
    this.#checkLetIn(record.member.auditKey, record)
    this.addMember(record, intent)
    this.rosters.takeToken(record.member.token.serial, this.groups)
  }

  #checkLetIn({ id }: SigningKey, record: TokenReplaced | MemberAdded): void {
    this.checkNewKey(id)
    if (this.stations.hasKey(id)) throw notVerified('STATION-KEY-OWN', 'its audit key is a station key')
    this.rosters.checkKeyApprovals(record, this.unfinished)
  }

  #replaceQuorum(record: QuorumReplaced): void {
    const { plan } = this.#intents.replaceQuorum(record)
    this.#backups.follow(plan)
    const tokens = this.members.serialsOf(this.recovering?.plan ?? plan)
    this.custody.welcome(this.rosters.replace(record, { tokens, begun: this.members.serialsOf(plan) }))
  }

  /** For whoever saves it. */
  parts = () => ({ backups: this.#backups, intents: this.#intents, plans: this.#plans, signers: this.signers })

  /** OUTCOME-INTENT, OUTCOME-RESULT, OUTCOME-FILES. */
  #retire(record: Retired): void {
    const plan = this.#intents.retire(record)
    this.retired = checkEnd(record, plan, this.keys.living, this.members.live)
    this.requests.lose()
  }

  key = (name: string, version: number): KeyEntry | undefined => this.keys.get(label(name, version))
}
