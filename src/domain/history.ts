// What a ledger says, folded record by record: the token, the roster, the keys, and what is still open. It breaks at the first
// record that may not stand where it stands. Signatures and hashes are not its business (ledger/verify).
import { checkApprovers, checkQuorum, everyCustodian, thresholds } from './approvals.ts'
import { sameJson } from './canonical.ts'
import { LATEST } from './clock.ts'
import { checkOutcome, checkRecovered, type OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import { type KeyEntry, Keys } from './key-history.ts'
import { label } from './names.ts'
import { broughtStation, type IntentPlan, type Plan, plannedKeys, type RestorePlan, recoveredBy } from './plan.ts'
import type { Created, Intent, Outcome, Record, Recovered, TokenReplaced } from './record.ts'
import { checkMemberKeys, checkRoster, needsOf } from './roster.ts'
import type { Artefact, Group, KeyTarget, Need, SigningKey, Token } from './shapes.ts'

export type { OpenIntent }

/** A backup that was written. `seq`: its intent; it holds the live keys of that moment, but the omitted ones. */
export interface BackupNote {
  seq: number
  leaf: string
  time: string
  /** When its plan was made. */
  begun: string
  file: Artefact
  /** Where it was written to. */
  path: string
  included: number
  omitted: { name: string; version: number; reason: string }[]
}

export class History {
  partition = ''
  name = ''
  token!: Token
  auditKey!: SigningKey
  /** Every audit key that this ledger ever let in, the present one last: old checkpoints are by old keys. */
  readonly auditKeys: SigningKey[] = []
  /** Every station key that this ledger ever let in and the record from which on it signed, the present one last. */
  readonly stationKeys: { key: SigningKey; since: number }[] = []
  groups: Group[] = []
  readonly keys = new Keys()
  /** Tokens that a restore has replaced (`until`: the record that says so): as long as they are not erased they still open with the same shares. */
  readonly earlierTokens: (Token & { until: number; lacked: ReadonlySet<string> })[] = []
  /** Labels of the keys that the restore which brought the present token could not bring to it. */
  lacking: ReadonlySet<string> = new Set()
  readonly backups: BackupNote[] = []
  /** The last one, as long as no other change has begun since. */
  newestBackup: BackupNote | undefined
  /** The intent that nothing has closed, and a recovery of it that is under way. */
  open: OpenIntent | undefined
  recovering: OpenIntent | undefined
  /** The module that the last change was approved for, and the record of that change. */
  module: { path: string; sha256: string; seq: number; time: string } | undefined
  /** Of the last record: its number (-1 when there is none), its leaf (base64url) and its time. */
  seq = -1
  leaf = ''
  time = ''
  /** Leaf of the first record. */
  anchor = ''
  created = ''
  /** Nonce of the restore that brought the present token. */
  #replacing: string | undefined
  #nonces = new Set<string>()
  /** Every token, the present one last, and the records that brought each but the first. */
  readonly #tokens: Token[] = []
  readonly #replacedAt: number[] = []
  /** The last record that is no denied, drill or note: a plan's head may not lie before it. */
  #settled = -1
  #recentLeaves = new Map<number, string>()

  get stationKey(): SigningKey {
    return this.stationKeys.at(-1)!.key
  }

  /** The token and the audit key that a record with this number was made with. */
  at(seq: number): { token: Token; auditKey: SigningKey } {
    const i = this.#replacedAt.filter((one) => one <= seq).length
    return { token: this.#tokens[i]!, auditKey: this.auditKeys[i]! }
  }

  /** Takes the next record in. `leaf`: that of its line, base64url. Throws a KeyriteError (exit 5) named after the broken rule. */
  apply(record: Record, leaf: string): void {
    this.checkPlace(record)
    this.#applyType(record, leaf)
    if (!PASSING.includes(record.type)) this.#settle(record.seq)
    this.#recentLeaves.set(record.seq, leaf)
    this.seq = record.seq
    this.leaf = leaf
    this.time = record.time
  }

  /** CHAIN-SEQ, CHAIN-PREV, CHAIN-PARTITION, FIRST-CREATED, TIME-ORDER: asked before the signatures, since it says best what was done to a line. */
  checkPlace(record: Record): void {
    const first = this.seq === -1
    if (record.seq !== this.seq + 1)
      throw notVerified('CHAIN-SEQ', `number ${record.seq} stands where ${this.seq + 1} should`)
    if (record.prev !== (first ? null : this.leaf))
      throw notVerified('CHAIN-PREV', 'it does not follow the record before it')
    if (first !== (record.type === 'partition.created')) {
      throw notVerified(
        'FIRST-CREATED',
        first ? 'the first record is not partition.created' : 'a partition begins once',
      )
    }
    if (!first && record.partition !== this.partition)
      throw notVerified('CHAIN-PARTITION', 'it is of another partition')
    if (record.time < this.time)
      throw notVerified('TIME-ORDER', `it is of ${record.time}, and the record before it of ${this.time}`)
    if (record.time >= LATEST) throw notVerified('TIME-ORDER', `it is of ${record.time}: no plan could follow`)
  }

  #applyType(record: Record, leaf: string): void {
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
        return this.#replaceToken(record)
      case 'denied':
      case 'drill':
      case 'note':
        return
      default:
        throw notVerified('RECORD-TYPE', `${record.type} is not supported by this version`)
    }
  }

  /** CREATED-AS-PLANNED: the plan that everyone approved holds the record's name, token, groups and station key. */
  #begin(record: Created, leaf: string): void {
    const { plan, groups } = record
    for (const member of ['name', 'token', 'groups', 'stationKey', 'partition'] as const) {
      if (!sameJson(plan[member], record[member]))
        throw notVerified('CREATED-AS-PLANNED', `${member} is not what was approved`)
    }
    checkTimes(plan, record.time)
    checkRoster(groups, notVerified)
    checkMemberKeys(groups)
    if (groups.some((group) => group.epoch !== 1)) throw notVerified('ROSTER-EPOCH', 'epochs count from 1')
    this.#checkNeeds(plan.op, plan.needs, groups)
    checkApprovers(record.approvals, groups)
    checkQuorum(record.approvals, everyCustodian(groups))
    checkApprovers(record.keyApprovals, groups)
    checkQuorum(record.keyApprovals, thresholds(groups))
    this.#useNonce(plan.nonce)
    Object.assign(this, { partition: record.partition, name: record.name, token: record.token, groups, anchor: leaf })
    Object.assign(this, { auditKey: record.auditKey, created: record.time })
    this.stationKeys.push({ key: record.stationKey, since: record.seq })
    this.#tokens.push(record.token)
    this.#noteModule(record)
    this.auditKeys.push(record.auditKey)
  }

  #intend(record: Intent, leaf: string): void {
    const { plan, approvals } = record
    if (plan.partition !== this.partition) throw notVerified('PLAN-PARTITION', 'the plan is of another partition')
    // A restore acts on a new token; what it replaces is the one that the ledger knows.
    const known = plan.op === 'backup.restore' ? plan.replaces : plan.token
    if (known !== this.token.serial) throw notVerified('PLAN-TOKEN', `the plan is for token ${known}`)
    checkTimes(plan, record.time)
    if (record.time > plan.expires) throw notVerified('PLAN-EXPIRED', `the plan had expired at ${plan.expires}`)
    this.#checkHead(plan.head)
    this.#checkNeeds(plan.op, plan.needs, this.groups)
    checkApprovers(approvals, this.groups)
    checkQuorum(approvals, plan.needs)
    this.#useNonce(plan.nonce)
    this.keys.checkPlan(plan, record.time)
    this.#openIntent(opened(plan, leaf, record.seq))
    this.#letStationIn(broughtStation(plan), record.seq)
    this.#noteModule(record)
  }

  #noteModule({ plan: { module }, seq, time }: Created | Intent): void {
    if (module) this.module = { path: module.path, sha256: module.sha256, seq, time }
  }

  /** STATION-KEY-OWN: the home that restores brings its own station key, approved with the plan; it signs from its intent on. */
  #letStationIn(key: SigningKey | undefined, since: number): void {
    if (key === undefined) return
    if (this.auditKeys.some(({ id }) => id === key.id))
      throw notVerified('STATION-KEY-OWN', 'its station key is an audit key')
    this.stationKeys.push({ key, since })
  }

  /** INTENT-OPEN, RECOVERS-OPEN: one change at a time; while one is open only what recovers it may begin, as often as that takes. */
  #openIntent(intent: OpenIntent): void {
    this.newestBackup = undefined
    const target = this.open ?? this.recovering
    const recovers = recoveredBy(intent.plan)
    if (recovers === undefined) {
      if (target) throw notVerified('INTENT-OPEN', 'the intent before it has no outcome')
      this.open = intent
      return
    }
    if (target?.leaf !== recovers) throw notVerified('RECOVERS-OPEN', 'it recovers an intent that is not open')
    this.recovering = intent
  }

  /** PLAN-HEAD: the plan was made on this history, and since then only denied, drill and note came. */
  #checkHead(head: { seq: number; leaf: string }): void {
    if (head.seq < this.#settled || this.#recentLeaves.get(head.seq) !== head.leaf) {
      throw notVerified(
        'PLAN-HEAD',
        `the plan was made on record ${head.seq}, and more has happened since, or something else`,
      )
    }
  }

  #settle(seq: number): void {
    this.#settled = seq
    this.#recentLeaves.clear()
  }

  #checkNeeds(op: string, needs: readonly Need[], groups: readonly Group[]): void {
    if (!sameJson(inOrder(needs), inOrder(needsOf(op, groups))))
      throw notVerified('NEEDS-RECOMPUTED', `${op} needs other approvals than its plan says`)
  }

  /** PLAN-ONCE: a plan is carried out once. */
  #useNonce(nonce: string): void {
    if (this.#nonces.has(nonce)) throw notVerified('PLAN-ONCE', 'the same plan was carried out before')
    this.#nonces.add(nonce)
  }

  #conclude(record: Outcome): void {
    const intent = [this.recovering, this.open].find((open) => open?.leaf === record.intent)
    if (!intent) throw notVerified('OUTCOME-INTENT', 'its intent is not open')
    if (intent === this.open && this.recovering) throw notVerified('OUTCOME-INTENT', 'its intent is being recovered')
    this.keys.report(record, intent)
    const last = isLast(record, intent)
    checkOutcome(record, intent, last)
    // What was open has to be told of before its recovery is done.
    if (intent === this.recovering && this.open && record.result === 'done' && last)
      throw notVerified('OUTCOME-RESULT', 'the recovery is done, and nothing says what it found')
    intent.told++
    this.#noteBackup(record, intent)
    if (!last) return
    if (intent === this.recovering) this.recovering = undefined
    else this.open = undefined
  }

  #recover(record: Recovered): void {
    if (!this.recovering || this.open?.leaf !== record.intent)
      throw notVerified('OUTCOME-INTENT', 'its intent is not being recovered')
    this.keys.report(record, this.open)
    checkRecovered(record, this.open)
    this.#noteBackup(record, this.open)
    this.open = undefined
  }

  #noteBackup({ time, artefacts }: Outcome | Recovered, { plan, seq, leaf }: OpenIntent): void {
    const [file] = artefacts ?? []
    if (plan.op !== 'backup.create' || !file) return
    const { file: path, included, omitted, created: begun } = plan
    this.newestBackup = { seq, leaf, time, begun, file, path, included, omitted }
    this.backups.push(this.newestBackup)
  }

  /** TOKEN-REPLACED: a restore brings another token in, with an audit key that a quorum of every group approved. */
  #replaceToken(record: TokenReplaced): void {
    const intent = [this.recovering, this.open].find((open) => open?.leaf === record.intent)
    const plan = intent?.plan
    if (plan?.op !== 'backup.restore' || plan.token !== record.token.serial) {
      throw notVerified('TOKEN-REPLACED', 'no open restore brings that token in')
    }
    if (intent!.replaced || intent!.told > 0 || (intent === this.open && this.recovering))
      throw notVerified('TOKEN-REPLACED', 'its restore let a token in already, or is being taken up by another')
    // Approvals of long ago would let it in once more.
    if (this.auditKeys.some((key) => key.id === record.auditKey.id)) {
      throw notVerified('TOKEN-REPLACED', 'its audit key was that of an earlier token')
    }
    if (this.stationKeys.some(({ key }) => key.id === record.auditKey.id))
      throw notVerified('STATION-KEY-OWN', 'its audit key is a station key')
    checkApprovers(record.keyApprovals, this.groups)
    checkQuorum(record.keyApprovals, thresholds(this.groups))
    // A token that was erased and taken again holds nothing of before.
    if (this.token.serial !== record.token.serial)
      this.earlierTokens.push({ ...this.token, until: record.seq, lacked: this.lacking })
    intent!.replaced = true
    this.lacking = new Set(plan.missing.map(({ name, version }) => label(name, version)))
    this.#replacing = plan.nonce
    this.token = record.token
    this.#tokens.push(record.token)
    this.#replacedAt.push(record.seq)
    this.auditKey = record.auditKey
    this.auditKeys.push(record.auditKey)
  }

  /** Whether this restore has let its token in. */
  replacedBy({ nonce }: RestorePlan): boolean {
    return this.#replacing === nonce
  }

  key(name: string, version: number): KeyEntry | undefined {
    return this.keys.get(label(name, version))
  }
}

/** Records that may stand between a plan and its intent. */
const PASSING: readonly string[] = ['denied', 'drill', 'note']

/** An outcome closes its intent when it failed, or when every key of the plan has been told of. */
const isLast = (outcome: Outcome, intent: OpenIntent): boolean => outcome.result !== 'done' || intent.awaited.size === 0

/** PLAN-TIMES: a plan is made, then carried out, and ends after it was made. */
function checkTimes({ created, expires }: Plan, time: string): void {
  if (created >= expires) throw notVerified('PLAN-TIMES', `the plan of ${created} ends at ${expires}`)
  if (time < created) throw notVerified('PLAN-TIMES', `the plan is of ${created}, later than its record`)
}

/** Needs are a set. */
const inOrder = (needs: readonly Need[]): Need[] => needs.toSorted((a, b) => (a.group < b.group ? -1 : 1))

const opened = (plan: IntentPlan, leaf: string, seq: number): OpenIntent => ({
  leaf,
  seq,
  plan,
  awaited: byLabel(plan),
  told: 0,
  moved: false,
  replaced: false,
  differs: undefined,
})

const byLabel = (plan: IntentPlan): Map<string, KeyTarget> =>
  new Map(plannedKeys(plan).map((target) => [label(target.name, target.version), target]))
