// ML-DSA on any node: public keys read and written without node's crypto, what is offered where node verifies none, and its signatures where it does.
import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import { requestInfo, requestPem } from '../../src/domain/certificate-request.ts'
import { readKeyFile } from '../../src/domain/key-file.ts'
import { KEY_TYPES } from '../../src/domain/keys.ts'
import { ML_DSA, mlDsaIn, mlDsaSize, mlDsaSpki, provableTypes, whyUnverified } from '../../src/domain/ml-dsa.ts'
import { typesMadeBy } from '../../src/domain/profile.ts'
import { publicKeyIn } from '../../src/domain/public-formats.ts'
import { schemesOf, usualHash } from '../../src/domain/signing.ts'
import { parseSubject } from '../../src/domain/subject.ts'
import { isValid } from '../../src/host/native/signatures.ts'
import { readRequest } from '../../src/x509/request.ts'
import type { PROFILE } from '../support/story.ts'

/** Of a node that has it. */
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]
const isNew = major > 24 || (major === 24 && minor >= 7)
const onNew = isNew ? {} : { skip: 'node verifies ML-DSA from 24.7 on' }
const onOld = isNew ? { skip: 'this node verifies ML-DSA' } : {}

const OIDS = { 'ml-dsa-44': '11', 'ml-dsa-65': '12', 'ml-dsa-87': '13' }

for (const type of ML_DSA) {
  const raw = randomBytes(mlDsaSize(type).bytes)
  const spki = mlDsaSpki(type, raw)!

  test(`the SPKI of ${type} is that of RFC 9881, and is read back; what is no such key is none`, () => {
    const oid = `06096086480165030403${OIDS[type]}`
    const length = (bytes: number) => bytes.toString(16).padStart(4, '0')
    const bits = `0382${length(raw.length + 1)}00`
    const head = `3082${length(spki.length - 4)}300b${oid}${bits}`
    assert.equal(Buffer.from(spki).toString('hex'), head + raw.toString('hex'))
    assert.deepEqual(mlDsaIn(spki), { type, raw: Uint8Array.from(raw) })
    const withParameters = Buffer.from(Buffer.from(spki).toString('hex').replace(`300b${oid}`, `300d${oid}0500`), 'hex')
    for (const other of [
      spki.subarray(1),
      spki.subarray(0, -1),
      Buffer.concat([spki, Buffer.alloc(1)]),
      withParameters,
    ])
      assert.equal(mlDsaIn(other), undefined)
    assert.equal(mlDsaSpki(type, raw.subarray(1)), undefined)
  })

  test(`a public key of ${type} is told as PEM, DER and JWK (RFC 9964), and to OpenSSH not at all`, () => {
    const pem = `${publicKeyIn('pem', spki, 'card#1')}`
    assert.match(
      pem,
      /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/]{64}\n)+[A-Za-z0-9+/=]{1,64}\n-----END PUBLIC KEY-----\n$/,
    )
    assert.deepEqual(Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64'), Buffer.from(spki))
    assert.deepEqual(publicKeyIn('der', spki, ''), spki)
    const jwk = { kty: 'AKP', alg: type.toUpperCase(), pub: raw.toString('base64url'), kid: 'card#1' }
    assert.deepEqual(JSON.parse(`${publicKeyIn('jwk', spki, 'card#1')}`), jwk)
    assert.throws(() => publicKeyIn('ssh', spki, 'card#1'), { code: 'KEY-PUBLIC', exit: 3 })
  })

  test(`it signs the file itself, told by its SHA-512: ${type}`, () => {
    assert.deepEqual([schemesOf(type), usualHash(type)], [['ml-dsa'], 'sha512'])
  })

  test(`node writes the same of a key of ${type}, and verifies what it signs`, onNew, () => {
    const { publicKey, privateKey } = generateKeyPairSync(type as 'ed25519')
    const der = publicKey.export({ format: 'der', type: 'spki' })
    const { raw } = mlDsaIn(der)!
    assert.deepEqual(Buffer.from(mlDsaSpki(type, raw)!), der)
    assert.equal(publicKeyIn('pem', der, ''), publicKey.export({ format: 'pem', type: 'spki' }))
    const { kid, ...jwk } = JSON.parse(`${publicKeyIn('jwk', der, 'card#1')}`)
    assert.deepEqual(jwk, publicKey.export({ format: 'jwk' }))
    assert.equal(createPublicKey({ key: jwk, format: 'jwk' }).equals(publicKey), true)
    const data = randomBytes(32)
    const signature = sign(null, data, privateKey)
    assert.equal(signature.length, mlDsaSize(type).signature)
    assert.equal(verify(null, data, publicKey, signature), true)
    assert.equal(isValid(der, type, data, signature), true)
    assert.equal(isValid(der, type, randomBytes(32), signature), false)
  })
}

test('where node verifies none, none is offered, and what would prove a key says what it takes', onOld, () => {
  assert.deepEqual(
    provableTypes(),
    KEY_TYPES.filter((type) => !ML_DSA.some((one) => one === type)),
  )
  const makesAll = Object.fromEntries(KEY_TYPES.map((type) => [type, { make: true, wrap: 'kwp' }]))
  assert.deepEqual(typesMadeBy({ types: makesAll as typeof PROFILE.types }), provableTypes())
  for (const type of ML_DSA) {
    assert.match(whyUnverified(type)!.lacks, /node 24\.7 or newer/)
    const spki = mlDsaSpki(type, randomBytes(mlDsaSize(type).bytes))!
    assert.throws(() => isValid(spki, type, randomBytes(32), randomBytes(64)), { code: 'MECHANISM', exit: 4 })
  }
})

test('where node verifies them all are offered', onNew, () => {
  assert.deepEqual(provableTypes(), [...KEY_TYPES])
  for (const type of ML_DSA) assert.equal(whyUnverified(type), undefined)
})

test('CERT-REQUEST: no certificate is made here of a request for such a key, on any node', async () => {
  for (const type of ML_DSA) {
    const spki = mlDsaSpki(type, randomBytes(mlDsaSize(type).bytes))!
    const info = requestInfo({ subject: parseSubject('CN=pay.example'), names: [], spki })
    const pem = requestPem(info, type, randomBytes(mlDsaSize(type).signature))
    await assert.rejects(readRequest(Buffer.from(pem), 'pay.csr'), {
      ...{ code: 'CERT-REQUEST', exit: 3 },
      message: new RegExp(`is for a key of the type ${type}: RSA`),
    })
  }
})

test('KEY-FILE: a private key of another is not taken', onNew, () => {
  const { privateKey } = generateKeyPairSync('ml-dsa-65' as 'ed25519')
  const file = privateKey.export({ format: 'pem', type: 'pkcs8' })
  assert.throws(() => readKeyFile(Buffer.from(file), { path: 'pq.pem' }), {
    ...{ code: 'KEY-FILE', exit: 3 },
    message: /of type ml-dsa-65, which is made on the token alone/,
  })
})
