// A changing command at work: its partition is locked, its ledger open, the HSM connected, and everything is closed at the end.

import { type Abilities, abilitiesIn } from '../change/abilities.ts'
import type { ApprovedChange } from '../change/change.ts'
import type { Credentials } from '../change/credentials.ts'
import { executeChange, type Operation, type Result } from '../change/execute.ts'
import { checkNotRetired } from '../change/open-intent.ts'
import type { PlanInputs } from '../change/plan-header.ts'
import type { Ports } from '../change/ports.ts'
import { faultsIn, slotWith } from '../change/slots.ts'
import { type Context, choosePartition, type Globals, type PartitionSettings, terminalOf } from '../cli/context.ts'
import type { ChangeOptions } from '../cli/options.ts'
import { deviceFailed, KeyriteError, notVerified, usage } from '../domain/errors.ts'
import { apart, type Hint, keyrite, type Run, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyType } from '../domain/keys.ts'
import { escaped, unsteered } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import { type IntentPlan, type Proposal, propose } from '../domain/plan.ts'
import { isTried } from '../domain/profile.ts'
import { saidOf } from '../domain/said.ts'
import { addressIn, type TokenAddress, tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import type { Hsm, HsmHost, SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { Ledger, Partition, PartitionLock } from '../ledger/port.ts'
import type { SealingKey } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { due } from '../views/custody-view.ts'
import { dayOf } from '../views/words.ts'
import { LedgerClaim } from './claim.ts'
import { confirmationOf } from './confirm.ts'
import type { Consented, Denied } from './consent.ts'
import { lifetimeOf, remoteOf } from './from-afar.ts'
import { hsmOptions } from './hsm-options.ts'
import { dropUnfinishedCopy, warnOfUncopied } from './ledger-copy.ts'
import { olderCopy } from './older-copy.ts'
import { checkFinished, settingsAt, unfinishedError } from './pending-change.ts'
import { consentTo, recordDenied, showPlan } from './proposal.ts'
import { forgetIssue } from './settle-issue.ts'
import { settleSpare } from './settle-spare.ts'

/** The module at work, and the slot of the partition's token. */
interface Opened {
  hsm: Hsm
  slot: number
  token: TokenFacts
  address: TokenAddress
}

/** What everyone has approved; the shares are held as long as it is. */
export interface ApprovedWork<P extends IntentPlan = IntentPlan> extends Disposable {
  readonly change: ApprovedChange<P>
  readonly credentials: Credentials
  readonly ports: Ports
  carryOut(operation: Operation): Promise<Result>
}

export class ChangeSession implements AsyncDisposable {
  readonly terminal: Terminal
  readonly partition: Partition
  readonly lock: PartitionLock
  readonly ledger: Ledger
  readonly settings: PartitionSettings
  /** `--user-pin-file`, for applications whose administrator gives the PIN. */
  userPinFiles: readonly string[] = []
  #host: HsmHost | undefined
  #opened: Promise<Opened> | undefined
  #sealing: SealingKey | undefined
  readonly #claim = new LedgerClaim(this)
  /** SHA-256 of the library that stands in the plan. */
  #approved: string | undefined

  constructor(
    readonly context: Context,
    readonly globals: Globals,
    /** Unfinished work is to be given up, or waits for what comes now: it is no obstacle. */
    abandons = false,
  ) {
    this.terminal = terminalOf(globals, context)
    this.partition = choosePartition(globals, context)
    this.lock = this.partition.lock()
    try {
      if (!abandons) checkFinished(this.partition, globals.home, context)
      this.ledger = this.partition.openLedger()
      checkNotRetired(this.history)
      this.partition.whereabouts.checkHere(this.history)
      const older = olderCopy(this.partition, this.ledger.tree.size)
      if (older) throw older
      dropUnfinishedCopy(this.history, context.ledgers, this.terminal)
      settleSpare(this.partition, this.history, this.terminal)
      if (!this.ledger.torn) forgetIssue(this.partition, this.history, this.terminal)
      // What was noted of PINs is of no use once the ledger tells of them.
      if (!this.history.rosters.replacing) this.partition.pins.remove()
      if (!this.ledger.torn) warnOfUncopied(this.history, this.partition, this.terminal)
      this.settings = settingsAt(this.partition, this.history, abandons, globals.home, context)
    } catch (error) {
      this.lock[Symbol.dispose]()
      throw error
    }
  }

  get history(): History {
    return this.ledger.history
  }

  async planInputs(options: ChangeOptions): Promise<PlanInputs> {
    // Starting a process takes time: meanwhile the plan is made.
    if (!options.dryRun) this.#startHost()
    const module = await inspectConfigured(this.settings.module, this.partition.name, this.context)
    this.#approved = module.sha256
    if (options.remote !== undefined) this.#sealing ??= await this.context.quorum.makeSealingKey()
    const { ceremony, sources } = this.context
    const given = { accepted: options.accept, ...saidOf(options), ...remoteOf(this.#sealing) }
    return { sources, ...(ceremony ? { ceremony } : {}), lifetime: lifetimeOf(options), module, ...given }
  }

  /** Starts the module, once, and checks that the partition's token is there. TOKEN-PRESENT, TOKEN-SERIAL. */
  openToken(): Promise<Opened> {
    this.#opened ??= this.#openHsm()
    return this.#opened
  }

  async #openHsm(): Promise<Opened> {
    const hsm = await this.#startHost().open(this.#approved)
    const slots = await hsm.slots()
    const address = addressIn(this.history)
    const found = slotWith(address, slots)
    if (!found?.token) throw this.#tokenMissing(slots)
    return { hsm, slot: found.slot, token: found.token, address }
  }

  #startHost(): HsmHost {
    this.#host ??= this.context.startHost(hsmOptions(this.settings, this.globals, this.context, this.lock))
    return this.#host
  }

  /** Where a restore onto another token is prepared, the hint leads to it. */
  #tokenMissing(slots: readonly SlotFacts[]): KeyriteError {
    const pending = this.partition.pending()
    if (pending)
      return besideMissing(this.history, unfinishedError(this.partition, pending, this.globals.home, this.context))
    return tokenMissing(this.history, slots, this.settings.module)
  }

  /**
   * The way of every change from its plan to its carrying out: the plan is shown, the token opened and, where something is asked of it,
   * `checked`, and the shares are collected. Nothing is given under --dry-run: the plan is all. TEXT, STATION-KNOWN, TOKEN-PRESENT, and what consent throws.
   */
  async approve<P extends IntentPlan>(
    plan: P,
    options: ChangeOptions & { confirm?: string },
    checked?: (opened: Opened) => Promise<void>,
  ): Promise<ApprovedWork<P> | undefined> {
    const proposal = propose(plan)
    this.userPinFiles = options.userPinFile ?? []
    if (showPlan(proposal, options, this)) return undefined
    // Nobody is asked for a share where this station's records would be refused.
    this.partition.stationName(this.history, plan)
    const opened = await this.openToken()
    await checked?.(opened)
    const consented = await this.#consent(proposal, options)
    const { change, credentials } = consented
    const ports = this.#ports(opened.hsm)
    return {
      change,
      credentials,
      ports,
      carryOut: (operation) =>
        executeChange(change, credentials, ports, operation).finally(() => this.#warnOfSent(change)),
      [Symbol.dispose]: () => consented[Symbol.dispose](),
    }
  }

  /** Whoever sent a share for it, and those who hear of it, are told at once what that takes. */
  #warnOfSent({ approvals }: ApprovedChange): void {
    if (!approvals.some(({ via }) => via === 'contribution')) return
    for (const { message, hint } of due(this.history)) this.terminal.warn(message, hint)
  }

  /** As it was found when the token was taken; by another library than then, or of a type that came later, it is asked again, as far as that goes without a login. */
  async abilities({ hsm, slot }: Opened, types: readonly KeyType[]): Promise<Abilities> {
    const { profile } = this.history
    const isKnown = profile.module === this.#approved && types.every((type) => isTried(profile, type))
    return isKnown ? abilitiesIn(profile) : hsm.probe(slot, types)
  }

  /** The same where the token is gone: no module is started for it. */
  async approveWithoutToken<P extends IntentPlan>(
    plan: P,
    options: ChangeOptions & { confirm?: string },
  ): Promise<Consented<P> | undefined> {
    const proposal = propose(plan)
    if (showPlan(proposal, options, this)) return undefined
    this.partition.stationName(this.history, plan)
    return this.#consent(proposal, options)
  }

  /** Shows the plan, has the name typed of what can't be undone, and collects the shares that it needs. */
  async #consent<P extends IntentPlan>(
    proposal: Proposal<P>,
    options: ChangeOptions & { confirm?: string },
  ): Promise<Consented<P>> {
    await this.#startHost().ready()
    const confirmation = confirmationOf(proposal.plan, this.partition.name, options)
    const denied: Denied = (...turned) => recordDenied(proposal, ...turned, this)
    return this.#claim.during(proposal.plan, options, () =>
      consentTo(proposal, options, this, denied, { confirmation, sealing: this.#sealing }),
    )
  }

  #ports(hsm: Hsm): Ports {
    const { context, ledger, partition, lock, terminal } = this
    return {
      sources: context.sources,
      approvals: context.ledgers,
      hsm,
      ledger,
      checkpoints: partition,
      lock,
      say: (line) => terminal.say(line),
      hold: () => context.holdInterrupts(),
      changes: context.changes,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#host?.[Symbol.asyncDispose]()
    await this.#claim[Symbol.asyncDispose]()
    this.lock[Symbol.dispose]()
  }
}

/** MODULE-MISSING: of a library that the settings name, which may have been moved or upgraded. */
export async function inspectConfigured(path: string, partition: string, { inspectModule }: Context) {
  try {
    return await inspectModule(path)
  } catch (error) {
    if (!(error instanceof KeyriteError) || error.code !== 'MODULE-MISSING') throw error
    throw usage(error.message, keyrite('--partition', partition, 'config', 'set', 'module', 'PATH'), error.code)
  }
}

/** Another token in its place is not what was signed (exit 5); no token at all is a device failure (exit 4). */
export function tokenMissing(
  history: History,
  slots: readonly SlotFacts[],
  module: string,
  pending?: Pending,
): KeyriteError {
  const { serial, label } = history.token
  const named = escaped(tokenName(history.token))
  const others = slots.flatMap(({ token }) => (token?.initialised ? [token] : []))
  const look = keyrite('token', 'list', '--module', module)
  const hint = apart(look, ifLost(history, module, pending))
  const faults = faultsIn(slots)
  if (faults !== '') return deviceFailed('TOKEN-PRESENT', `the token ${named} is not to be seen${faults}`, hint)
  if (others.length === 0) return deviceFailed('TOKEN-PRESENT', `the token ${named} is not there, nor any other`, hint)
  const seen = others.map((token) => `${escaped(token.serial)} (${escaped(token.label)})`).join(', ')
  return notVerified(
    'TOKEN-SERIAL',
    `the token ${escaped(serial)} (${escaped(label)}) is not there; there ${others.length === 1 ? 'is' : 'are'} ${seen}`,
    hint,
  )
}

/** PARTITION-FINISHED: the token is not there, and a restore onto another one is on its way. */
const besideMissing = ({ token }: History, failure: KeyriteError): KeyriteError =>
  failure.with({ message: `the token ${escaped(tokenName(token))} is not there; ${failure.message}` })

/** How to go on where a token is lost for good, and from what. */
export function ifLost(history: History, module: string, pending?: Pending): Hint {
  const { backups } = history
  if (backups.length === 0 && !pending?.again)
    return apart(
      'the ledger knows of no backup: if the token is lost for good, so are its keys',
      to('unless somebody has a backup', restoreOf(history)),
    )
  const names = listed(backups.map(({ path, time }) => `${unsteered(path)} of ${dayOf(time)}`))
  const restore = to('if it is lost for good', restoreOf(history, module, pending))
  return backups.length < 2 ? restore : apart(restore, `the backups that the ledger knows: ${names}`)
}

/** What brings the keys back onto another token: the restore that is on its way, or one from the newest backup. */
export function restoreOf({ backups }: History, module?: string, pending?: Pending): Run {
  if (pending?.again) return keyrite(...pending.again)
  const [newest] = backups.slice(-1)
  if (!newest) return keyrite('backup', 'restore', '--help')
  return keyrite('backup', 'restore', newest.path, ...(module === undefined ? [] : ['--module', module]))
}
