// Builds the context, runs the program, and turns what comes of it into an exit code. Only this file reads the process.
import { randomBytes } from 'node:crypto'
import { closeSync } from 'node:fs'
import packageJson from '../package.json' with { type: 'json' }
import { addressed, addressOf } from './commands/address.ts'
import type { Context } from './commands/context.ts'
import { asFailure } from './commands/failure.ts'
import { asMeant, wantsJson } from './commands/synonyms.ts'
import { settingsOf } from './config.ts'
import { Changes } from './domain/changes.ts'
import { bracketed, EXIT, type ExitCode, interrupted, type KeyriteError, systemRefusal } from './domain/errors.ts'
import { lazily } from './domain/lazily.ts'
import { checkWords, unsteered } from './domain/names.ts'
import { withoutSecrets } from './domain/secret-text.ts'
import { checkNative, openHsm, startHost } from './hsm/client.ts'
import { checkModule } from './hsm/module-file.ts'
import { programDigest, readInstallation } from './installation.ts'
import { ledgersOf } from './ledger/ledgers.ts'
import { program } from './program.ts'
import { quorum } from './quorum/quorum.ts'
import { isUtf8, lookOf, type Wishes } from './terminal/look.ts'
import { jsonLine, render } from './terminal/render.ts'
import { StreamTerminal } from './terminal/terminal.ts'
import { line, marked, type Part } from './terminal/text.ts'
import { openTty, type Tty } from './terminal/tty.ts'

const { version } = packageJson
const loadDocs = lazily(() => import('./docs/generate.ts'))
const loadMachine = lazily(() => import('./machine.ts'))
const chance = { clock: () => new Date(), random: (length: number) => Uint8Array.from(randomBytes(length)) }
const words = process.argv.slice(2)
const json = wantsJson(words)

/** While nothing has been touched a signal ends the command; after that it waits for the command to come through. */
const interruption: { held: boolean; told: boolean; means: () => KeyriteError } = {
  held: false,
  told: false,
  means: interrupted,
}

/** The command has ended, and how; what it said may still be on its way. */
let [through, outcome]: [boolean, ExitCode | undefined] = [false, undefined]

const changes = new Changes()

/** Asked now: another one may lie here before the first record is written. */
function thisProgram() {
  const digest = programDigest()
  return { name: 'keyrite', version, ...(digest ? { sha256: Buffer.from(digest).toString('hex') } : {}) }
}

const context: Context = {
  env: process.env,
  program: { version, node: process.versions.node, platform: process.platform, arch: process.arch },
  completion: async (shell) => (await loadDocs()).completion(shell, version),
  moduleEnv: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
  chance,
  changes,
  ledgers: ledgersOf({ pid: process.pid, clock: chance.clock, tool: thisProgram() }),
  quorum,
  startHost,
  openHsm,
  inspectModule: checkModule,
  settings: settingsOf(process.pid),
  checkNative,
  installation: readInstallation,
  machine: async () => (await loadMachine()).readMachine(ownFacts()),
  terminal: (manners) =>
    new StreamTerminal(process, { ...manners, wishes: wishes() }, manners.mayAsk ? controllingTerminal() : undefined),
  holdInterrupts: () => {
    interruption.held = true
  },
  interruptionMeans: (failure) => {
    interruption.means = failure
  },
}

/** No width where neither output goes to a terminal. */
const ownFacts = () => ({
  node: process.versions.node,
  platform: process.platform,
  arch: process.arch,
  uid: process.geteuid?.(),
  columns: process.stdout.columns ?? process.stderr.columns,
})

const root = program(context, version)
const meant = asMeant(words, root)

/** The variables that say how text is to look; --color is above them. */
function wishes(): Wishes {
  const { color } = root.opts<{ color?: string | boolean }>()
  if (color === 'never' || color === false) return { ...process.env, NO_COLOR: '1' }
  return color === 'always' ? { ...process.env, NO_COLOR: '', FORCE_COLOR: '1' } : process.env
}

// Node opens its inspector on SIGUSR1 unless somebody listens.
process.on('SIGUSR1', () => {})
// Whoever reads our output may go away: that is not a bug. An answer that is lost otherwise is said to be.
process.stderr.on('error', () => {})
process.stdout.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
  // Of a failure stderr tells already.
  if (code === 'EPIPE' || outcome) return
  const why = systemRefusal(code) ?? code
  const next = interruption.held ? addressed('keyrite audit show', addressOf(root)) : 'this command changed nothing'
  process.stderr.write(`keyrite: the answer could not be written: ${why} [DISK]\n  ${next}\n`)
  process.exitCode = interruption.held ? EXIT.incomplete : EXIT.refused
})

let tty: Tty | undefined

function controllingTerminal(): Tty | undefined {
  tty ??= openTty({
    dumb: process.env.TERM === 'dumb',
    ascii: !isUtf8(process.env),
    interrupt: () => process.emit('SIGINT'),
  })
  return tty
}

let hungUp = false

// However the program ends, the next one finds a terminal that echoes.
process.on('exit', () => {
  tty?.close()
  if (hungUp || tty?.lost) letGoOfTerminal()
})

/** Node restores the terminals on its descriptors as it exits, and aborts where one is gone; closed ones it leaves alone. */
function letGoOfTerminal(): void {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd)
    } catch {
      // It was closed already.
    }
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    hungUp ||= signal === 'SIGHUP'
    if (through) cutOff()
    // The command that asked ends by itself, and lets go of what it holds.
    if (tty?.stop()) return
    if (!interruption.held) process.exit(tell(interruption.means()))
    // Who presses it twice knows already.
    if (!interruption.told) process.stderr.write('\nthe change has started; finishing it first\n')
    interruption.told = true
  })
}

// A shell that stops us finds the terminal as it was, and what is typed after `fg` is as unseen as before.
process.on('SIGTSTP', () => {
  tty?.suspend()
  process.kill(process.pid, 'SIGSTOP')
})
process.on('SIGCONT', () => tty?.resume())

async function main(): Promise<void> {
  outcome = await carriedOut()
  through = true
  if (outcome !== undefined) process.exitCode = outcome
  await Promise.all([process.stdout, process.stderr].map(written))
  // An output that failed is told of first. What a library has left open keeps nobody here.
  setImmediate(() => process.exit())
}

/** Undefined where nothing failed. */
async function carriedOut(): Promise<ExitCode | undefined> {
  try {
    checkWords([...words, workingFolder(), process.env.KEYRITE_HOME ?? ''])
    await root.parseAsync(meant, { from: 'user' })
    return undefined
  } catch (error) {
    return tell(error)
  }
}

/** Whoever reads it may be slow. */
const written = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.errored) resolve()
    else stream.write('', () => resolve())
  })

/** Nobody has read the answer to its end. */
function cutOff(): never {
  process.exit(outcome ?? (interruption.held ? EXIT.incomplete : EXIT.interrupted))
}

void main()

/** Nothing where it was removed: not every command needs it. */
function workingFolder(): string {
  try {
    return process.cwd()
  } catch {
    return ''
  }
}

/** Says what went wrong, and gives the exit code; undefined after --help, which is no failure. */
function tell(error: unknown): ExitCode | undefined {
  const failure = asFailure(error, root, meant, changes)
  if (failure) say(failure)
  return failure?.exit
}

function say(failure: KeyriteError): void {
  const { code, changed, data } = failure
  // A mistake of ours comes with its lines; of everything else a line is made, whatever a name or a path holds.
  const message = failure.exit === EXIT.bug ? failure.message : unsteered(failure.message)
  const whole = failure.exit === EXIT.bug ? stackOf(failure) : message
  const hint = failure.hint === undefined ? undefined : unsteered(failure.hint)
  const error = { code, message, ...(hint === undefined ? {} : { hint }), changed }
  if (json) process.stdout.write(`${jsonLine({ ok: false, error, data })}\n`)
  const [first = '', ...stack] = whole.split('\n')
  const said: Part[] = [
    line(marked(`keyrite: ${first}`, 'bad'), ' ', marked(bracketed(code), 'dim')),
    ...stack,
    ...whatChanged(failure),
    ...(hint === undefined ? [] : [{ hint, indent: '  ' }]),
  ]
  process.stderr.write(`${render(said, lookOf(process.stderr, wishes(), json))}\n`)
}

/** Where it was thrown: what the module's process sent has its lines in it. */
const stackOf = ({ cause, message }: KeyriteError): string =>
  cause instanceof Error ? withoutSecrets(cause.stack ?? message) : message

/** The operator's first question, where the message need not answer it. */
function whatChanged({ exit, changed }: KeyriteError): string[] {
  if (exit !== EXIT.refused && exit !== EXIT.device && exit !== EXIT.verification) return []
  if (!changed && changes.refusalRecorded) return ['  this command left nothing but a record of this refusal']
  if (!changed) return ['  this command changed nothing']
  return [`  ${changes.inWords ?? 'a key or the token may have changed'}`]
}
