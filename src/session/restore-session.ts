// A restore at work: the newest ledger, the backup held against it, the token that is to be taken, and what a crash left of one before.
import { checkFits } from '../change/bring-keys.ts'
import type { Credentials } from '../change/credentials.ts'
import type { RestoreRequest } from '../change/operations/restore-backup.ts'
import { askReplaced, askToken, type Proof, proveBlobs, proveKek } from '../change/prove-restore.ts'
import * as taken from '../change/taken-token.ts'
import { type Context, type Globals, type PartitionSettings, terminalOf } from '../cli/context.ts'
import { incomplete, type KeyriteError } from '../domain/errors.ts'
import type { Run } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { noted } from '../domain/module-profile.ts'
import { escaped, labelOf, stationNameOf } from '../domain/names.ts'
import type { BegunPending, Pending, TakenPending } from '../domain/pending.ts'
import type { ForeseenRestore, RestorePlan } from '../domain/plan.ts'
import type { RestoreAccepted } from '../domain/plan-shapes.ts'
import { type Proposal, propose } from '../domain/proposal.ts'
import type { Token } from '../domain/shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { checkTexts } from '../domain/texts.ts'
import { addressName, addressOf, leftByRestore, tokenName } from '../domain/token-address.ts'
import type { Hsm, Pin } from '../hsm/port.ts'
import type { BackupContent, Ledger, LedgerSource, Partition, PartitionLock } from '../ledger/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { planView } from '../views/plan-view.ts'
import { tokenOf } from './choose-token.ts'
import { confirm, confirmationOf } from './confirm.ts'
import type { Consented, Denied } from './consent.ts'
import { consentTo, recordDenied, showPlan } from './proposal.ts'
import { type RestoreOptions, restoreAgain, restoreTaken } from './restore-again.ts'
import { PresentPin } from './restore-pin.ts'
import { type RestoreTarget, replacedInWords, sharesOpen } from './restore-target.ts'
import { takeToken } from './take-token.ts'

export class RestoreSession implements AsyncDisposable {
  #pending: Pending | undefined
  #ledger: Ledger | undefined
  readonly #pin = new PresentPin()
  #claim: AsyncDisposable | undefined
  /** The SO PIN of the token that is to be emptied, once it is proved. */
  #current: Pin | undefined
  readonly #lock: PartitionLock | undefined
  /** The partition was at home here before: a restore elsewhere may be no more than a test. */
  readonly #isHome: boolean
  readonly terminal: Terminal

  constructor(
    readonly file: string,
    readonly context: Context,
    readonly globals: Globals,
    readonly options: RestoreOptions,
    readonly partition: Partition,
    readonly history: History,
    readonly backup: BackupContent,
    readonly module: { path: string; sha256: string },
    readonly settings: PartitionSettings,
    readonly hsm: Hsm,
    readonly target: RestoreTarget,
    readonly source: { ledger: LedgerSource; checkpoint?: number },
    lock: PartitionLock | undefined,
  ) {
    this.#lock = lock
    this.#pending = partition.exists ? partition.pending() : undefined
    this.terminal = terminalOf(globals, context)
    this.#isHome = context.settings.has(globals.home, partition.name)
  }

  get again(): Run {
    return this.without([])
  }

  /** The same command again, with this weakness accepted. */
  accepting(word: RestoreAccepted): Run {
    const accept = [...this.options.accept, word]
    return restoreAgain(this.file, { ...this.options, accept }, this.globals, [])
  }

  /** The same command again, leaving out some more keys. */
  without(labels: readonly string[]): Run {
    return restoreAgain(this.file, this.options, this.globals, labels)
  }

  /** What the plan is made from, but for the token. */
  get request(): Omit<RestoreRequest, 'token'> {
    const { backup, source, options, partition, target } = this
    return {
      backup,
      opens: target.opens,
      without: new Set(options.without.map(labelOf)),
      accepted: options.accept.filter((word) => word !== 'clock'),
      ...(source.checkpoint === undefined ? {} : { checkpoint: source.checkpoint }),
      ...(partition.hasStation ? { here: { name: this.#stationName(), key: partition.station().key } } : {}),
    }
  }

  /** A station that the ledger does not know gets a name that none has had. */
  #stationName = (): string =>
    this.options.station ?? this.history.stations.suggestName(stationNameOf(this.context.host.name))

  /** TEXT; under --dry-run: prints the plan, and that is all. */
  showPlan(plan: ForeseenRestore): boolean {
    const [token] = plan.tokens
    const shown = 'serial' in token ? propose({ ...plan, tokens: [token] }) : { plan }
    return showPlan(shown, this.options, this)
  }

  /** A blank token has no serial yet, and the plan no code: the name is wanted before the token is touched. */
  async confirm(foreseen: ForeseenRestore): Promise<void> {
    const { options, history, context } = this
    if (options.confirm === undefined)
      await this.terminal.present(planView({ plan: foreseen }, history, context.sources.clock()))
    const confirmation = confirmationOf(foreseen, history.name, options)
    if (confirmation) await confirm(confirmation, this.terminal)
    if (options.confirm === undefined) this.terminal.clear()
  }

  /** LEDGER-CLAIMED, DATABASE-AHEAD: nobody else is at work with the ledger. What is about to happen is noted first: without the note the folder of a lost partition would look like one that never began. */
  async prepareToken(foreseen: ForeseenRestore): Promise<{ token: Token; pending: TakenPending }> {
    const { context, partition, hsm, history } = this
    if (this.source.ledger.own) this.#claim = await partition.whereabouts.claim(history, this.#stationName())
    const ports = { sources: context.sources, hsm, partition, pins: this.target.pins }
    const pending = await this.#note(ports)
    if (!partition.hasStation) partition.createStation()
    if (this.source.ledger.own) this.#ledger = partition.openLedger('all')
    const { token, pending: noted } = await this.#takeToken(pending, ports)
    await checkFits(foreseen, await taken.slotOf(addressOf(token), hsm), hsm, { backup: this.backup, again: this })
    return { token: taken.namedAnew(token, history.name), pending: noted }
  }

  /** Once everyone has approved: a ledger that somebody brought becomes the partition's own. */
  adoptLedger(): void {
    const { partition, source, history } = this
    if (source.ledger.own) return
    partition.adoptLedger(source.ledger, history.leaf)
    this.#ledger = partition.openLedger('all')
  }

  /** What a restore before had noted of this very token, which may still carry the PIN of then. It may have been cut off before it knew the serial. */
  get #taken(): Pending | undefined {
    const { target } = this
    if (target.kind === 'blank') return undefined
    return target.kind === 'unfinished' || this.#pending?.token === addressName(target.token)
      ? this.#pending
      : undefined
  }

  async #note(ports: taken.TakingPorts): Promise<BegunPending> {
    const { history, settings, target } = this
    const slots = await ports.hsm.slots()
    const there = slots.flatMap(({ token }) => (token?.initialised ? [tokenName(token)] : []))
    const before = this.#taken
    if (typeof this.#pending?.token === 'string' && !before) taken.leavePin(this.#pending, this.partition)
    this.#leaveSpare()
    const { name, partition } = history
    const what = {
      kind: 'restore',
      partition,
      name,
      ...noted(settings),
      token: tokenOf(target),
      again: this.again.run,
      auditKey: history.auditKey.id,
    } as const
    // A token that another restore has initialised is empty; one that it was going to empty is as it was.
    const erases = before ? before.erases === true : target.kind === 'erase'
    const how = { erases, asked: this.#pin.isAsked }
    const pending = taken.beginPending({ ...what, ...how }, there, ports, before)
    this.#pending = pending
    if (before) this.#pin.carry(before)
    return pending
  }

  /** A test that nobody can end any more, since the partition's token is lost: the token that it took may hold keys. */
  #leaveSpare(): void {
    const spare = this.partition.exists ? this.partition.spare() : undefined
    if (typeof spare?.token !== 'string') return
    const file = taken.leavePin(spare, this.partition)
    this.terminal.warn(
      `the spare token ${escaped(spare.token)} of a test that was interrupted may hold keys: erase it; its SO PIN is in ${file}`,
    )
  }

  /** A blank token gets its serial by C_InitToken; one that holds something is left as it is until the plan is approved. */
  #takeToken(pending: BegunPending, ports: taken.TakingPorts): Promise<taken.Taken> {
    const { target } = this
    if (target.kind === 'blank') return takeToken(target, pending, this.#pin.preset, ports)
    return taken.takeInitialised(target.slot, pending, ports)
  }

  /** TEXT: the token's own serial stands in the plan only now. */
  async consent(plan: RestorePlan): Promise<Consented<RestorePlan>> {
    checkTexts(plan)
    const proposal = propose(plan)
    return consentTo(proposal, this.options, this, (...turned) => this.#denied(proposal, ...turned))
  }

  async #denied(proposal: Proposal<RestorePlan>, ...turned: Parameters<Denied>): Promise<void> {
    const { partition, terminal, context } = this
    // A shorter ledger that is still there gets no record that the one which is brought would not have.
    const ledger = this.#ledger
    if (ledger?.history.stations.withKey(partition.station().key))
      await recordDenied(proposal, ...turned, { partition, terminal, context, ledger })
  }

  ports() {
    const { context, hsm, partition } = this
    return {
      sources: context.sources,
      hsm,
      ledger: this.#ledger!,
      approvals: context.ledgers,
      checkpoints: partition,
      stations: partition,
      keks: context.quorum,
      lock: this.#lock!,
      say: (line: string) => this.terminal.say(line),
      hold: () => context.holdInterrupts(),
      changes: context.changes,
    }
  }

  /** SO-PIN: before anything is touched. */
  async askPresentPin(): Promise<void> {
    const { target, options, history, context } = this
    const desk = { hsm: this.hsm, quorum: context.quorum, terminal: this.terminal }
    if (target.kind === 'blank') return this.#pin.askPreset(target, options, desk)
    await this.#pin.ask(target.token, options, history, this.#taken, desk)
  }

  /** Everything that can be known before the intent: the backup opens, the PIN is right, and nothing is lost that nobody has named. */
  async prove(plan: RestorePlan, taken: Token, credentials: Credentials): Promise<void> {
    const { target, history, backup } = this
    const proof: Proof = {
      plan,
      token: target.kind === 'blank' ? addressOf(taken) : target.token,
      backup,
      credentials,
      ports: this.ports(),
      without: (labels) => this.without(labels),
      clearing: this.accepting('clear-on-host'),
    }
    await proveKek(proof)
    await proveBlobs(proof)
    if (target.kind === 'blank') return askReplaced(proof)
    this.#current = await this.#pin.current(target.token, credentials, this.hsm, history)
    await (sharesOpen(target.token, history) ? askToken(proof) : askReplaced(proof))
  }

  /** How the token becomes empty once the plan is approved, and which SO PIN it then has. */
  emptier(pending: TakenPending): () => Promise<Pin> {
    return async () => {
      const { target, hsm, history } = this
      if (target.kind === 'blank') return taken.temporaryPin(pending)
      const { token } = target
      await hsm.initToken(await taken.slotOf(token, hsm), this.#current!, history.name, token)
      return this.#current!
    }
  }

  /** The module is this partition's now, and nothing is pending. */
  async finish(): Promise<void> {
    try {
      await this.context.settings.write(this.globals.home, this.partition.name, this.settings)
      this.partition.removePending()
    } catch (error) {
      const { code, message } = failureFrom(error)
      const text = `the keys are restored and proved equal, but that this is the end could not be noted: ${message}`
      throw incomplete(code, text, this.again)
    }
  }

  /** What is to become of the token that had the keys before. */
  warnOfReplaced(plan: RestorePlan): void {
    if (leftByRestore(plan).length > 0) this.terminal.warn(replacedInWords(plan, this.target, this.#isHome))
  }

  /** Waits for work before the intent: even where it fails, the token may have been changed. */
  async orTaken<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw this.isTaken ? this.taken(error) : error
    }
  }

  /** It is a token that we initialised, not somebody's unchanged one. */
  get isTaken(): boolean {
    const isNamed = typeof this.#pending?.token === 'string' || this.context.changes.has('initialised')
    return isNamed && this.#pending?.erases !== true
  }

  taken = (error: unknown): KeyriteError => restoreTaken(error, this.file, this.options, this.globals)

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pin[Symbol.dispose]()
    await this.hsm[Symbol.asyncDispose]()
    await this.#claim?.[Symbol.asyncDispose]()
    this.#lock?.[Symbol.dispose]()
    this.partition.unmake()
  }
}
