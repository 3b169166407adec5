// A restore at work: the newest ledger, the backup held against it, the token that is to be taken, and what a crash left of one before.

import { checkBackup } from '../../ceremony/check-backup.ts'
import type { Collection } from '../../ceremony/collection.ts'
import * as init from '../../ceremony/init-partition.ts'
import type { Ports } from '../../ceremony/ports.ts'
import { checkRestoreAbility, soPinOf } from '../../ceremony/restore-backup.ts'
import { type KeyriteError, refused } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import type { RestorePlan } from '../../domain/plan.ts'
import type { Alg, Token } from '../../domain/shapes.ts'
import type { Hsm, Pin } from '../../hsm/port.ts'
import type { BackupContent, Ledger, Partition, PartitionLock, Pending } from '../../ledger/port.ts'
import type { Terminal } from '../../terminal/port.ts'
import { consent, denial } from '../consent.ts'
import { type Context, type Globals, terminalOf } from '../context.ts'
import { chooseTarget, type Target } from '../partition/target.ts'
import { planReport } from '../report.ts'
import { planView } from '../views.ts'
import { hsmOptions } from '../work.ts'
import { newestLedger } from './newest-ledger.ts'
import type { RestoreOptions } from './restore.ts'

export class RestoreWork implements AsyncDisposable {
  #pending: Pending | undefined
  #ledger: Ledger | undefined
  readonly #lock: PartitionLock | undefined
  readonly #terminal: Terminal

  private constructor(
    readonly context: Context,
    readonly globals: Globals,
    readonly options: RestoreOptions,
    readonly partition: Partition,
    readonly history: History,
    readonly backup: BackupContent,
    readonly module: { path: string; sha256: string },
    readonly hsm: Hsm,
    readonly target: Target,
    readonly source: { path: string; own: boolean; checkpoint?: number },
    lock: PartitionLock | undefined,
  ) {
    this.#lock = lock
    this.#pending = partition.exists ? partition.pending() : undefined
    this.#terminal = terminalOf(globals, context)
  }

  static async begin(file: string, options: RestoreOptions, globals: Globals, context: Context): Promise<RestoreWork> {
    const module = await context.inspectModule(options.module)
    const { partition, history, ...source } = newestLedger(options, globals, context)
    const backup = context.ledgers.readBackup(file, history.auditKeys)
    checkBackup(backup, history)
    const pending = partition.exists ? partition.pending() : undefined
    if (pending && pending.kind !== 'restore') {
      throw refused(
        'PARTITION-FINISHED',
        `the beginning of partition ${partition.name} is not finished`,
        'keyrite partition recover',
      )
    }
    if (!options.dryRun) partition.make()
    const lock = options.dryRun ? undefined : partition.lock()
    try {
      const hsm = await context.openHsm(hsmOptions({ module: module.path }, globals, context, lock))
      try {
        const target = chooseTarget(await hsm.slots(), options, pending, history.name)
        return new RestoreWork(context, globals, options, partition, history, backup, module, hsm, target, source, lock)
      } catch (error) {
        await hsm[Symbol.asyncDispose]()
        throw error
      }
    } catch (error) {
      lock?.[Symbol.dispose]()
      throw error
    }
  }

  get checkpoint(): { checkpoint?: number } {
    return this.source.checkpoint === undefined ? {} : { checkpoint: this.source.checkpoint }
  }

  show(plan: RestorePlan): void {
    this.#terminal.answer(planReport(plan, this.history, this.context.chance.clock()))
  }

  /** A blank token gets its serial by C_InitToken; one that holds something is left as it is until the plan is approved. */
  async prepareToken(): Promise<{ token: Token; auditAlg: Alg }> {
    const { context, partition, hsm, history, module, target } = this
    if (!this.source.own) partition.adoptLedger(this.source.path)
    this.#ledger = partition.openLedger(true)
    const ports = { chance: context.chance, hsm, ledgers: context.ledgers, partition, quorum: context.quorum }
    const slots = await hsm.slots()
    const serials = slots.flatMap(({ token }) => (token?.initialised ? [token.serial] : []))
    const before = target.kind === 'unfinished' ? this.#pending : undefined
    this.#pending = {
      ...init.beginPending(history.name, module.path, serials, ports, before),
      kind: 'restore',
      partition: history.partition,
    }
    partition.writePending(this.#pending)
    const token =
      target.kind === 'blank'
        ? await init.initialiseToken(target.slot, history.name, this.#pending, ports)
        : await init.takeInitialised(target.slot, this.#pending, ports)
    const types = [...new Set(this.backup.keys.map(({ type }) => type))]
    checkRestoreAbility(this.backup, await hsm.probe(await init.slotOf(token.serial, hsm), types))
    return { token: init.tokenOf(token), auditAlg: this.#pending.auditAlg! }
  }

  async consent(plan: RestorePlan): Promise<Collection> {
    this.#terminal.say(planView(plan, this.history, this.context.chance.clock()))
    const asking = {
      quorum: this.context.quorum,
      terminal: this.#terminal,
      denied: (error: KeyriteError) => this.#denied(error),
    }
    return consent({ plan, needs: plan.needs, groups: this.history.groups }, this.options, asking)
  }

  async #denied(error: KeyriteError): Promise<void> {
    if (!this.partition.hasStation) return
    const station = this.partition.station(this.history.stationKey)
    await this.#ledger!.append([denial('backup.restore', error)], station)
  }

  ports(): Ports {
    const { context, hsm, partition } = this
    return {
      chance: context.chance,
      hsm,
      ledger: this.#ledger!,
      ledgers: context.ledgers,
      partition,
      quorum: context.quorum,
      lock: this.#lock!,
      say: (line) => this.#terminal.say(line),
      hold: () => context.holdInterrupts(),
    }
  }

  /** How the token becomes empty once the plan is approved, and which SO PIN it then has. */
  emptier(collection: Collection): () => Promise<Pin> {
    return async () => {
      const { target, hsm, history } = this
      const { serial, temporaryPin } = this.#pending!
      if (target.kind === 'blank') return soPinOf(serial!, temporaryPin, collection, this.ports())
      const pin = await this.#presentPin(collection)
      await hsm.initToken(await init.slotOf(serial!, hsm), pin, history.name)
      return pin
    }
  }

  /** Of the token that is to be emptied: from a file, or from the shares; an unfinished one may still have the temporary PIN. */
  async #presentPin(collection: Collection): Promise<Pin> {
    const { options, context, target } = this
    if (options.soPinFile !== undefined)
      return { bytes: context.quorum.readSecretFile(options.soPinFile, 'SO PIN file'), form: 'text' }
    if (target.kind === 'erase') return collection.pinOf('so')
    return soPinOf(target.serial, this.#pending!.temporaryPin, collection, this.ports())
  }

  /** The module is this partition's now, and nothing is pending. */
  async finish(): Promise<void> {
    await this.context.settings.write(this.globals.home, this.partition.name, { module: this.module.path })
    this.partition.removePending()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hsm[Symbol.asyncDispose]()
    this.#lock?.[Symbol.dispose]()
  }
}
