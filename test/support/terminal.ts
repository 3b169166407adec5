// The real program on a pseudo-terminal: what a person would see, and what their keys would do.
import { spawn } from '@lydell/node-pty'
import { environment, launcher, PATIENCE_MS, type RunOptions } from './keyrite.ts'

export interface TerminalOptions extends Pick<RunOptions, 'home' | 'env' | 'cwd'> {
  cols?: number
  rows?: number
  /** Another program than bin/keyrite. */
  program?: string
}

const keys = { enter: '\r', tab: '\t', escape: '\x1b', backspace: '\x7f', 'ctrl-c': '\x03', 'ctrl-d': '\x04' } as const
export type Key = keyof typeof keys

export interface Ending {
  /** Undefined when a signal ended it. */
  code: number | undefined
  signal: number | undefined
}

export interface Terminal extends Disposable {
  readonly pid: number
  /** Waits until the text after the last match matches, and returns the match. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  type(text: string): void
  press(key: Key): void
  /** Everything written so far, escape sequences stripped. What was erased from the screen is still here. */
  screen(): string
  /** Everything written so far, byte for byte. */
  raw(): string
  readonly exit: Promise<Ending>
  /** Hangs up: the program gets SIGHUP and its terminal is gone. */
  close(): void
}

// CSI sequences, OSC strings, other escapes, the beginning of one at the end of what has come so far, and the carriage
// return that a terminal puts before each line feed.
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b(?:\[[0-?]*[ -/]*)?$|\x1b[ -/]*[0-~]|\r/g

const visible = (raw: string) => raw.replace(escapes, '')

export function spawnTerminal(args: readonly string[], options: TerminalOptions = {}): Terminal {
  const { cols = 100, rows = 30, program = launcher, cwd } = options
  const env = { ...environment(options), TERM: 'xterm-256color', ...options.env }
  const pty = spawn(program, [...args], { name: env.TERM, cols, rows, env, ...(cwd && { cwd }) })
  let raw = ''
  let matched = 0
  let ending: Ending | undefined
  const watchers = new Set<() => void>()
  const notify = () => {
    for (const watcher of [...watchers]) watcher()
  }
  pty.onData((data) => {
    raw += data
    notify()
  })
  const exit = new Promise<Ending>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      ending = signal ? { code: undefined, signal } : { code: exitCode, signal: undefined }
      resolve(ending)
      notify()
    })
  })

  function match(pattern: RegExp): RegExpExecArray | undefined {
    const found = pattern.exec(visible(raw).slice(matched))
    if (found === null) return undefined
    matched += found.index + found[0].length
    return found
  }

  function waitFor(pattern: RegExp, timeoutMs = PATIENCE_MS): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        watchers.delete(look)
        act()
      }
      const give = (why: string) => settle(() => reject(new Error(`${why} ${pattern}; the screen:\n${visible(raw)}`)))
      const timer = setTimeout(() => give(`no match in ${timeoutMs} ms for`), timeoutMs)
      const look = () => {
        const found = match(pattern)
        if (found) settle(() => resolve(found))
        else if (ending) give(`the program ended (${ending.code ?? ending.signal}) without`)
      }
      watchers.add(look)
      look()
    })
  }

  // Closing the master side is what a lost connection does: the kernel sends SIGHUP to the session. The package's own
  // destroy() sends a second one, which would hide a program that survives the first in a bad state.
  const close = () => (pty as unknown as { _socket: { destroy(): void } })._socket.destroy()

  function dispose() {
    close()
    if (!ending) pty.kill('SIGKILL')
  }

  return {
    pid: pty.pid,
    waitFor,
    type: (text) => pty.write(text),
    press: (key) => pty.write(keys[key]),
    screen: () => visible(raw),
    raw: () => raw,
    exit,
    close,
    [Symbol.dispose]: dispose,
  }
}
