// What shares of several sets of one group unlock: today's lead down to every secret before, and none before leads up.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Credentials, type KnownSets, type SetName } from '../../src/change/credentials.ts'
import { toBase64url, toHex } from '../../src/domain/encoding.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Group } from '../../src/domain/shapes.ts'
import type { Bridge } from '../../src/domain/share-sets.ts'
import type { Share } from '../../src/quorum/port.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { rule } from '../quorum/helpers.ts'

const PARTITION = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b'

/** A set of a group, with everything that nobody keeps. */
interface Made {
  group: Group
  secret: Secret
  shares: Share[]
}

async function made(epoch: number, m: number, n: number): Promise<Made> {
  const secret = new Secret(Uint8Array.from(randomBytes(32)))
  const shares = await quorum.makeShares(secret, n, m)
  const custodians = shares.map(({ key }, i) => ({ name: `c${i}`, key: toBase64url(key) }))
  const check = toBase64url(quorum.checkValue(secret, PARTITION))
  return {
    group: { name: 'ops', roles: ['so', 'user', 'recovery'], threshold: m, epoch, check, custodians },
    secret,
    shares,
  }
}

/** Sets one after the other, each bridged to the one before; `bend` is what a ledger could say that is wrong. */
function setsOf(all: readonly Made[], bend: (bridge: Bridge) => Bridge = (bridge) => bridge): KnownSets {
  const bridges = all.slice(1).map(({ group: { epoch }, secret }, i) => {
    const before = all[i]!
    const value = toBase64url(quorum.bridge(secret, before.secret, PARTITION, epoch))
    return bend({ epoch, before: before.group.epoch, value })
  })
  return {
    groups: [all.at(-1)!.group],
    setOf: ({ epoch }) => all.map(({ group }) => group).find((group) => group.epoch === epoch),
    bridgesDown: (_, from, to) => bridges.filter(({ epoch }) => epoch <= from && epoch > to).reverse(),
    pins: {},
  }
}

function holding(sets: KnownSets, ...held: { of: Made; seats: readonly number[] }[]): Credentials {
  const credentials = new Credentials(PARTITION, sets, quorum)
  for (const { of, seats } of held)
    for (const i of seats) {
      // A share that is let go of is wiped.
      const share = quorum.parseShare(quorum.formatShareFile(of.shares[i]!, {}).trim())
      credentials.hold({ group: of.group, custodian: of.group.custodians[i]! }, share)
    }
  return credentials
}

const at = ({ group }: Made): SetName => ({ group: 'ops', epoch: group.epoch })
const hexAt = async (credentials: Credentials, set: SetName): Promise<string> => {
  using secret = await credentials.secretAt(set)
  return toHex(secret.reveal())
}
const hexOf = ({ secret }: Made): string => toHex(secret.reveal())

/** M, N, and M seats of them in some order. */
const ofSome = fc
  .integer({ min: 2, max: 10 })
  .chain((n) => fc.tuple(fc.integer({ min: 2, max: n }), fc.constant(n)))
  .chain(([m, n]) =>
    fc.record({
      m: fc.constant(m),
      n: fc.constant(n),
      seats: fc.shuffledSubarray([...Array(n).keys()], { minLength: m, maxLength: m }),
    }),
  )

describe('any M of N of a set', () => {
  test('give its secret and all before it, through bridges whose epochs may skip; one less gives none', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(ofSome, { minLength: 2, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 4, maxLength: 4 }),
        async (shapes, steps) => {
          let epoch = 0
          const all: Made[] = []
          for (const [i, { m, n }] of shapes.entries()) all.push(await made((epoch += steps[i]!), m, n))
          const sets = setsOf(all)
          for (const [i, of] of all.entries()) {
            using enough = holding(sets, { of, seats: shapes[i]!.seats })
            for (const below of all.slice(0, i + 1)) assert.equal(await hexAt(enough, at(below)), hexOf(below))
            for (const above of all.slice(i + 1))
              await assert.rejects(enough.secretAt(at(above)), rule('CREDENTIALS-SUFFICE'))
            using tooFew = holding(sets, { of, seats: shapes[i]!.seats.slice(1) })
            await assert.rejects(tooFew.secretAt(at(of)), rule('CREDENTIALS-SUFFICE'))
          }
        },
      ),
      { numRuns: 25 },
    ))

  test('of two sets are not counted together', () =>
    fc.assert(
      fc.asyncProperty(ofSome, ofSome, async (a, b) => {
        const [old, fresh] = [await made(1, a.m, a.n), await made(2, b.m, b.n)]
        using mixed = holding(
          setsOf([old, fresh]),
          { of: old, seats: a.seats.slice(1) },
          { of: fresh, seats: b.seats.slice(1) },
        )
        await assert.rejects(mixed.secretAt(at(fresh)), rule('CREDENTIALS-SUFFICE'))
        await assert.rejects(mixed.secretAt(at(old)), rule('CREDENTIALS-SUFFICE'))
      }),
      { numRuns: 15 },
    ))

  test('of 255, too: 128 of the new set open what 200 of the old one made', async () => {
    const [old, fresh] = [await made(1, 200, 255), await made(2, 128, 255)]
    using all = holding(setsOf([old, fresh]), { of: fresh, seats: [...Array(255).keys()].slice(127) })
    assert.equal(await hexAt(all, at(fresh)), hexOf(fresh))
    assert.equal(await hexAt(all, at(old)), hexOf(old))
    using less = holding(setsOf([old, fresh]), { of: fresh, seats: [...Array(127).keys()] })
    await assert.rejects(less.secretAt(at(fresh)), rule('CREDENTIALS-SUFFICE'))
  })
})

test('a set that is only staged leads nowhere: it has no bridge', async () => {
  const [old, staged] = [await made(1, 2, 3), await made(2, 2, 3)]
  using both = holding(
    { ...setsOf([old, staged]), bridgesDown: () => [] },
    { of: staged, seats: [0, 1] },
    { of: old, seats: [0] },
  )
  assert.equal(await hexAt(both, at(staged)), hexOf(staged))
  await assert.rejects(both.secretAt(at(old)), rule('CREDENTIALS-SUFFICE'))
})

describe('what is wrong is found before anything is derived of it', () => {
  test('SECRET-CHECK: a bridge to another secret, or a check value that is not that of the set', async () => {
    const [old, fresh, other] = [await made(1, 2, 3), await made(2, 2, 3), await made(1, 2, 3)]
    const wrong = toBase64url(quorum.bridge(fresh.secret, other.secret, PARTITION, 2))
    using astray = holding(
      setsOf([old, fresh], (bridge) => ({ ...bridge, value: wrong })),
      { of: fresh, seats: [0, 2] },
    )
    await assert.rejects(astray.secretAt(at(old)), rule('SECRET-CHECK', /bridge/, 5))
    const bent = { ...fresh, group: { ...fresh.group, check: old.group.check } }
    using checked = holding(setsOf([old, bent]), { of: bent, seats: [0, 1] })
    await assert.rejects(checked.secretAt(at(bent)), rule('SECRET-CHECK', /split from/, 5))
  })

  test('BRIDGE-OPENS: a bridge of another epoch', async () => {
    const [old, fresh] = [await made(1, 2, 3), await made(2, 2, 3)]
    const value = toBase64url(quorum.bridge(fresh.secret, old.secret, PARTITION, 3))
    using astray = holding(
      setsOf([old, fresh], (bridge) => ({ ...bridge, value })),
      { of: fresh, seats: [0, 2] },
    )
    await assert.rejects(astray.secretAt(at(old)), rule('BRIDGE-OPENS', /epoch 2/, 5))
  })

  test('every subset of what is there is joined: one share of other points is found, of whichever set', async () => {
    const [old, fresh, other] = [await made(1, 2, 4), await made(2, 3, 4), await made(2, 3, 4)]
    const forged = { ...fresh, shares: [...fresh.shares.slice(0, 3), other.shares[3]!] }
    const sets = setsOf([old, fresh])
    using sound = holding(sets, { of: old, seats: [0, 1, 2] }, { of: fresh, seats: [0, 1, 2, 3] })
    await sound.checkSubsets(at(fresh))
    await sound.checkSubsets(at(old))
    using unsound = holding(sets, { of: forged, seats: [0, 1, 2, 3] })
    assert.equal(await hexAt(unsound, at(fresh)), hexOf(fresh))
    await assert.rejects(unsound.checkSubsets(at(fresh)), rule('SECRET-CHECK', /do not give the secret back/, 5))
  })

  test('the bridge of two sets at hand opens to the old one', async () => {
    const [old, fresh] = [await made(4, 2, 3), await made(9, 2, 2)]
    using both = holding(setsOf([old, fresh]), { of: old, seats: [1, 2] }, { of: fresh, seats: [0, 1] })
    const blob = await both.bridge(at(old), at(fresh))
    assert.equal(blob.length, 40)
    using opened = quorum.openBridge(blob, fresh.secret, PARTITION, 9)
    assert.deepEqual(opened.reveal(), old.secret.reveal())
  })

  test('the PIN of the partition’s token is that of the epoch that the ledger says it has', async () => {
    const [old, fresh] = [await made(1, 2, 3), await made(2, 2, 3)]
    using behind = holding({ ...setsOf([old, fresh]), pins: { so: 1 } }, { of: fresh, seats: [0, 1] })
    const pin = async (role: 'so' | 'user', epoch?: number) => toHex((await behind.pinOf(role, epoch)).bytes.reveal())
    const expected = ({ secret }: Made, role: 'so' | 'user') =>
      toHex(quorum.derivedPin(secret, PARTITION, role).reveal())
    assert.equal(await pin('so'), expected(old, 'so'))
    assert.equal(await pin('user'), expected(fresh, 'user'))
    assert.equal(await pin('so', 2), expected(fresh, 'so'))
  })
})
