// Wrapped keys and check values of other systems: ours are the same, and the readers by which our exports are judged open theirs.
import assert from 'node:assert/strict'
import { createCipheriv, createPrivateKey } from 'node:crypto'
import { test } from 'node:test'
import type { OaepHash } from '../../src/domain/destinations.ts'
import { exportedContent } from '../../src/domain/export-rules.ts'
import type { WrappedExportPlan } from '../../src/domain/outward-plans.ts'
import { kwp } from '../../src/host/backup/kinds/kwp.ts'
import { openedByOaep } from '../../src/host/export/try-export.ts'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import oaep from '../vectors/oaep.json' with { type: 'json' }
import vectors from '../vectors/wrapping.json' with { type: 'json' }

const NO_IV = Buffer.alloc(0)
const hex = (text: string) => Buffer.from(text, 'hex')

test('check values of AES keys', () => {
  for (const { key, cmac5: wanted } of vectors.checkValues) {
    const cipher = createCipheriv(`aes-${key.length * 4}-ecb`, hex(key), null)
    assert.equal(
      cmac5((block) => cipher.update(block)),
      `cmac5:${wanted}`,
    )
  }
})

test('AES key wrap with padding, there and back; what was changed does not open', () => {
  for (const { tcId, result, kek, key, wrapped } of vectors.kwp.tests) {
    if (result === 'invalid') {
      assert.throws(() => kwp.opened(hex(kek), hex(wrapped), NO_IV), `${tcId}`)
      continue
    }
    assert.deepEqual(kwp.wrapped(hex(kek), hex(key), NO_IV), hex(wrapped), `${tcId}`)
    assert.deepEqual(kwp.opened(hex(kek), hex(wrapped), NO_IV), hex(key), `${tcId}`)
  }
})

test('an AES key by RSA-OAEP, as long as the modulus, and then a key under it', () => {
  for (const { source, hash, privateKey, key, blob } of vectors.rsaAes) {
    const owner = createPrivateKey({ key: hex(privateKey), format: 'der', type: 'pkcs8' })
    const bytes = owner.asymmetricKeyDetails!.modulusLength! / 8
    const between = openedByOaep(owner, hex(blob).subarray(0, bytes), hash as OaepHash)
    assert.deepEqual(kwp.opened(between!, hex(blob).subarray(bytes), NO_IV), hex(key), source)
  }
})

test('RSA-OAEP: the reader by which exports are judged opens what is right, and nothing that was changed', () => {
  for (const { hash, privateKey, tests } of oaep.groups) {
    const key = createPrivateKey({ key: hex(privateKey), format: 'der', type: 'pkcs8' })
    for (const { tcId, result, message, sealed } of tests) {
      const opened = openedByOaep(key, hex(sealed), hash as OaepHash)
      assert.deepEqual(opened, result === 'valid' ? hex(message) : undefined, `${hash}, ${tcId}`)
      // With another hash, and so another label's, it is another envelope.
      assert.equal(openedByOaep(key, hex(sealed), hash === 'sha1' ? 'sha256' : 'sha1'), undefined, `${hash}, ${tcId}`)
    }
  }
})

test('the file for Azure has the members and the words of theirs', () => {
  const { file } = vectors.azure
  const { kid } = file.header
  const plan = { for: 'azure', method: 'RSA_AES_KEY_WRAP', wrappingKey: { kid, spki: '' } }
  const blob = Buffer.from(file.ciphertext, 'base64url')
  const ours = exportedContent(plan as unknown as WrappedExportPlan, blob, file.generator)
  assert.deepEqual(JSON.parse(ours as string), file)
})
