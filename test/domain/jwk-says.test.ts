// What a JWK says of its use, against what the key would be here: what contradicts is refused, both are named, and the hint is one that succeeds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { checkSaid } from '../../src/domain/jwk-says.ts'
import type { SaidOfUse } from '../../src/domain/key-in-file.ts'
import { type KeyType, type Usage, usualUsages } from '../../src/domain/keys.ts'

const held = (said: SaidOfUse, type: KeyType, usage: readonly Usage[] = usualUsages(type), backup = true) =>
  checkSaid(said, { type, usage, backup }, 'theirs.jwk')

const FITS: readonly [SaidOfUse, KeyType, Usage[]?][] = [
  [{}, 'aes-256'],
  [{ use: 'sig', alg: 'ES256', keyOps: ['sign'], ext: true }, 'ec-p256'],
  [{ use: 'sig', alg: 'PS384' }, 'rsa-3072'],
  [{ alg: 'EdDSA', keyOps: ['sign', 'verify'] }, 'ed25519'],
  [{ use: 'enc', alg: 'RSA-OAEP-256', keyOps: ['decrypt', 'unwrapKey'] }, 'rsa-2048', ['encrypt', 'decrypt']],
  [{ keyOps: ['deriveBits'], alg: 'ECDH-ES+A256KW' }, 'ec-p384', ['derive']],
  [{ use: 'enc', alg: 'A256GCM' }, 'aes-256'],
  [{ use: 'enc', alg: 'A256KW', keyOps: ['wrapKey', 'unwrapKey'] }, 'aes-256', ['wrap', 'unwrap']],
  [{ use: 'sig', alg: 'HS256' }, 'hmac-sha256'],
  [{ alg: 'dir', use: 'of their own' }, 'aes-256'],
]

test('what fits, or is not known, is let be', () => {
  for (const row of FITS) held(...row)
  held({ ext: false }, 'aes-256', ['encrypt'], false)
})

const CONTRADICTS: readonly [SaidOfUse, KeyType, RegExp, hint: RegExp, Usage[]?][] = [
  [
    { use: 'sig' },
    'aes-256',
    /is for "sig" \(use\), and would get the usage encrypt, decrypt here/,
    /--usage sign,verify/,
  ],
  [{ use: 'enc' }, 'rsa-2048', /"enc" \(use\), .* sign, verify here/, /--usage encrypt,decrypt/],
  [{ use: 'enc' }, 'ed25519', /"enc" \(use\)/, /ask its owner/],
  [{ keyOps: ['encrypt'] }, 'aes-256', /"encrypt" \(key_ops\), .* encrypt, decrypt here/, /--usage encrypt$/],
  [{ keyOps: ['verify'] }, 'ec-p256', /"verify" \(key_ops\)/, /--usage verify/],
  [{ keyOps: ['wrapKey', 'unwrapKey'] }, 'aes-128', /"wrapKey, unwrapKey" \(key_ops\)/, /--usage wrap,unwrap/],
  [{ keyOps: [] }, 'aes-128', /"" \(key_ops\)/, /ask its owner/],
  [{ alg: 'A256KW' }, 'aes-256', /"A256KW" \(alg\)/, /--usage wrap,unwrap/],
  [{ alg: 'ES384' }, 'ec-p256', /is for ES384 \(alg\), and would be of type ec-p256 here/, /ask its owner/],
  [{ alg: 'RS256' }, 'ec-p256', /is for RS256 \(alg\)/, /ask its owner/],
  [{ alg: 'A128CBC-HS256' }, 'aes-256', /is for A128CBC-HS256 \(alg\)/, /ask its owner/],
  [{ alg: 'RS256' }, 'rsa-2048', /"RS256" \(alg\), .* decrypt here/, /--usage sign,verify/, ['decrypt']],
  [{ ext: false }, 'aes-256', /not to be taken out again \(ext\), and would be backed up here/, /--no-backup/],
]

test('what contradicts is refused', () => {
  for (const [said, type, message, hint, usage] of CONTRADICTS)
    assert.throws(
      () => held(said, type, usage),
      (error) =>
        error instanceof KeyriteError &&
        error.code === 'KEY-FILE' &&
        message.test(error.message) &&
        hint.test(hintText(error.hint!)),
      JSON.stringify([said, type]),
    )
})
