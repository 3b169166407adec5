// The contract of keys: each type from its making to its end, and what is never done to a key by mistake.
import assert from 'node:assert/strict'
import { createPublicKey, randomBytes } from 'node:crypto'
import {
  classOf,
  flagsThatDiffer,
  type KeyType,
  type Usage,
  usageAttributes,
  usualUsages,
} from '../../src/domain/keys.ts'
import type { KeyFacts, UserSession } from '../../src/hsm/port.ts'
import { type ContractCase, type ContractToken, flat, isEmpty, MADE_TYPES, onToken, specOn, using } from './contract.ts'

/** With what a key of it is made for here, and what a deactivated one may still do. */
const USED: { readonly [type in KeyType]?: readonly [Usage[], Usage[]] } = {
  'aes-128': [['wrap', 'unwrap'], ['unwrap']],
  'rsa-2048': [['encrypt', 'decrypt'], ['decrypt']],
  'ec-p384': [['derive'], []],
  'tdes-168': [['wrap', 'unwrap'], ['unwrap']],
}
const AFTER: readonly Usage[] = ['decrypt', 'verify']
const usedAs = (type: KeyType): readonly [readonly Usage[], readonly Usage[]] => {
  const usual = usualUsages(type)
  return USED[type] ?? [usual, usual.filter((usage) => AFTER.includes(usage))]
}

/** A look takes no check value where that would need another flag. */
const withoutSecret = (facts: KeyFacts[]) =>
  facts.map((key) => (key.class === 'secret' ? { ...key, fingerprint: '' } : key))

export const fromMakingToEnd = (type: KeyType): ContractCase =>
  onToken(`${type} is made as it was described, read, restricted and destroyed`, [`makes ${type}`], (token) =>
    using(token, async (session) => {
      const [usages, fewer] = usedAs(type)
      const key = specOn(token, type, usages)
      const [made] = await session.generateKeys([key])
      assert.deepEqual([made!.label, made!.type, made!.class], [key.label, type, classOf(type)])
      assert.deepEqual(Buffer.from(made!.id), key.id)
      assert.deepEqual(flagsThatDiffer(key.attributes, made!.attributes), [])
      assert.equal(flat(made!).LOCAL, !token.address.profile.broken?.includes('origin-untold'))
      assert.deepEqual(await session.proveKeys([key.id]), [made])
      const after = await session.setUsage(key.id, usageAttributes(type, fewer))
      assert.deepEqual(flagsThatDiffer(usageAttributes(type, fewer), after.attributes), [])
      const [proved] = await session.proveKeys([key.id])
      assert.deepEqual(proved, { ...made, attributes: after.attributes })
      assert.deepEqual(withoutSecret(await session.readKeys([key.id])), withoutSecret([proved!]))
      assert.equal(await session.destroyKeys([key.id]), classOf(type) === 'secret' ? 1 : 2)
      assert.deepEqual(await session.readKeys([key.id]), [])
      await isEmpty(session)
    }),
  )

/** Made for this, and gone afterwards. */
async function madeFor<T>(
  session: UserSession,
  specs: Parameters<UserSession['generateKeys']>[0],
  use: (made: KeyFacts[]) => Promise<T>,
): Promise<T> {
  const made = await session.generateKeys(specs)
  const done = await use(made)
  await session.destroyKeys(specs.map(({ id }) => id))
  return done
}

const publicKey = (type: KeyType, curve?: string): ContractCase =>
  onToken(`the public key of ${type} is what node reads`, [`makes ${type}`], (token) =>
    using(token, (session) =>
      madeFor(session, [specOn(token, type, ['sign', 'verify'])], async ([facts]) => {
        const key = createPublicKey({ key: Buffer.from(facts!.spki!), format: 'der', type: 'spki' })
        assert.equal(key.asymmetricKeyDetails?.namedCurve, curve)
        assert.match(facts!.fingerprint, /^sha256:[0-9a-f]{64}$/)
      }),
    ),
  )

const AES = ['makes aes-256'] as const
const aes = (token: ContractToken, label?: string) => specOn(token, 'aes-256', ['encrypt'], label)

const OF_AES: readonly ContractCase[] = [
  onToken('a check value is the same whichever way it is taken', [...AES, 'takes a check value by CMAC'], (token) =>
    using(token, (session) =>
      madeFor(session, [specOn(token, 'aes-256', ['sign'])], async ([bySigning]) => {
        const { id, fingerprint } = bySigning!
        const byEncrypting = await session.setUsage(id, usageAttributes('aes-256', ['encrypt']))
        const [read] = await session.readKeys([id])
        assert.match(fingerprint, /^cmac5:[0-9a-f]{10}$/)
        assert.deepEqual([byEncrypting.fingerprint, read!.fingerprint], [fingerprint, fingerprint])
        const idle = await session.setUsage(id, usageAttributes('aes-256', []))
        assert.equal(idle.fingerprint, fingerprint)
        assert.equal((await session.readKeys([id]))[0]!.fingerprint, '')
        assert.equal((await session.proveKeys([id]))[0]!.fingerprint, fingerprint)
        assert.equal(flat((await session.readKeys([id]))[0]!).SIGN, false)
      }),
    ),
  ),
  onToken('many keys are made in order, with progress, and found among others', AES, (token) =>
    using(token, async (session) => {
      const keys = Array.from({ length: 40 }, (_, i) => aes(token, `bulk#${i + 1}`))
      const heard: number[] = []
      const made = await session.generateKeys(keys, (done) => heard.push(done))
      assert.deepEqual(
        made.map(({ label }) => label),
        keys.map(({ label }) => label),
      )
      assert.ok(heard.every((done, i) => i === 0 || done > heard[i - 1]!))
      const ids = keys.map(({ id }) => id)
      assert.deepEqual(withoutSecret(await session.readKeys(ids.slice(5, 15))), withoutSecret(made.slice(5, 15)))
      const seen = await session.readKeys(ids, undefined, true)
      assert.deepEqual(
        seen,
        made.map((facts) => ({ ...facts, fingerprint: '' })),
        'nothing else is left out',
      )
      assert.deepEqual(
        (await session.countObjects(ids)).filter((count) => count !== 1),
        [],
      )
      assert.equal(await session.destroyKeys([...ids, ids[0]!]), keys.length)
    }),
  ),
  onToken('duplicates are listed, and never changed', [...AES, 'holds two of one id'], (token) =>
    using(token, async (session) => {
      const one = aes(token)
      const two = { ...one, label: 'test/duplicate#1' }
      await session.generateKeys([one, two])
      const labels = (await session.readKeys([one.id])).map(({ label }) => label)
      assert.deepEqual(labels.sort(), [one.label, two.label])
      const change = session.setUsage(one.id, usageAttributes('aes-256', []))
      await assert.rejects(change, { code: 'KEY-TWINS', exit: 5 })
      assert.equal(await session.destroyKeys([one.id]), 2)
    }),
  ),
  onToken('a key that is not there is absent, and an empty id matches nothing', AES, (token) =>
    using(token, (session) =>
      madeFor(session, [aes(token)], async () => {
        const [id, empty] = [randomBytes(16), new Uint8Array()]
        for (const ids of [[id], [empty], []]) assert.deepEqual(await session.readKeys(ids), [])
        await assert.rejects(session.setUsage(id, usageAttributes('aes-256', [])), { code: 'KEY-ABSENT', exit: 4 })
        for (const none of [id, empty]) assert.equal(await session.destroyKeys([none]), 0)
      }),
    ),
  ),
  onToken('what fails after the first key says that something changed', [...AES, 'keeps user-trusted'], (token) =>
    using(token, async (session) => {
      const [good, bad] = [aes(token), aes(token)]
      const nonsense = { ...bad, attributes: { ...bad.attributes, TRUSTED: true } }
      await assert.rejects(session.generateKeys([nonsense]), { exit: 4, changed: false })
      await assert.rejects(session.generateKeys([good, nonsense]), { exit: 4, changed: true })
      assert.equal(await session.destroyKeys([good.id, bad.id]), 1)
      // SoftHSM leaves one without a name in its process for each call that was refused.
      await session.clearIncompleteObjects([])
      await isEmpty(session)
    }),
  ),
  onToken('a try of all that the token can do without a login leaves nothing', AES, async (token) => {
    const { hsm, address } = token
    const slot = (await hsm.slots()).find(({ token: there }) => there?.serial === address.serial)!.slot
    await hsm.probe(slot)
    for (const { can } of [await hsm.tryImport(slot)]) assert.ok(can === true || can.lacks.length > 0)
    await using(token, isEmpty)
  }),
]

export const KEY_CASES: readonly ContractCase[] = [
  ...MADE_TYPES.map(fromMakingToEnd),
  publicKey('ec-p384', 'secp384r1'),
  publicKey('rsa-2048'),
  ...OF_AES,
]
