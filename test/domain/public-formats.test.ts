// Public keys in each format, read by other programs: node, and OpenSSH.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { publicKeyIn } from '../../src/domain/public-formats.ts'
import { makeFolder } from '../support/softhsm.ts'

const folder = makeFolder('public')
const path = (name: string) => join(folder, name)
const sshKeygen = (...args: string[]) => execFileSync('ssh-keygen', args, { encoding: 'utf8' })
const derOf = (key: KeyObject) => key.export({ format: 'der', type: 'spki' })

const KEYS: [type: string, key: KeyObject][] = [
  // Moduli whose first bit is set, as those of tokens are.
  ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  ...['P-256', 'P-384', 'P-521'].map((namedCurve): [string, KeyObject] => [
    'ECDSA',
    generateKeyPairSync('ec', { namedCurve }).publicKey,
  ]),
]

for (const [type, key] of KEYS)
  test(`${type} ${key.asymmetricKeyDetails?.namedCurve ?? ''}`, () => {
    const der = derOf(key)
    for (const format of ['pem', 'jwk'] as const) {
      const text = `${publicKeyIn(format, der, 'card#1')}`
      const read = format === 'pem' ? createPublicKey(text) : createPublicKey({ key: JSON.parse(text), format })
      assert.deepEqual(derOf(read), der)
    }
    assert.deepEqual(publicKeyIn('der', der, ''), der)
    writeFileSync(path('key.pub'), publicKeyIn('ssh', der, 'card#1'))
    assert.match(sshKeygen('-l', '-f', path('key.pub')), new RegExp(`SHA256:\\S+ card#1 \\(${type}\\)\n$`))
    assert.deepEqual(derOf(createPublicKey(sshKeygen('-e', '-m', 'PKCS8', '-f', path('key.pub')))), der)
  })

test('Ed25519: the line of a key that OpenSSH made', () => {
  sshKeygen('-q', '-t', 'ed25519', '-N', '', '-C', 'card#1', '-f', path('ed'))
  const line = readFileSync(path('ed.pub'), 'utf8')
  const x = Buffer.from(line.split(' ')[1]!, 'base64').subarray(-32).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  assert.equal(publicKeyIn('ssh', derOf(key), 'card#1'), line)
  assert.equal(JSON.parse(`${publicKeyIn('jwk', derOf(key), 'card#1')}`).x, x)
})
