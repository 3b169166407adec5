// Key files of others: each form that is taken gives the same key, and what is not taken is called by its name.
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type BitString, fromBER, Integer, Primitive, Sequence } from 'asn1js'
import { KeyriteError } from '../../src/domain/errors.ts'
import { isClearKeyFile, isEncryptedKeyFile, readKeyFile } from '../../src/domain/key-file.ts'
import type { KeyType } from '../../src/domain/keys.ts'
import { CLOSE, FAR, privateOf, roca, rsaOf } from '../support/bad-numbers.ts'
import { keyBlocks } from '../support/key-blocks.ts'

const vectors = JSON.parse(readFileSync('test/vectors/pkcs8.json', 'utf8'))
const bytes = (text: string | Uint8Array) => Uint8Array.from(Buffer.from(text as string))
const told = (file: string | Uint8Array, type?: KeyType, passphrase?: string) =>
  readKeyFile(bytes(file), { path: 'key', type, passphrase: passphrase === undefined ? undefined : bytes(passphrase) })

const rsa = rsaOf(CLOSE[0], FAR)
const jwkOf = (type: 'ec' | 'ed25519', namedCurve = ''): JsonWebKey =>
  generateKeyPairSync(type as 'ec', { namedCurve }).privateKey.export({ format: 'jwk' })
const PAIRS: readonly [KeyType, JsonWebKey][] = [
  ['rsa-2048', rsa],
  ['ec-p256', vectors.jwk],
  ['ec-p384', jwkOf('ec', 'P-384')],
  ['ec-p521', jwkOf('ec', 'P-521')],
  ['ed25519', jwkOf('ed25519')],
]

for (const [type, jwk] of PAIRS)
  test(`${type}: every form of it gives the same key`, () => {
    const key = privateOf(jwk)
    const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
    const pem = `${key.export({ format: 'pem', type: 'pkcs8' })}`
    const locked = { cipher: 'aes-256-cbc', passphrase: 'x' }
    const own = type.startsWith('rsa') ? 'pkcs1' : type.startsWith('ec') ? 'sec1' : 'pkcs8'
    const forms: readonly [string, string | Uint8Array, string?][] = [
      ['DER', pkcs8],
      ['PEM', pem],
      [
        'PEM between other things',
        `Bag Attributes: a\r\n${pem.replaceAll('\n', '\r\n')}\r\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
      ],
      ['its own DER', key.export({ format: 'der', type: own as 'pkcs1' })],
      ['its own PEM', key.export({ format: 'pem', type: own as 'pkcs1' }) as string],
      ['JWK', JSON.stringify({ kid: 'a', ...jwk, use: 'sig' })],
      ['JWK behind a mark of its encoding', `\ufeff${JSON.stringify(jwk)}`],
      ['PEM in UTF-16, as a shell of Windows writes it', Buffer.from(`\ufeff${pem}`, 'utf16le')],
      ['PEM, encrypted', key.export({ format: 'pem', type: 'pkcs8', ...locked }) as string, 'x'],
      ['DER, encrypted', key.export({ format: 'der', type: 'pkcs8', ...locked }), 'x'],
    ]
    for (const [form, file, passphrase] of forms) {
      const read = told(file, undefined, passphrase)
      assert.equal(read.type, type, form)
      assert.deepEqual(Buffer.from(read.value.reveal()), pkcs8, form)
      assert.deepEqual(Buffer.from(read.spki!), createPublicKey(key).export({ format: 'der', type: 'spki' }), form)
      assert.equal(isEncryptedKeyFile(bytes(file)), passphrase !== undefined, form)
      assert.equal(isClearKeyFile(bytes(file)), passphrase === undefined, form)
    }
  })

test('PKCS#8 of version 2, with the public key beside it, whole or short, or without one', () => {
  assert.equal(told(vectors.version2.file).type, 'ed25519')
  for (const [type, jwk] of PAIRS) {
    const key = privateOf(jwk)
    const pkcs8 = key.export({ format: 'der', type: 'pkcs8' })
    const [, algorithm, inner] = (fromBER(Uint8Array.from(pkcs8)).result as Sequence).valueBlock.value
    const { result } = fromBER(Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' })))
    const whole = ((result as Sequence).valueBlock.value[1] as BitString).valueBlock.valueHexView
    const short = Uint8Array.of(2 + (whole.at(-1)! & 1), ...whole.subarray(1, (whole.length + 1) / 2))
    for (const bits of [whole, ...(type.startsWith('ec') ? [short] : []), undefined]) {
      const valueHex = bits && Uint8Array.of(0, ...bits)
      const beside = valueHex ? [new Primitive({ idBlock: { tagClass: 3, tagNumber: 1 }, valueHex })] : []
      const value = [new Integer({ value: 1 }), algorithm!, inner!, ...beside]
      const file = new Uint8Array(new Sequence({ value }).toBER())
      const read = told(file)
      assert.ok(isClearKeyFile(file))
      assert.deepEqual([read.type, Buffer.from(read.value.reveal())], [type, pkcs8])
    }
  }
})

test('PKCS#8 of version 2 under a passphrase', () => {
  const plain = told(vectors.version2.file)
  for (const [how, pem] of Object.entries(vectors.version2.encrypted as Record<string, string>)) {
    const der = Buffer.from(pem.replace(/-----.*?-----/g, ''), 'base64')
    for (const file of [pem, der]) {
      const { type, value } = told(file, 'ed25519', vectors.passphrase)
      assert.deepEqual([type, Buffer.from(value.reveal())], ['ed25519', Buffer.from(plain.value.reveal())], how)
    }
    const isWrong = (error: unknown) => error instanceof KeyriteError && error.code === 'KEY-PASSPHRASE'
    assert.throws(() => told(pem, 'ed25519', 'coffee'), isWrong, how)
  }
})

/** Node would end itself, were it asked for its curve. */
test('a private number that is longer than its curve is refused, as DER and as JWK', () => {
  const der = Buffer.from(privateOf(vectors.jwk).export({ format: 'der', type: 'sec1' }))
  const at = der.indexOf(Buffer.from('0201010420', 'hex')) + 3
  const longer = Buffer.concat([der.subarray(0, at), Buffer.from('042101', 'hex'), der.subarray(at + 2)])
  longer[1]!++
  const d = Buffer.concat([Buffer.of(1), Buffer.from(vectors.jwk.d, 'base64url')]).toString('base64url')
  for (const file of [longer, JSON.stringify({ ...vectors.jwk, d })])
    assert.throws(() => told(file), /KEY-NUMBERS|longer than its curve/)
})

test('zeros before the numbers of a JWK change nothing of them', () => {
  const zeros = (text?: string) =>
    Buffer.concat([Buffer.alloc(1), Buffer.from(text!, 'base64url')]).toString('base64url')
  assert.equal(told(JSON.stringify({ ...rsa, n: zeros(rsa.n), e: zeros(rsa.e) })).type, 'rsa-2048')
  assert.equal(told(JSON.stringify({ ...vectors.jwk, x: zeros(vectors.jwk.x) })).type, 'ec-p256')
})

test('what openssl has encrypted, in four ways', () => {
  for (const [name, pem] of Object.entries(vectors.files as Record<string, string>))
    assert.equal(told(pem, 'ec-p256', vectors.passphrase).type, 'ec-p256', name)
})

test('secret keys: of the type that the file says, or that is said', () => {
  const value = randomBytes(32)
  const jwk = (more: object) => JSON.stringify({ kty: 'oct', k: value.toString('base64url'), ...more })
  for (const [file, type, said] of [
    [jwk({}), 'aes-256', 'aes-256'],
    [jwk({}), 'hmac-sha256', 'hmac-sha256'],
    [jwk({ alg: 'A256GCM' }), undefined, 'aes-256'],
    [jwk({ alg: 'A256KW' }), 'aes-256', 'aes-256'],
    [jwk({ alg: 'HS256' }), undefined, 'hmac-sha256'],
    [jwk({ alg: 'dir' }), 'aes-256', 'aes-256'],
  ] as const) {
    const read = told(file, type)
    assert.deepEqual([read.type, read.spki, Buffer.from(read.value.reveal())], [said, undefined, value])
  }
})

const other = jwkOf('ec', 'P-256')
const ed = jwkOf('ed25519')
const oct = (k: Uint8Array | string, more = {}) =>
  JSON.stringify({ kty: 'oct', k: typeof k === 'string' ? k : Buffer.from(k).toString('base64url'), ...more })
const pkcs8Of = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' })
const pem = `${privateOf(other).export({ format: 'pem', type: 'pkcs8' })}`
const version2: string = vectors.version2.file
const spki = createPublicKey(privateOf(other)).export({ format: 'pem', type: 'spki' }) as string
const P12 = Buffer.from('3082010002010330820000', 'hex')
/** Whole as far as its first bytes say. */
const padded = Buffer.concat([P12, Buffer.alloc(4 + 256 - P12.length)])

/** SEC 1 of P-256 with this private number and no point. */
const bare = (d: string) => {
  const inner = `0201010${d.length === 0 ? '400' : `4${(d.length / 2).toString(16).padStart(2, '0')}${d}`}a00a06082a8648ce3d030107`
  return Buffer.from(`30${(inner.length / 2).toString(16)}${inner}`, 'hex')
}

/** Of what openssl has encrypted, with other parameters. */
function locked(name: string, ...changes: readonly (readonly [from: string, to: string])[]): Buffer {
  const der = Buffer.from(vectors.files[name].replace(/-----.*-----/g, ''), 'base64').toString('hex')
  return Buffer.from(
    changes.reduce((text, [from, to]) => {
      assert.match(text, new RegExp(from))
      return text.replace(new RegExp(from), to)
    }, der),
    'hex',
  )
}
const CBC = 'pbkdf2-sha256 aes-256-cbc'
const LOCKED = {
  rounds: locked(CBC, ['0408(.{12}).{4}02020800', '0406$1020400989680']),
  scrypt: locked('scrypt aes-256-cbc', ['0408(.{12}).{4}02024000020108020101', '0407$10002024000020108020203e8']),
  gcm: locked(CBC, ['60864801650304012a', '60864801650304012e']),
  derivation: locked(CBC, ['2a864886f70d01050c', '2a864886f70d010510']),
  hash: locked(CBC, ['2a864886f70d0209', '2a864886f70d0270']),
}

const REFUSED: readonly [
  what: string,
  file: string | Uint8Array,
  code: string,
  said: RegExp,
  type?: KeyType | undefined,
  passphrase?: string,
][] = [
  ['nothing', '', 'KEY-FILE', /no key file/],
  ['a letter', 'dear partner', 'KEY-FILE', /no key file/],
  ['bare bytes', randomBytes(32).fill(7, 0, 1), 'KEY-FILE', /no key file/],
  ['a public key', spki, 'KEY-FILE', /a public key, and no private one/],
  ['a public key in DER', createPublicKey(spki).export({ format: 'der', type: 'spki' }), 'KEY-FILE', /a public key/],
  ['a public JWK', JSON.stringify({ ...other, d: undefined }), 'KEY-FILE', /a JWK of a public key/],
  [
    'a certificate',
    '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    'KEY-FILE',
    /a certificate, and no key/,
  ],
  [
    'a request',
    '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
    'KEY-FILE',
    /a certificate request/,
  ],
  ['OpenSSH', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n', 'KEY-FILE', /OpenSSH/],
  ['PKCS#12', padded, 'KEY-FILE', /is PKCS#12/],
  ['a key block', keyBlocks()[0]!.block, 'KEY-FILE', /is a key block/],
  ['two keys', `${pem}${pem}`, 'KEY-FILE', /2 private keys/],
  ['half a key', pem.slice(0, -40), 'KEY-FILE', /no private key that is whole/],
  ['a key that was bent', pem.replace('MIGHAgEAMBMG', 'MIGHAgEAMBMH'), 'KEY-FILE', /no private key that is whole/],
  [
    'DER with something behind it',
    Buffer.concat([pkcs8Of(privateOf(other)), Buffer.from('x')]),
    'KEY-FILE',
    /not all of one/,
  ],
  ['DER cut off', pkcs8Of(privateOf(other)).subarray(0, -1), 'KEY-FILE', /not all of one/],
  ['another type than was said', pem, 'KEY-FILE', /type ec-p256, and --type is ec-p384/, 'ec-p384'],
  ['X25519', pkcs8Of(generateKeyPairSync('x25519').privateKey), 'KEY-FILE', /type x25519/],
  ['Ed448', pkcs8Of(generateKeyPairSync('ed448').privateKey), 'KEY-FILE', /type ed448/],
  [
    'secp256k1',
    pkcs8Of(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey),
    'KEY-FILE',
    /curve secp256k1/,
  ],
  ['RSA-1024', pkcs8Of(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), 'KEY-FILE', /RSA of 1024 bits/],
  ['ROCA', JSON.stringify(roca()), 'KEY-NUMBERS', /ROCA/],
  ['close primes', pkcs8Of(privateOf(rsaOf(CLOSE[0], CLOSE[1]))), 'KEY-NUMBERS', /so close/],
  ['e = 3', JSON.stringify(rsaOf(CLOSE[1], FAR, 3n)), 'KEY-NUMBERS', /exponent is 3/],
  ['another d', pkcs8Of(privateOf({ ...rsa, d: rsa.e! })), 'KEY-NUMBERS', /private exponent does not belong/],
  [
    'the point of another key',
    JSON.stringify({ ...vectors.jwk, x: other.x, y: other.y }),
    'KEY-NUMBERS',
    /does not belong/,
  ],
  ['the same in DER', pkcs8Of(privateOf({ ...vectors.jwk, x: other.x, y: other.y })), 'KEY-NUMBERS', /does not belong/],
  [
    'the Edwards point of another key',
    JSON.stringify({ ...ed, x: jwkOf('ed25519').x }),
    'KEY-NUMBERS',
    /not those of its private key/,
  ],
  ['d = 0', JSON.stringify({ ...other, d: Buffer.alloc(32).toString('base64url') }), 'KEY-NUMBERS', /between 0/],
  ['no private number', bare(''), 'KEY-NUMBERS', /no public key belongs to/],
  ['d = 5', bare('05'), 'KEY-NUMBERS', /so small that it can be found/],
  [
    'encrypted by RC2',
    vectors.legacy.pem,
    'KEY-FILE',
    /is encrypted by RC2, which node does not open/,
    undefined,
    vectors.legacy.passphrase,
  ],
  ['zeros', oct(Buffer.alloc(32)), 'KEY-WEAK', /all its bytes/, 'aes-256'],
  ['a short secret', oct(randomBytes(31)), 'KEY-WEAK', /31 bytes/, 'aes-256'],
  ['a secret of no type', oct(randomBytes(32)), 'KEY-FILE', /what kind of secret key/],
  [
    'a secret of another type',
    oct(randomBytes(32), { alg: 'HS256' }),
    'KEY-FILE',
    /hmac-sha256, and --type is aes-256/,
    'aes-256',
  ],
  ['a secret for a pair', oct(randomBytes(32)), 'KEY-FILE', /--type is ec-p256/, 'ec-p256'],
  ['a secret without one', JSON.stringify({ kty: 'oct' }), 'KEY-FILE', /has none/, 'aes-256'],
  ['a secret in another alphabet', oct('AAAA+AAA'), 'KEY-FILE', /k is not base64url/, 'aes-256'],
  ['a member twice', `{"kty":"oct","k":"AAAA","k":"BBBB"}`, 'KEY-FILE', /a member stands twice/],
  ['no JSON', '{"kty":"oct","k":"SECRET', 'KEY-FILE', /begins as JSON, and is none$/],
  ['a use that is no word', oct(randomBytes(32), { key_ops: 'sign' }), 'KEY-FILE', /key_ops says nothing/, 'aes-256'],
  ['a set of JWKs', '{"keys":[]}', 'KEY-FILE', /a set of JWKs/],
  ['a JWE', '{"ciphertext":""}', 'KEY-FILE', /is a JWE/],
  ['other JSON', '{"a":1}', 'KEY-FILE', /no JWK/],
  ['a JWK of another kind', JSON.stringify({ ...other, kty: 'XY' }), 'KEY-FILE', /not whole, or of a kind/],
  ['a JWK of half a key', JSON.stringify({ ...rsa, p: undefined }), 'KEY-FILE', /not whole/],
  ['no passphrase', Object.values(vectors.files)[0] as string, 'KEY-PASSPHRASE', /is encrypted/],
  [
    'another passphrase',
    Object.values(vectors.files)[0] as string,
    'KEY-PASSPHRASE',
    /does not open/,
    undefined,
    'wrong',
  ],
  [
    'too much memory',
    vectors.rfc7914.pem,
    'KEY-FILE',
    /N, r and p of 1048576, 8, 1, whose product/,
    undefined,
    'Rabbit',
  ],
  ['too many rounds', LOCKED.rounds, 'KEY-FILE', /with 10000000 rounds of a hash, and 2000000/, undefined, 'keyrite'],
  ['too much scrypt', LOCKED.scrypt, 'KEY-FILE', /N, r and p of 16384, 8, 1000, whose product/, undefined, 'keyrite'],
  ['GCM', LOCKED.gcm, 'KEY-FILE', /by PBKDF2, AES-256-GCM, which node does not/, undefined, 'keyrite'],
  ['another derivation', LOCKED.derivation, 'KEY-FILE', /by 1\.2\.840\.113549\.1\.5\.16, AES/, undefined, 'keyrite'],
  ['another hash', LOCKED.hash, 'KEY-FILE', /by PBKDF2, 1\.2\.840\.113549\.2\.112, AES/, undefined, 'keyrite'],
  ['three primes', vectors.threePrimes, 'KEY-FILE', /an RSA key of more than two primes/],
  [
    'a time that is none',
    Buffer.from('300a02010030000400180178', 'hex'),
    'KEY-FILE',
    /holds no private key that is whole/,
  ],
  ['version 2 with another public key', version2.replace('AxZuE=', 'AxZuA='), 'KEY-NUMBERS', /beside it is another/],
]

test('what is not taken is called by its name, and nothing of its secret is told', () => {
  for (const [what, file, code, said, type, passphrase] of REFUSED) {
    const isSo = (error: unknown) => {
      assert.ok(error instanceof KeyriteError, `${what}: ${error}`)
      assert.deepEqual([error.code, error.exit, said.test(error.message)], [code, 3, true], `${what}: ${error.message}`)
      assert.ok(!/SECRET/.test(`${error.message} ${JSON.stringify(error.hint)}`), what)
      return true
    }
    assert.throws(() => told(file, type, passphrase), isSo, what)
    // Nobody is to change the mode of a file that is of another kind.
    if (/holds a (public key|certificate)|PKCS#12|is a key block|is encrypted/.test(`${said}`))
      assert.ok(!isClearKeyFile(bytes(file)), what)
  }
})
