// One command line, from its words to an exit code, in given surroundings: for main they are the process.
import { randomBytes } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import packageJson from '../package.json' with { type: 'json' }
import { addressOf } from './cli/address.ts'
import type { Context, Performed } from './cli/context.ts'
import { asFailure, isHelpShown } from './cli/failure.ts'
import { parseLine } from './cli/parse-line.ts'
import { wantsJson, withoutSynonyms } from './cli/synonyms.ts'
import { checkNative, openedBy, startHost } from './client/client.ts'
import { settingsOf } from './config.ts'
import { Changes } from './domain/changes.ts'
import { sha256, toBase64url } from './domain/encoding.ts'
import { bracketed, EXIT, type ExitCode, interrupted, type KeyriteError } from './domain/errors.ts'
import { hintText } from './domain/hint-text.ts'
import { type Address, withinStep } from './domain/hints.ts'
import type { Place } from './domain/journal.ts'
import { lazily, readImports } from './domain/lazily.ts'
import { checkWords, unsteered } from './domain/names.ts'
import { once } from './domain/once.ts'
import { leafOf } from './domain/record.ts'
import { withoutSecrets } from './domain/secret-text.ts'
import { recordable } from './domain/texts.ts'
import { checkModule } from './hsm/module-file.ts'
import type { StartHost } from './hsm/port.ts'
import { programSums, readInstallation } from './installation.ts'
import { ledgersOf } from './ledger/ledgers.ts'
import { commandTree, program } from './program.ts'
import { quorum } from './quorum/quorum.ts'
import { lookOf, type Wishes } from './terminal/look.ts'
import { overheard, type Sink, unseenBy } from './terminal/output.ts'
import { jsonLine, render } from './terminal/render.ts'
import { StreamTerminal } from './terminal/terminal.ts'
import { line, marked, type Part } from './terminal/text.ts'
import type { Tty } from './terminal/tty.ts'

const { version } = packageJson
const loadDocs = lazily(() => import('./docs/completion.ts'))
const loadMachine = lazily(() => import('./machine.ts'))
const loadDatabase = lazily(() => import('./database/session.ts'))
const sources = { clock: () => new Date(), random: (length: number) => Uint8Array.from(randomBytes(length)) }

/** What a command may know of the process that it runs in. */
interface Surroundings
  extends Pick<NodeJS.Process, 'env' | 'pid' | 'platform' | 'arch' | 'versions' | 'cwd' | 'geteuid'> {
  stdout: Sink
  stderr: Sink
  /** Where the program lies; by default this is beside what runs. */
  folder?: string
  /** What runs beside the library; by default a process of its own. */
  startHost?: StartHost
}

/** The sums are read now: another program may lie here before the first record is written. Few commands write one. */
function toolIn(folder?: string): Context['tool'] {
  const sums = programSums(folder)
  return once(() => ({
    name: 'keyrite',
    version,
    ...(sums ? { sha256: Buffer.from(sha256(sums)).toString('hex') } : {}),
  }))
}

/** Not every user has an entry in the system's list. */
function userName(uid: number | undefined): string {
  try {
    return userInfo().username
  } catch {
    return `${uid}`
  }
}

/** A command line at work, once. */
export class Run {
  /** While nothing has been touched a signal ends the command; after that it waits for the command to come through. */
  readonly interruption: { held: boolean; means: () => KeyriteError }
  readonly #step: Pick<Performed, 'ceremony' | 'begins' | 'appending'>
  readonly #words: readonly string[]
  readonly #around: Surroundings
  readonly #controllingTerminal: () => Tty | undefined
  readonly #changes = new Changes()
  /** What was loaded, the newest first, for commands that are hinted at. */
  readonly #libraries: string[] = []
  /** What this command has written into a ledger. */
  readonly records: Place[] = []
  readonly #root: ReturnType<typeof program>
  /** Loaded from the start: reporting a failure must not fail because an upgrade removed a file. */
  readonly #asFailure = asFailure
  readonly #ourWords: readonly string[]
  #ending: ExitCode | undefined

  /** `step`: that of a ceremony, which is what this command line is. */
  constructor(
    words: readonly string[],
    around: Surroundings,
    controllingTerminal: () => Tty | undefined,
    step?: Pick<Performed, 'ceremony' | 'begins' | 'appending'> & { interruption: Run['interruption'] },
  ) {
    const { interruption, ...own } = step ?? {}
    this.interruption = interruption ?? { held: false, means: interrupted }
    this.#step = own
    this.#words = words
    this.#around = around
    this.#controllingTerminal = controllingTerminal
    this.#root = program(this.#context(), version, words)
    this.#ourWords = withoutSynonyms(words, this.#root)
  }

  #context(): Context {
    const { env, pid, platform, arch, versions, folder, geteuid } = this.#around
    const begin: StartHost = (options) => {
      readImports()
      if (options.module !== '' && !this.#libraries.includes(options.module)) this.#libraries.unshift(options.module)
      return (this.#around.startHost ?? startHost)(options)
    }
    const tool = toolIn(folder)
    // The system may have to ask a directory who its user is.
    const host = once(() => ({ user: recordable(userName(geteuid?.())), name: recordable(hostname()) }))
    const ledgers = once(() =>
      ledgersOf({
        ...{ pid, clock: sources.clock },
        appending: (lines) => this.#step.appending?.(lines),
        appended: (lines, first) =>
          this.records.push(...lines.map((line, i) => ({ seq: first + i, leaf: toBase64url(leafOf(line)) }))),
        openDatabase: async (...given) => (await loadDatabase()).openDatabase(...given, { env, host, version }),
        get tool() {
          return tool()
        },
        get host() {
          return host()
        },
      }),
    )
    return {
      get host() {
        return host()
      },
      env,
      program: { version, node: versions.node, platform, arch },
      completion: async (shell) => (await loadDocs()).completion(shell, version),
      moduleEnv: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value ?? ''])),
      sources,
      changes: this.#changes,
      get ledgers() {
        return ledgers()
      },
      get quorum() {
        return quorum
      },
      startHost: (...given) => begin(...given),
      openHsm: async (...given) => openedBy(begin(...given)),
      inspectModule: (...given) => checkModule(...given),
      settings: settingsOf(pid),
      checkNative: (options) => checkNative(begin({ module: '', ...options })),
      installation: () => readInstallation(folder),
      tool,
      ...this.#step,
      perform: (...given) => this.#perform(...given),
      parseLine: (words, ...given) => parseLine(commandTree({} as Context, version, words), words, ...given),
      databaseScript: async () => (await loadDatabase()).DDL,
      machine: async () => (await loadMachine()).readMachine(this.#ownFacts()),
      terminal: (manners) => this.#terminal(manners),
      endWith: (code) => {
        this.#ending = code
      },
      holdInterrupts: () => {
        this.interruption.held = true
      },
      interruptionMeans: (failure) => {
        this.interruption.means = failure
      },
    }
  }

  /** Once it has ended, Ctrl-C ends this command again. */
  async #perform(words: readonly string[], { env: more = {}, unseen, ...step }: Performed) {
    const { env, pid, platform, arch, versions, stdout, stderr, folder, startHost: start, geteuid } = this.#around
    const heard: string[] = []
    const hear = (text: string) => void heard.push(text)
    const around: Surroundings = {
      ...{ env: { ...env, ...more }, pid, platform, arch, versions },
      ...(unseen ? { stdout: unseenBy(hear), stderr: unseenBy(hear) } : { stdout: overheard(stdout, hear), stderr }),
      ...{ cwd: () => this.#around.cwd(), ...(geteuid ? { geteuid } : {}) },
      ...{ ...(folder === undefined ? {} : { folder }), ...(start ? { startHost: start } : {}) },
    }
    const { interruption } = this
    const run = new Run(words, around, unseen ? () => undefined : this.#controllingTerminal, { ...step, interruption })
    const exit = await run.carryOut()
    Object.assign(interruption, { held: false, means: interrupted })
    return { exit: exit ?? EXIT.done, answer: heard.join(''), records: run.records }
  }

  #terminal(manners: Parameters<Context['terminal']>[0]): StreamTerminal {
    const tty = manners.mayAsk ? this.#controllingTerminal() : undefined
    const address = { ...manners.address, libraries: this.#libraries }
    const all = { ...manners, address, wishes: this.#wishes(), isStep: !!this.#step.ceremony }
    return new StreamTerminal(this.#around, all, tty)
  }

  /** No width where neither output goes to a terminal. */
  #ownFacts() {
    const { versions, platform, arch, geteuid, stdout, stderr } = this.#around
    return { node: versions.node, platform, arch, uid: geteuid?.(), columns: stdout.columns ?? stderr.columns }
  }

  /** The variables that say how text is to look; --color is above them. */
  #wishes(): Wishes {
    const { env } = this.#around
    const { color } = this.#root.opts<{ color?: string | boolean }>()
    if (color === 'never' || color === false) return { ...env, NO_COLOR: '1' }
    return color === 'always' ? { ...env, NO_COLOR: '', FORCE_COLOR: '1' } : env
  }

  /** For the commands that are hinted at. */
  get address(): Address {
    return addressOf(this.#root)
  }

  /** Undefined where nothing failed. */
  async carryOut(): Promise<ExitCode | undefined> {
    try {
      checkWords([...this.#words, this.#workingFolder(), this.#around.env.KEYRITE_HOME ?? ''])
      await this.#root.parseAsync(this.#ourWords, { from: 'user' })
      return this.#ending
    } catch (error) {
      return this.tell(error)
    }
  }

  /** Undefined where it was removed: not every command needs it. */
  #workingFolder(): string {
    try {
      return this.#around.cwd()
    } catch {
      return ''
    }
  }

  /** Says what went wrong, and gives the exit code; undefined after --help, which is no failure. */
  tell(error: unknown): ExitCode | undefined {
    const failure = this.#asFailure(error, this.#root, this.#ourWords, {
      changes: this.#changes,
      libraries: this.#libraries,
    })
    if (failure && (wantsJson(this.#words) || !isHelpShown(error))) this.#say(failure)
    return failure?.exit
  }

  #say(failure: KeyriteError): void {
    const { code, changed, data } = failure
    // A bug of ours is shown with its stack; everything else becomes one line, whatever a name or a path holds.
    const message = failure.exit === EXIT.bug ? failure.message : unsteered(failure.message)
    const whole = failure.exit === EXIT.bug ? stackOf(failure) : message
    const told = this.#step.ceremony ? withinStep(failure.hint) : failure.hint
    const hint = told === undefined ? {} : { hint: unsteered(hintText(told)) }
    const error = { code, message, ...hint, changed, ...(this.#changes.refusalRecorded ? { recorded: true } : {}) }
    const json = wantsJson(this.#words)
    const { stdout, stderr } = this.#around
    if (json) stdout.write(`${jsonLine({ ok: false, error, data })}\n`)
    const [first = '', ...stack] = whole.split('\n')
    const said: Part[] = [
      line(marked(`keyrite: ${first}`, 'bad'), ' ', marked(bracketed(code), 'dim')),
      ...stack,
      ...this.#whatChanged(failure),
      ...(told === undefined ? [] : [{ hint: told, indent: '  ' }]),
    ]
    stderr.write(`${render(said, lookOf(stderr, this.#wishes(), json))}\n`)
  }

  /** The operator's first question, where the message need not answer it. */
  #whatChanged({ exit, changed }: KeyriteError): string[] {
    const { refusalRecorded, isTold, inWords } = this.#changes
    const isStopped = exit === EXIT.interrupted
    if (isStopped && !refusalRecorded) return []
    if (!isStopped && exit !== EXIT.refused && exit !== EXIT.device && exit !== EXIT.verification) return []
    if (!changed && isTold) return ['  nothing changed but the ledger, which tells of it']
    if (!changed && refusalRecorded) return ['  this command left nothing but a record of what was refused']
    if (!changed) return ['  this command changed nothing']
    return [`  ${inWords ?? 'a key or the token may have changed'}`]
  }
}

/** Where it was thrown: what the module's process sent has its lines in it. */
const stackOf = ({ cause, message }: KeyriteError): string =>
  cause instanceof Error ? withoutSecrets(cause.stack ?? message) : message
