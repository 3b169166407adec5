// Proofs of RFC 6962, 2.1: that a leaf is in a tree, and that a tree is the beginning of a larger one. And how each is checked.
import { sameBytes } from './encoding.ts'
import { hashNode } from './merkle.ts'

interface Tree {
  size: number
  root: Uint8Array
}

/** The largest power of two below `size`, which is at least 2. */
function split(size: number): number {
  let left = 1
  while (left * 2 < size) left *= 2
  return left
}

const isPower = (size: number): boolean => size === 1 || split(size) * 2 === size

/** All leaves of a ledger, and with them the hash of every whole subtree: twice the memory of the leaves. */
export class WholeTree {
  /** Of each level the hashes of its whole subtrees. */
  readonly #levels: Uint8Array[][]

  /** `leaves`: of 32 bytes each. */
  constructor(leaves: readonly Uint8Array[]) {
    this.#levels = [[...leaves]]
    for (let level = this.#levels[0]!; level.length > 1; level = this.#levels.at(-1)!) {
      const next: Uint8Array[] = []
      for (let i = 0; i + 1 < level.length; i += 2) next.push(hashNode(level[i]!, level[i + 1]!))
      this.#levels.push(next)
    }
  }

  get size(): number {
    return this.#levels[0]!.length
  }

  /** The root of the first `size` leaves, of which there is one at least. */
  root(size: number): Uint8Array {
    return this.#hash(0, size)
  }

  /** PATH(m, D[n]): from the leaf's neighbour up. */
  inclusion(index: number, size: number): Uint8Array[] {
    return this.#path(index, 0, size)
  }

  /** PROOF(m, D[n]): nothing where the two are of one size. */
  consistency(from: number, size: number): Uint8Array[] {
    return this.#subproof(from, 0, size, true)
  }

  /** Of the leaves from `start` on: a whole subtree is at hand. */
  #hash(start: number, size: number): Uint8Array {
    if (isPower(size) && start % size === 0) return this.#levels[Math.round(Math.log2(size))]![start / size]!
    const left = split(size)
    return hashNode(this.#hash(start, left), this.#hash(start + left, size - left))
  }

  #path(index: number, start: number, size: number): Uint8Array[] {
    if (size === 1) return []
    const left = split(size)
    return index < left
      ? [...this.#path(index, start, left), this.#hash(start + left, size - left)]
      : [...this.#path(index - left, start + left, size - left), this.#hash(start, left)]
  }

  #subproof(from: number, start: number, size: number, isWhole: boolean): Uint8Array[] {
    if (from === size) return isWhole ? [] : [this.#hash(start, size)]
    const left = split(size)
    return from <= left
      ? [...this.#subproof(from, start, left, isWhole), this.#hash(start + left, size - left)]
      : [...this.#subproof(from - left, start + left, size - left, false), this.#hash(start, left)]
  }
}

/** Whether this leaf is the one with this index in the tree of this size and root. */
export function isIncluded(
  leaf: Uint8Array,
  index: number,
  { size, root }: Tree,
  path: readonly Uint8Array[],
): boolean {
  if (index >= size) return false
  const found = rootAbove(leaf, index, size, [...path])
  return found !== undefined && sameBytes(found, root)
}

/** Takes the hashes off the end of the path, which must be used up. */
function rootAbove(leaf: Uint8Array, index: number, size: number, path: Uint8Array[]): Uint8Array | undefined {
  if (size === 1) return path.length === 0 ? leaf : undefined
  const other = path.pop()
  if (!other) return undefined
  const left = split(size)
  const below = index < left ? rootAbove(leaf, index, left, path) : rootAbove(leaf, index - left, size - left, path)
  return below && (index < left ? hashNode(below, other) : hashNode(other, below))
}

/** Whether the first tree, of one leaf at least, is the beginning of the second. */
export function isConsistent(from: Tree, to: Tree, proof: readonly Uint8Array[]): boolean {
  if (from.size < 1 || from.size > to.size) return false
  const roots = rootsOf(from.size, to.size, [...proof], from.root)
  return roots !== undefined && sameBytes(roots.old, from.root) && sameBytes(roots.now, to.root)
}

/** The roots of both that the proof gives. `whole`: what the older tree is, as long as it is one whole subtree of the newer. */
function rootsOf(
  from: number,
  size: number,
  proof: Uint8Array[],
  whole?: Uint8Array,
): { old: Uint8Array; now: Uint8Array } | undefined {
  if (from === size) {
    const same = whole ?? proof.pop()
    return same && proof.length === 0 ? { old: same, now: same } : undefined
  }
  const other = proof.pop()
  if (!other) return undefined
  const left = split(size)
  const below = from <= left ? rootsOf(from, left, proof, whole) : rootsOf(from - left, size - left, proof)
  if (!below) return undefined
  return from <= left
    ? { old: below.old, now: hashNode(below.now, other) }
    : { old: hashNode(other, below.old), now: hashNode(other, below.now) }
}
