// One keyrite at a time in a partition. The lock names its process and the host that may still be making a key for it;
// it is free only when both are gone.
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, platform } from 'node:os'
import { join } from 'node:path'
import { errnoOf } from '../disk/files.ts'
import { refused } from '../domain/errors.ts'
import { shellQuoted } from '../domain/names.ts'
import type { PartitionLock } from './port.ts'

interface Owner {
  pid: number
  /** When the process began, in the system's own words: a pid is used again. */
  began: string
}

interface LockFile {
  host: string
  owners: Owner[]
}

/** LOCKED: held from before the plan until after the outcome. */
export class Lock implements PartitionLock {
  readonly #path: string
  #content: string

  readonly #pid: number

  private constructor(path: string, content: string, pid: number) {
    this.#path = path
    this.#content = content
    this.#pid = pid
  }

  static take(folder: string, pid: number): Lock {
    const path = join(folder, 'lock')
    const draft = `${path}.${randomUUID()}`
    const content = format([pid])
    try {
      while (!taken(draft, path, content)) clearStale(path, `${draft}.stale`)
    } finally {
      rmSync(draft, { force: true })
    }
    removeDrafts(folder)
    return new Lock(path, content, pid)
  }

  static checkFree(folder: string): void {
    const path = join(folder, 'lock')
    const content = read(path)
    if (content !== undefined) checkStale(path, content)
  }

  adopt(pid: number): void {
    this.check()
    const next = `${this.#path}.${randomUUID()}`
    this.#content = format([this.#pid, pid])
    writeFileSync(next, this.#content, { flag: 'wx', mode: 0o600 })
    renameSync(next, this.#path)
  }

  /** Before anything that can't be taken back: the lock is still ours. */
  check(): void {
    if (read(this.#path) !== this.#content) throw refused('LOCKED', 'another keyrite took over this partition')
  }

  [Symbol.dispose](): void {
    if (read(this.#path) === this.#content) rmSync(this.#path, { force: true })
  }
}

const format = (pids: readonly number[]): string =>
  `${JSON.stringify({ host: hostname(), owners: pids.map((pid) => ({ pid, began: beganOf(pid) ?? '' })) } satisfies LockFile)}\n`

/** The draft is written in each round: who holds the lock clears drafts away, ours too. */
function taken(draft: string, path: string, content: string): boolean {
  writeFileSync(draft, content, { mode: 0o600 })
  return linked(draft, path)
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false
    throw error
  }
}

/** Drafts that a crash left. Whoever is writing one now waits for us anyway, and writes it again. */
function removeDrafts(folder: string): void {
  for (const name of readdirSync(folder)) if (name.startsWith('lock.')) rmSync(join(folder, name), { force: true })
}

/** Moves a dead owner's lock aside, and puts it back when it turns out that somebody was faster. */
function clearStale(path: string, aside: string): void {
  const content = read(path)
  if (content === undefined) return
  checkStale(path, content)
  try {
    renameSync(path, aside)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw error
  }
  if (read(aside) !== content) linked(aside, path)
  rmSync(aside, { force: true })
}

/** Its owners are gone. */
function checkStale(path: string, content: string): void {
  const { host, owners } = parse(content)
  const alive = owners.filter(isAlive)
  if (host !== hostname()) {
    throw refused(
      'LOCKED',
      `a keyrite on ${host} is at work in this partition`,
      `if it is not: rm ${shellQuoted(path)}`,
    )
  }
  if (alive.length > 0) {
    const pids = alive.map((owner) => owner.pid).join(' and ')
    throw refused('LOCKED', `another keyrite is at work in this partition (process ${pids})`, `ps -fp ${alive[0]!.pid}`)
  }
}

function parse(content: string): LockFile {
  try {
    const { host, owners } = JSON.parse(content) as LockFile
    return { host, owners: owners.map(({ pid, began }) => ({ pid: Number(pid), began: String(began) })) }
  } catch {
    // A power cut left an empty file: nobody who wrote it is alive.
    return { host: hostname(), owners: [] }
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const isAlive = ({ pid, began }: Owner): boolean => {
  const now = beganOf(pid)
  return now !== undefined && (began === '' || now === began)
}

/** When a process began, undefined when it is gone. A zombie is gone: it can't make a key any more. */
function beganOf(pid: number): string | undefined {
  return platform() === 'linux' ? beganInProc(pid) : beganByPs(pid)
}

function beganInProc(pid: number): string | undefined {
  try {
    // The name, in parentheses, may hold blanks: the fields are counted after it. State is the 3rd, start time the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

function beganByPs(pid: number): string | undefined {
  try {
    const [state = 'Z', ...began] = execFileSync('ps', ['-o', 'state=,lstart=', '-p', `${pid}`], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
    return state.startsWith('Z') ? undefined : began.join(' ')
  } catch {
    return undefined
  }
}
