// The contract of backups: what is wrapped opens with node alone, and comes back on the token as the same key, or nothing of it stays.
import assert from 'node:assert/strict'
import { createDecipheriv, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import { hasCheckValue } from '../../src/domain/check-values.ts'
import { classOf, flagsThatDiffer, type KeyType, statableOnly, usualUsages } from '../../src/domain/keys.ts'
import type { WrapKind } from '../../src/domain/wrap-kinds.ts'
import type { KeyFacts, KeySpec, UserSession, WrappedKey } from '../../src/hsm/port.ts'
import {
  type ContractCase,
  type ContractToken,
  isEmpty,
  kek,
  kekBytes,
  MADE_TYPES,
  onToken,
  specOn,
  using,
  usingKek,
} from './contract.ts'

const OPENED_BY: Record<WrapKind, (blob: Uint8Array) => [cipher: string, iv: Uint8Array, sealed: Uint8Array]> = {
  kwp: (blob) => ['id-aes256-wrap-pad', Buffer.from('a65959a6', 'hex'), blob],
  kw: (blob) => ['id-aes256-wrap', Buffer.alloc(8, 0xa6), blob],
  'cbc-pad': (blob) => ['aes-256-cbc', blob.subarray(0, 16), blob.subarray(16)],
}

/** As a person with the KEK and openssl would do it. */
function opened({ wrap, blob }: Pick<WrappedKey, 'wrap' | 'blob'>): Buffer {
  const [cipher, iv, sealed] = OPENED_BY[wrap](blob)
  const decipher = createDecipheriv(cipher, kekBytes(), iv)
  return Buffer.concat([decipher.update(sealed), decipher.final()])
}

interface Saved {
  spec: KeySpec
  made: KeyFacts
  wrapped: WrappedKey
}

/** Made, wrapped, and gone from the token: with one slot alone, this is how it is elsewhere. */
async function savedAndGone(token: ContractToken, session: UserSession, spec: KeySpec): Promise<Saved> {
  const [made] = await session.generateKeys([spec])
  const [result] = await session.wrapKeys([spec.id])
  assert.ok(result && 'blob' in result, `it was not wrapped: ${JSON.stringify(result)}`)
  assert.equal(result.fingerprint, made!.fingerprint)
  assert.equal(result.wrap, token.address.profile.types[spec.type].wrap)
  await session.destroyKeys([spec.id])
  const { fingerprint, spki } = made!
  const wrapped = { ...spec, fingerprint, wrap: result.wrap, blob: result.blob, ...(spki && { spki }) }
  return { spec, made: made!, wrapped }
}

const saved = (token: ContractToken, session: UserSession, type: KeyType): Promise<Saved> =>
  savedAndGone(token, session, specOn(token, type, usualUsages(type)))

async function opensWithNode({ type, fingerprint, spki, wrap, blob }: WrappedKey): Promise<void> {
  const value = opened({ wrap, blob })
  if (classOf(type) === 'secret') return assert.ok(await hasCheckValue(fingerprint, type, value))
  const key = createPublicKey(createPrivateKey({ key: value, format: 'der', type: 'pkcs8' }))
  assert.deepEqual(key.export({ format: 'der', type: 'spki' }), Buffer.from(spki!))
}

const thereAndBack = (type: KeyType): ContractCase =>
  onToken(`${type} is wrapped, opens with node, and comes back as the same key`, [`wraps ${type}`], async (token) => {
    const { spec, made, wrapped } = await usingKek(token, async (session) => {
      const key = await saved(token, session, type)
      await opensWithNode(key.wrapped)
      await isBack(key, session)
      return key
    })
    // Without what wraps, a check value or an answer to a challenge decides.
    await using(token, async (session) => {
      await isBack({ spec, made, wrapped }, session)
      await isEmpty(session)
    })
  })

async function isBack({ spec, made, wrapped }: Saved, session: UserSession): Promise<void> {
  const [back] = await session.restoreKeys(kek(), [wrapped])
  assert.deepEqual([back!.label, back!.type, back!.fingerprint], [made.label, made.type, made.fingerprint])
  assert.deepEqual(flagsThatDiffer(statableOnly(made.attributes), back!.attributes), [])
  const [proved] = await session.proveKeys([spec.id])
  assert.equal(proved!.fingerprint, made.fingerprint)
  await session.destroyKeys([spec.id])
}

const AES = ['wraps aes-256'] as const
const bent = (key: WrappedKey, at: number): WrappedKey => ({
  ...key,
  blob: Uint8Array.from(key.blob, (byte, i) => (i === at ? byte ^ 1 : byte)),
})

const OF_BLOBS: readonly ContractCase[] = [
  onToken('a blob that was bent brings no key, and nothing of it stays', AES, (token) =>
    usingKek(token, async (session) => {
      const { wrapped } = await saved(token, session, 'aes-256')
      for (const at of [9, wrapped.blob.length - 1])
        await assert.rejects(session.restoreKeys(kek(), [bent(wrapped, at)]), ({ code }: { code: string }) =>
          /^(CKR_|RESTORE-EQUAL$|KEY-AS-ASKED$)/.test(code),
        )
      await isEmpty(session)
    }),
  ),
  onToken('RESTORE-EQUAL: another key than its record says is named and taken away', AES, (token) =>
    usingKek(token, async (session) => {
      const [right, other] = [await saved(token, session, 'aes-256'), await saved(token, session, 'aes-256')]
      const swapped = { ...right.wrapped, blob: other.wrapped.blob }
      await assert.rejects(session.restoreKeys(kek(), [swapped]), { exit: 5, code: 'RESTORE-EQUAL' })
      await isEmpty(session)
    }),
  ),
  onToken('RESTORE-EQUAL: a private key under the public key of another', ['wraps ec-p256'], (token) =>
    usingKek(token, async (session) => {
      const [right, other] = [await saved(token, session, 'ec-p256'), await saved(token, session, 'ec-p256')]
      const swapped = { ...right.wrapped, blob: other.wrapped.blob }
      await assert.rejects(session.restoreKeys(kek(), [swapped]), { exit: 5, code: 'RESTORE-EQUAL' })
      await isEmpty(session)
    }),
  ),
  onToken('a backup is tried without a login: what is right opens, what is bent is to blame', AES, async (token) => {
    const { wrapped } = await usingKek(token, (session) => saved(token, session, 'aes-256'))
    const found = await token.hsm.tryBlobs(token.address, kek(), [wrapped, bent(wrapped, 9), wrapped])
    assert.deepEqual([found[0], found[2]], [null, null])
    assert.ok(found[1]!.why.length > 0)
    await using(token, isEmpty)
  }),
  onToken('a key that is not EXTRACTABLE is not wrapped', [...AES, 'keeps not-extractable'], (token) =>
    usingKek(token, async (session) => {
      const key = specOn(token, 'aes-256', ['encrypt'])
      const kept = { ...key, attributes: { ...key.attributes, EXTRACTABLE: false, WRAP_WITH_TRUSTED: false } }
      await session.generateKeys([kept])
      const [first, absent] = await session.wrapKeys([kept.id, randomBytes(16)])
      assert.match((first as { error: string }).error, /^C_WrapKey: /)
      assert.deepEqual(absent, { error: 'no private key has this id' })
      assert.equal(await session.destroyKeys([kept.id]), 1)
    }),
  ),
  onToken('the KEK is in no scan, ends with its session, and a plain session has none', AES, async (token) => {
    await usingKek(token, isEmpty)
    await using(token, async (session) => {
      await isEmpty(session)
      await assert.rejects(session.wrapKeys([randomBytes(16)]), { code: 'NO-KEK', exit: 4 })
    })
  }),
]

export const BACKUP_CASES: readonly ContractCase[] = [...MADE_TYPES.map(thereAndBack), ...OF_BLOBS]
