// Much of one kind, each by its name, such as the keys of a ledger: held in memory, or fetched from an index where somebody asks for it, a
// bucket of names at a time.
import { canonical } from './canonical.ts'
import { sha256, utf8 } from './encoding.ts'
import { beThrifty } from './lazily.ts'

export const BUCKETS = 1024
export const HASH_BYTES = 32

/** So many pages: what they are made of passes through. */
const MANY = 128

/** Of the name's UTF-16 units, FNV-1a of 32 bits. */
function bucketOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % BUCKETS
}

/** How what is kept by a name becomes JSON, members in order, and comes back. */
export interface Form<V> {
  toJson(value: V): unknown
  fromJson(json: unknown): V
}

/** What is JSON already. */
const AS_IT_IS: Form<never> = { toJson: (value) => value, fromJson: (json) => json as never }

/** What an index has of a shelf. */
export interface Shelved {
  /** How many names. */
  size: number
  /** SHA-256 of each bucket's page, one after the other; zeros where nothing is in it. */
  hashes: Uint8Array
  /** Of each of these buckets, none of which is empty, the page, in their order. */
  pages(buckets: readonly number[]): Iterable<string>
}

export class Shelf<V> {
  readonly #form: Form<V>
  readonly #known = new Map<string, V>()
  /** Where what was not fetched yet lies. */
  #shelved: Shelved | undefined
  readonly #fetched = new Set<number>()
  /** Of which a line was wanted. */
  readonly #pages = new Map<number, string>()
  #size = 0
  /** As it was hashed last, and the buckets that have changed since. */
  #hashes: Uint8Array | undefined
  readonly #changed = new Set<number>()
  /** Of those the pages as they were hashed, until they are asked for. */
  readonly #hashed = new Map<number, string>()

  constructor(form: Form<V> = AS_IT_IS as unknown as Form<V>) {
    this.#form = form
  }

  get size(): number {
    return this.#size
  }

  get(name: string): V | undefined {
    const known = this.#known.get(name)
    if (known !== undefined || !this.#shelved) return known
    const bucket = bucketOf(name)
    return this.#fetched.has(bucket) ? undefined : this.#look(name, bucket)
  }

  /** Of a page one line, where nobody has asked for the others. */
  #look(name: string, bucket: number): V | undefined {
    const page = `\n${this.#page(bucket)}\n`
    const begin = page.indexOf(`\n${canonical([name]).slice(0, -1)},`)
    if (begin === -1) return undefined
    const [, json] = JSON.parse(page.slice(begin, page.indexOf('\n', begin + 1)))
    const value = this.#form.fromJson(json)
    this.#known.set(name, value)
    return value
  }

  /** The pages in which these lie, in one go: for whoever is about to ask for many. */
  bring(names: readonly string[]): void {
    if (this.#shelved) this.#bring(new Set(names.map(bucketOf)), this.#shelved)
  }

  #bring(buckets: Iterable<number>, { hashes, pages }: Shelved): void {
    const wanted = [...buckets].filter((bucket) => !this.#pages.has(bucket) && this.#isLeft(bucket, hashes))
    if (wanted.length === 0) return
    let i = 0
    for (const page of pages(wanted)) this.#pages.set(wanted[i++]!, page)
  }

  set(name: string, value: V): void {
    const bucket = bucketOf(name)
    this.#hashed.delete(bucket)
    if (this.#shelved) this.#fetch(bucket)
    if (!this.#known.has(name)) this.#size++
    this.#known.set(name, value)
    if (this.#hashes) this.#changed.add(bucket)
  }

  /** All of them, those that came from an index in no order. */
  all(): Iterable<V> {
    if (this.#shelved) this.#fetchAll(this.#shelved)
    return this.#known.values()
  }

  /** The same, and of those that lie in an index none is kept. */
  *each(): Generator<V> {
    if (!this.#shelved) return yield* this.#known.values()
    const known = new Map(this.#known)
    yield* known.values()
    for (const page of this.#shelved.pages(this.#left(this.#shelved)))
      for (const [, value] of this.#rows(page, known)) yield value
  }

  get isShelved(): boolean {
    return this.#shelved !== undefined
  }

  /** An empty one is now what an index has. */
  shelve(shelved: Shelved): void {
    this.#shelved = shelved
    this.#size = shelved.size
    this.#hashes = shelved.hashes.slice()
  }

  #fetchAll(shelved: Shelved): void {
    const left = this.#left(shelved)
    let i = 0
    for (const page of shelved.pages(left)) this.#take(left[i++]!, page)
  }

  /** What was not fetched yet, and is about to be. */
  #left({ hashes }: Shelved): number[] {
    const all = Array.from({ length: BUCKETS }, (_, bucket) => bucket)
    const left = all.filter((bucket) => this.#isLeft(bucket, hashes))
    if (left.length > MANY) beThrifty()
    return left
  }

  #isLeft(bucket: number, hashes: Uint8Array): boolean {
    return !this.#fetched.has(bucket) && !isEmpty(hashOf(hashes, bucket))
  }

  /** But for those that are known already. */
  *#rows(page: string, known: ReadonlyMap<string, V>): Generator<[name: string, value: V]> {
    for (const row of page.split('\n').filter(Boolean)) {
      if (known.has(nameIn(row) ?? '')) continue
      const [name, json] = JSON.parse(row) as [string, unknown]
      if (!known.has(name)) yield [name, this.#form.fromJson(json)]
    }
  }

  #fetch(bucket: number): void {
    if (!this.#fetched.has(bucket)) this.#take(bucket, this.#page(bucket))
  }

  #take(bucket: number, page: string): void {
    this.#fetched.add(bucket)
    for (const [name, value] of this.#rows(page, this.#known)) this.#known.set(name, value)
    this.#pages.delete(bucket)
  }

  #page(bucket: number): string {
    this.#bring([bucket], this.#shelved!)
    return this.#pages.get(bucket) ?? ''
  }

  /** Of each bucket's page, as `Shelved` has them. */
  hashes(): Uint8Array {
    const wanted = this.#hashes ? this.#changed : undefined
    const hashes = this.#hashes ?? new Uint8Array(BUCKETS * HASH_BYTES)
    if (wanted?.size !== 0)
      for (const { bucket, page } of this.#made(wanted)) {
        hashes.set(sha256(utf8(page)), bucket * HASH_BYTES)
        if (wanted) this.#hashed.set(bucket, page)
      }
    this.#changed.clear()
    this.#hashes = hashes
    return hashes
  }

  /** The pages of these buckets, or of all that are in memory: a line for each name, in their order. Nothing is ever taken off a shelf. */
  *pages(buckets?: ReadonlySet<number>): Generator<{ bucket: number; page: string }> {
    const left = buckets && new Set(buckets)
    for (const bucket of buckets ?? []) {
      const page = this.#hashed.get(bucket)
      if (page === undefined) continue
      this.#hashed.delete(bucket)
      left?.delete(bucket)
      yield { bucket, page }
    }
    if (left?.size !== 0) yield* this.#made(left)
  }

  *#made(buckets?: ReadonlySet<number>): Generator<{ bucket: number; page: string }> {
    const names = new Map<number, string[]>()
    for (const name of this.#known.keys()) {
      const bucket = bucketOf(name)
      if (buckets && !buckets.has(bucket)) continue
      const own = names.get(bucket)
      if (own) own.push(name)
      else names.set(bucket, [name])
    }
    for (const [bucket, own] of names) {
      const rows = own.sort().map((name) => canonical([name, this.#form.toJson(this.#known.get(name)!)]))
      yield { bucket, page: rows.join('\n') }
    }
  }
}

/** Of a row, where it can be had without reading the value: what is known already is not read again. */
const nameIn = (row: string): string | undefined => /^\["([^"\\]*)",/.exec(row)?.[1]

export const hashOf = (hashes: Uint8Array, bucket: number): Uint8Array =>
  hashes.subarray(bucket * HASH_BYTES, (bucket + 1) * HASH_BYTES)

export const isEmpty = (hash: Uint8Array): boolean => hash.every((byte) => byte === 0)
