// The backups in a ledger: those that were made, and those that were started and ended otherwise, or have no end.
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import type { Keys } from './key-history.ts'
import { label } from './names.ts'
import type { BackupPlan, BackupTestPlan, IntentPlan, RestorePlan } from './plan.ts'
import type { Outcome, Recovered } from './record.ts'
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
  readonly made: BackupNote[] = []
  /** The last one, as long as no other change has begun since. */
  newest: BackupNote | undefined
  /** Labels of the keys that the last restore lacked, without those that came back since. */
  notRestored: ReadonlySet<string> = new Set()
  readonly #started = new Map<number, StartedBackup>()
  /** Those that a restore was from, whatever the ledger says of their end. */
  readonly #restored = new Set<number>()

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

  begin({ plan, seq, leaf }: OpenIntent): void {
    this.newest = undefined
    if (plan.op === 'backup.restore' || plan.op === 'key.restore') this.#restored.add(plan.backup.seq)
    if (plan.op === 'backup.create') this.#started.set(seq, { seq, leaf, plan })
  }

  /** OUTCOME-FILES: no two backups are one file. */
  conclude(record: Outcome | Recovered, { plan, seq, leaf, awaited }: OpenIntent): void {
    if (plan.op === 'key.restore') this.#bringBack(record.keys)
    if (plan.op === 'backup.test') this.#concludeTest(record, plan, awaited.size)
    if (plan.op !== 'backup.create') return
    const said = record.type === 'outcome' ? record.result : record.found
    const [file] = record.artefacts ?? []
    if (this.made.some((one) => one.file.sha256 === file?.sha256))
      throw notVerified('OUTCOME-FILES', 'its file has the SHA-256 of an earlier backup')
    const end = { seq: record.seq, time: record.time, said }
    this.#started.set(seq, { seq, leaf, plan, end, ...(file ? { file } : {}) })
    if (!file) return
    this.newest = { seq, leaf, time: record.time, file, ...planned(plan), tests: [] }
    this.made.push(this.newest)
  }

  /** A restore lets its token in. */
  bring({ missing }: RestorePlan): void {
    this.notRestored = new Set(missing.map(({ name, version }) => label(name, version)))
  }

  #bringBack(keys: Outcome['keys']): void {
    const back = new Set(keys.map(({ name, version }) => label(name, version)))
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

  /** RESTORE-BACKUP: a restore is from a backup of this ledger, and brings what that one holds; what is tested was made. */
  checkSource(plan: IntentPlan, keys: Keys): void {
    if (plan.op !== 'backup.restore' && plan.op !== 'backup.test' && plan.op !== 'key.restore') return
    const { op, backup, keys: targets } = plan
    const started = this.#started.get(backup.seq)
    if (!started) throw notVerified('RESTORE-BACKUP', `record ${backup.seq} began no backup`)
    if (op !== 'backup.restore' && !started.file)
      throw notVerified('RESTORE-BACKUP', `no record says that the backup by record ${backup.seq} was made`)
    if (started.file && started.file.sha256 !== backup.sha256)
      throw notVerified('RESTORE-BACKUP', `the backup by record ${backup.seq} has another SHA-256`)
    const omitted = new Set(started.plan.omitted.map(({ name, version }) => label(name, version)))
    for (const target of targets) {
      const name = label(target.name, target.version)
      const then = keys.at(name, backup.seq)
      if (!then || then.state === 'destroyed' || omitted.has(name))
        throw notVerified('RESTORE-BACKUP', `${name} is not in the backup by record ${backup.seq}`)
    }
  }
}

const planned = ({ file: path, included, omitted, created: started }: BackupPlan) => ({
  started,
  path,
  included,
  omitted,
})
