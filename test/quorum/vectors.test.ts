// The published vectors: ours must still give them, and so must a program that shares no code with us.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { base32 } from '@scure/base'
import { newAppId } from '../../src/domain/application-id.ts'
import { fromHex, toHex } from '../../src/domain/encoding.ts'
import { Secret } from '../../src/domain/secret.ts'
import * as derive from '../../src/quorum/derive.ts'
import { verifySubsets } from '../../src/quorum/issue.ts'
import { combineParts } from '../../src/quorum/shamir.ts'
import { encodeShare, parseShare, shareFromPayload, shareGroups } from '../../src/quorum/share.ts'
import vectors from '../vectors/shares.json' with { type: 'json' }
import { rule } from './helpers.ts'

const secretOfHex = (hex: string): Secret => new Secret(fromHex(hex))
const hexOf = (secret: Secret): string => toHex(secret.reveal())

test('a program that shares no code with us computes the same values', () => {
  const run = spawnSync('python3', ['test/quorum/vectors.py', 'test/vectors/shares.json'], { encoding: 'utf8' })
  assert.equal(run.error, undefined)
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /^\d{3} values agree\n$/)
})

test('group secret', () => {
  const { token, host, secret } = vectors.groupSecret
  assert.equal(hexOf(derive.groupSecret(fromHex(token), fromHex(host))), secret)
})

for (const [index, group] of vectors.groups.entries()) {
  const secret = () => secretOfHex(group.secret)

  test(`group ${index}: shares`, () => {
    for (const vector of group.shares) {
      const share = shareFromPayload(secretOfHex(vector.payload))
      assert.equal(encodeShare(share), vector.text)
      assert.equal(shareGroups(vector.text), vector.paper)
      assert.equal(hexOf(parseShare(vector.paper).payload), vector.part + vector.salt)
      assert.equal(toHex(share.key), vector.approvalKey)
      assert.equal(toHex(share.sign(Buffer.from(vectors.message))), vector.signature)
    }
  })

  test(`group ${index}: every quorum gives the secret`, async () => {
    assert.ok(
      (await verifySubsets(
        group.shares.map(({ text }) => parseShare(text)),
        group.threshold,
        secret(),
      )) > 0,
    )
    const parts = group.shares.slice(-group.threshold).map(({ part }) => fromHex(part))
    assert.equal(hexOf(await combineParts(parts)), group.secret)
  })

  test(`group ${index}: an application, and its PINs`, () => {
    const { partition, application } = group
    const { nonce, id, generation } = application
    assert.equal(newAppId(nonce, partition), id)
    for (const role of ['user', 'so'] as const) {
      const bytes = derive.applicationPin(secret(), partition, { role, id, generation })
      assert.equal(hexOf(bytes), application[role].bytes)
      assert.equal(base32.encode(bytes.reveal()).toLowerCase(), application[role].text)
    }
  })

  test(`group ${index}: check value, PINs, KEK`, () => {
    const { partition, pins } = group
    assert.equal(toHex(derive.checkValue(secret(), partition)), group.check)
    assert.ok(derive.matchesCheck(secret(), partition, fromHex(group.check)))
    for (const role of ['so', 'user'] as const) {
      const pin = derive.derivedPin(secret(), partition, role)
      assert.deepEqual({ bytes: hexOf(pin), text: base32.encode(pin.reveal()).toLowerCase() }, pins[role])
    }
    const kek = derive.backupKek(secret(), partition)
    assert.equal(hexOf(kek), group.kek)
    assert.equal(derive.kekCheck(kek), group.kekCheck)
  })
}

test('bridges', () => {
  for (const { newSecret, oldSecret, partition, newEpoch, blob } of vectors.bridges) {
    const made = derive.bridge(secretOfHex(newSecret), secretOfHex(oldSecret), partition, newEpoch)
    assert.equal(toHex(made), blob)
    assert.equal(hexOf(derive.openBridge(fromHex(blob), secretOfHex(newSecret), partition, newEpoch)), oldSecret)
  }
})

test('spellings that are accepted, and texts that are refused', () => {
  const first = vectors.groups[0]!.shares[0]!.payload
  for (const text of vectors.accepted) assert.equal(hexOf(parseShare(text).payload), first, text)
  for (const { text, reason } of vectors.refused) assert.throws(() => parseShare(text), rule('SHARE-CHECKSUM'), reason)
})
