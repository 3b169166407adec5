// Before shares are handed out, every quorum of them is tried, or a thousand where there are more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXIT, KeyriteError } from '../../src/domain/errors.ts'
import { verifySubsets } from '../../src/quorum/issue.ts'
import type { Share } from '../../src/quorum/port.ts'
import { makeShares } from '../../src/quorum/share.ts'
import { newSecret, rule } from './helpers.ts'

const CASES = [
  { n: 3, m: 2, tried: 3 },
  { n: 5, m: 3, tried: 10 },
  { n: 4, m: 4, tried: 1 },
  { n: 12, m: 6, tried: 924 },
  { n: 45, m: 2, tried: 990 },
  { n: 13, m: 6, tried: 1000 },
  { n: 255, m: 2, tried: 1000 },
]

for (const { n, m, tried } of CASES) {
  test(`${m} of ${n}: ${tried} subsets`, async () => {
    using secret = newSecret()
    const { shares, subsets } = await recorded(await makeShares(secret, n, m), m)
    assert.equal(await verifySubsets(shares, m, secret), tried)
    assert.ok(subsets().every((subset) => new Set(subset).size === m))
    assert.equal(new Set(subsets().flat()).size, n, 'each share was tried')
    if (tried < 1000) assert.equal(new Set(subsets().map(String)).size, tried, 'each subset once')
  })
}

/** Shares that note when they are read, so that the subsets can be told afterwards. */
async function recorded(shares: Share[], m: number) {
  const reads: number[] = []
  const watched = shares.map((share, index) =>
    Object.create(share, {
      payload: {
        get() {
          reads.push(index)
          return share.payload
        },
      },
    }),
  ) as Share[]
  const subsets = () => Array.from({ length: reads.length / m }, (_, i) => reads.slice(i * m, (i + 1) * m))
  return { shares: watched, subsets }
}

for (const { n, m } of [
  { n: 5, m: 3 },
  { n: 120, m: 3 },
]) {
  test(`one bad share among ${n} is found, and is a bug, not a refusal`, async () => {
    using secret = newSecret()
    const shares = await makeShares(secret, n, m)
    shares[n - 1]!.payload.reveal()[5]! ^= 1
    const isBug = (error: unknown) => !(error instanceof KeyriteError) && /do not give the secret/.test(String(error))
    await assert.rejects(verifySubsets(shares, m, secret), isBug)
  })
}

test('THRESHOLD-RANGE: more than there are', async () => {
  using secret = newSecret()
  await assert.rejects(
    verifySubsets(await makeShares(secret, 3, 2), 4, secret),
    rule('THRESHOLD-RANGE', /./, EXIT.usage),
  )
})
