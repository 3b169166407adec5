// Daemons that modules need: started here, in the foreground, and ended by their pid with the process that started them, however that ends.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isGone } from '../../src/ledger/owner.ts'
import { environment } from '../support/keyrite.ts'

const PATIENCE_MS = 10_000
const STEP_MS = 50

interface DaemonOptions {
  /** Where its output goes. */
  folder: string
  env?: Record<string, string>
  input?: string
  /** It can be used from when this is true. */
  ready: () => boolean | Promise<boolean>
}

export class Daemons implements AsyncDisposable {
  readonly #running: ChildProcess[] = []
  readonly #strayed: number[] = []
  readonly #undo: (() => void)[] = []

  constructor() {
    process.on('exit', () => {
      for (const child of this.#running) child.kill('SIGKILL')
      for (const pid of this.#strayed) killNow(pid)
    })
  }

  async start(program: string, args: readonly string[], { folder, env, input, ready }: DaemonOptions): Promise<void> {
    const log = openSync(join(folder, `${program}.log`), 'a')
    // It dies with us even where nobody could tell it to.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
      env: environment({ ...(env && { env }) }),
      stdio: ['pipe', log, log],
    })
    closeSync(log)
    this.#running.push(child)
    child.stdin!.on('error', () => {}).end(input)
    for (let waited = 0; !(await ready()); waited += STEP_MS) {
      if (child.exitCode) throw new Error(`${program} ended with ${child.exitCode}; see ${folder}`)
      if (waited > PATIENCE_MS) throw new Error(`${program} is not ready after ${PATIENCE_MS / 1000} s; see ${folder}`)
      await pause(STEP_MS)
    }
  }

  /** One that went into the background all the same wrote its pid here. */
  strayed(pidFile: string): void {
    if (existsSync(pidFile)) this.#strayed.push(Number(readFileSync(pidFile, 'utf8')))
  }

  /** What is to be done once they have ended. */
  afterwards = (undo: () => void): unknown => this.#undo.push(undo)

  /** The last one first, as they hang on each other. */
  async stop(): Promise<void> {
    for (let child = this.#running.pop(); child; child = this.#running.pop()) await end(child)
    for (let pid = this.#strayed.pop(); pid; pid = this.#strayed.pop()) await endStrayed(pid)
    for (let undo = this.#undo.pop(); undo; undo = this.#undo.pop()) undo()
  }

  [Symbol.asyncDispose] = (): Promise<void> => this.stop()
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM')
  for (let waited = 0; child.exitCode === null && child.signalCode === null; waited += STEP_MS) {
    if (waited > PATIENCE_MS) child.kill('SIGKILL')
    await pause(STEP_MS)
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

async function endStrayed(pid: number): Promise<void> {
  killNow(pid)
  while (!isGone({ pid, began: '' })) await pause(STEP_MS)
}
