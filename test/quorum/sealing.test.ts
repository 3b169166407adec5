// The key that shares from afar are sealed for: it opens what was sealed for it, tells nothing else, and opens nothing once it is let go of.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from '../../src/domain/secret.ts'
import { quorum } from '../../src/quorum/quorum.ts'
import { refusal } from '../support/rules.ts'

const share = async () => (await quorum.makeShares(new Secret(Uint8Array.from(randomBytes(32))), 3, 2))[0]!

test('what was sealed for it opens, and is the same share', async () => {
  using key = await quorum.makeSealingKey()
  using sent = await share()
  const sealed = await quorum.sealPayload(sent.payload, key.recipient)
  using opened = await key.open(sealed)
  assert.deepEqual(opened.payload.reveal(), sent.payload.reveal())
  assert.equal(quorum.parseRecipient(key.recipient), key.recipient)
  assert.doesNotMatch(inspect(key, { depth: 9, showHidden: true }), /SECRET|private_/i)
})

test('nothing else does', async () => {
  using key = await quorum.makeSealingKey()
  using other = await quorum.makeSealingKey()
  using sent = await share()
  assert.notEqual(key.recipient, other.recipient)
  const wrong = [
    await quorum.sealPayload(sent.payload, other.recipient),
    await quorum.sealPayload(new Secret(new Uint8Array(49)), key.recipient),
    await quorum.sealPayload(new Secret(new Uint8Array(48).fill(7)), key.recipient),
    (await quorum.sealPayload(sent.payload, key.recipient)).slice(0, -1),
    new Uint8Array(0),
    Uint8Array.from(randomBytes(300)),
  ]
  for (const sealed of wrong) await assert.rejects(key.open(sealed), refusal('CONTRIBUTION-SHARE'))
})

test('once it is let go of it opens nothing', async () => {
  const key = await quorum.makeSealingKey()
  using sent = await share()
  const sealed = await quorum.sealPayload(sent.payload, key.recipient)
  key[Symbol.dispose]()
  await assert.rejects(key.open(sealed), /let go of/)
})
