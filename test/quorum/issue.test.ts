// Before shares are handed out, every quorum of them is tried, or a thousand where there are more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXIT, KeyriteError } from '../../src/domain/errors.ts'
import { checkValue, matchesCheck } from '../../src/quorum/derive.ts'
import { verifySubsets } from '../../src/quorum/issue.ts'
import type { Share } from '../../src/quorum/port.ts'
import { combineShares, makeShares } from '../../src/quorum/share.ts'
import { newSecret, PARTITION, rule } from './helpers.ts'

const CASES = [
  { n: 3, m: 2, tried: 3 },
  { n: 5, m: 3, tried: 10 },
  { n: 4, m: 4, tried: 1 },
  { n: 12, m: 6, tried: 924 },
  { n: 45, m: 2, tried: 990 },
  { n: 13, m: 6, tried: 1000 },
  { n: 255, m: 2, tried: 1000 },
  { n: 255, m: 255, tried: 1 },
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

/** Each choice of M out of these. */
function* subsetsOf<T>(all: readonly T[], m: number): Generator<T[]> {
  if (m === 0) return yield []
  for (const [i, first] of all.entries()) for (const rest of subsetsOf(all.slice(i + 1), m - 1)) yield [first, ...rest]
}

test('2 to 10 people, of whom 2 or more must agree: each M of them give the secret, and no M - 1 anything that is taken for it', async () => {
  using secret = newSecret()
  const check = checkValue(secret, PARTITION)
  for (let n = 2; n <= 10; n++)
    for (let m = 2; m <= n; m++) {
      const shares = await makeShares(secret, n, m)
      const enough = [...subsetsOf(shares, m)]
      assert.equal(await verifySubsets(shares, m, secret), enough.length)
      for (const few of subsetsOf(shares, m - 1)) {
        if (m === 2) await assert.rejects(combineShares(few), rule('SHARE-POINTS', /at least 2/))
        else assert.equal(matchesCheck(await combineShares(few), PARTITION, check), false, `${m - 1} of ${m} of ${n}`)
      }
    }
})

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
