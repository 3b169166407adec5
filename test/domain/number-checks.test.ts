// Numbers of keys that come in: sound ones pass, and of each that is not it is said what is wrong.
import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { wrongPair, wrongPublicKey } from '../../src/domain/number-checks.ts'
import { base64urlOf, CLOSE, FAR, privateOf, roca, rsaOf, spkiOf, TOP } from '../support/bad-numbers.ts'

const { vectors } = JSON.parse(readFileSync('test/vectors/tr31.json', 'utf8'))
/** ANSI X9.143, 8.5: PKCS#1. */
const RSA = vectors.find(({ header }: { header: { algorithm: string } }) => header.algorithm === 'R').key
const rsa: JsonWebKey = createPrivateKey({ key: Buffer.from(RSA, 'hex'), format: 'der', type: 'pkcs1' }).export({
  format: 'jwk',
})
/** RFC 7517, A.2. */
const ec: JsonWebKey = JSON.parse(readFileSync('test/vectors/pkcs8.json', 'utf8')).jwk
const jwkOf = (type: 'ec' | 'ed25519', namedCurve = ''): JsonWebKey =>
  generateKeyPairSync(type as 'ec', { namedCurve }).privateKey.export({ format: 'jwk' })

test('keys that are sound', () => {
  for (const key of [rsa, ec, jwkOf('ec', 'P-384'), jwkOf('ec', 'P-521'), jwkOf('ed25519')])
    assert.equal(wrongPair(privateOf(key), key), undefined)
  assert.equal(wrongPair(privateOf(rsaOf(CLOSE[0], FAR))), undefined)
})

for (const [what, n, e, said] of [
  ['short', 2n ** 1024n - 1n, 65537n, /1024 bits/],
  ['e = 3', CLOSE[0] * FAR, 3n, /public exponent is 3/],
  ['an even e', CLOSE[0] * FAR, 65538n, /public exponent is 65538/],
  ['a long e', CLOSE[0] * FAR, 2n ** 64n + 1n, /public exponent is 18446744073709551617/],
  ['a small factor', 743n * (2n ** 2047n + 1n), 65537n, /divided by/],
  ['a square', CLOSE[0] ** 2n, 65537n, /so close/],
  ['close primes', CLOSE[0] * CLOSE[1], 65537n, /so close/],
] as const)
  test(`a public key: ${what}`, () => {
    const spki = spkiOf({ kty: 'RSA', n: base64urlOf(n), e: base64urlOf(e) })
    assert.match(wrongPublicKey(spki) ?? '', said)
  })

test('a public key: of an Infineon chip, of an Edwards curve with a point of small order, none', () => {
  assert.match(wrongPublicKey(spkiOf(roca())) ?? '', /ROCA/)
  const small = Buffer.from(
    '302a300506032b65700321000100000000000000000000000000000000000000000000000000000000000000',
    'hex',
  )
  assert.match(wrongPublicKey(small) ?? '', /anybody can sign/)
  assert.match(wrongPublicKey(Uint8Array.of(1)) ?? '', /is none/)
})

const plus = (text: string | undefined, more: bigint): string =>
  base64urlOf(BigInt(`0x${Buffer.from(text!, 'base64url').toString('hex')}`) + more)

for (const [name, more, said] of [
  ['n', 2n, /do not give its modulus/],
  ['p', 2n, /do not give its modulus/],
  ['e', 2n, /does not belong to its public one/],
  ['d', 2n, /does not belong to its public one/],
  ['dp', 2n, /Chinese/],
  ['dq', 2n, /Chinese/],
  ['qi', 2n, /Chinese/],
] as const)
  test(`a pair of RSA: another ${name}`, () =>
    assert.match(wrongPair(privateOf({ ...rsa, [name]: plus(rsa[name], more) })) ?? '', said))

test('a pair of RSA: numbers that belong together, and make no key', () => {
  assert.match(wrongPair(privateOf(roca())) ?? '', /ROCA/)
  assert.match(wrongPair(privateOf(rsaOf(CLOSE[0], CLOSE[1]))) ?? '', /so close/)
  assert.match(wrongPair(privateOf(rsaOf(CLOSE[0], CLOSE[0]))) ?? '', /are the same/)
  assert.match(wrongPair(privateOf(rsaOf(CLOSE[0], TOP - 103n))) ?? '', /not prime/)
  const phi = (CLOSE[0] - 1n) * (FAR - 1n)
  assert.match(wrongPair(privateOf(rsaOf(CLOSE[0], FAR, phi - 1n))) ?? '', /public exponent/)
  assert.match(wrongPair(privateOf({ ...rsa, d: plus(rsa.d, 2n ** 2048n) })) ?? '', /does not belong/)
})

const P256_ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
const inBase64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')

test('a pair of a curve: what node takes', () => {
  const other = jwkOf('ec', 'P-256')
  assert.match(wrongPair(privateOf({ ...ec, x: other.x!, y: other.y! })) ?? '', /does not belong to its private number/)
  for (const d of ['00'.repeat(32), P256_ORDER, 'ff'.repeat(32)])
    assert.match(wrongPair(privateOf({ ...ec, d: inBase64url(d) })) ?? '', /between 0 and the order/)
  assert.match(wrongPair(privateOf(jwkOf('ec', 'secp256k1'))) ?? '', /secp256k1/)
})

test('a pair of Edwards: node passes over the public half that a JWK has', () => {
  const [key, other] = [jwkOf('ed25519'), jwkOf('ed25519')]
  assert.match(
    wrongPair(privateOf({ ...key, x: other.x! }), { ...key, x: other.x! }) ?? '',
    /not those of its private key/,
  )
  const x25519 = generateKeyPairSync('x25519').privateKey
  assert.match(wrongPair(x25519) ?? '', /X25519/)
})

test('every public key of a sound pair is sound', () => {
  for (const key of [rsa, ec])
    assert.equal(wrongPublicKey(createPublicKey(privateOf(key)).export({ format: 'der', type: 'spki' })), undefined)
})
