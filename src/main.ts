// Builds the context, runs the program, and turns what comes of it into an exit code. Only this file reads the process.
import { randomBytes } from 'node:crypto'
import { CommanderError } from 'commander'
import packageJson from '../package.json' with { type: 'json' }
import type { Context } from './commands/context.ts'
import { settings } from './config.ts'
import { EXIT, type ExitCode, interrupted, KeyriteError, usage } from './domain/errors.ts'
import { openHsm } from './hsm/client.ts'
import { checkModule } from './hsm/module-file.ts'
import { ledgersOf } from './ledger/ledgers.ts'
import { program } from './program.ts'
import { quorum } from './quorum/quorum.ts'
import { StreamTerminal } from './terminal/terminal.ts'
import { openTty } from './terminal/tty.ts'

const { version } = packageJson
const chance = { clock: () => new Date(), random: (length: number) => Uint8Array.from(randomBytes(length)) }
const json = process.argv.includes('--json')

/** While nothing has been touched a signal ends the command; after that it waits for the command to come through. */
const interruption = { held: false }

const context: Context = {
  env: process.env,
  moduleEnv: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
  chance,
  ledgers: ledgersOf({ pid: process.pid, clock: chance.clock, tool: { name: 'keyrite', version } }),
  quorum,
  openHsm,
  inspectModule: checkModule,
  settings,
  terminal: (manners) => new StreamTerminal(process, manners, manners.mayAsk ? openTty() : undefined),
  holdInterrupts: () => {
    interruption.held = true
  },
}

// Node opens its inspector on SIGUSR1 unless somebody listens.
process.on('SIGUSR1', () => {})
// Whoever reads our output may go away: that is not a bug.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!interruption.held) end(interrupted())
    process.stderr.write('\nthe change has begun: it is brought to its end first\n')
  })
}

try {
  await program(context, version).parseAsync()
} catch (error) {
  end(error)
}

function end(error: unknown): never {
  const failure = asFailure(error)
  if (failure) tell(failure)
  process.exit(failure?.exit ?? EXIT.done)
}

/** Undefined where commander only stops: after --help and --version. */
function asFailure(error: unknown): KeyriteError | undefined {
  if (error instanceof KeyriteError) return error
  if (error instanceof CommanderError) return fromCommander(error)
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new KeyriteError(EXIT.bug as ExitCode, 'BUG', message, 'please report this', false)
}

function fromCommander({ code, exitCode, message }: CommanderError): KeyriteError | undefined {
  if (exitCode === 0) return undefined
  if (code === 'commander.help') return undefined
  return usage(message.replace(/^error: /, '').replaceAll("'", '"'), 'keyrite --help')
}

function tell({ code, message, hint, changed, data }: KeyriteError): void {
  const error = { code, message, ...(hint === undefined ? {} : { hint }), changed }
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error, data })}\n`)
  process.stderr.write(`keyrite: ${message} [${code}]\n${hint === undefined ? '' : `  ${hint}\n`}`)
}
