// Small libraries that stand between the program and the world: a module with a fault, a clock that runs too fast or is ahead, a stick.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { inRepo } from './paths.ts'
import { softhsm } from './softhsm.ts'

/** Compiles test/support/shims/NAME.c where that is due, and returns the library's path. */
function built(name: string): string {
  const source = inRepo('test/support/shims', `${name}.c`)
  const library = inRepo('build/shims', `${name}.so`)
  if (existsSync(library) && statSync(library).mtimeMs > statSync(source).mtimeMs) return library
  mkdirSync(dirname(library), { recursive: true })
  // Two at once do no harm: the last rename wins.
  const half = `${library}.${process.pid}`
  const flags = ['-std=gnu11', '-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', half, source, '-ldl']
  const { status, stderr, error } = spawnSync('cc', flags, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${source} doesn't compile: ${error?.message ?? stderr}`)
  renameSync(half, library)
  return library
}

export type Fault =
  | 'lacks-edwards'
  | 'crashes'
  | 'hangs'
  | 'last-try'
  | 'locked'
  | 'no-slots'
  | 'one-session'
  | 'slow'
  | 'orphans'
  | 'fails-key'
  | 'hangs-key'
  | 'fails-read'

export interface FaultOptions {
  /** Which call of its kind has the fault, from 1. */
  at?: number
  /** A file that hears of sessions and keys. */
  log?: string
}

/** The path of SoftHSM with a fault, and the environment that names it. */
export const faultyModule = (fault: Fault, { at, log }: FaultOptions = {}) => ({
  module: built('module'),
  env: {
    KEYRITE_SHIM_FAULT: fault,
    KEYRITE_SHIM_MODULE: softhsm,
    ...(at !== undefined && { KEYRITE_SHIM_AT: `${at}` }),
    ...(log !== undefined && { KEYRITE_SHIM_LOG: log }),
  },
})

/** What the module told its log: sessions opened and not closed, keys begun and ended, and how many were made at a time at most. */
export function logOfModule(path: string) {
  const letters = [...readFileSync(path, 'utf8')]
  const count = (wanted: string, in_ = letters) => in_.filter((letter) => letter === wanted).length
  const atATime = letters.map((_, i) => count('b', letters.slice(0, i + 1)) - count('e', letters.slice(0, i + 1)))
  return { open: count('o') - count('c'), begun: count('b'), ended: count('e'), atATime: Math.max(0, ...atATime) }
}

/** The environment in which time flies. */
export const hastyClock = () => ({ LD_PRELOAD: built('clock') })

/** The environment in which it is later by so many seconds. */
export const clockAhead = (seconds: number) => ({ LD_PRELOAD: built('clock'), KEYRITE_SHIM_AHEAD: `${seconds}` })

/** The environment in which a folder called `stick` has no hard links. */
export const memoryStick = () => ({ LD_PRELOAD: built('stick') })
