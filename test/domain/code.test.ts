// The short code: the first 60 bits of a SHA-256 in Crockford's base32, as it is written and as people type it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCode, shortCode } from '../../src/domain/code.ts'
import { fromHex, sha256, utf8 } from '../../src/domain/encoding.ts'
import { misuse } from '../support/rules.ts'

test('vectors', () => {
  const digest = (start: string) => fromHex(start.padEnd(64, '0'))
  assert.equal(shortCode(digest('')), '0000 0000 0000')
  assert.equal(shortCode(digest('ffffffffffffffff')), 'ZZZZ ZZZZ ZZZZ')
  // The last four bits of the eight bytes are not part of it.
  assert.equal(shortCode(digest('fffffffffffffff0')), 'ZZZZ ZZZZ ZZZZ')
  // 5 bits a letter: 00000 00001 00010 ... 01011, then 4 bits to spare.
  assert.equal(shortCode(digest('00443214c74254b0')), '0123 4567 89AB')
  assert.equal(shortCode(digest('635cf84653a56d70')), 'CDEF GHJK MNPQ')
  assert.equal(shortCode(sha256(utf8('abc'))), 'Q9W1 DFWF 077Y')
})

test('every letter of the alphabet stands for its number', () => {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
  for (const [value, letter] of [...alphabet].entries()) {
    const digest = Buffer.alloc(32)
    digest.writeBigUInt64BE(BigInt(value) << 59n)
    assert.equal(shortCode(digest)[0], letter)
  }
})

test('a code may be typed in any case, spacing and with the letters that look alike', () => {
  for (const text of ['K7QD 9XMA 2FJT', 'k7qd9xma2fjt', 'K7QD-9XMA-2FJT', ' k 7 q d 9 x m a 2 f j t ']) {
    assert.equal(parseCode(text), 'K7QD 9XMA 2FJT')
  }
  assert.equal(parseCode('oOiI lL00 1111'), '0011 1100 1111')
  for (const text of ['', 'K7QD 9XMA', 'K7QD 9XMA 2FJT 0', 'U7QD 9XMA 2FJT', 'K7QD 9XMA 2FJ!', 'K7QD_9XMA_2FJT']) {
    assert.throws(() => parseCode(text), misuse('CODE'), text)
  }
})
