// Proves, before any share is handed out, that every quorum of them gives the secret back.
import { randomInt, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../domain/secret.ts'
import type { Share } from './port.ts'
import { checkThreshold } from './shamir.ts'
import { combineShares } from './share.ts'

/** So many subsets are tried at most; where there are no more than these, all of them. */
const LIMIT = 1000

/** Recombines M-subsets and compares; gives the number tried. A subset that fails is a bug: such shares must not be issued. */
export async function verifySubsets(shares: readonly Share[], m: number, secret: Secret): Promise<number> {
  checkThreshold(shares.length, m)
  const subsets = subsetCount(shares.length, m) <= LIMIT ? everySubset(shares.length, m) : someSubsets(shares.length, m)
  let tried = 0
  for (const subset of subsets) {
    using found = await combineShares(subset.map((index) => shares[index]!))
    if (!timingSafeEqual(found.reveal(), secret.reveal())) {
      throw new Error(`shares ${subset.map((index) => index + 1).join(', ')} do not give the secret back`)
    }
    tried++
  }
  return tried
}

/** C(n, m), or more than LIMIT where it is more: the true number may be too big for an integer. */
function subsetCount(n: number, m: number): number {
  let count = 1
  for (let i = 1; i <= Math.min(m, n - m) && count <= LIMIT; i++) count = (count * (n - i + 1)) / i
  return count
}

function* everySubset(n: number, m: number, from = 0): Generator<number[]> {
  if (m === 0) yield []
  else for (let i = from; i <= n - m; i++) for (const rest of everySubset(n, m - 1, i + 1)) yield [i, ...rest]
}

// Each share takes its turn to be in one, so that none stays untried by chance.
function* someSubsets(n: number, m: number): Generator<number[]> {
  for (let turn = 0; turn < LIMIT; turn++) yield randomSubset(n, m, turn % n)
}

function randomSubset(n: number, m: number, always: number): number[] {
  const chosen = new Set([always])
  while (chosen.size < m) chosen.add(randomInt(n))
  return [...chosen].sort((a, b) => a - b)
}
