// Asks custodians for their shares: shows the plan, then takes one person after the other, and tells each at once what is wrong.

import type { ApprovedChange } from '../change/change.ts'
import type { Credentials } from '../change/credentials.ts'
import { type Approver, type Missing, ShareIntake, type Surroundings } from '../change/share-intake.ts'
import type { ShareOptions } from '../cli/options.ts'
import { plannedCopies } from '../domain/copies.ts'
import { EXIT, KeyriteError } from '../domain/errors.ts'
import type { FirstPlan } from '../domain/first-plans.ts'
import { notFromAfar } from '../domain/from-afar.ts'
import { loadEverything } from '../domain/lazily.ts'
import { label } from '../domain/names.ts'
import { operationOf } from '../domain/operations.ts'
import { type Plan, plannedKeys } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import type { NewRecord } from '../domain/record.ts'
import { isCustodian, type Seat } from '../domain/roster.ts'
import type { Approval, Group, Need } from '../domain/shapes.ts'
import type { OpenedShare } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Part } from '../terminal/text.ts'
import { checkPassphraseNames } from './check-issue.ts'
import { type Confirmation, confirm } from './confirm.ts'
import { inTime } from './in-time.ts'
import { warnOfCustody } from './known-shares.ts'
import { type EntryPorts, isGuess, isTheEnd, NO_FILE, naming, pauseAfter, ShareEntry } from './share-entry.ts'

export interface ConsentPorts extends EntryPorts {
  denied: Denied
}

/** Records that somebody was refused, and who had approved before. */
export type Denied = (error: KeyriteError, approvers: Approver[]) => Promise<void>

export interface ConsentRequest<P extends Plan = Plan> {
  proposal: Proposal<P>
  /** The plan in words: each custodian sees it. */
  view: readonly Part[]
  needs: readonly Need[]
  groups: readonly Group[]
  around?: Surroundings
  /** For a change that can't be undone: its name is asked for before the shares. */
  confirmation?: Confirmation
}

/** For people who have read no manual. */
function meaning(intake: ShareIntake): string[] {
  const missing = intake.counts.filter(({ have, threshold }) => have < threshold)
  const sets = missing.map((one) => {
    const whose = one.absent.length > 8 ? 'the others' : one.absent.join(', ')
    return `${one.threshold - one.have} of ${whose}${setInWords(one, intake)}`
  })
  return [
    '',
    `  ${sets.join(' and ')} must still approve; compare the code aloud`,
    '  giving your share approves this plan; shares and passphrases are not shown; ctrl-c cancels',
    '  a share or passphrase that is refused is recorded, without what was typed',
  ]
}

/** While people are waited for, an upgrade may replace the program's files, and so it may before settings are written at the end; any other script is done in a moment. */
const outlasts = (plan: Plan, { shareFd }: ShareOptions, { interactive }: Terminal): boolean =>
  interactive || shareFd !== undefined || operationOf(plan).writesSettings === true

/** What everyone has approved, and what their shares open while it is carried out. */
export interface Consented<P extends Plan = Plan> extends Disposable {
  readonly change: ApprovedChange<P>
  readonly credentials: Credentials
}

/** Everyone who is needed has approved here, or it throws: REMOTE-OP, CONFIRMED, QUORUM-MET, SHARE-..., INTERRUPTED. */
export async function consent<P extends Plan>(
  request: ConsentRequest<P>,
  options: ShareOptions & { remote?: string },
  ports: ConsentPorts,
): Promise<Consented<P>> {
  if (options.remote !== undefined) throw notFromAfar(request.proposal.plan.op)
  const { proposal, view, needs, groups, around, confirmation } = request
  if (outlasts(proposal.plan, options, ports.terminal)) await loadEverything()
  const intake = new ShareIntake(proposal, needs, groups, ports.quorum, around)
  try {
    await putForward(view, confirmation, ports.terminal)
    await collectShares(intake, view, options, ports)
    return intake
  } catch (error) {
    intake[Symbol.dispose]()
    throw error
  }
}

/** CONFIRMED, DISK: the plan is shown, and the name typed of what can't be undone. */
export async function putForward(
  view: readonly Part[],
  confirmation: Confirmation | undefined,
  terminal: Terminal,
): Promise<void> {
  terminal.hush()
  await terminal.present(view)
  if (confirmation) await confirm(confirmation, terminal)
}

/** QUORUM-MET, SHARE-..., INTERRUPTED: until as many have approved as have to. */
export const collectShares = (
  intake: ShareIntake,
  view: readonly Part[],
  options: ShareOptions,
  ports: ConsentPorts,
): Promise<void> => new Consent(intake, view, options, ports).collect()

class Consent {
  readonly #intake: ShareIntake
  readonly #view: readonly Part[]
  readonly #options: ShareOptions
  readonly #ports: ConsentPorts
  readonly #entry: ShareEntry
  readonly #approved: string[] = []
  #refusals = 0

  constructor(intake: ShareIntake, view: readonly Part[], options: ShareOptions, ports: ConsentPorts) {
    this.#intake = intake
    this.#view = view
    this.#options = options
    this.#ports = ports
    this.#entry = new ShareEntry(options, ports, {
      turnAway: (failure) => this.#turnAway(failure),
      mistyped: (failure) => this.#tell(failure),
      isCustodian: (name) => isCustodian(name, intake.groups),
      mayGiveUp: true,
      before: () => intake.checkTime(),
    })
  }

  collect = (): Promise<void> =>
    inTime(
      () => this.#intake.checkTime(),
      this.#ports.terminal,
      () => this.#collect(),
    )

  async #collect(): Promise<void> {
    const { terminal, quorum } = this.#ports
    const { groups, proposal } = this.#intake
    // Those of shares that were made for it are not of shares that approve it.
    const made = proposal.plan.op === 'quorum.stage' ? [proposal.plan.group] : []
    checkPassphraseNames(this.#options, [...groups, ...made])
    // All of them first: nobody approves only to hear that another's file is not there.
    const files: { path: string; bytes: Uint8Array }[] = []
    for (const path of this.#options.share)
      files.push({ path, bytes: await this.#orDenied(path, () => quorum.readShareFile(path)) })
    for (const { path, bytes } of files) await this.#give('file', path, () => this.#entry.open(path, bytes))
    const { shareFd } = this.#options
    if (shareFd !== undefined) {
      for (const [i, line] of (await quorum.readShareFd(shareFd)).entries())
        await this.#give('fd', `line ${i + 1} of --share-fd ${shareFd}`, async () => ({
          share: quorum.parseShare(line),
        }))
    }
    if (this.#intake.missing && terminal.interactive) terminal.show(meaning(this.#intake))
    for (let { missing } = this.#intake; missing; { missing } = this.#intake) await this.#askNext(missing)
  }

  /** A share that came by a flag: what is wrong with it ends the command. */
  async #give(
    via: Approval['via'],
    source: string,
    open: () => Promise<Pick<OpenedShare, 'share'> & Partial<Pick<OpenedShare, 'hints'>>>,
  ): Promise<void> {
    this.#intake.checkTime()
    await this.#orDenied(source, async () => {
      const { share, hints } = await open()
      this.#welcome(this.#intake.present(share, via, hints))
    })
  }

  async #orDenied<T>(source: string, take: () => T | Promise<T>): Promise<T> {
    try {
      return await take()
    } catch (error) {
      throw await this.#denied(naming(source, error))
    }
  }

  #welcome(seat: Seat): void {
    const { custodian, group } = seat
    warnOfCustody(seat, this.#intake, this.#ports.terminal)
    const sets = this.#intake.needs.filter((need) => need.group === group.name)
    const by = sets.length > 1 ? ` by the share of epoch ${group.epoch}` : ''
    const line = `  ${custodian.name} approves ${this.#intake.proposal.code}${by}`
    this.#approved.push(line)
    this.#refusals = 0
    this.#ports.terminal.say(line)
  }

  async #denied(error: unknown): Promise<unknown> {
    if (error instanceof KeyriteError && error.exit === EXIT.refused) await this.#record(error)
    return error
  }

  /** What was wrong before anything was tried is nobody's share that was refused. */
  async #record(error: KeyriteError): Promise<void> {
    if (!UNTRIED.includes(error.code)) await this.#ports.denied(error, this.#intake.approvers())
  }

  /** One more custodian at the terminal. A wrong share is said and asked for again. */
  async #askNext(missing: Missing): Promise<void> {
    const { terminal } = this.#ports
    if (!terminal.interactive) throw await this.#denied(this.#intake.tooFew(missing))
    try {
      const { share, via, hints } = await this.#entry.ask(whoIsAsked(missing, this.#intake), missing.absent[0]!)
      this.#welcome(this.#intake.present(share, via, hints, true))
      if (this.#intake.missing) this.#makeWay()
    } catch (error) {
      if (!(error instanceof KeyriteError) || isTheEnd(error)) throw error
      await this.#turnAway(error)
    }
  }

  #tell({ message, hint }: KeyriteError): void {
    this.#ports.terminal.show([`  ${message}`, ...(hint ? [{ hint, indent: '    ' }] : [])])
  }

  /** Said at once. The name of a missing file does not count as an attempt. */
  async #turnAway(error: KeyriteError): Promise<void> {
    this.#tell(error)
    if (error.code === NO_FILE) return
    await this.#record(error)
    if (isGuess(error)) await pauseAfter(++this.#refusals, this.#ports.terminal)
  }

  /** The next person finds a screen with the plan and who has approved it, and nothing that the previous person typed. */
  #makeWay(): void {
    const { terminal } = this.#ports
    terminal.clear()
    terminal.show([...this.#view, ...this.#approved, ...meaning(this.#intake)])
  }
}

/** Which one is meant, where several have to approve. */
function setInWords({ group, epoch }: Missing, { needs }: ShareIntake): string {
  const twice = needs.filter((one) => one.group === group)
  if (twice.length > 1) return twice.some((one) => one.epoch < epoch) ? ' (new set)' : ' (old set)'
  return needs.length > 1 ? ` (${group})` : ''
}

/** Of a group that is replaced one person usually brings both shares, in whatever order: the prompt counts both sets. */
function whoIsAsked({ group, have, threshold }: Missing, { counts, needs }: ShareIntake): string {
  const twice = counts.filter((one) => one.group === group).toSorted((a, b) => a.epoch - b.epoch)
  if (twice.length === 1) return `custodian ${have + 1} of ${threshold}${needs.length > 1 ? ` of ${group}` : ''}`
  return twice.map((one, i) => `${i === 0 ? 'old' : 'new'} set ${one.have} of ${one.threshold}`).join(', ')
}

/** A file that is not read, and a card that is not asked. */
const UNTRIED: readonly string[] = ['SECRET-FILE', 'SECRET-OPEN', 'SHARE-OPEN', 'SHARE-CARD', 'CARD-PRESENT']

/** What the ledger keeps of a refusal: the plan and its keys, the rule, whose share it was where that is known, and who had approved. */
export const denial = (
  { plan, digest }: Proposal<Plan>,
  { code, data }: KeyriteError,
  approvers: Approver[],
): NewRecord => {
  const { custodian, group } = (data ?? {}) as { custodian?: string; group?: string }
  const whose = custodian && group ? { custodian, group } : {}
  const what = { op: plan.op, planDigest: digest, ...keysOf(plan), reason: code }
  return { type: 'denied', ...what, ...whose, ...(approvers.length > 0 ? { approvers } : {}) }
}

const isFirst = (plan: Plan): plan is FirstPlan => plan.op === 'partition.init' || plan.op === 'partition.adopt'

/** As many as a person reads: the rest is counted. */
const MOST = 16

function keysOf(plan: Plan) {
  const copies = isFirst(plan) ? [] : plannedCopies(plan).flatMap((app) => app.copies)
  const all = [...plannedKeys(plan), ...copies].map((key) => [label(key.name, key.version), key] as const)
  const keys = [...new Map(all).values()].map(({ name, version }) => ({ name, version }))
  const more = keys.length - MOST
  return { ...(keys.length > 0 ? { keys: keys.slice(0, MOST) } : {}), ...(more > 0 ? { more } : {}) }
}
