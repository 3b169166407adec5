// A key that others wrapped for a transport key comes to a real token as what was announced, or nothing of it stays.
import assert from 'node:assert/strict'
import {
  constants,
  createCipheriv,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { after, before, test } from 'node:test'
import { transportFindings } from '../../src/change/transport-keys.ts'
import { hmac5 } from '../../src/domain/check-values.ts'
import { toBase64url, toHex } from '../../src/domain/encoding.ts'
import type { History } from '../../src/domain/history.ts'
import { attributesFor, type KeyType, usualUsages } from '../../src/domain/keys.ts'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import type { ComingKey, Hsm, Transport, UserSession } from '../../src/hsm/port.ts'
import { here, makeToken, open, USER } from './hsm-bench.ts'

let hsm: Hsm
let session: UserSession
let transport: Transport
let other: Transport
const BITS = 2048

before(async () => {
  const { folder, serial } = here(await makeToken('take-in'))
  hsm = await open(folder)
  const [slot] = await hsm.slots()
  const tried = await hsm.tryImport(slot!.slot)
  assert.deepEqual(tried, { can: true, lengths: true, hash: 'sha1' }, 'SoftHSM knows OAEP with SHA-1 alone')
  session = await hsm.login({ serial }, USER())
  const made = async (): Promise<Transport> => {
    const id = Uint8Array.from(randomBytes(16))
    return { id, hash: 'sha1', spki: await session.makeTransport({ id, bits: BITS, hash: 'sha1' }) }
  }
  transport = await made()
  other = await made()
})
after(async () => {
  await session?.[Symbol.asyncDispose]()
  await hsm?.[Symbol.asyncDispose]()
})

const oaep = ({ spki, hash }: Transport, value: Uint8Array): Buffer => {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  return publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, value)
}
const inTwo = (to: Transport, value: Uint8Array, between = randomBytes(32)): Buffer => {
  const kwp = createCipheriv(`id-aes${between.length * 8}-wrap-pad`, between, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([oaep(to, between), kwp.update(value), kwp.final()])
}
const kcv = (key: Uint8Array): string =>
  cmac5((block) => {
    const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
    return Buffer.concat([cipher.update(block), cipher.final()])
  })

const coming = (type: KeyType, blob: Uint8Array, more: Partial<ComingKey> = {}): ComingKey => ({
  label: `partner/${type}#1`,
  id: Uint8Array.from(randomBytes(16)),
  type,
  attributes: attributesFor(type, usualUsages(type), true),
  bits: BITS,
  blob: Uint8Array.from(blob),
  ...more,
})

const objects = async () => (await session.scan()).private.length

/** It is refused, and nothing of it stays. */
async function refused(code: string, key: ComingKey, by = transport): Promise<void> {
  const before = await objects()
  await assert.rejects(() => session.takeIn(by, key), { code })
  assert.equal(await objects(), before, `${code}: nothing stays`)
}

test('a transport key opens what was wrapped for it, and does nothing else', async () => {
  assert.equal(await session.provesTransport(transport), true)
  assert.equal(await session.provesTransport({ ...transport, id: new Uint8Array(16) }), false)
  await assert.rejects(() => session.provesTransport({ ...transport, spki: other.spki }), { code: 'KEY-REPLACED' })
  const { private: found } = await session.scan()
  const halves = found.filter(({ label }) => label === 'keyrite/transport')
  assert.deepEqual(
    new Set(halves.map((half) => half.class)),
    new Set(['private']),
    'its public half is in the ledger alone',
  )
  for (const { attributes } of halves) {
    const may = Object.entries(attributes).flatMap(([name, is]) => (is ? [name] : []))
    assert.deepEqual(
      may.sort(),
      'ALWAYS_SENSITIVE DESTROYABLE LOCAL NEVER_EXTRACTABLE PRIVATE SENSITIVE TOKEN UNWRAP'.split(' '),
    )
  }
})

test('a check finds a transport key that is gone, or another, and nothing else', async () => {
  const { private: found } = await session.scan()
  const objects = new Map(found.map((one) => [toHex(one.id), [one]]))
  const note = { name: 'partner/dek', record: 7, hash: transport.hash, spki: toBase64url(transport.spki) }
  const looked = (more: object) =>
    transportFindings(
      { requests: { openOn: () => [{ ...note, ...more }] }, members: { acting: {} } } as unknown as History,
      objects,
      session,
    )
  assert.deepEqual(await looked({ id: toHex(transport.id) }), [])
  for (const [more, kind] of [
    [{ id: '00' }, 'missing'],
    [{ id: toHex(other.id) }, 'replaced'],
  ] as const)
    assert.deepEqual(
      (await looked(more)).map((one) => one.kind),
      [kind],
    )
})

test('secret keys come directly, or under a key between', async () => {
  for (const [type, length] of [
    ['aes-256', 32],
    ['aes-192', 24],
    ['aes-128', 16],
    ['hmac-sha256', 32],
    ['hmac-sha512', 64],
  ] as const) {
    for (const wrap of [oaep, inTwo]) {
      const value = randomBytes(length)
      const check = type.startsWith('aes') ? kcv(value) : undefined
      const facts = await session.takeIn(transport, coming(type, wrap(transport, value), check ? { check } : {}))
      if (check) assert.equal(facts.fingerprint, check)
      assert.equal((facts.attributes as { EXTRACTABLE: boolean }).EXTRACTABLE, true)
    }
  }
  const value = randomBytes(32)
  const cipher = createCipheriv('aes-256-ecb', value, null)
  const zeros = cipher.update(Buffer.alloc(16)).toString('hex')
  const facts = await session.takeIn(
    transport,
    coming('aes-256', oaep(transport, value), { check: `ecb3:${zeros.slice(0, 6)}` }),
  )
  assert.equal(facts.fingerprint, kcv(value), 'the ledger has the better one')
  // Each digit that was announced counts.
  for (const length of [7, 8, 9, 10]) {
    const [check, last] = [`ecb3:${zeros.slice(0, length)}`, zeros[length - 1] === '0' ? '1' : '0']
    await refused('IMPORT-CHECK', coming('aes-256', oaep(transport, value), { check: `${check.slice(0, -1)}${last}` }))
    await session.takeIn(transport, coming('aes-256', oaep(transport, value), { check }))
  }
})

test('secret keys that are not what was announced', async () => {
  const value = randomBytes(32)
  const check = 'cmac5:000000'
  for (const wrap of [oaep, inTwo]) {
    const blob = wrap(transport, value)
    await refused('IMPORT-CHECK', coming('aes-256', blob, { check }))
    await refused('IMPORT-CHECK', coming('aes-256', blob, { check: 'ecb3:000000' }))
    await refused('IMPORT-LENGTH', coming('aes-128', blob))
    await refused('IMPORT-LENGTH', coming('hmac-sha512', blob))
    for (const length of [15, 16, 24, 31, 33])
      await refused('IMPORT-LENGTH', coming('aes-256', wrap(transport, randomBytes(length))))
    // A wrap with padding hides up to 7 bytes, and HMAC fills its keys up with zeros itself.
    const ended = Buffer.concat([randomBytes(25), Buffer.alloc(7)])
    for (const length of [25, 31, 33]) {
      const blob = wrap(transport, Buffer.concat([ended, Buffer.alloc(1)]).subarray(0, length))
      await refused('IMPORT-LENGTH', coming('hmac-sha256', blob))
      await refused('IMPORT-LENGTH', coming('hmac-sha256', blob, { check: hmac5('hmac-sha256', ended) }))
    }
    await refused('KEY-WEAK', coming('aes-256', wrap(transport, Buffer.alloc(32))))
    await refused('KEY-WEAK', coming('hmac-sha256', wrap(transport, Buffer.alloc(32))))
    await refused('IMPORT-OPENS', coming('aes-256', wrap(other, value)))
    const bent = Buffer.from(blob)
    bent[bent.length - 1]! ^= 1
    await refused('IMPORT-OPENS', coming('aes-256', bent))
  }
  const cut = inTwo(transport, value)
  await refused('IMPORT-OPENS', coming('aes-256', cut.subarray(0, cut.length - 8)))
  await refused('KEY-ABSENT', coming('aes-256', cut), { ...transport, id: new Uint8Array(16) })
})

const made = ({ privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject }) => ({
  value: privateKey.export({ format: 'der', type: 'pkcs8' }),
  spki: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })),
})

test('pairs come under a key between, and answer under the public key that was given', async () => {
  const pairs = {
    'ec-p256': made(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
    'ec-p384': made(generateKeyPairSync('ec', { namedCurve: 'P-384' })),
    'rsa-2048': made(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  }
  const foreign = made(generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  for (const [type, { value, spki }] of Object.entries(pairs)) {
    const facts = await session.takeIn(transport, coming(type as KeyType, inTwo(transport, value), { spki }))
    assert.deepEqual(facts.spki, spki)
  }
  const { value, spki } = pairs['ec-p256']
  await refused('IMPORT-CHECK', coming('ec-p256', inTwo(transport, value), { spki: foreign.spki }))
  await refused('IMPORT-OPENS', coming('rsa-2048', inTwo(transport, value), { spki: pairs['rsa-2048'].spki }))
  await refused('IMPORT-OPENS', coming('ec-p256', inTwo(other, value), { spki }))
  await refused('IMPORT-OPENS', coming('ec-p256', inTwo(transport, randomBytes(80)), { spki }))
})
