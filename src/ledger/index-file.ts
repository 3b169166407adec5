// The index beside a ledger (docs/formats.md, 18): what the ledger says up to one of its records, so that it need not be read again. Nothing
// in it is believed: pages are held against the hashes in the root, and the root, at a login, against the head on the token.
import { closeSync, constants, fstatSync, fsyncSync } from 'node:fs'
import { join } from 'node:path'
import { dropQuietly, openOwn, readOwnText, replaceFile, sizeOf, writeAll } from '../disk/files.ts'
import { canonical } from '../domain/canonical.ts'
import { sha256, toBase64url } from '../domain/encoding.ts'
import { isAtRest, SHELVES, type ShelfName, shelvesOf, stateText, type Told } from '../domain/saved-history.ts'
import { BUCKETS, HASH_BYTES, hashOf, isEmpty, type Shelf } from '../domain/shelf.ts'
import { bytesOf } from './find-line.ts'

/** A program passes over what it can't read. */
const INDEX_FORMAT = 'keyrite.index/1'

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

/** Where a page lies. */
interface PagePlace {
  at: number
  length: number
  hash: Uint8Array
}

type Pages = ReadonlyMap<number, PagePlace>

export interface Index {
  /** Of the history: see saved-history. */
  state: string
  line: LinePlace
  pages: Readonly<Record<ShelfName, Pages>>
}

interface RootLine {
  format: string
  line: LinePlace
  pages: Record<ShelfName, string>
}

/** Undefined where there is none, or none that can be read. */
export function readIndex({ root }: IndexPlace): Index | undefined {
  try {
    const [state = '', places = ''] = readOwnText(root).split('\n')
    const { format, line, pages } = JSON.parse(places) as RootLine
    if (format !== INDEX_FORMAT) return undefined
    return { state, line, pages: byShelf((name) => unpacked(pages[name])) }
  } catch {
    return undefined
  }
}

const byShelf = <T>(of: (name: ShelfName) => T): Record<ShelfName, T> =>
  Object.fromEntries(SHELVES.map((name) => [name, of(name)])) as Record<ShelfName, T>

/** As in `Shelved`. */
export function hashesIn(pages: Pages): Uint8Array {
  const hashes = new Uint8Array(BUCKETS * HASH_BYTES)
  for (const [bucket, { hash }] of pages) hashes.set(hash, bucket * HASH_BYTES)
  return hashes
}

/** Undefined where it is not what the root names. */
export function readPage({ pages: path }: IndexPlace, { at, length, hash }: PagePlace): string | undefined {
  try {
    const fd = openOwn(path)
    try {
      const bytes = bytesOf(fd, at, at + length)
      return Buffer.compare(sha256(bytes), hash) === 0 ? bytes.toString() : undefined
    } finally {
      closeSync(fd)
    }
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
  told: Told,
  line: LinePlace,
  before: Index | undefined,
): Index | undefined {
  if (!isAtRest(told.history)) return before
  const shelves = shelvesOf(told.history)
  const state = stateText(told)
  const kept = before && isWorthKeeping(place, before) ? before : undefined
  if (!kept) for (const name of SHELVES) shelves[name].all()
  const pages = kept ? added(place, shelves, kept) : anew(place, shelves)
  const root: RootLine = { format: INDEX_FORMAT, line, pages: byShelf((name) => packed(pages[name])) }
  replaceFile(place.root, `${state}\n${canonical(root)}\n`)
  return { state, line, pages }
}

function isWorthKeeping({ pages: path }: IndexPlace, { pages }: Index): boolean {
  let used = 0
  for (const name of SHELVES) for (const { length } of pages[name].values()) used += length
  const size = sizeOf(path)
  return size !== undefined && (used >= size * LEAST_IN_USE || size - used < FREE_WASTE)
}

type Shelves = Readonly<Record<ShelfName, Shelf<unknown>>>

function anew({ pages: path }: IndexPlace, shelves: Shelves): Record<ShelfName, Pages> {
  replaceFile(path, '')
  return added({ root: '', pages: path }, shelves, { pages: byShelf(() => new Map()) })
}

/** Pages that differ from those before are added at the end of the file. */
function added({ pages: path }: IndexPlace, shelves: Shelves, { pages }: Pick<Index, 'pages'>) {
  const fd = openOwn(path, constants.O_RDWR | constants.O_APPEND)
  try {
    let at = fstatSync(fd).size
    const all = byShelf((name) => {
      const places = new Map(pages[name])
      for (const { bucket, page } of shelves[name].pages(changed(places, shelves[name].hashes()))) {
        const bytes = Buffer.from(page)
        writeAll(fd, bytes)
        places.set(bucket, { at, length: bytes.length, hash: sha256(bytes) })
        at += bytes.length
      }
      return places
    })
    fsyncSync(fd)
    return all
  } finally {
    closeSync(fd)
  }
}

function changed(places: Pages, hashes: Uint8Array): Set<number> {
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
  const isSame = (bucket: number, hash: Uint8Array) => Buffer.compare(places.get(bucket)?.hash ?? NOTHING, hash) === 0
  return new Set(
    buckets.filter((bucket) => {
      const hash = hashOf(hashes, bucket)
      return !isEmpty(hash) && !isSame(bucket, hash)
    }),
  )
}

const NOTHING = new Uint8Array(HASH_BYTES)
/** 2 bytes of the bucket, 6 of the place, 4 of the length, and the hash. */
const PLACE_BYTES = 12 + HASH_BYTES

function packed(pages: Pages): string {
  const all = Buffer.alloc(pages.size * PLACE_BYTES)
  let row = 0
  for (const [bucket, { at, length, hash }] of [...pages].sort(([a], [b]) => a - b)) {
    all.writeUIntBE(bucket, row, 2)
    all.writeUIntBE(at, row + 2, 6)
    all.writeUIntBE(length, row + 8, 4)
    all.set(hash, row + 12)
    row += PLACE_BYTES
  }
  return toBase64url(all)
}

function unpacked(text: string): Pages {
  const all = Buffer.from(text, 'base64url')
  const pages = new Map<number, PagePlace>()
  for (let row = 0; row + PLACE_BYTES <= all.length; row += PLACE_BYTES) {
    const hash = Uint8Array.from(all.subarray(row + 12, row + PLACE_BYTES))
    const bucket = all.readUIntBE(row, 2)
    if (bucket < BUCKETS)
      pages.set(bucket, { at: all.readUIntBE(row + 2, 6), length: all.readUIntBE(row + 8, 4), hash })
  }
  return pages
}
