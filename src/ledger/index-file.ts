// The index beside a ledger (docs/formats.md, 18): what the ledger says up to one of its records, so that it need not be read again. Nothing
// in it is believed: pages are held against the hashes in the root, and the root, at a login, against the head on the token.
import { closeSync, constants, fstatSync, fsyncSync } from 'node:fs'
import { join } from 'node:path'
import { dropQuietly, openOwn, readOwnText, replaceFile, sizeOf, writeAll } from '../disk/files.ts'
import { canonical } from '../domain/canonical.ts'
import { sha256 } from '../domain/encoding.ts'
import { isAtRest, SHELVES, type ShelfName, shelvesOf, stateDigest, type Told } from '../domain/saved-history.ts'
import type { Shelf } from '../domain/shelf.ts'
import { bytesOf } from './find-line.ts'
import { type PagePlace, PageTable } from './page-table.ts'

/** A program passes over what it can't read. */
const INDEX_FORMAT = 'keyrite.index/2'

/** Where it lies: `root` is replaced, `pages` is added to. */
export interface IndexPlace {
  root: string
  pages: string
}

export const indexIn = (folder: string): IndexPlace => ({
  root: join(folder, 'index.root'),
  pages: join(folder, 'index.pages'),
})

/** Where in the ledger's file the last record lies that it tells of: from `start` to `end`, its LF included. */
export interface LinePlace {
  start: number
  end: number
}

export interface Index {
  /** Of the history: see saved-history. */
  state: string
  line: LinePlace
  /** Of the last record, with the state's digest: what the token's key vouches for it with. */
  checkpoint: string
  pages: Readonly<Record<ShelfName, PageTable>>
}

/** `state`: the digest of the line before: what is damaged is passed over. */
interface RootLine {
  format: string
  state: string
  line: LinePlace
  checkpoint: string
  pages: Record<ShelfName, string>
}

/** Undefined where there is none, or none that can be read. */
export function readIndex({ root }: IndexPlace): Index | undefined {
  try {
    const [state = '', places = ''] = readOwnText(root).split('\n')
    const { format, state: digest, pages, ...of } = JSON.parse(places) as RootLine
    if (format !== INDEX_FORMAT || digest !== stateDigest(state)) return undefined
    return { ...of, state, pages: byShelf((name) => PageTable.of(pages[name])) }
  } catch {
    return undefined
  }
}

const byShelf = <T>(of: (name: ShelfName) => T): Record<ShelfName, T> =>
  Object.fromEntries(SHELVES.map((name) => [name, of(name)])) as Record<ShelfName, T>

/** In the order of `places`; undefined where one is not what the root names. */
export function* readPages({ pages: path }: IndexPlace, places: readonly PagePlace[]): Generator<string | undefined> {
  const fd = orNothing(() => openOwn(path))
  try {
    const size = fd === undefined ? 0 : fstatSync(fd).size
    for (const place of places) yield fd === undefined ? undefined : orNothing(() => pageIn(fd, place, size))
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

function pageIn(fd: number, { at, length, hash }: PagePlace, size: number): string | undefined {
  const bytes = bytesOf(fd, at, at + length, size)
  return Buffer.compare(sha256(bytes), hash) === 0 ? bytes.toString() : undefined
}

function orNothing<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** The root goes first: what it does not name is nobody's. */
export function dropIndex({ root, pages }: IndexPlace): void {
  dropQuietly(root)
  dropQuietly(pages)
}

/** A file of pages of which less than this part is in use is written anew. */
const LEAST_IN_USE = 0.5
const FREE_WASTE = 1 << 20

/**
 * What the ledger says now. The pages are on the disk before the root names them, and no page that is named changes, so at any moment there is the
 * old index or the new one. `before`: one whose pages are good, and stay where they are.
 */
export function writeIndex(
  place: IndexPlace,
  { history, state, line, checkpoint }: Told & Omit<Index, 'pages'>,
  before: Index | undefined,
): Index | undefined {
  if (!isAtRest(history)) return before
  const shelves = shelvesOf(history)
  const kept = before && isWorthKeeping(place, before) ? before : undefined
  if (!kept) for (const name of SHELVES) shelves[name].all()
  const pages = kept ? added(place, shelves, kept) : anew(place, shelves)
  const root: RootLine = {
    format: INDEX_FORMAT,
    state: stateDigest(state),
    line,
    checkpoint,
    pages: byShelf((name) => `${pages[name]}`),
  }
  replaceFile(place.root, `${state}\n${canonical(root)}\n`)
  return { state, line, checkpoint, pages }
}

function isWorthKeeping({ pages: path }: IndexPlace, { pages }: Index): boolean {
  let used = 0
  for (const name of SHELVES) used += pages[name].length
  const size = sizeOf(path)
  return size !== undefined && (used >= size * LEAST_IN_USE || size - used < FREE_WASTE)
}

type Shelves = Readonly<Record<ShelfName, Shelf<unknown>>>

function anew({ pages: path }: IndexPlace, shelves: Shelves): Index['pages'] {
  replaceFile(path, '')
  return added({ root: '', pages: path }, shelves, { pages: byShelf(() => new PageTable()) })
}

/** Pages that differ from those before are added at the end of the file. */
function added({ pages: path }: IndexPlace, shelves: Shelves, { pages }: Pick<Index, 'pages'>) {
  const fd = openOwn(path, constants.O_RDWR | constants.O_APPEND)
  try {
    let at = fstatSync(fd).size
    const all = byShelf((name) => {
      const table = pages[name].copy()
      for (const { bucket, page } of shelves[name].pages(table.changed(shelves[name].hashes()))) {
        const bytes = Buffer.from(page)
        writeAll(fd, bytes)
        table.set(bucket, { at, length: bytes.length, hash: sha256(bytes) })
        at += bytes.length
      }
      return table
    })
    fsyncSync(fd)
    return all
  } finally {
    closeSync(fd)
  }
}
