// A restore at work: the newest ledger, the backup held against it, the token that is to be taken, and what a crash left of one before.
import { resolve } from 'node:path'
import { checkBackup } from '../../ceremony/check-backup.ts'
import type { Collection } from '../../ceremony/collection.ts'
import * as init from '../../ceremony/init-partition.ts'
import type { Ports } from '../../ceremony/ports.ts'
import { checkRestoreAbility, soPinOf } from '../../ceremony/restore-backup.ts'
import { opensAsSo } from '../../ceremony/so-pin.ts'
import { incomplete, type KeyriteError, refused } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import { loadEverything } from '../../domain/lazily.ts'
import { checkTexts, escaped } from '../../domain/names.ts'
import type { RestorePlan } from '../../domain/plan.ts'
import type { Alg, Token } from '../../domain/shapes.ts'
import { partitionUnfinished } from '../../domain/unfinished.ts'
import type { Hsm, Pin, SlotFacts, TokenFacts } from '../../hsm/port.ts'
import type { BackupContent, Ledger, Partition, PartitionLock, Pending } from '../../ledger/port.ts'
import type { Terminal } from '../../terminal/port.ts'
import { again, shareFlags } from '../again.ts'
import { confirm } from '../confirm.ts'
import { type Context, type Globals, terminalOf } from '../context.ts'
import { asKeyriteError } from '../failure.ts'
import { tokenTaken } from '../partition/begun.ts'
import { blockedBy } from '../partition/standing.ts'
import { blank, chooseTarget, type Target } from '../partition/target.ts'
import { absolute } from '../paths.ts'
import { consentTo, onlyShows, recordDenied } from '../proposal.ts'
import { planView } from '../views.ts'
import { hsmOptions } from '../work.ts'
import { newestLedger } from './newest-ledger.ts'
import type { RestoreOptions } from './restore.ts'

export class RestoreWork implements AsyncDisposable {
  #pending: Pending | undefined
  #ledger: Ledger | undefined
  readonly #lock: PartitionLock | undefined
  readonly terminal: Terminal

  private constructor(
    readonly file: string,
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
    this.terminal = terminalOf(globals, context)
  }

  static async begin(file: string, options: RestoreOptions, globals: Globals, context: Context): Promise<RestoreWork> {
    const module = await context.inspectModule(options.module)
    const { partition, history, ...source } = newestLedger(file, options, globals, context)
    const backup = context.ledgers.readBackup(file, history.auditKeys)
    checkBackup(backup, history)
    const pending = partition.exists ? partition.pending() : undefined
    if (pending && pending.kind !== 'restore') {
      throw partitionUnfinished(partition.name, pending)
    }
    if (!options.dryRun) partition.make()
    const lock = options.dryRun ? undefined : partition.lock()
    try {
      await loadEverything()
      const hsm = await context.openHsm(
        hsmOptions({ module: resolve(options.module), approved: module.sha256 }, globals, context, lock),
      )
      try {
        const slots = await hsm.slots()
        const isBegun = pending !== undefined && blockedBy(partition, globals.home, context) !== undefined
        if (!isBegun) checkReplacing(slots, options, partition, history)
        // The partition's own token was to be emptied, and is as it was: it is not what a restore left unfinished.
        const left = isBegun || pending?.serial !== history.token.serial ? pending : undefined
        const chosen = chooseTarget(slots, options, left, history.name)
        const target = (await isForeign(chosen, left, hsm)) ? blank(slots, options.slot) : chosen
        return new RestoreWork(
          file,
          context,
          globals,
          options,
          partition,
          history,
          backup,
          module,
          hsm,
          target,
          source,
          lock,
        )
      } catch (error) {
        await hsm[Symbol.asyncDispose]()
        throw error
      }
    } catch (error) {
      lock?.[Symbol.dispose]()
      partition.unmake()
      throw error
    }
  }

  /** As it was given: behind a link an upgrade puts another file. */
  get modulePath(): string {
    return resolve(this.options.module)
  }

  get again(): string {
    const { options, globals, modulePath } = this
    const { checkpoint, ...flags } = options
    const words = ['backup', 'restore', resolve(this.file)]
    return again(words, {
      '--partition': globals.partition,
      '--module': modulePath,
      '--slot': flags.slot,
      '--ledger': absolute(flags.ledger),
      '--checkpoint': checkpoint ? resolve(checkpoint) : undefined,
      '--no-checkpoint': checkpoint === false,
      '--erase-token': flags.eraseToken,
      '--so-pin-file': absolute(flags.soPinFile),
      '--confirm': flags.confirm,
      ...shareFlags(flags),
    })
  }

  get checkpoint(): { checkpoint?: number } {
    return this.source.checkpoint === undefined ? {} : { checkpoint: this.source.checkpoint }
  }

  /** TEXT; under --dry-run: prints the plan, and that is all. */
  onlyShows(plan: RestorePlan): boolean {
    return onlyShows(plan, this.options, this)
  }

  /** A blank token has no serial yet, and the plan no code: the name is wanted before the token is touched. */
  async confirm(foreseen: RestorePlan): Promise<void> {
    const { options, history, context } = this
    if (options.confirm === undefined)
      this.terminal.show(planView(foreseen, history, context.chance.clock(), 'foreseen'))
    await confirm({ name: history.name, given: options.confirm }, this.terminal)
    if (options.confirm === undefined) this.terminal.clear()
  }

  /** What is about to happen is noted first: without the note the folder of a lost partition would look like one that never began. */
  async prepareToken(): Promise<{ token: Token; auditAlg: Alg }> {
    const { context, partition, hsm } = this
    const ports = { chance: context.chance, hsm, ledgers: context.ledgers, partition, quorum: context.quorum }
    const pending = await this.#note(ports)
    if (this.source.own) this.#ledger = partition.openLedger(true)
    const token = await this.#takeToken(pending, ports)
    const types = [...new Set(this.backup.keys.map(({ type }) => type))]
    checkRestoreAbility(this.backup, await hsm.probe(await init.slotOf(token.serial, hsm), types))
    return { token: init.tokenOf(token), auditAlg: pending.auditAlg! }
  }

  /** Once everyone has approved: a ledger that somebody brought becomes the partition's own. */
  adoptLedger(): void {
    const { partition, source, history } = this
    if (source.own) return
    partition.adoptLedger(source.path, history.leaf)
    this.#ledger = partition.openLedger(true)
  }

  async #note(ports: init.InitPorts): Promise<Pending> {
    const { history, modulePath: module, target } = this
    const slots = await ports.hsm.slots()
    const serials = slots.flatMap(({ token }) => (token?.initialised ? [token.serial] : []))
    const before = target.kind === 'unfinished' ? this.#pending : undefined
    const { name, partition } = history
    const auditKey = history.auditKey.id
    const what = { kind: 'restore', partition, name, module, again: this.again, auditKey } as const
    this.#pending = init.beginPending(what, serials, ports, before)
    return this.#pending
  }

  /** A blank token gets its serial by C_InitToken; one that holds something is left as it is until the plan is approved. */
  #takeToken(pending: Pending, ports: init.InitPorts): Promise<TokenFacts> {
    const { kind, slot } = this.target
    return kind === 'blank'
      ? init.initialiseToken(slot, this.history.name, pending, ports)
      : init.takeInitialised(slot, pending, ports)
  }

  /** TEXT: the token's own serial stands in the plan only now. */
  async consent(plan: RestorePlan): Promise<Collection> {
    checkTexts(plan)
    return consentTo(plan, this.options, this, (error) => this.#denied(error))
  }

  async #denied(error: KeyriteError): Promise<void> {
    const { partition, terminal } = this
    // A shorter ledger that is still there gets no record that the one which is brought would not have.
    const ledger = this.#ledger
    if (ledger && partition.hasStation) await recordDenied('backup.restore', error, { partition, terminal, ledger })
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
      say: (line) => this.terminal.say(line),
      hold: () => context.holdInterrupts(),
      settled: () => context.changes.settle(),
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
    const { context, globals, partition, modulePath: module } = this
    try {
      await context.settings.write(globals.home, partition.name, { module })
      partition.removePending()
    } catch (error) {
      const { code, message } = asKeyriteError(error)
      const text = `the keys are restored and proved equal, but that this is the end could not be noted: ${message}`
      throw incomplete(code, text, this.again)
    }
  }

  /** Waits for work before the intent: where it fails, the token may have been touched all the same. */
  async orTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.isTaken ? this.taken(error) : error
    }
  }

  /** It is one that we initialised, and not somebody's that is still as it was. */
  get isTaken(): boolean {
    return this.target.kind !== 'erase' && this.#pending?.serial !== undefined
  }

  taken = (error: unknown): KeyriteError => tokenTaken(error, this.again)

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hsm[Symbol.asyncDispose]()
    this.#lock?.[Symbol.dispose]()
    this.partition.unmake()
  }
}

/** TOKEN-THERE: a partition whose own token is there gets another one only where that is said. A home that has no ledger of it has no token. */
function checkReplacing(
  slots: readonly SlotFacts[],
  { slot, eraseToken }: RestoreOptions,
  partition: Partition,
  history: History,
): void {
  if (slot !== undefined || eraseToken !== undefined || !partition.begun) return
  const own = slots.find(({ token }) => token?.initialised && token.serial === history.token.serial)?.token
  if (!own) return
  const serial = escaped(own.serial)
  const message = `the token of partition ${partition.name} is there (${escaped(own.label)}, ${serial}), and a restore would put another in its place`
  const hint = `to rehearse: --home DIR; to replace it: --slot ID of a blank token; to empty it and restore onto it: --erase-token ${serial}`
  throw refused('TOKEN-THERE', message, hint)
}

/** Found by its label alone, and the temporary PIN does not open it: C_InitToken was cut off in the middle, or it is somebody else's. */
async function isForeign({ kind, serial }: Target, pending: Pending | undefined, hsm: Hsm): Promise<boolean> {
  if (kind !== 'unfinished' || pending!.serial !== undefined) return false
  const pin = init.temporaryPin(pending!)
  using _ = pin.bytes
  return !(await opensAsSo(serial, pin, hsm))
}
