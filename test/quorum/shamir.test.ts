// Splitting and combining: any M of N parts give the secret, anything else gives another one or is refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EXIT } from '../../src/domain/errors.ts'
import { Secret } from '../../src/domain/secret.ts'
import { checkValue, matchesCheck } from '../../src/quorum/derive.ts'
import { combineParts, splitSecret } from '../../src/quorum/shamir.ts'
import { newSecret, PARTITION, pick, rule } from './helpers.ts'

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 })
const thresholds = fc
  .integer({ min: 2, max: 9 })
  .chain((m) => fc.tuple(fc.integer({ min: m, max: 12 }), fc.constant(m)))

test('any M or more of N parts, in any order, give the secret', async () => {
  const property = fc.asyncProperty(secrets, thresholds, fc.nat(), async (bytes, [n, m], more) => {
    const parts = await splitSecret(new Secret(Uint8Array.from(bytes)), n, m)
    assert.equal(parts.length, n)
    const found = await combineParts(pick(parts, m + (more % (n - m + 1))))
    assert.deepEqual(found.reveal(), bytes)
  })
  await fc.assert(property, { numRuns: 200 })
})

test('fewer than M parts give another secret, which the check value refuses', async () => {
  const property = fc.asyncProperty(secrets, fc.integer({ min: 3, max: 8 }), async (bytes, m) => {
    const secret = new Secret(bytes)
    const parts = await splitSecret(secret, m + 2, m)
    const found = await combineParts(pick(parts, m - 1))
    assert.equal(matchesCheck(found, PARTITION, checkValue(secret, PARTITION)), false)
  })
  await fc.assert(property)
})

test('parts of two sets, and a part with one wrong bit, give another secret', async () => {
  const [secret, other] = [newSecret(), newSecret()]
  const check = checkValue(secret, PARTITION)
  const [mine, foreign] = [await splitSecret(secret, 3, 2), await splitSecret(other, 3, 2)]
  const stranger = foreign.find((part) => part[32] !== mine[0]![32])!
  assert.equal(matchesCheck(await combineParts([mine[0]!, stranger]), PARTITION, check), false)
  const damaged = Uint8Array.from(mine[1]!)
  damaged[7]! ^= 0x10
  assert.equal(matchesCheck(await combineParts([mine[0]!, damaged]), PARTITION, check), false)
})

test('255 parts stand at 255 points, none of them 0', async () => {
  const parts = await splitSecret(newSecret(), 255, 2)
  assert.ok(parts.every((part) => part.length === 33))
  const points = parts.map((part) => part[32]!).sort((a, b) => a - b)
  assert.deepEqual(
    points,
    Array.from({ length: 255 }, (_, i) => i + 1),
  )
})

test('THRESHOLD-RANGE: 2 <= M <= N <= 255, whole numbers', async () => {
  const wrong = [
    [3, 1],
    [2, 3],
    [256, 2],
    [2.5, 2],
    [3, 2.5],
    [Number.NaN, 2],
    [3, Number.NaN],
    [3, 0],
    [3, -2],
  ] as const
  for (const [n, m] of wrong) {
    await assert.rejects(
      splitSecret(newSecret(), n, m),
      rule('THRESHOLD-RANGE', /threshold/, EXIT.usage),
      `${m} of ${n}`,
    )
  }
})

test('a secret that is not 32 bytes is a bug of the caller', async () => {
  await assert.rejects(splitSecret(new Secret(new Uint8Array(31)), 3, 2), /32 bytes/)
})

test('SHARE-POINTS: a point 0 would dictate the secret; a repeated one, a wrong length or a lone part is refused', async () => {
  const [first, second] = (await splitSecret(newSecret(), 3, 2)) as [Uint8Array, Uint8Array]
  const zero = Uint8Array.from(second)
  zero[32] = 0
  await assert.rejects(combineParts([first, zero]), rule('SHARE-POINTS', /point 0/))
  await assert.rejects(combineParts([first, first]), rule('SHARE-POINTS', /same point/))
  await assert.rejects(combineParts([first, second.subarray(1)]), rule('SHARE-POINTS', /length/))
  await assert.rejects(combineParts([first]), rule('SHARE-POINTS', /at least 2/))
})

test('buffers work like plain arrays, and what was given is not wiped', async () => {
  const bytes = Buffer.from(newSecret().reveal())
  const parts = (await splitSecret(new Secret(bytes), 3, 2)).map((part) => Buffer.from(part))
  const before = parts.map((part) => part.toString('hex'))
  assert.deepEqual(Buffer.from((await combineParts(parts.slice(1))).reveal()), bytes)
  assert.deepEqual(
    parts.map((part) => part.toString('hex')),
    before,
  )
  assert.notDeepEqual(bytes, Buffer.alloc(32))
})
