// Asks custodians for their shares: shows the plan, then takes one person after the other, and tells each at once what is wrong.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { ApprovedChange } from '../change/change.ts'
import type { Credentials } from '../change/credentials.ts'
import { type Approver, type Elsewhere, type Missing, type Retired, ShareIntake } from '../change/share-intake.ts'
import type { Context } from '../cli/context.ts'
import type { ShareOptions } from '../cli/options.ts'
import { isOnDisk, pathsLike, typedPath } from '../cli/paths.ts'
import { EXIT, KeyriteError, refused } from '../domain/errors.ts'
import { add, type Hint } from '../domain/hints.ts'
import { loadEverything } from '../domain/lazily.ts'
import { operationOf } from '../domain/operations.ts'
import { type Plan, type Proposal, plannedKeys } from '../domain/plan.ts'
import type { NewRecord } from '../domain/record.ts'
import type { Seat } from '../domain/roster.ts'
import { HIDDEN } from '../domain/secret-text.ts'
import type { Approval, Group, Need } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import type { Quorum, Share } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Part } from '../terminal/text.ts'
import { type Confirmation, confirm } from './confirm.ts'
import { askPassphrase, openAsking, openersFor, ownerOf } from './passphrases.ts'

export interface ConsentPorts {
  env: Context['env']
  quorum: Quorum
  terminal: Terminal
  denied: Denied
}

/** Records that somebody was refused, and who had approved before. */
export type Denied = (error: KeyriteError, approvers: Approver[]) => Promise<void>

interface ConsentRequest<P extends Plan = Plan> {
  proposal: Proposal<P>
  /** The plan in words: each custodian sees it. */
  view: readonly Part[]
  needs: readonly Need[]
  groups: readonly Group[]
  retired?: readonly Retired[]
  /** Finds whose share of another partition it is. */
  elsewhere?: (key: string) => Elsewhere | undefined
  /** For a change that can't be undone: its name is asked for before the shares. */
  confirmation?: Confirmation
}

/** For people who have read no manual. */
function meaning({ have, threshold, absent }: Missing): string[] {
  const whose = absent.length > 8 ? 'the others' : absent.join(', ')
  return [
    '',
    `  ${threshold - have} of ${whose} must still approve; compare the code aloud`,
    '  giving your share approves this plan; shares and passphrases are not shown; ctrl-c cancels',
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

/** Everyone who is needed has approved, or it throws: CONFIRMED, QUORUM-MET, SHARE-..., INTERRUPTED. */
export async function consent<P extends Plan>(
  request: ConsentRequest<P>,
  options: ShareOptions,
  ports: ConsentPorts,
): Promise<Consented<P>> {
  const { proposal, view, needs, groups, retired, elsewhere, confirmation } = request
  if (outlasts(proposal.plan, options, ports.terminal)) await loadEverything()
  const intake = new ShareIntake(proposal, needs, groups, ports.quorum, retired, elsewhere)
  try {
    ports.terminal.hush()
    ports.terminal.show(view)
    if (confirmation) await confirm(confirmation, ports.terminal)
    await new Consent(intake, view, options, ports).collect()
    return intake
  } catch (error) {
    intake[Symbol.dispose]()
    throw error
  }
}

class Consent {
  readonly #intake: ShareIntake
  readonly #view: readonly Part[]
  readonly #options: ShareOptions
  readonly #ports: ConsentPorts
  readonly #approved: string[] = []
  #refusals = 0

  constructor(intake: ShareIntake, view: readonly Part[], options: ShareOptions, ports: ConsentPorts) {
    this.#intake = intake
    this.#view = view
    this.#options = options
    this.#ports = ports
  }

  async collect(): Promise<void> {
    const { terminal, quorum } = this.#ports
    // All of them first: nobody approves only to hear that another's file is not there.
    const files: { path: string; bytes: Uint8Array }[] = []
    for (const path of this.#options.share)
      files.push({ path, bytes: await this.#orDenied(path, () => quorum.readShareFile(path)) })
    for (const { path, bytes } of files) await this.#give('file', path, () => this.#open(path, bytes))
    const { shareFd } = this.#options
    if (shareFd !== undefined) {
      for (const [i, line] of quorum.readShareFd(shareFd).entries())
        await this.#give('fd', `line ${i + 1} of --share-fd ${shareFd}`, async () => quorum.parseShare(line))
    }
    if (this.#intake.missing && terminal.interactive) terminal.show(meaning(this.#intake.missing))
    for (let { missing } = this.#intake; missing; { missing } = this.#intake) await this.#askNext(missing)
  }

  /** A share that came by a flag: what is wrong with it ends the command. */
  async #give(via: Approval['via'], source: string, open: () => Promise<Share>): Promise<void> {
    await this.#orDenied(source, async () => this.#welcome(this.#intake.present(await open(), via)))
  }

  async #orDenied<T>(source: string, take: () => T | Promise<T>): Promise<T> {
    try {
      return await take()
    } catch (error) {
      throw await this.#denied(naming(source, error))
    }
  }

  #welcome({ custodian }: Seat): void {
    const line = `  ${custodian.name} approves ${this.#intake.proposal.code}`
    this.#approved.push(line)
    this.#refusals = 0
    this.#ports.terminal.say(line)
  }

  async #denied(error: unknown): Promise<unknown> {
    if (error instanceof KeyriteError && error.exit === EXIT.refused) await this.#record(error)
    return error
  }

  #record(error: KeyriteError): Promise<void> {
    return this.#ports.denied(error, this.#intake.approvers())
  }

  /** One more custodian at the terminal. A wrong share is said and asked for again. */
  async #askNext(missing: Missing): Promise<void> {
    const { terminal } = this.#ports
    if (!terminal.interactive) throw await this.#denied(this.#intake.tooFew(missing))
    const { group, have, threshold } = missing
    const whose = this.#intake.needs.length > 1 ? ` of ${group}` : ''
    try {
      const { share, via } = await this.#askShare(`custodian ${have + 1} of ${threshold}${whose}`)
      this.#welcome(this.#intake.present(share, via))
      if (this.#intake.missing) this.#makeWay(this.#intake.missing)
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.exit === EXIT.interrupted) throw error
      await this.#turnAway(error)
    }
  }

  /** Said at once. The name of a missing file does not count as an attempt. */
  async #turnAway(error: KeyriteError): Promise<void> {
    const { terminal } = this.#ports
    terminal.show([`  ${error.message}`, ...(error.hint ? [{ hint: error.hint, indent: '    ' }] : [])])
    if (error.code === NO_FILE) return
    await this.#record(error)
    if (GUESSES.includes(error.code)) await pauseAfter(++this.#refusals, terminal)
  }

  /** The next person finds a screen with the plan and who has approved it, and nothing that the previous person typed. */
  #makeWay(missing: Missing): void {
    const { terminal } = this.#ports
    terminal.clear()
    terminal.show([...this.#view, ...this.#approved, ...meaning(missing)])
  }

  /** One line for either: a share or the name of its file can be told apart. */
  async #askShare(who: string): Promise<Given> {
    const { terminal, env, quorum } = this.#ports
    const completion = {
      ways: (typed: string) => pathsLike(typed, env),
      told: (typed: string) => (isOnDisk(typed, env) ? typed : hidden(quorum.groupsTyped(typed))),
    }
    const question = `${who}, the name of your share file, or your share:`
    return this.#given((await terminal.askPath(question, add('--share', 'FILE'), completion)).trim())
  }

  /** Input that is neither may be a passphrase, or part of a share: it is not shown. */
  async #given(text: string): Promise<Given> {
    const start = text.replace(/[\s-]/g, '').search(/krs1/i)
    const path = typedPath(text, this.#ports.env)
    if (start !== 0 && text !== '' && existsSync(path)) return { share: await this.#open(path), via: 'file' }
    if (start >= 0) return { share: this.#ports.quorum.parseShare(text), via: 'prompt' }
    throw refused(NO_FILE, this.#noFile(text))
  }

  #noFile(text: string): string {
    const [someone] = this.#intake.missing!.absent
    const like = `shares/${someone}.share.age`
    if (text === '') return `type a name like ${like}, or the share itself`
    const folder = text.slice(0, text.lastIndexOf('/') + 1)
    const where = folder !== '' && isOnDisk(folder, this.#ports.env) ? `in ${folder}` : 'here'
    return `there is no such file ${where}, and a share begins with krs1; a name is like ${like}`
  }

  /** Opens a share file with what was given for it, or asks for its passphrase. */
  async #open(path: string, bytes = this.#ports.quorum.readShareFile(path)): Promise<Share> {
    const { quorum, terminal } = this.#ports
    const openers = openersFor(path, this.#options, quorum, (name) => this.#isCustodian(name))
    const asks = (await quorum.shareFileProtection(bytes)) === 'passphrase' && openers.passphrases.length === 0
    try {
      if (!asks) return (await quorum.openShareFile(bytes, openers)).share
      const flag = add('--passphrase-file', `${ownerOf(path)}=FILE`)
      const ask = () => askPassphrase(`passphrase for ${basename(path)}:`, flag, terminal)
      return (await openAsking(bytes, ask, quorum, (...what) => this.#mistyped(...what))).share
    } finally {
      for (const secret of [...openers.passphrases, ...openers.identities]) secret[Symbol.dispose]()
    }
  }

  #isCustodian(name: string): boolean {
    return this.#intake.groups.some(({ custodians }) => custodians.some((one) => one.name === name))
  }

  #mistyped(failure: KeyriteError, empty: boolean): Promise<void> {
    if (empty) throw refused(NO_FILE, 'no passphrase was given')
    return this.#turnAway(failure.with({ hint: 'try again, or press enter alone to give another share' }))
  }
}

/** A share, and how it came. */
interface Given {
  share: Share
  via: Approval['via']
}

const hidden = (groups: string | undefined): string => (groups === undefined ? HIDDEN : `${groups} groups`)

/** The rule for a file that is not there. */
const NO_FILE = 'SHARE-PATH'

/** What could be a guess: a passphrase, or a share that is whole and does not fit. */
const GUESSES = ['SHARE-PASSPHRASE', 'SHARE-FOREIGN', 'SHARE-RETIRED', 'SHARE-REPEATED', 'SHARE-NOT-NEEDED']

/** After three refusals somebody is guessing, or needs a moment: 1 second, then twice as long each time, to 32. */
export async function pauseAfter(refusals: number, terminal: Terminal): Promise<void> {
  if (refusals < 3) return
  const seconds = 2 ** Math.min(refusals - 3, 5)
  terminal.show(`  ${refusals} wrong passphrases or shares; the next try is in ${counted(seconds, 'second')}`)
  await terminal.pause(seconds)
}

/** What to do about a share that is wrong, where its rule doesn't say. */
const HINTS: Record<string, (source: string) => Hint> = {
  'SHARE-CHECKSUM': () => 'compare it with another copy, or bring the share of another custodian',
  'SHARE-FILE': () => 'name the file that the custodian was given: --share NAME.share.age',
  'SHARE-PASSPHRASE': (path) => add('--passphrase-file', `${ownerOf(path)}=FILE`),
}

/** Several shares were given: which one is wrong. */
function naming(source: string, error: unknown): unknown {
  if (!(error instanceof KeyriteError) || error.exit !== EXIT.refused) return error
  const { code, message, hint = HINTS[code]?.(source) } = error
  return error.with({ message: message.includes(source) ? message : `${source}: ${message}`, hint })
}

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

/** As many as a person reads: the rest is counted. */
const MOST = 16

function keysOf(plan: Plan) {
  const keys = plannedKeys(plan).map(({ name, version }) => ({ name, version }))
  const more = keys.length - MOST
  return { ...(keys.length > 0 ? { keys: keys.slice(0, MOST) } : {}), ...(more > 0 ? { more } : {}) }
}
