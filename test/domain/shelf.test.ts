// Shelves: what is put there comes back, from memory or from pages, and their hashes are those of test/vectors/index.json.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromBase64url, sha256, toBase64url, toHex, utf8 } from '../../src/domain/encoding.ts'
import { formatHead, packHead, parseHead } from '../../src/domain/head.ts'
import { Shelf } from '../../src/domain/shelf.ts'
import vector from '../vectors/index.json' with { type: 'json' }

/** As an index has it. */
function again<V>(shelf: Shelf<V>): Shelf<V> {
  const pages = new Map([...shelf.pages()].map(({ bucket, page }) => [bucket, page]))
  const [hashes, size] = [Uint8Array.from(shelf.hashes()), shelf.size]
  const other = new Shelf<V>()
  other.shelve({ size, hashes, pages: (buckets) => buckets.map((bucket) => pages.get(bucket)!) })
  return other
}

test('the published pages', () => {
  const shelf = new Shelf<unknown>()
  for (const { rows } of vector.pages) for (const [name, value] of Object.entries(rows)) shelf.set(name, value)
  const told = [...shelf.pages()].map(({ bucket, page }) => ({ bucket, page, sha256: toHex(sha256(utf8(page))) }))
  assert.deepEqual(
    told,
    vector.pages.map(({ bucket, page, sha256 }) => ({ bucket, page, sha256 })),
  )
  assert.equal(toBase64url(sha256(shelf.hashes())), vector.digest)
})

test('the published head', () => {
  const { head, packed, text } = vector
  assert.equal(toHex(fromBase64url(packHead(head))), packed)
  assert.deepEqual(parseHead(packHead(head)), { seq: head.seq, leaf: head.leaf, state: head.state })
  assert.equal(formatHead(head), text)
  assert.deepEqual(parseHead(text), head)
})

test('whatever is put there, in memory and over pages, the shelves are alike', () => {
  const puts = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme-ascii' }), fc.nat(9)))
  fc.assert(
    fc.property(puts, puts, (first, then) => {
      const kept = new Shelf<number>()
      for (const [name, value] of first) kept.set(name, value)
      const shelved = again(kept)
      shelved.bring(then.map(([name]) => name))
      for (const shelf of [kept, shelved]) for (const [name, value] of then) shelf.set(name, value)
      assert.deepEqual(Buffer.from(shelved.hashes()), Buffer.from(kept.hashes()))
      // As it is already: a name that comes several times has the last of its values.
      for (const [name, value] of [...new Map(then)].slice(0, 2)) shelved.set(name, value)
      const buckets = new Set([...shelved.pages()].map(({ bucket }) => bucket))
      const pagesOf = (shelf: Shelf<number>) => new Map([...shelf.pages(buckets)].map((one) => [one.bucket, one.page]))
      assert.deepEqual(pagesOf(shelved), pagesOf(kept))
      assert.deepEqual(pagesOf(shelved), pagesOf(shelved))
      assert.equal(shelved.size, kept.size)
      const fresh = new Shelf<number>()
      for (const [name, value] of new Map([...first, ...then])) fresh.set(name, value)
      assert.deepEqual(Buffer.from(fresh.hashes()), Buffer.from(kept.hashes()))
      for (const [name] of [...first, ...then]) assert.equal(shelved.get(name), fresh.get(name))
      assert.deepEqual([...shelved.all()].sort(), [...fresh.all()].sort())
    }),
    {
      numRuns: 60,
      examples: [
        [
          [],
          [
            [' ', 0],
            [' ', 0],
            [' ', 1],
          ],
        ],
      ],
    },
  )
})
