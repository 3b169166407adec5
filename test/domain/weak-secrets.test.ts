// Values of secret keys that come in: what nobody makes by chance is named.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { classOf, KEY_TYPES, secretLength } from '../../src/domain/keys.ts'
import { wrongSecret } from '../../src/domain/weak-secrets.ts'

const SECRETS = KEY_TYPES.filter((type) => classOf(type) === 'secret')
const hex = (text: string) => Buffer.from(text, 'hex')
const GOOD = '0123456789abcdef'
/** As the second key of tdes-112. */
const isWeakDes = (key: Uint8Array) => /is weak/.test(wrongSecret('tdes-112', Buffer.concat([hex(GOOD), key])) ?? '')

test('every secret type has its length', () => {
  for (const type of KEY_TYPES) assert.equal(secretLength(type) !== undefined, classOf(type) === 'secret', type)
})

for (const type of SECRETS)
  test(type, () => {
    const length = secretLength(type)!
    assert.equal(wrongSecret(type, randomBytes(length)), undefined)
    for (const other of [0, length - 1, length + 1])
      assert.match(wrongSecret(type, randomBytes(other)) ?? '', new RegExp(`it has ${other} bytes`))
    for (const byte of [0, 0xff, 0x5a])
      assert.match(wrongSecret(type, Buffer.alloc(length, byte)) ?? '', /all its bytes/)
  })

test('tdes: keys that repeat, whatever their parity', () => {
  const [a, b, c] = [GOOD, 'fedcba9876543210', '89abcdef01234567']
  assert.equal(wrongSecret('tdes-168', hex(a + b + c)), undefined)
  assert.equal(wrongSecret('tdes-112', hex(a + b)), undefined)
  for (const value of [a + a + c, a + b + a, a + b + b, a + b + b.replace(/0$/, '1')])
    assert.match(wrongSecret('tdes-168', hex(value)) ?? '', /are the same/)
  assert.match(wrongSecret('tdes-112', hex(a + a)) ?? '', /are the same/)
})

/** SP 800-67 names 4, 12 and 48; some of each. */
const WEAK = [
  '0101010101010101 fefefefefefefefe e0e0e0e0f1f1f1f1 1f1f1f1f0e0e0e0e',
  '01fe01fe01fe01fe fe01fe01fe01fe01 1fe01fe00ef10ef1 e01fe01ff10ef10e 01e001e001f101f1 e001e001f101f101',
  '1ffe1ffe0efe0efe fe1ffe1ffe0efe0e 011f011f010e010e 1f011f010e010e01 e0fee0fef1fef1fe fee0fee0fef1fef1',
  '01011f1f01010e0e 1f1f01010e0e0101 e0e01f1ff1f10e0e 0101e0e00101f1f1 1f1fe0e00e0ef1f1 fe0101fefe0101fe 01e01ffe01f10efe fee0011ffef1010e',
].flatMap((line) => line.split(' '))

test('weak keys of DES, with any parity; and 64 of them in all', () => {
  for (const key of WEAK) {
    assert.ok(isWeakDes(hex(key)), key)
    assert.ok(isWeakDes(hex(key).map((byte) => byte ^ 1)), key)
  }
  for (const key of [
    '0123456789abcdef',
    '1f1f1f1f1f1f1f1f',
    '0e0e0e0e0e0e0e0e',
    '0101010101010102',
    '010101fe010101fe',
  ])
    assert.ok(!isWeakDes(hex(key)), key)
  const halves = [
    [0, 0x1e, 0xe0, 0xfe],
    [0, 0x0e, 0xf0, 0xfe],
  ] as const
  let count = 0
  for (let i = 0; i < 256; i++) {
    const digits = [i & 3, (i >> 2) & 3, (i >> 4) & 3, i >> 6]
    const key = Buffer.from([...digits.map((d) => halves[0][d]!), ...digits.map((d) => halves[1][d]!)])
    if (isWeakDes(key)) count++
  }
  assert.equal(count, 64)
})
