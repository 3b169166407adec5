// Bytes as text: the concatenations that signatures and hashes are made over, against published examples.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  concat,
  fromBase64url,
  fromHex,
  fromUtf8,
  Hkdf,
  hkdf,
  pae,
  sameBytes,
  sha256,
  toBase64url,
  toHex,
  utf8,
  uuidBytes,
} from '../../src/domain/encoding.ts'

test('PAE is that of the DSSE specification', () => {
  assert.equal(
    fromUtf8(pae('http://example.com/HelloWorld', utf8('hello world'))),
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  )
  // Lengths count bytes, not characters.
  assert.equal(fromUtf8(pae('é', utf8('ü€'))), 'DSSEv1 2 é 5 ü€')
  assert.equal(fromUtf8(pae('', utf8(''))), 'DSSEv1 0  0 ')
})

test('HKDF is that of RFC 5869, appendix A.3', () => {
  assert.equal(
    toHex(hkdf(fromHex('0b'.repeat(22)), new Uint8Array(0), '', 42)),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test('what follows from one input is what HKDF gives', () => {
  const [ikm, salt] = [utf8('input'), utf8('salt')]
  const many = new Hkdf(ikm, salt)
  for (const [info, length] of [
    ['', 16],
    ['keyrite/v1/id/0', 16],
    ['keyrite/v1/id/1', 32],
  ] as const)
    assert.equal(toHex(many.expand(info, length)), toHex(hkdf(ikm, salt, info, length)))
})

test('base64url, hex and UUIDs', () => {
  assert.equal(toBase64url(fromHex('fbff')), '-_8')
  assert.deepEqual(fromBase64url('-_8'), fromHex('fbff'))
  assert.equal(toHex(uuidBytes('00112233-4455-6677-8899-aabbccddeeff')), '00112233445566778899aabbccddeeff')
  assert.equal(toHex(sha256(utf8('a'), utf8('bc'))), toHex(sha256(utf8('abc'))))
  assert.deepEqual(concat(Uint8Array.of(1), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3))
  assert.equal(sameBytes(Uint8Array.of(1), Uint8Array.of(1)), true)
  assert.equal(sameBytes(Uint8Array.of(1), Uint8Array.of(1, 0)), false)
  assert.throws(() => fromUtf8(Uint8Array.of(0xc0, 0x80)))
})
