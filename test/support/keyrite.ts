// Runs the program as people do: bin/keyrite as a process of its own, in an environment that a test can see whole.
import { spawn } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { makeFolder } from './folders.ts'
import { inRepo } from './paths.ts'

export const launcher = inRepo('bin', 'keyrite')

export interface RunOptions {
  /** KEYRITE_HOME. Without it the program falls back to a folder under a temporary HOME. */
  home?: string
  env?: Readonly<Record<string, string>>
  /** Standard input; it is empty otherwise. */
  input?: string
  cwd?: string
  timeoutMs?: number
  /** Told the process once it has started. */
  watch?: (pid: number) => void
}

export interface Result {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
  /** Standard output as JSON, undefined where it isn't. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  json: any
}

let temporaryHome: string | undefined

/** One HOME for all runs of a test process; nothing of the developer's own can leak in. */
function userHome(): string {
  temporaryHome ??= makeFolder('home')
  return temporaryHome
}

/** The whole environment of the program under test. The node that runs the tests runs the program too; `keyrite` is found. */
export function environment({ home, env }: Pick<RunOptions, 'home' | 'env'>): Record<string, string> {
  const path = [dirname(process.execPath), dirname(launcher), process.env.PATH].join(delimiter)
  return { PATH: path, HOME: userHome(), LANG: 'C.UTF-8', ...(home && { KEYRITE_HOME: home }), ...env }
}

/** Where scripts/test-run.mjs has it keep what it has compiled. */
const { PYTHONPYCACHEPREFIX: compiledBy } = process.env
const PYTHON = compiledBy === undefined ? {} : { PYTHONPYCACHEPREFIX: compiledBy }

export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** On a machine that has ten times as much to do as it can, a build takes minutes; what hangs is found all the same. */
export const PATIENCE_MS = 1_200_000

/**
 * Any program in such an environment, and all that came of it. It gets a session of its own, so that it has no
 * terminal to ask on and so that the time limit can end its children as well.
 */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { input, cwd, timeoutMs = PATIENCE_MS } = options
  const env = { ...environment(options), ...(program === 'python3' && PYTHON) }
  const child = spawn(program, args, { env, ...(cwd && { cwd }), detached: true })
  if (child.pid !== undefined) options.watch?.(child.pid)
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (data) => out.push(data))
  child.stderr.on('data', (data) => err.push(data))
  // A program that ends without reading its input is no failure of the test.
  child.stdin.on('error', () => {}).end(input)
  return new Promise((resolve, reject) => {
    const words = [program, ...args].join(' ')
    const timer = setTimeout(() => {
      process.kill(-child.pid!, 'SIGKILL')
      reject(new Error(`no end after ${timeoutMs} ms: ${words}\n${Buffer.concat(out)}${Buffer.concat(err)}`))
    }, timeoutMs)
    const finish = () => {
      clearTimeout(timer)
      const stdout = Buffer.concat(out).toString()
      const { exitCode: code, signalCode: signal } = child
      resolve({ code, signal, stdout, stderr: Buffer.concat(err).toString(), json: parse(stdout) })
    }
    child.on('error', reject)
    child.on('close', finish)
    // After a crash an orphan may hold the pipes open for as long as it lives.
    child.on('exit', () => setTimeout(finish, 2_000).unref())
  })
}

/** `keyrite ARGS`. */
export const run = (args: readonly string[], options: RunOptions = {}) => runProgram(launcher, args, options)

/** The same, and an error unless it exits 0. */
export async function ok(args: readonly string[], options: RunOptions = {}, by = run): Promise<Result> {
  const result = await by(args, options)
  if (result.code === 0) return result
  const { code, signal, stdout, stderr } = result
  throw new Error(`exit ${code ?? signal}, not 0: keyrite ${args.join(' ')}\n${stdout}${stderr}`)
}
