// Public keys as others send them: each form that is taken gives the same key, and what is not taken is called by its name.
import assert from 'node:assert/strict'
import { createHash, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { KeyriteError } from '../../src/domain/errors.ts'
import { toPem } from '../../src/domain/pem.ts'
import { readPublicKeyFile, soundBits } from '../../src/domain/wrapping-key.ts'
import { aws, azure, google, KEK, owner, owners } from '../support/wrapping-keys.ts'
import points from '../vectors/points.json' with { type: 'json' }
import vectors from '../vectors/wrapping.json' with { type: 'json' }

type File = string | Uint8Array | object
const bytesOf = (file: File): Uint8Array =>
  file instanceof Uint8Array ? file : Buffer.from(typeof file === 'string' ? file : JSON.stringify(file))
const read = (file: File) => readPublicKeyFile(Uint8Array.from(bytesOf(file)), 'partner')

const { spki, pem, jwk, privateKey, publicKey } = owners[2048]
const base64 = (url: string) => Buffer.from(url, 'base64url').toString('base64')
const withZeros = (url: string) => Buffer.concat([Buffer.alloc(2), Buffer.from(url, 'base64url')]).toString('base64url')
const { certificate } = vectors
const certificatePem = `-----BEGIN CERTIFICATE-----\n${certificate.der.match(/.{1,64}/g)!.join('\n')}\n-----END CERTIFICATE-----\n`
/** As `az keyvault key show --query key` has it. */
const nulls = { crv: null, d: null, dp: null, dq: null, k: null, p: null, q: null, qi: null, x: null, y: null }

const within = { from: certificate.from, until: certificate.until }
const kek = { of: 'azure', kid: KEK, keyOps: ['import'] }

const FORMS: readonly [what: string, file: File, said?: object][] = [
  ['DER', spki],
  ['PEM', pem],
  ['PEM with other lines', `${pem.replaceAll('\n', '\r\n')}of the partner\r\n`],
  ['PKCS#1', publicKey.export({ format: 'pem', type: 'pkcs1' })],
  ['a certificate', certificatePem, { from: certificate.from, until: certificate.until }],
  [
    'a certificate in DER',
    Buffer.from(certificate.der, 'base64'),
    { from: certificate.from, until: certificate.until },
  ],
  ['a JWK', jwk],
  ['the same in UTF-16', Buffer.from(`\ufeff${JSON.stringify(jwk)}`, 'utf16le')],
  ['a JWK with numbers that begin with zeros', { ...jwk, n: withZeros(jwk.n!), e: withZeros(jwk.e!) }],
  ['a JWK with its numbers in base64', { ...jwk, n: base64(jwk.n!) }],
  [
    'a JWK to wrap with',
    { ...jwk, kid: 'june', use: 'enc', key_ops: ['wrapKey'], alg: 'RSA-OAEP-256', x5t: 'AAAA', ext: true },
    { kid: 'june', keyOps: ['wrapKey'], hash: 'sha256' },
  ],
  ['a JWK for RSA-OAEP', { ...jwk, alg: 'RSA-OAEP' }, { hash: 'sha1' }],
  ['a JWK for signatures', { ...jwk, use: 'sig', alg: 'RS256' }, { unfit: 'its use is "sig"' }],
  ['a JWK for PKCS#1 v1.5', { ...jwk, alg: 'RSA1_5' }, { unfit: 'its alg is "RSA1_5"' }],
  ['a certificate by another label', certificatePem.replaceAll(' CERT', ' X509 CERT'), within],
  ['a JWK with its certificate', { ...jwk, x5c: [certificate.der] }, within],
  ['a certificate in the JSON of whoever has it', { pem: certificatePem }, within],
  ['a JWK of Azure with its certificate', azure({ x5c: [certificate.der] }, { expires: null }), { ...kek, ...within }],
  ['a JWK in an HSM', { ...jwk, kty: 'RSA-HSM' }],
  [
    'the key alone, as the tool of Azure says it',
    { ...azure().key, ...nulls },
    { of: 'azure', kid: KEK, keyOps: ['import'] },
  ],
]

for (const [what, file, said = {}] of FORMS)
  test(`${what} is taken`, () => {
    const { spki: found, certificate: _, ...others } = read(file)
    assert.deepEqual([Buffer.from(found).equals(spki), others], [true, said])
  })

test('the JWK of RFC 7638 is the key whose thumbprint is told there', () => {
  const { key, thumbprint } = vectors.jwk
  const found = read(key)
  assert.equal(soundBits(found.spki), 2048)
  const again = createPublicKey({ key: Buffer.from(found.spki), format: 'der', type: 'spki' })
  const { e, kty, n } = again.export({ format: 'jwk' })
  assert.equal(createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url'), thumbprint)
})

test('nothing goes out under a key that is short, has a small exponent, or is none of RSA', () => {
  assert.deepEqual(
    ([2048, 3072, 4096] as const).map((bits) => soundBits(read(owners[bits].jwk).spki)),
    [2048, 3072, 4096],
  )
  const ec = {
    kty: 'EC',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
  }
  const ed = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  for (const key of [owner(1024).jwk, { ...jwk, e: 'Aw' }, { ...jwk, e: 'AQAA' }, ec, ed])
    assert.equal(soundBits(read(key).spki), undefined)
})

const secret = privateKey.export({ format: 'jwk' })
const locked = { cipher: 'aes-256-cbc', passphrase: 'x' }
const NONE = /holds no public key, or not all of it/
const PRIVATE = /is a private key, which nobody should have sent/

const REFUSED: readonly [what: string, file: File, said: RegExp][] = [
  ['nothing', '', NONE],
  ['DER that is cut', spki.subarray(0, 200), NONE],
  ['DER with something behind it', Buffer.concat([spki, Buffer.alloc(4)]), /not the DER of a public key alone/],
  ['PEM that is cut', pem.slice(0, 200), NONE],
  ['two keys', `${pem}${owners[3072].pem}`, /more than one key/],
  ['a key and the certificate of another', `${certificatePem}${owners[3072].pem}`, /more than one key/],
  [
    'a key and a certificate by another label',
    `${pem}${certificatePem.replaceAll(' CERT', ' X509 CERT')}`,
    /more than one key/,
  ],
  ['a certificate with the trust of openssl', certificatePem.replaceAll(' CERT', ' TRUSTED CERT'), NONE],
  ['a private key', privateKey.export({ format: 'pem', type: 'pkcs8' }), PRIVATE],
  ['a private key of PKCS#1', privateKey.export({ format: 'pem', type: 'pkcs1' }), PRIVATE],
  ['a private key that is encrypted', privateKey.export({ format: 'pem', type: 'pkcs8', ...locked }), PRIVATE],
  ['a private key behind a public one', `${pem}${privateKey.export({ format: 'pem', type: 'pkcs8' })}`, PRIVATE],
  ['a private JWK', secret, PRIVATE],
  ['a JWK with one prime', { ...jwk, p: secret.p }, PRIVATE],
  ['a JWK with more primes', { ...jwk, oth: [] }, PRIVATE],
  ['a secret key', { kty: 'oct', k: 'AAAA' }, PRIVATE],
  ['a private key of Azure', { key: { ...azure().key, d: secret.d } }, PRIVATE],
  ['a JWK without a modulus', { kty: 'RSA', e: 'AQAB' }, NONE],
  ['a JWK of another kind', { ...jwk, kty: 'RSA2' }, NONE],
  ['a JWK with a letter too much', { ...jwk, n: `${jwk.n}!` }, /whose n is not base64url/],
  ['a JWK with the number of a number', { ...jwk, e: 65537 }, /none that a public key comes in/],
  [
    'a JWK with the certificate of another',
    { ...owners[3072].jwk, x5c: [certificate.der] },
    /certificate of another key/,
  ],
  ['a JWK with half a certificate', { ...jwk, x5c: ['MIIC'] }, NONE],
  ['a JWK with a member twice', `{"n":"${owners[3072].jwk.n}",${JSON.stringify(jwk).slice(1)}`, /has a member twice/],
  ['a set of JWKs', { keys: [jwk] }, /a set of JWKs/],
  ...Object.entries(points.otherwise).map(([what, hex]): [string, File, RegExp] => [
    what,
    Buffer.from(hex, 'hex'),
    /curve is spelled out, or whose point is not whole/,
  ]),
  ['the point at infinity', Buffer.from(points.infinity, 'hex'), NONE],
  ['the same in PEM', toPem('PUBLIC KEY', Buffer.from(points.infinity, 'hex')), NONE],
  ['JSON that is cut', JSON.stringify(aws()).slice(0, 99), /begins as JSON, and is none/],
  ['JSON of nobody', { key: 'none' }, /none that a public key comes in/],
  ['of AWS, good until what is no time', aws({ ParametersValidTo: 'soon' }), /a time that is none/],
  ['of AWS, good until milliseconds', aws({ ParametersValidTo: 1_795_000_000_000 }), /a time that is none/],
  [
    'of Google, a private key',
    google('RSA_OAEP_3072_SHA1_AES_256', 3072, {
      publicKey: { pem: privateKey.export({ format: 'pem', type: 'pkcs8' }) },
    }),
    PRIVATE,
  ],
]

for (const [what, file, said] of REFUSED)
  test(`${what}: refused`, () => {
    assert.throws(
      () => read(file),
      (error) => error instanceof KeyriteError && error.code === 'WRAPPING-KEY' && said.test(error.message),
    )
  })
