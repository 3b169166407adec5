// A share in memory and on paper: what is written is read again, what was mistyped is refused and says where.
import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { bech32, bech32m } from '@scure/base'
import fc from 'fast-check'
import { Secret } from '../../src/domain/secret.ts'
import type { Share } from '../../src/quorum/port.ts'
import {
  combineShares,
  encodeShare,
  makeShares,
  parseShare,
  shareFromPayload,
  shareGroups,
} from '../../src/quorum/share.ts'
import { newSecret, pick, rule } from './helpers.ts'

const payloads = fc.uint8Array({ minLength: 49, maxLength: 49 }).filter((bytes) => bytes[32] !== 0)
const shareOf = (bytes: Uint8Array): Share => shareFromPayload(new Secret(Uint8Array.from(bytes)))
const textOf = (bytes: Uint8Array): string => encodeShare(shareOf(bytes))
const SAMPLE = textOf(Uint8Array.from({ length: 49 }, (_, i) => i + 1))
const replace = (text: string, at: number, letter: string): string => text.slice(0, at) + letter + text.slice(at + 1)

test('a share is one line of 89 lower-case characters, and is read back', () => {
  const property = fc.property(payloads, (bytes) => {
    const text = textOf(bytes)
    assert.match(text, /^krs1[02-9ac-hj-np-z]{85}$/)
    assert.deepEqual(parseShare(text).payload.reveal(), bytes)
    assert.deepEqual(parseShare(shareGroups(text)).payload.reveal(), bytes)
  })
  fc.assert(property)
})

test('spaces and dashes are dropped, capitals are folded', () => {
  const payload = parseShare(SAMPLE).payload.reveal()
  const groups = shareGroups(SAMPLE)
  assert.match(groups, /^krs1(-[a-z0-9]{4}){21}-[a-z0-9]$/)
  const spellings = [
    SAMPLE.toUpperCase(),
    groups,
    groups.replaceAll('-', ' '),
    ` ${SAMPLE}\r\n`,
    groups.replaceAll('-', '\u2013'),
  ]
  for (const text of [...spellings, groups.replaceAll('-', '\n\t'), shareGroups(SAMPLE.toUpperCase())]) {
    assert.deepEqual(parseShare(text).payload.reveal(), payload, text)
  }
})

test('any one character changed is refused', () => {
  const letters = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
    fc.constantFrom('\u212a', 'é', '０', ''),
  )
  const property = fc.property(payloads, fc.nat({ max: 88 }), letters, (bytes, at, letter) => {
    const text = textOf(bytes)
    fc.pre(letter.replace(/[A-Z]/, (capital) => capital.toLowerCase()) !== text[at])
    assert.throws(() => parseShare(replace(text, at, letter)), rule('SHARE-CHECKSUM'))
  })
  fc.assert(property, { numRuns: 300 })
})

test('one wrong character is told by its group, two or three without', () => {
  for (const at of [4, 7, 8, 44, 87, 88]) {
    const typed = replace(SAMPLE, at, SAMPLE[at] === 'q' ? 'p' : 'q')
    const message = new RegExp(`^a character is wrong, in group ${Math.floor(at / 4) + 1} of 23: the checksum`)
    assert.throws(() => parseShare(typed), rule('SHARE-CHECKSUM', message))
  }
  const twice = replace(replace(SAMPLE, 20, SAMPLE[20] === 'q' ? 'p' : 'q'), 60, SAMPLE[60] === 'q' ? 'p' : 'q')
  assert.throws(() => parseShare(twice), rule('SHARE-CHECKSUM', /^a character is wrong: the checksum/))
  assert.throws(
    () => parseShare(replace(SAMPLE, 10, 'b')),
    rule('SHARE-CHECKSUM', /, in group 3 of 23: no share contains it/),
  )
  assert.throws(() => parseShare(replace(SAMPLE, 88, '1')), rule('SHARE-CHECKSUM', /, in group 23 of 23: no share/))
})

test('two to four wrong characters are always refused', () => {
  const places = fc.uniqueArray(fc.integer({ min: 4, max: 88 }), { minLength: 2, maxLength: 4 })
  const property = fc.property(places, (at) => {
    const typed = at.reduce((text, i) => replace(text, i, text[i] === 'z' ? 'x' : 'z'), SAMPLE)
    assert.throws(() => parseShare(typed), rule('SHARE-CHECKSUM'))
  })
  fc.assert(property, { numRuns: 30 })
})

test('the message says what is wrong, and never repeats the text', () => {
  const cases: [string, RegExp][] = [
    [SAMPLE.slice(0, 87), /too short: 87 of 89 characters/],
    ['krs1', /too short: 4 of 89/],
    [`${SAMPLE}q`, /too long: 90 characters, not 89/],
    ['', /not a keyrite share/],
    ['correct horse battery staple', /not a keyrite share: those begin with krs1/],
    [replace(SAMPLE, 1, 'x'), /not a keyrite share/],
  ]
  for (const [text, message] of cases) {
    const quiet = (error: unknown) => text.length < 5 || !(error as Error).message.includes(text.slice(0, 5))
    assert.throws(() => parseShare(text), rule('SHARE-CHECKSUM', message), text)
    assert.throws(() => parseShare(text), quiet)
  }
})

test('other encodings with a right checksum of their own are refused', () => {
  const bytes = parseShare(SAMPLE).payload.reveal()
  const words = bech32m.toWords(bytes)
  const padded = [...words.slice(0, -1), words.at(-1)! | 1]
  const others = [
    bech32.encode('krs', words),
    bech32m.encode('krt', words),
    bech32m.encode('krs', bech32m.toWords(bytes.slice(1))),
    bech32m.encode('krs', bech32m.toWords(Uint8Array.from([...bytes, 1])), false),
    bech32m.encode('krs', padded),
  ]
  for (const text of others) assert.throws(() => parseShare(text), rule('SHARE-CHECKSUM'), text)
})

test('a payload at point 0 or of another length is no share', () => {
  const zero = parseShare(SAMPLE).payload.clone().reveal()
  zero[32] = 0
  assert.throws(() => shareOf(zero), rule('SHARE-CHECKSUM', /point 0/))
  assert.throws(() => parseShare(bech32m.encode('krs', bech32m.toWords(zero))), rule('SHARE-CHECKSUM', /point 0/))
  assert.throws(() => shareOf(new Uint8Array(48)), rule('SHARE-CHECKSUM', /49 bytes/))
})

test('a share signs with the key that stands in the roster', () => {
  const share = parseShare(SAMPLE)
  const message = Buffer.from('a plan')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(share.key).toString('base64url') }
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const signature = share.sign(message)
  assert.equal(signature.length, 64)
  assert.ok(verify(null, message, key, signature))
  assert.ok(!verify(null, Buffer.from('another plan'), key, signature))
})

test('a disposed share is wiped and signs nothing', () => {
  const payload = parseShare(SAMPLE).payload
  {
    using share = shareFromPayload(payload)
    assert.equal(share.sign(Buffer.from('x')).length, 64)
  }
  assert.deepEqual(payload.reveal(), new Uint8Array(49))
  const gone = shareOf(Uint8Array.from({ length: 49 }, () => 1))
  gone[Symbol.dispose]()
  assert.throws(() => gone.sign(Buffer.from('x')), /wiped/)
})

test('a share shows itself to no printer', () => {
  const share = parseShare(SAMPLE)
  for (const shown of [inspect(share, { depth: 9, showHidden: true }), JSON.stringify(share)]) {
    assert.match(shown, /\[secret\]/)
    assert.ok(!shown.includes('1, 2, 3, 4') && !shown.includes('1,2,3,4') && !shown.includes(SAMPLE))
  }
})

test('shares are made with a salt and a key each, and any M join', async () => {
  using secret = newSecret()
  const shares = await makeShares(secret, 5, 3)
  assert.equal(new Set(shares.map(({ key }) => Buffer.from(key).toString('hex'))).size, 5)
  assert.equal(new Set(shares.map(({ payload }) => Buffer.from(payload.reveal().slice(33)).toString('hex'))).size, 5)
  for (let i = 0; i < 20; i++) assert.deepEqual((await combineShares(pick(shares, 3))).reveal(), secret.reveal())
  assert.notDeepEqual((await combineShares(shares.slice(0, 2))).reveal(), secret.reveal())
})

test('joining leaves the shares whole, even those that were read into a Buffer', async () => {
  using secret = newSecret()
  const shares = (await makeShares(secret, 3, 2)).map(({ payload }) =>
    shareFromPayload(new Secret(Buffer.from(payload.reveal()))),
  )
  for (let i = 0; i < 2; i++) assert.deepEqual((await combineShares(shares.slice(1))).reveal(), secret.reveal())
})

test('the same share twice is refused', async () => {
  const [share] = await makeShares(newSecret(), 3, 2)
  await assert.rejects(combineShares([share!, share!]), rule('SHARE-POINTS', /same point/))
})
