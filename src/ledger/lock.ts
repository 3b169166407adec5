// One keyrite at a time in a partition. The lock names its process and the host that may still be making a key for it;
// it is free only when both are gone.

import { randomUUID } from 'node:crypto'
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { linkFile } from '../disk/drafts.ts'
import { createFile, diskError, dropHalves, dropLeft, errnoOf, moveFile, readOwnText } from '../disk/files.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { sh, to } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { elsewhere, isBeforeBoot, isGone, type Owner, ownerOf, ownPlace, type Place } from './owner.ts'
import type { PartitionLock } from './port.ts'

type LockFile = Place & { owners: Owner[] }

/** LOCKED: held from before the plan until after the outcome. */
export class Lock implements PartitionLock {
  readonly #path: string
  #content: string
  readonly #pid: number
  /** The hosts: a test of a backup has two. */
  readonly #hosts: number[] = []

  private constructor(path: string, content: string, pid: number) {
    this.#path = path
    this.#content = content
    this.#pid = pid
  }

  /** Whoever has it is alone in the folder. */
  static take(folder: string, pid: number): Lock {
    const lock = Lock.at(join(folder, 'lock'), pid, AT_WORK)
    try {
      dropHalves(folder)
    } catch (error) {
      lock[Symbol.dispose]()
      throw error
    }
    return lock
  }

  /** A lock of this name, in a folder of ours. `busy`: what its owner does. */
  static at(path: string, pid: number, busy: string): Lock {
    const draft = `${path}.${randomUUID()}`
    const content = format([pid])
    try {
      while (!taken(draft, path, content)) clearStale(path, `${draft}.stale`, busy)
    } finally {
      rmSync(draft, { force: true })
    }
    dropLeft(path, '')
    dropLeft(path, 'stale')
    return new Lock(path, content, pid)
  }

  static checkFree(folder: string): void {
    const path = join(folder, 'lock')
    const content = read(path)
    if (content !== undefined) checkStale(path, content, AT_WORK)
  }

  adopt(pid: number): void {
    this.check()
    const next = `${this.#path}.${randomUUID()}`
    const content = format([this.#pid, ...this.#hosts, pid])
    createFile(next, content)
    this.#content = content
    this.#hosts.push(pid)
    moveFile(next, this.#path)
  }

  /** Before anything that can't be taken back: the lock is still ours. */
  check(): void {
    if (read(this.#path) !== this.#content) throw refused('LOCKED', 'another keyrite took over this partition')
  }

  /** A lock that can't be read is not ours to remove. */
  [Symbol.dispose](): void {
    try {
      if (read(this.#path) === this.#content) rmSync(this.#path, { force: true })
    } catch {}
  }
}

const AT_WORK = 'is at work in this partition'

const format = (pids: readonly number[]): string =>
  `${JSON.stringify({ ...ownPlace(), owners: pids.map(ownerOf) } satisfies LockFile)}\n`

/** The draft is written in each round: who holds the lock clears drafts away, ours too. On the disk, so that no lock is ever half of one. */
function taken(draft: string, path: string, content: string): boolean {
  rmSync(draft, { force: true })
  createFile(draft, content)
  return placed(draft, path, content)
}

/** False where a lock is there, or where the draft was cleared away. Without hard links the lock itself is made anew. */
function placed(draft: string, path: string, content: string): boolean {
  try {
    if (!linkFile(draft, path)) createFile(path, content)
    return true
  } catch (error) {
    const isThere = error instanceof KeyriteError && error.code === 'FILE-EXISTS'
    if (isThere || errnoOf(error) === 'EEXIST' || errnoOf(error) === 'ENOENT') return false
    throw diskError(error, path)
  }
}

/** Moves a dead owner's lock aside, and puts it back when it turns out that somebody was faster. */
function clearStale(path: string, aside: string, busy: string): void {
  const content = read(path)
  if (content === undefined) return
  checkStale(path, content, busy)
  try {
    renameSync(path, aside)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw diskError(error, path)
  }
  const moved = read(aside)
  if (moved !== undefined && moved !== content) placed(aside, path, moved)
  rmSync(aside, { force: true })
}

/** LOCKED: one of its owners may be at work. */
function checkStale(path: string, content: string, busy: string): void {
  const lock = parse(content)
  const remove = to('if none is at work there', sh('rm', path))
  if (!lock) throw refused('LOCKED', `the lock ${path} says nothing of who holds it`, remove)
  if (isBeforeBoot(lock)) return
  const where = elsewhere(lock)
  if (where) throw refused('LOCKED', `a keyrite ${escaped(where)} ${busy}`, remove)
  const alive = lock.owners.filter((owner) => !isGone(owner))
  if (alive.length === 0) return
  const pids = alive.map((owner) => owner.pid).join(' and ')
  const hint = sh('ps', '-o', 'pid,user,tty,lstart', '-p', `${alive[0]!.pid}`)
  throw refused('LOCKED', `another keyrite ${busy} (${alive.length === 1 ? 'process' : 'processes'} ${pids})`, hint)
}

/** Undefined where it can't be read: on a file system without hard links a crash may leave an empty one. */
function parse(content: string): LockFile | undefined {
  try {
    const { host, machine = '', boot = '', space = '', owners } = JSON.parse(content) as LockFile
    return { host, machine, boot, space, owners: owners.map(ownerIn) }
  } catch {
    return undefined
  }
}

function ownerIn({ pid, began }: Owner): Owner {
  if (!Number.isSafeInteger(pid) || pid < 1) throw new TypeError('no process id')
  return { pid, began: String(began) }
}

function read(path: string): string | undefined {
  try {
    return readOwnText(path)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}
