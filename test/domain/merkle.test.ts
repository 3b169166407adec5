// The Merkle tree against the published roots of RFC 6962's reference implementation, and against its recursive definition.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat, fromHex, sha256, toHex, utf8 } from '../../src/domain/encoding.ts'
import { MerkleTree } from '../../src/domain/merkle.ts'
import { leafOf } from '../../src/domain/record.ts'

const leafHash = (data: Uint8Array) => sha256(Uint8Array.of(0), data)

const DATA = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

test('roots of none to eight leaves', () => {
  const tree = new MerkleTree()
  assert.equal(toHex(tree.root()), ROOTS[0])
  for (const [i, data] of DATA.entries()) {
    tree.add(leafHash(fromHex(data)))
    assert.equal(tree.size, i + 1)
    assert.equal(toHex(tree.root()), ROOTS[i + 1])
  }
})

/** RFC 6962, section 2.1, as it is written there. */
function definedRoot(leaves: Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256()
  if (leaves.length === 1) return leaves[0]!
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return sha256(Uint8Array.of(1), definedRoot(leaves.slice(0, k)), definedRoot(leaves.slice(k)))
}

test('roots of up to 130 leaves are those of the definition', () => {
  const tree = new MerkleTree()
  const leaves: Uint8Array[] = []
  for (let i = 0; i < 130; i++) {
    leaves.push(leafHash(utf8(`leaf ${i}`)))
    tree.add(leaves[i]!)
    assert.equal(toHex(tree.root()), toHex(definedRoot(leaves)), `${i + 1} leaves`)
  }
})

test('the leaf of a line is its leaf hash, in UTF-8', () => {
  assert.deepEqual(leafOf('{"ü":1}'), sha256(concat(Uint8Array.of(0), utf8('{"ü":1}'))))
})
