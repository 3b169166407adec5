// What is still open: the intent of a change, and a recovery of it that is under way.

import { sameJson } from './canonical.ts'
import { changesWhenDone, checkOutcome, checkRecovered, type OpenIntent } from './conclusions.ts'
import { plannedCopies } from './copies.ts'
import { notVerified } from './errors.ts'
import type { Keys } from './key-history.ts'
import { label } from './names.ts'
import { type IntentPlan, plannedKeys, type RetirePlan, recoveredBy, serialOf } from './plan.ts'
import type { LastTries, QuorumReplacePlan } from './quorum-plans.ts'
import type {
  Outcome,
  QuorumReplaced,
  Recovered,
  Retired,
  StationAdded,
  StationRemoved,
  TokenReplaced,
} from './record.ts'
import { endsWith, mayWaitFor } from './roster-rules.ts'
import type { GroupRole, Station } from './shapes.ts'

interface Underway {
  open: OpenIntent | undefined
  recovering: OpenIntent | undefined
}

export class OpenIntents implements Underway {
  open: OpenIntent | undefined
  recovering: OpenIntent | undefined
  /** What goes on once new shares have taken the place of the lost ones that it waits for. */
  #waiting: Underway | undefined

  /** All that has no end yet. */
  get all(): OpenIntent[] {
    const { open, recovering } = this
    return [open, recovering, this.#waiting?.open, this.#waiting?.recovering].filter((one) => one !== undefined)
  }

  /** INTENT-OPEN, RECOVERS-OPEN, LAST-TRY: one change at a time; while one is open only what recovers it may begin, as often as that takes, or what brings those who can. */
  checkMayBegin(plan: IntentPlan): void {
    const recovers = recoveredBy(plan)
    if (recovers !== undefined && this.unfinished?.leaf !== recovers)
      throw notVerified('RECOVERS-OPEN', 'it recovers an intent that is not open')
    if (recovers === undefined && this.unfinished && !mayBeginOver(plan, this.unfinished, this.recovering))
      throw notVerified('INTENT-OPEN', 'the intent before it has no outcome')
    const tried = plan.op === 'partition.recover' || plan.op === 'quorum.replace' ? plan.lastTry : undefined
    const untouched = this.untouchedPin(tried)
    if (untouched) throw notVerified('LAST-TRY', `nothing that has no end changes the ${untouched} PIN`)
  }

  /** Replacements change the PINs that their groups hold, and no other change leaves one that has to be tried (one that the SO sets need not be): the role of another one. */
  untouchedPin(lastTry: LastTries = {}): string | undefined {
    const held: readonly string[] = this.all.flatMap(({ plan }) =>
      plan.op === 'quorum.replace' && !plan.lost ? plan.group.roles : [],
    )
    return Object.keys(lastTry).find((role) => !held.includes(role))
  }

  /** The restore that has let this token in, and has told of nothing else yet. */
  bringing = (serial: string): OpenIntent | undefined =>
    this.all.find(
      ({ plan, installed, told }) =>
        plan.op === 'backup.restore' && installed && told === 0 && serialOf(plan) === serial,
    )

  begin(plan: IntentPlan, leaf: string, seq: number, roles: readonly GroupRole[]): OpenIntent {
    const intent = opened(plan, leaf, seq, roles)
    if (recoveredBy(plan) !== undefined) {
      this.recovering = intent
      return intent
    }
    if (this.unfinished && !isInPlaceOf(plan, this.unfinished))
      this.#waiting = { open: this.open, recovering: this.recovering }
    this.open = intent
    this.recovering = undefined
    return intent
  }

  /** What a recovery has to look into: a recovery that was cut off changes nothing about what is open. */
  get unfinished(): OpenIntent | undefined {
    return this.open ?? this.recovering
  }

  /** OUTCOME-INTENT, OUTCOME-RESULT: gives the intent that the outcome is of. */
  conclude(record: Outcome, keys: Keys): { intent: OpenIntent; closed: boolean } {
    const intent = this.#find(record.intent)
    if (!intent) throw notVerified('OUTCOME-INTENT', 'its intent is not open')
    if (intent === this.open && this.recovering) throw notVerified('OUTCOME-INTENT', 'its intent is being recovered')
    keys.report(record, intent)
    const last = isLast(record, intent)
    checkOutcome(record, intent, last)
    // What was open has to be told of before its recovery is done.
    if (intent === this.recovering && this.open && record.result === 'done' && last)
      throw notVerified('OUTCOME-RESULT', 'the recovery is done, and nothing says what it found')
    intent.told++
    if (last) this.#close(intent)
    return { intent, closed: last }
  }

  /** OUTCOME-INTENT, RECOVERED-FOUND: gives the intent that was recovered. */
  recover(record: Recovered, keys: Keys): OpenIntent {
    const { open, recovering } = this
    if (!recovering || open?.leaf !== record.intent)
      throw notVerified('OUTCOME-INTENT', 'its intent is not being recovered')
    const moved = keys.report(record, open)
    checkRecovered(record, open)
    const hasMembers = recovering.plan.tokens[0].member !== undefined
    const mayChange = hasMembers || plannedCopies(open.plan).length > 0 || open.plan.op === 'app.pin'
    const ends = [...open.awaited].flatMap(([name, { state }]) => (state === 'destroyed' ? [name] : []))
    const changed = moved || open.installed || (record.found === 'done' && changesWhenDone(open.plan))
    recovering.finding = { found: record.found, changed, mayChange, ends }
    this.open = undefined
    return open
  }

  /** TOKEN-REPLACED: the restore that brings this token in, once. */
  replace({ intent: leaf, token }: TokenReplaced): OpenIntent & { plan: { op: 'backup.restore' } } {
    const intent = this.#find(leaf)
    if (intent?.plan.op !== 'backup.restore' || serialOf(intent.plan) !== token.serial)
      throw notVerified('TOKEN-REPLACED', 'no open restore brings that token in')
    if (this.#isBeyond(intent))
      throw notVerified('TOKEN-REPLACED', 'its restore let a token in already, or is being taken up by another')
    return intent as OpenIntent & { plan: { op: 'backup.restore' } }
  }

  /** STATION-PLANNED: the one change of stations that this record makes real, once. */
  moveStation({ type, intent: leaf }: StationAdded | StationRemoved, station: Station): OpenIntent {
    const intent = this.#find(leaf)
    const op = type === 'station.added' ? 'station.add' : 'station.remove'
    if (intent?.plan.op !== op || this.#isBeyond(intent) || !sameJson(intent.plan.station, station))
      throw notVerified('STATION-PLANNED', 'no open change brings or takes that station')
    return intent
  }

  /** QUORUM-REPLACED: the replacement of custodians that comes to its end, once: what takes it up may say so in its place. */
  replaceQuorum({ intent: leaf, group }: QuorumReplaced): OpenIntent & { plan: QuorumReplacePlan } {
    const { open, recovering } = this
    if (open?.leaf !== leaf || open.plan.op !== 'quorum.replace' || open.installed)
      throw notVerified('QUORUM-REPLACED', 'no open replacement brings these custodians')
    if (recovering?.plan.op === 'backup.restore' && !recovering.installed)
      throw notVerified('QUORUM-REPLACED', 'the restore that takes it up has let no token in yet')
    if (!sameJson(open.plan.group, group)) throw notVerified('QUORUM-REPLACED', 'it is not the group of the plan')
    open.installed = true
    return open as OpenIntent & { plan: QuorumReplacePlan }
  }

  /** OUTCOME-INTENT: the change that a record about an application is of. One that is looked into is told of by what recovers it. */
  ofApp(leaf: string): OpenIntent {
    const intent = this.#find(leaf)
    if (!intent || intent.told > 0) throw notVerified('OUTCOME-INTENT', 'its intent is not open, or told of already')
    return intent
  }

  /** OUTCOME-INTENT: the retirement that this record ends. What it took up ends with it. */
  retire({ intent: leaf }: Retired): RetirePlan {
    const intent = this.#find(leaf)
    if (intent?.plan.op !== 'partition.retire' || (intent === this.open && this.recovering))
      throw notVerified('OUTCOME-INTENT', 'no open retirement ends with it')
    this.open = undefined
    this.recovering = undefined
    return intent.plan
  }

  /** Its effect is told of already, or another takes it up. */
  #isBeyond(intent: OpenIntent): boolean {
    return intent.installed || intent.told > 0 || (intent === this.open && this.recovering !== undefined)
  }

  #find(leaf: string): OpenIntent | undefined {
    return [this.recovering, this.open].find((open) => open?.leaf === leaf)
  }

  #close(intent: OpenIntent): void {
    if (intent === this.recovering) this.recovering = undefined
    else this.open = undefined
    if (this.unfinished || !this.#waiting) return
    Object.assign(this, this.#waiting)
    this.#waiting = undefined
  }
}

/** Shares that are lost may be just those that what is open waits for. */
const mayBeginOver = (plan: IntentPlan, waiting: OpenIntent, recovering: OpenIntent | undefined): boolean =>
  plan.op === 'quorum.replace' && mayWaitFor(plan, waiting, recovering)

const isInPlaceOf = (plan: IntentPlan, waiting: OpenIntent): boolean =>
  plan.op === 'quorum.replace' && endsWith(plan, waiting)

/** An outcome closes its intent when it failed, or when every key of the plan has been told of. A retirement has a record of its own for its end. */
const isLast = ({ result }: Outcome, { plan, awaited }: OpenIntent): boolean =>
  result !== 'done' || (awaited.size === 0 && plan.op !== 'partition.retire')

const opened = (plan: IntentPlan, leaf: string, seq: number, roles: readonly GroupRole[]): OpenIntent => ({
  leaf,
  seq,
  plan,
  roles,
  awaited: new Map(plannedKeys(plan).map((target) => [label(target.name, target.version), target])),
  told: 0,
  moved: false,
  installed: false,
  differs: undefined,
  apps: new Map(),
  finding: undefined,
})
