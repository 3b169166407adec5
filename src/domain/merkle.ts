// The Merkle tree of RFC 6962 over the ledger's leaves, kept as the roots of its full subtrees: memory grows with log2(n).
import { sha256 } from './encoding.ts'

/** 0x01 ‖ left ‖ right. */
const node = Uint8Array.of(1, ...new Uint8Array(64))

export function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  node.set(left, 1)
  node.set(right, 33)
  return sha256(node)
}

export class MerkleTree {
  #roots: Uint8Array[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds a leaf hash, SHA-256(0x00 ‖ data), 32 bytes. */
  add(leaf: Uint8Array): void {
    let root = leaf
    // Each trailing 1 bit of the old size is a full subtree that this leaf completes.
    for (let size = this.#size; size & 1; size = Math.floor(size / 2)) root = hashNode(this.#roots.pop()!, root)
    this.#roots.push(root)
    this.#size++
  }

  /** The root, 32 bytes; of no leaves it is the hash of nothing (RFC 6962, section 2.1). */
  root(): Uint8Array {
    if (this.#size === 0) return sha256()
    return this.#roots.reduceRight((right, left) => hashNode(left, right))
  }

  /** The roots of its full subtrees, the largest first. */
  get roots(): readonly Uint8Array[] {
    return this.#roots
  }

  static of(size: number, roots: readonly Uint8Array[]): MerkleTree {
    const tree = new MerkleTree()
    tree.#roots = [...roots]
    tree.#size = size
    return tree
  }

  copy(): MerkleTree {
    return MerkleTree.of(this.#size, this.#roots)
  }
}
