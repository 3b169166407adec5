// Shares for cards: HPKE by the vector of RFC 9180, recipients by C2SP's, files both ways with the age package, and what never reaches a card.
import assert from 'node:assert/strict'
import { createECDH, createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { base64nopad } from '@scure/base'
import { Encrypter } from 'age-encryption'
import { fromHex, toHex, utf8 } from '../../src/domain/encoding.ts'
import { EXIT } from '../../src/domain/errors.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { Stanza } from '../../src/quorum/age-scrypt.ts'
import { isTagPoint, tagRecipient, unlockByCard } from '../../src/quorum/age-tag.ts'
import { openBase } from '../../src/quorum/hpke.ts'
import type { CardKeys } from '../../src/quorum/port.ts'
import { makeShares } from '../../src/quorum/share.ts'
import * as files from '../../src/quorum/share-file.ts'
import vectors from '../vectors/hpke.json' with { type: 'json' }
import { newSecret, PARTITION, rule } from './helpers.ts'

/** A card in software, which counts what is asked of it. */
function softCard() {
  const ecdh = createECDH('prime256v1')
  ecdh.generateKeys()
  const spki = spkiOf(Uint8Array.from(ecdh.getPublicKey()))
  const asked = { keys: 0, agreed: 0 }
  const cards: CardKeys = {
    publicKeys: async () => {
      asked.keys++
      return [spki]
    },
    agree: async (_, other) => {
      asked.agreed++
      return new Secret(Uint8Array.from(ecdh.computeSecret(other)))
    },
  }
  return { cards, spki, asked, recipient: tagRecipient(spki) }
}

test('HPKE: the vector of RFC 9180, A.5.1', () => {
  const { info, pkRm, skRm, enc, encryption } = vectors.base
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(skRm, 'hex')
  assert.equal(ecdh.getPublicKey('hex'), pkRm)
  const exchange = () => ({
    dh: Uint8Array.from(ecdh.computeSecret(fromHex(enc))),
    sender: fromHex(enc),
    recipient: fromHex(pkRm),
  })
  const open = (sealed: string, aad: string) => openBase(exchange(), fromHex(info), fromHex(sealed), fromHex(aad))
  assert.equal(toHex(open(encryption.ct, encryption.aad)!), encryption.pt)
  assert.equal(open(encryption.ct.replace(/^./, '7'), encryption.aad), undefined)
  assert.equal(open(encryption.ct, `${encryption.aad}00`), undefined)
})

/** SPKI of an uncompressed point. */
function spkiOf(point: Uint8Array): Uint8Array {
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => Buffer.from(half).toString('base64url'))
  const key = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x!, y: y! }, format: 'jwk' })
  return Uint8Array.from(key.export({ type: 'spki', format: 'der' }))
}

test('recipients are spelled as C2SP has them, and name a point on the curve', () => {
  const { recipient, compressed, point, off } = vectors.tag
  assert.equal(tagRecipient(spkiOf(fromHex(point))), recipient)
  assert.ok(isTagPoint(fromHex(compressed)))
  assert.equal(files.parseRecipient(recipient), recipient)
  for (const wrong of [off, recipient.slice(0, -1), recipient.replace('x2yqd', 'x2yqe')])
    assert.throws(() => files.parseRecipient(wrong), rule('USAGE', /not an age recipient/, EXIT.usage))
  assert.throws(() => files.parseRecipient('age1tagpq1qqqq'), rule('USAGE', /post-quantum/, EXIT.usage))
})

test('what the age package seals for a card is opened by it, and by no other', async () => {
  const share = (await makeShares(newSecret(), 3, 2))[0]!
  const text = files.formatShareFile(share, { partition: PARTITION, custodian: 'alice' })
  const [card, other] = [softCard(), softCard()]
  const encrypter = new Encrypter()
  encrypter.addRecipient(card.recipient)
  const theirs = await encrypter.encrypt(text)
  const ours = await files.sealShareFile(text, { kind: 'recipient', recipient: card.recipient })
  for (const bytes of [theirs, ours]) {
    assert.equal(await files.shareFileProtection(bytes), 'card')
    const opened = await files.openShareFile(bytes, { passphrases: [], identities: [], cards: card.cards })
    assert.deepEqual(opened.share.payload.reveal(), share.payload.reveal())
    assert.equal(opened.card?.recipient, card.recipient)
    const open = files.openShareFile(bytes, { passphrases: [], identities: [], cards: other.cards })
    await assert.rejects(open, rule('CARD-KEY', /no key on the card/))
    await assert.rejects(files.openShareFile(bytes, { passphrases: [], identities: [] }), rule('SHARE-CARD'))
  }
  assert.deepEqual([card.asked.agreed, other.asked.agreed], [2, 0])
  // Who made a file for an identity as well opens it without a card.
  encrypter.addRecipient('age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj')
  assert.equal(await files.shareFileProtection(await encrypter.encrypt(text)), 'recipient')
})

/** The stanza that the age package makes for this recipient. */
async function stanzaFor(recipient: string): Promise<Stanza> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  const header = Buffer.from(await encrypter.encrypt(''))
    .toString('latin1')
    .split('\n')
  return { args: header[1]!.slice('-> '.length).split(' '), body: base64nopad.decode(header[2]!) }
}

test('a stanza is looked at before anything reaches the card: its lengths, and that its point is on the curve', async () => {
  const { cards, asked, recipient } = softCard()
  const { args, body } = await stanzaFor(recipient)
  const [name, tag, enc] = args as [string, string, string]
  const point = base64nopad.decode(enc)
  const bent = (at: number, to: number) => base64nopad.encode(point.map((byte, i) => (i === at ? to : byte)))
  const wrong: [args: string[], body: Uint8Array, says: RegExp][] = [
    [[name, tag], body, /malformed/],
    [[...args, 'x'], body, /malformed/],
    [[name, base64nopad.encode(new Uint8Array(3)), enc], body, /malformed/],
    [[name, `${tag}==`, enc], body, /malformed/],
    [[name, tag, base64nopad.encode(point.subarray(0, 33))], body, /malformed/],
    [args, body.subarray(1), /malformed/],
    [args, Uint8Array.of(...body, 0), /malformed/],
    [[name, tag, bent(64, point[64]! ^ 1)], body, /not on the curve/],
    [[name, tag, bent(0, 0x06)], body, /not on the curve/],
    [[name, tag, base64nopad.encode(Uint8Array.of(4, ...new Uint8Array(64)))], body, /not on the curve/],
    [[name, tag, base64nopad.encode(Uint8Array.of(4, ...new Uint8Array(64).fill(0xff)))], body, /not on the curve/],
  ]
  for (const [changed, content, says] of wrong)
    await assert.rejects(unlockByCard([{ args: changed, body: content }], cards), rule('SHARE-FILE', says))
  // One that is whole is not asked for beside one that is not.
  await assert.rejects(
    unlockByCard(
      [
        { args, body },
        { args: [name, tag], body },
      ],
      cards,
    ),
    rule('SHARE-FILE'),
  )
  assert.deepEqual(asked, { keys: 0, agreed: 0 })
  // Another tag is for another card, and asks this one for nothing.
  const elsewhere = [name, base64nopad.encode(base64nopad.decode(tag).map((byte) => byte ^ 1)), enc]
  await assert.rejects(unlockByCard([{ args: elsewhere, body }], cards), rule('CARD-KEY', /no key on the card/))
  assert.deepEqual(asked, { keys: 1, agreed: 0 })
  const damaged = unlockByCard([{ args, body: body.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) }], cards)
  await assert.rejects(damaged, rule('CARD-KEY', /does not open the file/))
  assert.equal((await unlockByCard([{ args, body }], cards)).fileKey.length, 16)
})

test('a card that gives another secret, or none, opens nothing', async () => {
  const card = softCard()
  const stanza = await stanzaFor(card.recipient)
  for (const length of [0, 31, 32, 33]) {
    const lies: CardKeys = { ...card.cards, agree: async () => new Secret(new Uint8Array(length)) }
    await assert.rejects(unlockByCard([stanza], lies), rule('CARD-KEY', /does not open the file/))
  }
  // What is no key of P-256 is passed over.
  const rubbish: CardKeys = { ...card.cards, publicKeys: async () => [utf8('rubbish'), card.spki] }
  assert.equal((await unlockByCard([stanza], rubbish)).card.recipient, card.recipient)
})
