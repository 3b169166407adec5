// One share that somebody presents: from its file, opened with what was given for it or asked for, or typed from paper.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import type { Context, Globals } from '../cli/context.ts'
import type { ShareOptions } from '../cli/options.ts'
import { isOnDisk, pathsLike, typedPath } from '../cli/paths.ts'
import { EXIT, KeyriteError, refused, usage } from '../domain/errors.ts'
import { add, type Hint } from '../domain/hints.ts'
import type { Secret } from '../domain/secret.ts'
import { HIDDEN } from '../domain/secret-text.ts'
import { counted } from '../domain/words.ts'
import type { OpenedShare, Quorum, Share } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { libraries, type OpenLibrary, openByCard } from './cards.ts'
import { askPassphrase, openAsking, openersFor, ownerOf } from './passphrases.ts'

/** What opens a share file. */
export type OpenerOptions = Omit<ShareOptions, 'share' | 'shareFd'>

/** What shares are opened with. */
export interface EntryPorts {
  env: Context['env']
  quorum: Quorum
  terminal: Terminal
  openLibrary: OpenLibrary
}

export const entryPorts = (globals: Globals, context: Context, terminal: Terminal): EntryPorts => ({
  env: context.env,
  quorum: context.quorum,
  terminal,
  openLibrary: libraries(globals, context),
})

interface Manners {
  /** Says what was wrong with a try, which is made again. */
  turnAway: (failure: KeyriteError) => Promise<void>
  /** The same of a row that is typed from paper, where that is no try of a share yet. */
  mistyped?: (failure: KeyriteError) => void
  /** Whose passphrase is tried on no other's file. */
  isCustodian?: (name: string) => boolean
  /** Asked before a share is opened: it may be too late for it. */
  before?: (() => void) | undefined
  /** Pressing enter alone gives up this share, for another. */
  mayGiveUp?: boolean
}

/** A share, and how it came: what is known of its file, where it is from one. */
interface Given extends Pick<OpenedShare, 'share'>, Partial<Omit<OpenedShare, 'share'>> {
  via: 'file' | 'prompt'
  file?: string
}

/** The rule for a file that is not there. */
export const NO_FILE = 'SHARE-PATH'

export class ShareEntry {
  readonly #options: OpenerOptions
  readonly #ports: EntryPorts
  readonly #manners: Manners

  constructor(options: OpenerOptions, ports: EntryPorts, manners: Manners) {
    this.#options = options
    this.#ports = ports
    this.#manners = manners
  }

  /** One line for either: a share or the name of its file can be told apart. `someone`: who may be at the terminal. */
  async ask(who: string, someone: string): Promise<Given> {
    const { terminal, env, quorum } = this.#ports
    const completion = {
      ways: (typed: string) => pathsLike(typed, env),
      told: (typed: string) => (isOnDisk(typed, env) ? typed : hidden(quorum.groupsTyped(typed))),
    }
    const question = `${who}, the name of your share file, or your share:`
    return this.#given((await terminal.askPath(question, add('--share', 'FILE'), completion)).trim(), someone)
  }

  /** Input that is neither may be a passphrase, or part of a share: it is not shown. */
  async #given(text: string, someone: string): Promise<Given> {
    const { env, quorum } = this.#ports
    const start = text.replace(/[\s-]/g, '').search(/krs1/i)
    const path = typedPath(text, env)
    if (start !== 0 && text !== '' && existsSync(path)) {
      return { ...(await this.open(path)), file: path, via: 'file' }
    }
    if (start >= 0) this.#manners.before?.()
    if (start === 0 && quorum.isFirstRow(text)) return { share: await this.#askRows(text), via: 'prompt' }
    if (start >= 0) return { share: quorum.parseShare(text), via: 'prompt' }
    throw refused(NO_FILE, this.#noFile(text, someone))
  }

  /** From paper, row by row: each is right before the next is asked for, and none is shown. */
  async #askRows(first: string): Promise<Share> {
    const { quorum, terminal } = this.#ports
    const rows: string[] = []
    let typed = first
    while (rows.length < quorum.rowsOfShare) {
      const row = rows.length + 1
      if (row > 1 || typed === '') {
        using answer = await terminal.askSecret(`row ${row} of ${quorum.rowsOfShare}:`, add('--share', 'FILE'))
        typed = Buffer.from(answer.reveal()).toString('latin1')
        if (typed.trim() === '') throw refused(NO_FILE, `row ${row} was not given`)
      }
      try {
        rows.push(quorum.readRow(row, typed))
      } catch (error) {
        const { turnAway, mistyped = turnAway } = this.#manners
        await mistyped(
          (error as KeyriteError).with({ hint: 'type that row again, or press enter alone to begin anew' }),
        )
        typed = ''
      }
    }
    return quorum.shareOfRows(rows)
  }

  #noFile(text: string, someone: string): string {
    const like = `shares/${someone}.share.age`
    if (text === '') return `type a name like ${like}, or the share itself`
    const folder = text.slice(0, text.lastIndexOf('/') + 1)
    const where = folder !== '' && isOnDisk(folder, this.#ports.env) ? `in ${folder}` : 'here'
    return `there is no such file ${where}, and a share begins with krs1; a name is like ${like}`
  }

  /** Opens a share file with what was given for it, or asks for its passphrase. */
  async open(path: string, bytes = this.#ports.quorum.readShareFile(path)): Promise<OpenedShare> {
    this.#manners.before?.()
    const { quorum, terminal } = this.#ports
    const protection = await quorum.shareFileProtection(bytes)
    if (protection === 'card')
      return openByCard(path, bytes, this.#options, this.#ports, (failure) => this.#manners.turnAway(failure))
    const given = openersFor(path, this.#options, quorum, this.#manners.isCustodian)
    const openers =
      protection === 'recipient' && given.identities.length === 0 && terminal.interactive
        ? { ...given, identities: [await this.#askIdentity(path)] }
        : given
    const asks = protection === 'passphrase' && openers.passphrases.length === 0
    try {
      if (!asks) return await quorum.openShareFile(bytes, openers)
      const flag = add('--passphrase-file', `${ownerOf(path)}=FILE`)
      const ask = () => askPassphrase(`passphrase for ${basename(path)}:`, flag, terminal)
      return await openAsking(bytes, ask, quorum, (...what) => this.#mistyped(...what))
    } finally {
      for (const secret of [...openers.passphrases, ...openers.identities]) secret[Symbol.dispose]()
    }
  }

  /** SHARE-IDENTITY: what opens it is a file that its holder has. */
  async #askIdentity(path: string): Promise<Secret> {
    const { terminal, env, quorum } = this.#ports
    const completion = { ways: (typed: string) => pathsLike(typed, env), told: (typed: string) => typed }
    const question = `the age identity file for ${basename(path)}:`
    for (;;) {
      const typed = (await terminal.askPath(question, add('--identity', 'FILE'), completion)).trim()
      if (typed === '') throw refused(NO_FILE, 'no identity was given')
      if (existsSync(typedPath(typed, env))) return quorum.readIdentityFile(typedPath(typed, env))
      terminal.show(`  there is no file ${typedPath(typed, env)}; type its name again, or press enter alone to give up`)
    }
  }

  #mistyped(failure: KeyriteError, empty: boolean): Promise<void> {
    if (empty) throw refused(NO_FILE, 'no passphrase was given')
    const again = this.#manners.mayGiveUp ? 'try again, or press enter alone to give another share' : 'try again'
    return this.#manners.turnAway(failure.with({ hint: again }))
  }
}

const hidden = (groups: string | undefined): string => (groups === undefined ? HIDDEN : `${groups} groups`)

/** What could be a guess: a passphrase, or a share that is whole and does not fit. */
const GUESSES: readonly string[] = [
  'SHARE-PASSPHRASE',
  'CARD-PIN',
  'SHARE-FOREIGN',
  'SHARE-RETIRED',
  'SHARE-STAGED',
  'SHARE-REPEATED',
  'SHARE-NOT-NEEDED',
]

/** No other share would do. */
export const isTheEnd = ({ exit, code }: KeyriteError): boolean => exit === EXIT.interrupted || code === 'PLAN-EXPIRED'

export const isGuess = ({ code }: KeyriteError): boolean => GUESSES.includes(code)

/** After three refusals somebody is guessing, or needs a moment: 1 second, then twice as long each time, to 32. */
export async function pauseAfter(refusals: number, terminal: Terminal): Promise<void> {
  if (refusals < 3) return
  const seconds = 2 ** Math.min(refusals - 3, 5)
  terminal.show(
    `  ${refusals} wrong passphrases or shares; the next try is in ${counted(seconds, 'second')}, and what is typed until then is dropped`,
  )
  await terminal.pause(seconds)
}

/** Of a command that reads one share: what was wrong is said, and guesses are slowed down. */
export function turningAway(terminal: Terminal): Manners['turnAway'] {
  let refusals = 0
  return async (failure) => {
    const { message, hint } = failure
    terminal.show([`  ${message}`, ...(hint ? [{ hint, indent: '    ' }] : [])])
    if (isGuess(failure)) await pauseAfter(++refusals, terminal)
  }
}

/** The share in a file that a command was given. SHARE-..., and which file it is. */
export async function openShare(file: string, options: OpenerOptions, ports: EntryPorts): Promise<OpenedShare> {
  try {
    return await new ShareEntry(options, ports, { turnAway: turningAway(ports.terminal) }).open(file)
  } catch (error) {
    throw naming(file, error)
  }
}

/** The same of a file that a command was given, or whatever its holder gives at the terminal: a file, or the share as it stands on paper. */
export async function givenShare(file: string | undefined, options: OpenerOptions, ports: EntryPorts): Promise<Given> {
  const { terminal } = ports
  if (file !== undefined) return { ...(await openShare(file, options, ports)), file, via: 'file' }
  if (!terminal.interactive) throw usage('no share file is named', add('FILE'), 'INPUT-MISSING')
  terminal.hush()
  const turnAway = turningAway(terminal)
  // A row that is mistyped is no guess.
  const mistyped = ({ message, hint }: KeyriteError) => terminal.show([`  ${message}`, { hint: hint!, indent: '    ' }])
  const entry = new ShareEntry(options, ports, { turnAway, mistyped, mayGiveUp: true })
  for (;;) {
    try {
      return await entry.ask('custodian', 'alice')
    } catch (error) {
      if (!(error instanceof KeyriteError) || error.exit === EXIT.interrupted) throw error
      await turnAway(error)
    }
  }
}

/** What to do about a share that is wrong, where its rule doesn't say. */
const HINTS: Record<string, (source: string) => Hint> = {
  'SHARE-CHECKSUM': () => 'compare it with another copy, or bring the share of another custodian',
  'SHARE-FILE': () => 'name the file that the custodian was given: --share NAME.share.age',
  'SHARE-PASSPHRASE': (path) => add('--passphrase-file', `${ownerOf(path)}=FILE`),
}

/** Which share is wrong, of several that were given. */
export function naming(source: string, error: unknown): unknown {
  if (!(error instanceof KeyriteError) || error.exit !== EXIT.refused) return error
  const { code, message, hint = HINTS[code]?.(source) } = error
  return error.with({ message: message.includes(source) ? message : `${source}: ${message}`, hint })
}
