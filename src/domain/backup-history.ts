// What went out in files: the backups in a ledger, those that were made, and those that were started and ended otherwise, or have no end; keys, and certificates.
import type { Applications } from './applications.ts'
import { sameJson } from './canonical.ts'
import { Certificates } from './certificates.ts'
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import { Exports } from './exports.ts'
import type { KeyEntry, Keys } from './key-history.ts'
import { isBare } from './key-rules.ts'
import { isExtractable } from './keys.ts'
import { label, labelOf } from './names.ts'
import type { BackupPlan, BackupTestPlan, IntentPlan, RestorePlan } from './plan.ts'
import type { QuorumReplacePlan } from './quorum-plans.ts'
import type { Outcome, Recovered } from './record.ts'
import { holderOf } from './roster.ts'
import type { Rosters } from './rosters.ts'
import type { Artefact } from './shapes.ts'

/** A backup that was written. `seq`: its intent; it holds the live keys of that moment, but the omitted ones. */
export interface BackupNote {
  seq: number
  leaf: string
  time: string
  /** When its plan was made. */
  started: string
  file: Artefact
  /** Where it was written to. */
  path: string
  included: number
  omitted: { name: string; version: number; reason: string }[]
  /** The last one is the newest. */
  tests: BackupTest[]
}

/** A backup that may have been written: no record says that one was, and none that none was. */
export type UnprovedBackup = Omit<BackupNote, 'time' | 'file' | 'tests'>

/** The intent of a backup, and the record that says how it ended. */
export interface StartedBackup {
  seq: number
  leaf: string
  plan: BackupPlan
  end?: { seq: number; time: string; said: Outcome['result'] | Recovered['found'] }
  file?: Artefact
}

/** A backup that was brought back on a spare token, to see whether that can be done. */
export interface BackupTest {
  /** The record that says what came of it. */
  seq: number
  time: string
  /** How many keys were proved, of so many that were to be. */
  proved: number
  of: number
  /** It ended without a proof that the spare token, which has this label, is empty. */
  left?: string
}

export class BackupHistory {
  /** Keys that went out one by one. */
  readonly exports = new Exports()
  readonly certificates = new Certificates()
  readonly made: BackupNote[] = []
  /** Those that no share of today opens: the secret that they were wrapped under was lost. */
  readonly closed: BackupNote[] = []
  /** The last one, as long as no other change has begun since. */
  newest: BackupNote | undefined
  /** Labels of the keys that the last restore lacked, without those that came back since. */
  notRestored: ReadonlySet<string> = new Set()
  readonly #started = new Map<number, StartedBackup>()
  /** Those that a restore was from, whatever the ledger says of their end. */
  readonly #restored = new Set<number>()

  get saved() {
    return {
      certificates: this.certificates.saved,
      closed: this.closed,
      exports: this.exports.saved,
      made: this.made,
      newest: this.newest?.seq,
      notRestored: [...this.notRestored],
      restored: [...this.#restored],
      started: [...this.#started.values()],
    }
  }

  restore({
    certificates,
    closed,
    exports,
    made,
    newest,
    notRestored,
    restored,
    started,
  }: BackupHistory['saved']): void {
    this.certificates.restore(certificates)
    this.exports.restore(exports)
    this.made.push(...made)
    this.closed.push(...closed)
    this.newest = made.find(({ seq }) => seq === newest)
    this.notRestored = new Set(notRestored)
    for (const seq of restored) this.#restored.add(seq)
    for (const one of started) this.#started.set(one.seq, one)
  }

  /** The backup that the intent with this number began. */
  startedBy(seq: number): StartedBackup | undefined {
    return this.#started.get(seq)
  }

  /** Begun, and without an end, or given up; what a restore was from is there, and the ledger can't tell where. */
  get unproved(): UnprovedBackup[] {
    return [...this.#started.values()]
      .filter(({ seq, end, file }) => !file && (!end || end.said === 'partial' || this.#restored.has(seq)))
      .map(({ seq, leaf, plan }) => ({ seq, leaf, ...planned(plan) }))
  }

  begin(intent: OpenIntent): void {
    const { plan, seq, leaf } = intent
    this.newest = undefined
    this.exports.begin(intent)
    this.certificates.begin(intent)
    if (plan.op === 'backup.restore' || plan.op === 'key.restore') this.#restored.add(plan.backup.seq)
    if (plan.op === 'backup.create') this.#started.set(seq, { seq, leaf, plan })
  }

  /** OUTCOME-FILES: no two backups are one file. `rosters`: the shares that it hangs on may be lost by the time its end is found. */
  conclude(record: Outcome | Recovered, intent: OpenIntent, rosters: Pick<Rosters, 'at' | 'lostBy'>): void {
    const { plan, seq, leaf, awaited } = intent
    this.exports.conclude(record, intent)
    this.certificates.conclude(record, intent)
    if (plan.op === 'key.restore') this.#bringBack(record.keys)
    if (plan.op === 'backup.test') this.#concludeTest(record, plan, awaited.size)
    if (plan.op !== 'backup.create') return
    const said = record.type === 'outcome' ? record.result : record.found
    const [file] = record.artefacts ?? []
    if ([...this.made, ...this.closed].some((one) => one.file.sha256 === file?.sha256))
      throw notVerified('OUTCOME-FILES', 'its file has the SHA-256 of an earlier backup')
    const end = { seq: record.seq, time: record.time, said }
    this.#started.set(seq, { seq, leaf, plan, end, ...(file ? { file } : {}) })
    if (!file) return
    const made = { seq, leaf, time: record.time, file, ...planned(plan), tests: [] }
    if (isClosed(seq, rosters)) return void this.closed.push(made)
    this.newest = made
    this.made.push(made)
  }

  /** Custodians are replaced; the shares that opened all that were made may be lost. */
  follow({ lost, group }: QuorumReplacePlan): void {
    if (!lost || !group.roles.includes('recovery')) return
    this.closed.push(...this.made.splice(0))
    this.newest = undefined
  }

  /** A restore lets its token in. */
  bring({ missing }: RestorePlan): void {
    this.notRestored = new Set(missing.map(labelOf))
  }

  #bringBack(keys: Outcome['keys']): void {
    const back = new Set(keys.map(labelOf))
    this.notRestored = new Set([...this.notRestored].filter((name) => !back.has(name)))
  }

  /** A plan of many keys has several outcomes: the last one is its end. */
  #concludeTest(record: Outcome | Recovered, { backup, keys, spare }: BackupTestPlan, awaited: number): void {
    const { type, seq, time } = record
    const isDone = type === 'outcome' && record.result === 'done'
    if (isDone && awaited > 0) return
    const left = type === 'recovered' && record.found === 'partial' ? { left: spare.label } : {}
    const test = { seq, time, proved: isDone ? keys.length : 0, of: keys.length, ...left }
    this.made.find((one) => one.seq === backup.seq)?.tests.push(test)
  }

  /** RESTORE-BACKUP: a restore is from a backup of this ledger, and brings what that one holds; what is tested was made. And what Certificates asks. */
  checkSource(plan: IntentPlan, keys: Keys, apps: Applications): void {
    this.certificates.checkPlan(plan)
    if (plan.op === 'quorum.replace') return this.#checkReplace(plan, keys, apps)
    if (plan.op !== 'backup.restore' && plan.op !== 'backup.test' && plan.op !== 'key.restore') return
    const { op, backup, keys: targets } = plan
    const started = this.#started.get(backup.seq)
    if (!started) throw notVerified('RESTORE-BACKUP', `record ${backup.seq} began no backup`)
    if (op !== 'backup.restore' && !started.file)
      throw notVerified('RESTORE-BACKUP', `no record says that the backup by record ${backup.seq} was made`)
    if (started.file && started.file.sha256 !== backup.sha256)
      throw notVerified('RESTORE-BACKUP', `the backup by record ${backup.seq} has another SHA-256`)
    const holds = heldBy(started, keys)
    const lacking = targets.map(labelOf).find((name) => !holds(name))
    if (lacking) throw notVerified('RESTORE-BACKUP', `${lacking} is not in the backup by record ${backup.seq}`)
  }

  /** REPLACE-BACKUP, PLAN-COMPLETE: a token may be lost when its PINs change, so a replacement tells which keys no backup would bring back. */
  #checkReplace({ backup, atRisk, behind, group, accepted }: QuorumReplacePlan, keys: Keys, apps: Applications): void {
    const made = this.made.find(({ seq }) => seq === backup?.seq)
    if (backup && (made?.file.sha256 !== backup.sha256 || made.file.name !== backup.name))
      throw notVerified(
        'REPLACE-BACKUP',
        `no record says that the backup by record ${backup.seq} was made, or it is another`,
      )
    const lacking = keysAtRisk(backup && this.#started.get(backup.seq), keys)
    if (!sameJson(atRisk ?? [], lacking.map(labelOf)))
      throw notVerified('PLAN-COMPLETE', 'it does not name each key that its backup lacks, or another one')
    const unbacked = lacking.find(({ attributes }) => isExtractable(attributes))
    if (unbacked && !accepted?.includes('unbacked'))
      throw notVerified(
        'REPLACE-BACKUP',
        `no backup holds ${unbacked.name}#${unbacked.version}, and nobody accepted that`,
      )
    if (!sameJson(behind ?? [], appsBehind(group.name, apps)))
      throw notVerified('PLAN-COMPLETE', 'it does not name each application whose token keeps PINs of earlier epochs')
  }
}

/** Nothing leads any more to the secret that a backup which began with this record is wrapped under. */
function isClosed(seq: number, rosters: Pick<Rosters, 'at' | 'lostBy'>): boolean {
  const { name: group, epoch } = holderOf('recovery', rosters.at(seq))
  return rosters.lostBy({ group, epoch }) !== undefined
}

/** Keys on the token that this backup lacks, in ascending order of their labels; all of them where there is no backup. */
export function keysAtRisk(backup: StartedBackup | undefined, keys: Keys): KeyEntry[] {
  const holds = backup ? heldBy(backup, keys) : () => false
  return [...keys]
    .filter(({ state, attributes }) => state !== 'destroyed' && !isBare(attributes))
    .filter(({ name, version }) => !holds(label(name, version)))
    .toSorted((a, b) => (label(a.name, a.version) < label(b.name, b.version) ? -1 : 1))
}

/** Whether a backup has the key with this label. */
function heldBy({ seq, plan }: StartedBackup, keys: Keys): (name: string) => boolean {
  const omitted = new Set(plan.omitted.map(labelOf))
  return (name) => {
    const then = keys.at(name, seq)
    return then !== undefined && then.state !== 'destroyed' && !omitted.has(name)
  }
}

/** Applications whose tokens have PINs that a group gave them: those stay as they are when its shares are replaced. */
export const appsBehind = (group: string, apps: Applications): string[] =>
  apps.live
    .filter(({ pin }) => pin.kind === 'derived' && (pin.user.group === group || pin.so.group === group))
    .map(({ name }) => name)

const planned = ({ file: path, included, omitted, created: started }: BackupPlan) => ({
  started,
  path,
  included,
  omitted,
})
