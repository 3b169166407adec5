// Proofs of inclusion and consistency of every tree up to 18 leaves: each holds, and none for anything else; roots are those of RFC 6962's own test data.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../../src/domain/encoding.ts'
import { MerkleTree } from '../../src/domain/merkle.ts'
import { isConsistent, isIncluded, WholeTree } from '../../src/domain/merkle-proofs.ts'

const leafOf = (hex: string): Uint8Array => sha256(Uint8Array.of(0), Buffer.from(hex, 'hex'))
const leaves = Array.from({ length: 18 }, (_, i) => leafOf(i.toString(16).padStart(4, '0')))
const tree = new WholeTree(leaves)
const rootOf = (size: number): Uint8Array => {
  const grown = new MerkleTree()
  for (const leaf of leaves.slice(0, size)) grown.add(leaf)
  return grown.root()
}
const sizes = leaves.map((_, i) => i + 1)
const bent = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 7 ? byte ^ 1 : byte))
const bends = (path: Uint8Array[]): Uint8Array[][] => [
  ...path.map((_, i) => path.map((hash, j) => (i === j ? bent(hash) : hash))),
  [...path, leaves[0]!],
  ...(path.length > 0 ? [path.slice(1), path.slice(0, -1)] : []),
]

test('the tree of the certificate transparency project: its root, a path in it, and a proof', () => {
  const data = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
  const known = new WholeTree(data.map(leafOf))
  const hex = (hashes: Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('hex').slice(0, 16))
  assert.deepEqual(hex([known.root(8)]), ['5dc9da79a70659a9'])
  assert.deepEqual(hex(known.inclusion(0, 8)), ['96a296d224f285c6', '5f083f0a1a33ca07', '6b47aaf29ee3c2af'])
  assert.deepEqual(hex(known.consistency(6, 8)), ['0ebc5d3437fbe2db', 'ca854ea128ed050b', 'd37ee418976dd957'])
})

test('inclusion', () => {
  for (const size of sizes) {
    const root = rootOf(size)
    assert.deepEqual(tree.root(size), root)
    for (let index = 0; index < size; index++) {
      const path = tree.inclusion(index, size)
      const leaf = leaves[index]!
      assert.ok(isIncluded(leaf, index, { size, root }, path))
      assert.ok(!isIncluded(bent(leaf), index, { size, root }, path))
      assert.ok(!isIncluded(leaf, index, { size, root: bent(root) }, path))
      if (size > 1) assert.ok(!isIncluded(leaf, (index + 1) % size, { size, root }, path))
      for (const other of bends(path)) assert.ok(!isIncluded(leaf, index, { size, root }, other))
    }
    assert.ok(!isIncluded(leaves[0]!, size, { size, root }, []))
  }
})

test('consistency', () => {
  for (const size of sizes) {
    for (const old of sizes.slice(0, size)) {
      const proof = tree.consistency(old, size)
      const [from, to] = [
        { size: old, root: rootOf(old) },
        { size, root: rootOf(size) },
      ]
      assert.ok(isConsistent(from, to, proof))
      assert.ok(!isConsistent({ ...from, root: bent(from.root) }, to, proof))
      assert.ok(!isConsistent(from, { ...to, root: bent(to.root) }, proof))
      for (const other of bends(proof)) assert.ok(!isConsistent(from, to, other), `${old} ${size}`)
      if (old < size) assert.ok(!isConsistent(to, from, proof))
    }
  }
  assert.ok(!isConsistent({ size: 0, root: sha256() }, { size: 1, root: rootOf(1) }, []))
})
