// A changing command at work: its partition is locked, its ledger open, the HSM connected, and everything is closed at the end.

import { type Abilities, abilitiesIn } from '../change/abilities.ts'
import type { ApprovedChange } from '../change/change.ts'
import type { Credentials } from '../change/credentials.ts'
import { executeChange, type Result } from '../change/execute.ts'
import { checkNotRetired } from '../change/open-intent.ts'
import type { Operation } from '../change/operation.ts'
import type { PlanInputs } from '../change/plan-header.ts'
import type { Ports } from '../change/ports.ts'
import { checkProvable } from '../change/provable.ts'
import { faultsIn, slotWith } from '../change/slots.ts'
import { checkWraps, wrapsKeys } from '../change/wraps-keys.ts'
import { type Context, choosePartition, type Globals, type PartitionSettings, terminalOf } from '../cli/context.ts'
import type { AbsentOptions } from '../cli/member-options.ts'
import type { ChangeOptions } from '../cli/options.ts'
import { KeyriteError, usage } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { KeyType } from '../domain/keys.ts'
import type { ReachedModule } from '../domain/module-profile.ts'
import type { IntentPlan } from '../domain/plan.ts'
import { isTried, tellsUnasked } from '../domain/profile.ts'
import { type Proposal, propose } from '../domain/proposal.ts'
import { saidOf } from '../domain/said.ts'
import { addressIn, type TokenAddress } from '../domain/token-address.ts'
import type { Hsm, HsmHost, SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { Ledger, Partition, PartitionLock } from '../ledger/port.ts'
import type { SealingKey } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { due } from '../views/custody-view.ts'
import { lockFor } from './at-work.ts'
import { LedgerClaim } from './claim.ts'
import { confirmationOf } from './confirm.ts'
import type { Consented, Denied } from './consent.ts'
import { lifetimeOf, remoteOf } from './from-afar.ts'
import { hsmOptions } from './hsm-options.ts'
import { dropUnfinishedCopy, warnOfUncopied } from './ledger-copy.ts'
import { type MemberChoice, MembersAtWork } from './members-at-work.ts'
import { olderCopy } from './older-copy.ts'
import { checkFinished, settingsAt, unfinishedError } from './pending-change.ts'
import { consentTo, recordDenied, showPlan } from './proposal.ts'
import { forgetIssue } from './settle-issue.ts'
import { settleSpare } from './settle-spare.ts'
import { besideMissing, tokenMissing } from './token-missing.ts'

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
  /** Of the token that the partition began on, or that a restore brought. */
  readonly settings: PartitionSettings
  readonly members: MembersAtWork
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
    this.lock = lockFor(this.partition, globals)
    try {
      if (!abandons) checkFinished(this.partition, globals.home, context)
      this.ledger = this.partition.openLedger()
      checkNotRetired(this.history)
      this.partition.whereabouts.checkHere(this.history)
      const older = olderCopy(this.partition, this.ledger.tree.size)
      if (older) throw older
      if (!globals.dryRun) this.#settle()
      if (!this.ledger.torn) warnOfUncopied(this.history, this.partition, this.terminal)
      this.settings = settingsAt(this.partition, this.history, abandons, globals.home, context)
      this.members = new MembersAtWork(this)
    } catch (error) {
      this.lock[Symbol.dispose]()
      throw error
    }
  }

  /** What commands before have left, and the ledger tells the end of. */
  #settle(): void {
    dropUnfinishedCopy(this.history, this.context.ledgers, this.terminal)
    settleSpare(this.partition, this.history, this.terminal)
    if (!this.ledger.torn) forgetIssue(this.partition, this.history, this.terminal)
  }

  get history(): History {
    return this.ledger.history
  }

  /** INDEX-TRUE, and every rule that a record breaks, whatever the index spares: all of the ledger is to be carried away, or is what is left of what ends here. */
  checkWhole(): void {
    this.partition.ledger.audit({ checkpoints: [], mayBeTorn: true })
  }

  /** `others`: of several members who is absent, and which are to be made right. */
  async planInputs(
    options: ChangeOptions & Partial<AbsentOptions>,
    others: MemberChoice = options,
  ): Promise<PlanInputs> {
    const members = await this.members.inputs(others)
    // Starting a process takes time: meanwhile the plan is made.
    if (!options.dryRun) this.#startHost()
    const module = await inspectConfigured(this.#reached.module, this.partition.name, this.context)
    this.#approved = module.sha256
    if (options.remote !== undefined) this.#sealing ??= await this.context.quorum.makeSealingKey()
    const { ceremony, sources } = this.context
    const given = {
      accepted: options.accept,
      ...saidOf(options),
      ...remoteOf(this.#sealing),
      ...(members && { members }),
    }
    return { sources, ...(ceremony ? { ceremony } : {}), lifetime: lifetimeOf(options), module, ...given }
  }

  /** A library takes its time to begin where a token holds much: meanwhile a large plan is made. What fails is told by `openToken`. */
  openAhead({ dryRun }: ChangeOptions): void {
    if (!dryRun) this.openToken().catch(() => undefined)
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
    if (this.history.members.areSeveral) {
      this.members.share(this.history.members.acting, hsm)
      await this.members.look()
    }
    return { hsm, slot: found.slot, token: found.token, address }
  }

  /** How whoever acts is reached. */
  get #reached(): ReachedModule {
    return this.members.reached(this.history.members.acting)
  }

  #startHost(): HsmHost {
    this.#host ??= this.context.startHost(hsmOptions(this.#reached, this.globals, this.context, this.lock))
    return this.#host
  }

  /** Where a restore onto another token is prepared, the hint leads to it; what can't be read is not known to be away. */
  #tokenMissing(slots: readonly SlotFacts[]): KeyriteError {
    const pending = this.partition.pending()
    if (pending && faultsIn(slots) === '')
      return besideMissing(this.history, unfinishedError(this.partition, pending, this.globals.home, this.context))
    return tokenMissing(this.history, slots, this.#reached.module, { pending })
  }

  /**
   * The way of every change from its plan to its carrying out: the plan is shown, the token opened and, where something is asked of it,
   * `checked`, and the shares are collected. Nothing is given under --dry-run: the plan is all. TEXT, STATION-KNOWN, MECHANISM, TOKEN-PRESENT, NO-KEY-WRAP, and what consent throws.
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
    checkProvable(plan, this.history)
    const opened = await this.openToken()
    if (wrapsKeys(plan)) checkWraps(await this.abilities(opened, []), this.history.profile)
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

  /** As it was found when the token was taken; by another library than then, or of a type that came later, it is asked again, where that goes without a login. */
  async abilities({ hsm, slot }: Opened, types: readonly KeyType[]): Promise<Abilities> {
    const { profile } = this.history
    const stands = profile.module === this.#approved || !tellsUnasked(profile)
    return stands && types.every((type) => isTried(profile, type)) ? abilitiesIn(profile) : hsm.probe(slot, types)
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
      members: this.members,
      trial: {
        // What is noted of PINs while no replacement has begun is left of one that tried the token's room.
        isOpen: () => !ledger.history.rosters.replacing && partition.pins.isThere(),
        settle: () => partition.pins.remove(),
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.members[Symbol.asyncDispose]()
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
