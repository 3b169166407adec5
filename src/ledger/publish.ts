// A ledger and its checkpoint in a folder of others: read by whoever may, replaced in one step, and never by less than was there.
import { randomUUID } from 'node:crypto'
import { closeSync, fchmodSync, fstatSync, fsyncSync, readSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readSmall } from '../disk/arrivals.ts'
import { diskError, dropLeft, dropQuietly, exists, openNew, openRegular, syncFolder, writeAll } from '../disk/files.ts'
import { checkpointSize } from '../domain/checkpoint-size.ts'
import { notVerified, refused } from '../domain/errors.ts'
import type { Publication, Published } from '../domain/evidence.ts'
import { sh } from '../domain/hints.ts'
import { Lock } from './lock.ts'

/** Anyone may read it who may enter its folder. */
const MODE = 0o644
const BATCH = 1 << 16

/** PUBLISHED-GROWS, LOCKED, FILE-FOLDER, DISK: what changed in the folder. `read` is asked once nobody else publishes there: what it gives is not older than what is there. */
export function publishTo(folder: string, pid: number, read: () => Published): Publication {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw refused(
      'FILE-FOLDER',
      `there is no folder ${folder}`,
      sh('install', '-d', '-m', '750', '-g', 'GROUP', folder),
    )
  using _ = Lock.at(join(folder, 'publish.lock'), pid, 'publishes into this folder')
  const { lines, note } = read()
  const changed = [replace(join(folder, 'ledger.jsonl'), grown(lines), 'grows')]
  // The checkpoint goes last: it never covers more than the ledger beside it has.
  if (note === undefined) return { changed: changed[0]! }
  const checkpoint = join(folder, 'checkpoint')
  const newest = newerOf(note, checkpoint)
  changed.push(replace(checkpoint, [Buffer.from(newest)], 'changes'))
  return { changed: changed.includes(true), covered: checkpointSize(newest) }
}

/** Another station may have published a newer one of the same ledger. */
function newerOf(note: string, path: string): string {
  const there = exists(path) ? readNote(path) : ''
  return originIn(there) === originIn(note) && checkpointSize(there) > checkpointSize(note) ? there : note
}

function readNote(path: string): string {
  try {
    return Buffer.from(readSmall(path, MOST_NOTE) ?? '').toString()
  } catch (error) {
    throw diskError(error, path, 'read')
  }
}

/** With the cosignatures of many witnesses. */
const MOST_NOTE = 1 << 16
const originIn = (note: string): string | undefined => note.split('\n')[0]

function* grown(lines: Iterable<string>): Generator<Buffer> {
  let batch = ''
  for (const line of lines) {
    batch += `${line}\n`
    if (batch.length < BATCH) continue
    yield Buffer.from(batch)
    batch = ''
  }
  yield Buffer.from(batch)
}

/** False where the file is so already. `how`: what was there is the beginning of what comes, or is not asked for. */
function replace(path: string, content: Iterable<Buffer>, how: 'grows' | 'changes'): boolean {
  dropLeft(path, 'new')
  const draft = `${path}.${randomUUID()}.new`
  using before = new Before(path)
  try {
    const isSame = fill(draft, content, before, how)
    if (isSame) dropQuietly(draft)
    else renameSync(draft, path)
    syncFolder(join(path, '..'))
    return !isSame
  } catch (error) {
    dropQuietly(draft)
    throw diskError(error, path)
  }
}

/** True where it is what was there. */
function fill(draft: string, content: Iterable<Buffer>, before: Before, how: 'grows' | 'changes'): boolean {
  const fd = openNew(draft)
  try {
    let size = 0
    for (const bytes of content) {
      writeAll(fd, bytes)
      before.compare(bytes)
      size += bytes.length
    }
    const isBeginning = before.isBeginning && size >= before.size
    if (how === 'grows' && !isBeginning) throw before.shrunk()
    fchmodSync(fd, MODE)
    fsyncSync(fd)
    return isBeginning && size === before.size
  } finally {
    closeSync(fd)
  }
}

/** What was published last. */
class Before implements Disposable {
  readonly #path: string
  readonly #fd: number | undefined
  readonly size: number
  isBeginning = true
  #at = 0

  constructor(path: string) {
    this.#path = path
    this.#fd = exists(path) ? openRegular(path) : undefined
    this.size = this.#fd === undefined ? 0 : fstatSync(this.#fd).size
  }

  /** The next bytes of what comes in its place. */
  compare(bytes: Buffer): void {
    if (this.#fd === undefined || !this.isBeginning) return
    const there = Buffer.alloc(Math.min(bytes.length, Math.max(0, this.size - this.#at)))
    const read = readSync(this.#fd, there, 0, there.length, this.#at)
    this.isBeginning = read === there.length && there.equals(bytes.subarray(0, there.length))
    this.#at += bytes.length
  }

  shrunk(): Error {
    return notVerified(
      'PUBLISHED-GROWS',
      `${this.#path} is not the beginning of this ledger: it is another one, a branch, or longer`,
      'find out which of the two is right before anything takes its place',
    )
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
  }
}
