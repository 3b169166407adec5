// What the probe says of a real token, and that it leaves nothing there.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { KEY_TYPES } from '../../src/domain/keys.ts'
import { isMlDsa, ML_DSA, whyUnverified } from '../../src/domain/ml-dsa.ts'
import type { Capabilities, Hsm } from '../../src/hsm/port.ts'
import { makeTokenFolder } from '../support/softhsm.ts'
import type { Bench } from './hsm-bench.ts'
import { makeToken, open, USER } from './hsm-bench.ts'

let bench: Bench
let hsm: Hsm
before(async () => {
  bench = await makeToken()
  hsm = await open(bench.folder)
})
after(async () => {
  await hsm[Symbol.asyncDispose]()
  bench.folder.dispose()
})

const slot = async () => (await hsm.slots()).find(({ token }) => token?.serial === bench.serial)!.slot
const all = (able: Capabilities['wrap'][keyof Capabilities['wrap']]) =>
  Object.fromEntries(KEY_TYPES.filter((type) => !isMlDsa(type)).map((type) => [type, able]))

/** It has no ML-DSA, and this node may not verify any. */
const missing = { lacks: 'CKM_ML_DSA_KEY_PAIR_GEN is missing' }
const mlDsa = (why: (type: 'ml-dsa-44') => { lacks: string }) =>
  Object.fromEntries(ML_DSA.map((type) => [type, why(type as 'ml-dsa-44')]))

describe('the probe', () => {
  test('finds what SoftHSM can do, and what not', async () => {
    const unwrappable = { lacks: 'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)' }
    assert.deepEqual(await hsm.probe(await slot()), {
      generate: { ...all(true), ...mlDsa((type) => whyUnverified(type) ?? missing) },
      wrap: { ...all(true), ed25519: unwrappable, ...mlDsa(() => missing) },
      mechanisms: { kwp: 'CKM_AES_KEY_WRAP_PAD', kw: 'CKM_AES_KEY_WRAP' },
      kcv: 'cmac5',
      audit: 'ES256',
      enforces: { wrapWithTrusted: true, sensitive: true, notExtractable: true, notCopyable: true },
      random: true,
      dataObjects: true,
    })
  })

  test('tries only the types that are asked for', async () => {
    const { generate, wrap } = await hsm.probe(await slot(), ['aes-128', 'ed25519'])
    assert.deepEqual(
      [Object.keys(generate), Object.keys(wrap)],
      [
        ['aes-128', 'ed25519'],
        ['aes-128', 'ed25519'],
      ],
    )
  })

  test('leaves nothing on the token, and does not stand in the way of a login', async () => {
    await hsm.probe(await slot(), ['aes-256'])
    await using session = await hsm.login({ serial: bench.serial }, USER())
    assert.deepEqual(await session.scan(), { private: [], public: [] })
  })

  test('of a blank token or of no slot is an error', async () => {
    using folder = makeTokenFolder()
    await using blank = await open(folder)
    await assert.rejects(blank.probe((await blank.slots())[0]!.slot), { code: 'CKR_TOKEN_NOT_RECOGNIZED', exit: 4 })
    await assert.rejects(blank.probe(4242), { code: 'NO-SLOT', exit: 4 })
  })
})
