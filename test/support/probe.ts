// Crashes at a chosen step: the library in probe/ numbers changes of files and, with the test module, PKCS#11 calls, and ends
// the program at one of them. A test runs once without `kill`, reads how many steps there are, and then ends at each.
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isGone } from '../../src/ledger/owner.ts'
import { compiled } from './compiled.ts'

export interface ProbeOptions {
  /** Where the counter and the log lie; it is best not under a root. */
  folder: string
  /** Files under these folders count. They need not be there yet. */
  roots: readonly string[]
  /** `changing`: of the PKCS#11 calls only those that can change a token. A crash at another is one between these. */
  calls?: 'all' | 'changing'
  /** The number of the step to end at. */
  kill?: number
  /** The record to end at, from 1: where its ledger gets to the disk. */
  record?: number
  when?: 'before' | 'after'
  whom?: 'self' | 'both' | 'main' | 'host'
  /** The number of the step from which on the disk of the roots is full. */
  full?: number
  /** The number of the step that answers EIO. */
  eio?: number
  /** The number of the step from which on the disk of the roots can only be read. */
  erofs?: number
  /** Nobody will read what it did. */
  unlogged?: true
  /** A folder that hears what is on the disk for good. */
  durable?: string
}

const counterOf = (folder: string) => join(folder, 'probe.counter')
const logOf = (folder: string) => join(folder, 'probe.log')

/** A path without symlinks, also where its last parts are not there yet: the probe compares text. */
function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : join(realPath(dirname(path)), basename(path))
}

/** The environment of a run under the probe. Counting begins at 1 again. */
export function probeEnv(options: ProbeOptions): Record<string, string> {
  const { folder, roots, calls = 'all', when = 'before', whom = 'both' } = options
  rmSync(counterOf(folder), { force: true })
  rmSync(logOf(folder), { force: true })
  return {
    LD_PRELOAD: compiled('probe'),
    // Where libuv hands files to the kernel's ring, no call of libc is made.
    UV_USE_IO_URING: '0',
    KEYRITE_PROBE_COUNTER: counterOf(folder),
    ...(!options.unlogged && { KEYRITE_PROBE_LOG: logOf(folder) }),
    KEYRITE_PROBE_ROOT: roots.map(realPath).join(':'),
    KEYRITE_PROBE_CALLS: calls,
    KEYRITE_PROBE_WHEN: when,
    KEYRITE_PROBE_WHOM: whom,
    ...given(options),
  }
}

const given = ({ kill, record, full, eio, erofs, durable }: ProbeOptions): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ kill, record, full, eio, erofs, durable }).flatMap(([name, value]) =>
      value === undefined ? [] : [[`KEYRITE_PROBE_${name.toUpperCase()}`, String(value)]],
    ),
  )

export interface ProbeEvent {
  number: number
  pid: number
  /** `C_Login`, `fsync`. */
  name: string
  /** Of a file; empty for a PKCS#11 call. */
  path: string
}

/** What the last run with this folder did, in the order of the numbers. */
export function probeEvents(folder: string): ProbeEvent[] {
  if (!existsSync(logOf(folder))) return []
  const lines = readFileSync(logOf(folder), 'utf8').split('\n').filter(Boolean)
  const events = lines.map((line) => {
    const [, number, pid, name, path] = /^(\d+) (\d+) (\S+) ?(.*)$/.exec(line)!
    return { number: Number(number), pid: Number(pid), name: name!, path: path! }
  })
  return events.sort((a, b) => a.number - b.number)
}

/** The process that held the module in the last run: one that outlives the command keeps its lock. */
const probeHost = (folder: string): number => readFileSync(counterOf(folder)).readInt32LE(12)

/** Waits for all that a killed command has left: a change may have had several modules, with a host for each. */
export async function untilOrphansEnd(folder: string, home: string): Promise<void> {
  await untilGone(probeHost(folder))
  for (const name of existsSync(home) ? readdirSync(home) : []) {
    const lock = join(home, name, 'lock')
    if (!existsSync(lock)) continue
    for (const { pid } of JSON.parse(readFileSync(lock, 'utf8')).owners) await untilGone(pid)
  }
}

/** A killed process is there until the last of its threads is. */
export async function untilGone(pid: number): Promise<void> {
  for (let waited = 0; pid > 0 && !isGone({ pid, began: '' }); waited += 20) {
    assert.ok(waited < 60_000, `the orphaned host ${pid} does not end`)
    await pause(20)
  }
}
