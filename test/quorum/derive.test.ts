// What a secret gives, bound to its partition, role and epoch: another one of these gives something else, or is refused.
import assert from 'node:assert/strict'
import { createDecipheriv, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { fromHex, toHex, uuidBytes } from '../../src/domain/encoding.ts'
import { EXIT } from '../../src/domain/errors.ts'
import { unwrapBytes, wrapBytes } from '../../src/domain/key-wrap.ts'
import { Secret } from '../../src/domain/secret.ts'
import * as derive from '../../src/quorum/derive.ts'
import { newSecret, PARTITION, rule } from './helpers.ts'

const OTHER = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2c'

/** HKDF by the text of RFC 5869, for at most 32 bytes. */
function byHand(ikm: Uint8Array, salt: Uint8Array, info: string, length: number): string {
  const prk = createHmac('sha256', salt.length === 0 ? Buffer.alloc(32) : salt)
    .update(ikm)
    .digest()
  return createHmac('sha256', prk).update(`${info}\u0001`).digest().subarray(0, length).toString('hex')
}

test('every derivation is HKDF with the info that the format fixes', () => {
  const secret = newSecret()
  const salt = fromHex('2f5c1a549d0e4b7a8c3d1e6f70815a2b')
  assert.deepEqual(uuidBytes(PARTITION), salt)
  const expect = (info: string, length: number) => byHand(secret.reveal(), salt, info, length)
  assert.equal(toHex(derive.checkValue(secret, PARTITION)), expect('keyrite/v1/check', 16))
  assert.equal(toHex(derive.derivedPin(secret, PARTITION, 'so').reveal()), expect('keyrite/v1/pin/so', 20))
  assert.equal(toHex(derive.derivedPin(secret, PARTITION, 'user').reveal()), expect('keyrite/v1/pin/user', 20))
  assert.equal(toHex(derive.backupKek(secret, PARTITION).reveal()), expect('keyrite/v1/kek', 32))
  const id = '00112233445566ff'
  const pinOf = (role: 'so' | 'user', generation: number) =>
    toHex(derive.applicationPin(secret, PARTITION, { role, id, generation }).reveal())
  assert.equal(pinOf('user', 7), expect(`keyrite/v1/app/user/${id}/7`, 15))
  assert.equal(pinOf('so', 7), expect(`keyrite/v1/app/so/${id}/1`, 20))
  const [token, host] = [newSecret().reveal(), newSecret().reveal()]
  const made = byHand(Buffer.concat([token, host]), new Uint8Array(0), 'keyrite/v1/group-secret', 32)
  assert.equal(toHex(derive.groupSecret(token, host).reveal()), made)
})

test('a group secret needs 32 bytes of each source, in their order, and leaves them as they were', () => {
  const [token, host] = [newSecret().reveal(), newSecret().reveal()]
  assert.notDeepEqual(derive.groupSecret(token, host).reveal(), derive.groupSecret(host, token).reveal())
  assert.notDeepEqual(token, new Uint8Array(32))
  assert.throws(() => derive.groupSecret(token.subarray(1), host), /32 bytes/)
  assert.throws(() => derive.groupSecret(token, new Uint8Array(0)), /32 bytes/)
})

test('a check value fits its secret and partition alone', () => {
  const secret = newSecret()
  const check = derive.checkValue(secret, PARTITION)
  assert.equal(derive.matchesCheck(secret, PARTITION, check), true)
  assert.equal(derive.matchesCheck(newSecret(), PARTITION, check), false)
  assert.equal(derive.matchesCheck(secret, OTHER, check), false)
  assert.equal(derive.matchesCheck(secret, PARTITION, check.subarray(1)), false)
  assert.equal(derive.matchesCheck(secret, PARTITION, new Uint8Array(0)), false)
})

test('KWP is the construction of RFC 5649, and refuses what was changed', () => {
  const key = newSecret().reveal()
  const blob = wrapBytes(key, new Uint8Array(32))
  assert.equal(blob.length, 40)
  assert.deepEqual(unwrapBytes(key, blob), new Uint8Array(32))
  assert.deepEqual(openByHand(key, blob), new Uint8Array(32))
  for (let i = 0; i < blob.length; i++) {
    const changed = Uint8Array.from(blob)
    changed[i]! ^= 1
    assert.throws(() => unwrapBytes(key, changed))
  }
  for (const size of [0, 8, 16, 32, 39]) assert.throws(() => unwrapBytes(key, blob.subarray(0, size)), String(size))
})

test('a bridge leads from the new secret to the old one and never back', () => {
  const [fresh, old] = [newSecret(), newSecret()]
  const blob = derive.bridge(fresh, old, PARTITION, 4)
  assert.deepEqual(derive.openBridge(blob, fresh, PARTITION, 4).reveal(), old.reveal())
  const closed = rule('BRIDGE-OPENS', /bridge of epoch/, EXIT.verification)
  assert.throws(() => derive.openBridge(blob, old, PARTITION, 4), closed)
  assert.throws(() => derive.openBridge(blob, fresh, OTHER, 4), closed)
  assert.throws(() => derive.openBridge(blob, fresh, PARTITION, 5), closed)
  assert.throws(() => derive.openBridge(blob.subarray(0, 32), fresh, PARTITION, 4), closed)
  assert.throws(() => derive.openBridge(new Uint8Array(0), fresh, PARTITION, 4), closed)
  using key = new Secret(fromHex(byHand(fresh.reveal(), uuidBytes(PARTITION), 'keyrite/v1/bridge/4', 32)))
  assert.throws(() => derive.openBridge(wrapBytes(key.reveal(), new Uint8Array(24)), fresh, PARTITION, 4), closed)
})

test('bridges in a row open the oldest secret from the newest', () => {
  const secrets = [newSecret(), newSecret(), newSecret()] as const
  const blobs = [
    derive.bridge(secrets[1], secrets[0], PARTITION, 2),
    derive.bridge(secrets[2], secrets[1], PARTITION, 3),
  ]
  const second = derive.openBridge(blobs[1]!, secrets[2], PARTITION, 3)
  assert.deepEqual(derive.openBridge(blobs[0]!, second, PARTITION, 2).reveal(), secrets[0].reveal())
})

test('the KEK check tells two KEKs apart', () => {
  const [kek, other] = [derive.backupKek(newSecret(), PARTITION), derive.backupKek(newSecret(), PARTITION)]
  assert.match(derive.kekCheck(kek), /^[A-Za-z0-9_-]{54}$/)
  assert.notEqual(derive.kekCheck(kek), derive.kekCheck(other))
  assert.equal(derive.kekCheck(kek), derive.kekCheck(new Secret(Uint8Array.from(kek.reveal()))))
})

/** RFC 5649 unwrapping over single AES blocks, for whole blocks of 8 bytes. */
function openByHand(key: Uint8Array, blob: Uint8Array): Uint8Array {
  const blocks = Array.from({ length: blob.length / 8 - 1 }, (_, i) =>
    Buffer.from(blob.subarray(8 * i + 8, 8 * i + 16)),
  )
  let top: Buffer = Buffer.from(blob.subarray(0, 8))
  for (let count = 6 * blocks.length; count >= 1; count--) {
    const at = (count - 1) % blocks.length
    top.writeUInt32BE((top.readUInt32BE(4) ^ count) >>> 0, 4)
    const aes = createDecipheriv('aes-256-ecb', key, null).setAutoPadding(false)
    const out = aes.update(Buffer.concat([top, blocks[at]!]))
    top = Buffer.from(out.subarray(0, 8))
    blocks[at] = Buffer.from(out.subarray(8))
  }
  assert.equal(top.toString('hex'), `a65959a6${(8 * blocks.length).toString(16).padStart(8, '0')}`)
  return Uint8Array.from(Buffer.concat(blocks))
}
