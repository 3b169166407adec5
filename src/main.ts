// The process: its streams, signals and exit code, around the one command line that it runs. Only this file reads it.
import { closeSync } from 'node:fs'
import { EXIT, type ExitCode, systemRefusal } from './domain/errors.ts'
import { hintText } from './domain/hint-text.ts'
import { addressed, keyrite } from './domain/hints.ts'
import { once } from './domain/once.ts'
import { Run } from './run.ts'
import { isUtf8 } from './terminal/look.ts'
import { Output } from './terminal/output.ts'
import { openTty, type Tty } from './terminal/tty.ts'

const stdout = new Output(1, () => process.stdout)
const stderr = new Output(2, () => process.stderr)
const around = Object.create(process, { stdout: { value: stdout }, stderr: { value: stderr } })

let tty: Tty | undefined

/** Looked for once: a process keeps the one that it has. */
const controllingTerminal = once(() => {
  tty = openTty({
    dumb: process.env.TERM === 'dumb',
    ascii: !isUtf8(process.env),
    interrupt: () => process.emit('SIGINT'),
  })
  return tty
})

const run = new Run(process.argv.slice(2), around, controllingTerminal)
const { interruption } = run

/** Say it once: Ctrl-C may be pressed again. */
let told = false

/** The command has ended, and how; what it said may still be on its way. */
let [through, outcome]: [boolean, ExitCode | undefined] = [false, undefined]

// Node opens its inspector on SIGUSR1 unless somebody listens.
process.on('SIGUSR1', () => {})

/** The streams that node has made of our outputs: few commands want one. */
const streams: NodeJS.WriteStream[] = []

// A reader of our output may close it: that is not a bug. An answer lost in any other way is reported, and that of a change in whatever way.
watch('stdout', answerLost)
watch('stderr', () => {})

/** Whoever makes a stream of it. */
function watch(name: 'stdout' | 'stderr', failed: (error: NodeJS.ErrnoException) => void): void {
  const { get } = Object.getOwnPropertyDescriptor(process, name)!
  const made = once(() => {
    const stream: NodeJS.WriteStream = get!.call(process).on('error', failed)
    streams.push(stream)
    return stream
  })
  Object.defineProperty(process, name, { configurable: true, enumerable: true, get: made })
}

function answerLost({ code = '' }: NodeJS.ErrnoException): void {
  // A failure has been reported on stderr already.
  if (outcome || (code === 'EPIPE' && !interruption.held)) return
  const why = code === 'EPIPE' ? 'nobody reads it' : (systemRefusal(code) ?? code)
  const [said, next] = interruption.held
    ? ['it is done, but the answer', hintText(addressed(keyrite('audit', 'show'), run.address))]
    : ['the answer', 'this command changed nothing']
  stderr.write(`keyrite: ${said} could not be written: ${why} [DISK]\n  ${next}\n`)
  process.exitCode = interruption.held ? EXIT.incomplete : EXIT.refused
}

let hungUp = false

// However the program ends, it leaves a terminal that echoes.
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
    // The command that asked ends by itself, and releases what it holds.
    if (tty?.stop()) return
    if (!interruption.held) process.exit(run.tell(interruption.means()))
    if (!told) stderr.write('\nthe change has started; finishing it first\n')
    told = true
  })
}

// When we are stopped the shell gets its terminal back as it was; after `fg` typing is hidden again.
process.on('SIGTSTP', () => {
  tty?.suspend()
  process.kill(process.pid, 'SIGSTOP')
})
process.on('SIGCONT', () => tty?.resume())

async function main(): Promise<void> {
  outcome = await run.carryOut()
  through = true
  if (outcome !== undefined) process.exitCode = outcome
  if (streams.length === 0) process.exit()
  await Promise.all(streams.map(written))
  // A failed output is reported first. Handles left open by a library must not keep the process alive.
  setImmediate(() => process.exit())
}

/** Its reader may be slow. */
const written = (stream: NodeJS.WriteStream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.errored) resolve()
    else stream.write('', () => resolve())
  })

/** The answer was not read to its end. */
function cutOff(): never {
  process.exit(outcome ?? (interruption.held ? EXIT.incomplete : EXIT.interrupted))
}

void main()
