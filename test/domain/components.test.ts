// Components of keys, as other systems print them: joined and checked as there, and what is no component is told without repeating it.
import assert from 'node:assert/strict'
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import {
  checkValueLike,
  checkValueOf,
  hasCheckValue,
  olderCheckValue,
  parseCheckValue,
} from '../../src/domain/check-values.ts'
import { checkSound, componentOf, digitsOf, joined, newComponents, rowsOf } from '../../src/domain/components.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { classOf, KEY_TYPES, type KeyType, secretLength } from '../../src/domain/keys.ts'
import type { Secret } from '../../src/domain/secret.ts'
import vectors from '../vectors/components.json' with { type: 'json' }

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
const text = (one: string) => Uint8Array.from(Buffer.from(one))
const xored = (one: string, other: string) =>
  Buffer.from(hex(one).map((byte, i) => byte ^ hex(other)[i]!)).toString('hex')
const read = (one: string, bytes: number): Secret => componentOf([digitsOf(text(one), 'it')], bytes, 'it')
const code = (of: string, says: RegExp) => (error: unknown) =>
  error instanceof KeyriteError && error.code === of && says.test(error.message)

test('components of other systems give the keys and the check values that they say', async () => {
  for (const { components, combined, kcv, componentKcvEcb3 } of vectors.vectors) {
    const all = components.map((one) => read(one, 16))
    const checks = await Promise.all(all.map((one) => checkValueOf('tdes-112', one.reveal())))
    assert.deepEqual(
      checks,
      componentKcvEcb3.map((one) => `ecb3:${one.toLowerCase()}`),
    )
    using key = joined(all, 'tdes-112')
    assert.equal(await checkValueOf('tdes-112', key.reveal()), `ecb3:${kcv.toLowerCase()}`)
    // Parity aside: of three odd components the key is odd, of two it is even.
    const masked = (value: Uint8Array) => Buffer.from(value.map((byte) => byte & 0xfe)).toString('hex')
    assert.equal(masked(key.reveal()), masked(hex(combined)))
    for (const byte of key.reveal()) assert.equal(byte.toString(2).replaceAll('0', '').length % 2, 1)
  }
})

test('of two components of odd parity the XOR is even, and the key is odd all the same', async () => {
  const all = newComponents(2, 24, 'tdes-168', (bytes) => Uint8Array.from(randomBytes(bytes)))
  using key = joined(all, 'tdes-168')
  const [one, other] = all.map((component) => component.reveal()) as [Uint8Array, Uint8Array]
  assert.deepEqual(
    key.reveal(),
    one.map((byte, i) => byte ^ other[i]! ^ 1),
  )
})

test('a check value is the one of the type: CMAC of AES, HMAC with its own hash, triple DES', async () => {
  for (const { key, cmac5 } of vectors.aes) {
    assert.equal(await checkValueOf('aes-128', hex(key)), `cmac5:${cmac5.toLowerCase()}`)
    assert.ok(await hasCheckValue('cmac5:08793e', 'aes-128', hex(key)))
    assert.ok(await hasCheckValue(olderCheckValue('aes-128', hex(key))!, 'aes-128', hex(key)))
    assert.ok(!(await hasCheckValue('cmac5:08793f', 'aes-128', hex(key))))
  }
  // FIPS 197, appendix C.1, and zeros: the older method is the cipher alone.
  assert.equal(olderCheckValue('aes-128', new Uint8Array(16)), 'ecb3:66e94b')
  assert.equal(olderCheckValue('tdes-112', new Uint8Array(16)), undefined)
  // Every digit that was announced counts: zeros under AES-128 (FIPS 197), and a triple DES key.
  for (const [type, key, digits] of [
    ['aes-128', '00'.repeat(16), '66e94bd4ef'],
    ['tdes-112', `${'01'.repeat(8)}${'80'.repeat(8)}`, undefined],
  ] as const) {
    const cipher = createCipheriv(type === 'aes-128' ? 'aes-128-ecb' : 'des-ede-ecb', hex(key), null)
    const whole = digits ?? cipher.update(Buffer.alloc(8)).toString('hex').slice(0, 10)
    for (const length of [6, 7, 8, 9, 10]) {
      const right = whole.slice(0, length)
      const last = right.endsWith('0') ? '1' : '0'
      assert.ok(await hasCheckValue(`ecb3:${right}`, type, hex(key)), `${type} ${right}`)
      assert.ok(!(await hasCheckValue(`ecb3:${right.slice(0, -1)}${last}`, type, hex(key))), `${type} ${right}`)
      assert.equal(await checkValueLike(`ecb3:${'0'.repeat(length)}`, type, hex(key)), `ecb3:${right}`)
    }
    for (const none of ['', 'ecb3:', `ecb3:${whole.slice(0, 5)}`, `ecb3:${whole}00`, `hmac5:${whole}`])
      assert.ok(!(await hasCheckValue(none, type, hex(key))), none)
  }
  assert.equal(await checkValueLike('ecb3:000000', 'hmac-sha256', new Uint8Array(32)), undefined)
  const value = randomBytes(48)
  const mac = createHmac('sha384', value).update(Buffer.alloc(16)).digest('hex')
  assert.equal(await checkValueOf('hmac-sha384', value), `hmac5:${mac.slice(0, 10)}`)
  assert.equal(parseCheckValue('ECB3:DDA8BA'), 'ecb3:dda8ba')
  for (const wrong of ['dda8ba', 'ecb3:dda8', 'kcv:dda8ba', 'ecb3:dda8bx', 'cmac5:08793e25abcd'])
    assert.throws(() => parseCheckValue(wrong), code('USAGE', /is no check value/))
})

test('digits are read in whatever groups, and what is none is told by its place alone', () => {
  for (const same of ['0123456789ABCDEF', '0123 4567 89ab cdef', '01-23-45-67-89:ab:cd:ef\r\n', '01234567\n89.AB,CDEF'])
    assert.deepEqual(read(same, 8).reveal(), hex('0123456789abcdef'))
  assert.throws(
    () => digitsOf(text('0123 O'), 'row 1'),
    code('COMPONENT-FORM', /^row 1 has something that is no hex digit after 4 digits$/),
  )
  assert.throws(() => read('0123', 8), code('COMPONENT-FORM', /^it has 4 hex digits, and should have 16$/))
  assert.deepEqual(rowsOf(read('00112233445566778899aabbccddeeff', 16)), ['0011 2233 4455 6677', '8899 AABB CCDD EEFF'])
})

test('what hides nothing is no component, and no weak key is made', () => {
  const one = read('00112233445566778899aabbccddeeff', 16)
  const unsound = (of: string, type: KeyType, says: RegExp) =>
    assert.throws(() => checkSound(read(of, 16), [one], type, 'this'), code('COMPONENT-SOUND', says), of)
  for (const type of ['aes-128', 'tdes-112'] as const) {
    unsound('0'.repeat(32), type, /^this is all zeros/)
    unsound('00112233445566778899aabbccddeeff', type, /is component 1 once more/)
    unsound('fe'.repeat(16), type, /could be guessed: all its bytes are the same/)
  }
  // Zeros, the one before, and weak keys, each with other parity bits.
  for (const zeros of ['01'.repeat(16), '00010100'.repeat(4)]) unsound(zeros, 'tdes-112', /all zeros, parity aside:/)
  unsound('01102332455467768998abbacddceffe', 'tdes-112', /is component 1 once more/)
  unsound('feff'.repeat(8), 'tdes-112', /two of its DES keys are the same/)
  unsound('0123456789abcdef1ee01fe10ef10ff0', 'tdes-112', /one of its DES keys is weak/)
  checkSound(read('01102332455467768998abbacddceffe', 16), [one], 'aes-128', 'this')
  checkSound(read('00010100'.repeat(4), 16), [one], 'aes-128', 'this')
  checkSound(one, [read('01'.repeat(16), 16)], 'tdes-112', 'this')
  // All but the first cancel each other out, parity aside.
  const [two, three, both] = ['0123456789abcdeffedcba9876543210', '5b8f2c94d1e6703a1c2d3e4f5a6b7c8d'].flatMap(
    (of, i, [first]) => (i === 0 ? [of] : [of, xored(xored(of, first!), '01'.repeat(16))]),
  ) as [string, string, string]
  const all = [one, ...[two, three, both].map((of) => read(of, 16))]
  assert.throws(() => joined(all, 'tdes-112'), code('COMPONENT-SOUND', /component 1 is the key itself/))
  joined(all, 'aes-128')
  const ones = (last: string) => [read('f'.repeat(32), 16), read(`${'f'.repeat(31)}${last}`, 16)]
  assert.throws(() => joined(ones('f'), 'aes-128'), code('KEY-WEAK', /all its bytes are the same/))
  // Its two halves differ in a parity bit.
  const halves = ['0123456789abcdef', '0123456789abcdee']
  const parts = [read(`${halves[0]}${halves[1]}`, 16), read('0'.repeat(32), 16)]
  assert.throws(() => joined(parts, 'tdes-112'), code('KEY-WEAK', /two of its DES keys are the same/))
})

test('new components are as long as the key, each of its own, and DES ones have odd parity', () => {
  for (const type of KEY_TYPES.filter((one) => classOf(one) === 'secret')) {
    const all = newComponents(3, secretLength(type)!, type, (bytes) => Uint8Array.from(randomBytes(bytes)))
    assert.deepEqual(
      all.map((one) => one.reveal().length),
      [0, 1, 2].map(() => secretLength(type)),
    )
    assert.equal(new Set(all.map((one) => Buffer.from(one.reveal()).toString('hex'))).size, 3)
    using key = joined(all, type)
    const xor = all.reduce(
      (sum, one) => sum.map((byte, i) => byte ^ one.reveal()[i]!),
      new Uint8Array(secretLength(type)!),
    )
    assert.deepEqual(key.reveal(), xor, type)
  }
})
