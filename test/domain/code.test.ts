// The codes that people compare: of a plan 100 bits, of a record or a root 120 and a check character; and what a slip of the hand does.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parseCode, parseShortCode, recordCode, shortCode } from '../../src/domain/code.ts'
import { fromHex, sha256, toBase64url, utf8 } from '../../src/domain/encoding.ts'
import { misuse } from '../support/rules.ts'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
/** 5 bits a letter: 00000 00001 00010 ... */
const COUNTED = fromHex('00443214c74254b635cf84653a56d7c675be77df'.padEnd(64, '0'))

test('vectors', () => {
  assert.equal(shortCode(COUNTED), '0123 4567 89AB CDEF GHJK')
  assert.equal(recordCode(toBase64url(COUNTED)), '01234 56789 ABCDE FGHJK MNPQC')
  assert.equal(shortCode(new Uint8Array(32).fill(255)), 'ZZZZ ZZZZ ZZZZ ZZZZ ZZZZ')
  assert.equal(recordCode(toBase64url(new Uint8Array(32))), '00000 00000 00000 00000 00000')
})

test('the page of formats has the vector that is computed here', () => {
  const page = readFileSync('docs/formats.md', 'utf8')
  const digest = sha256(utf8('keyrite'))
  assert.match(page, new RegExp(`^plan code +${shortCode(digest)}$`, 'm'))
  assert.match(page, new RegExp(`^record code +${recordCode(toBase64url(digest))}$`, 'm'))
})

test('two beginnings with one anchor', () => {
  // What differs in the last of 120 bits has another code; at 60 bits two were found in ten minutes.
  const digest = sha256(utf8('keyrite'))
  const other = Uint8Array.from(digest, (byte, i) => (i === 14 ? byte ^ 1 : byte))
  assert.notEqual(recordCode(toBase64url(digest)), recordCode(toBase64url(other)))
  assert.equal(recordCode(toBase64url(digest)).replaceAll(' ', '').length, 25)
})

test('two plans with one code differ in 100 bits', () => {
  const digest = sha256(utf8('keyrite'))
  const other = Uint8Array.from(digest, (byte, i) => (i === 12 ? byte ^ 16 : byte))
  assert.notEqual(shortCode(digest), shortCode(other))
})

test('a code may be typed in any case, spacing and with the letters that look alike', () => {
  const code = '01234 56789 ABCDE FGHJK MNPQC'
  for (const text of [
    code,
    code.toLowerCase().replaceAll(' ', ''),
    code.replaceAll(' ', '-'),
    'oi23456789abcdefghjkmnpqc',
    'Ol234 56789 ABCDE FGHJK MNPQC',
  ])
    assert.equal(parseCode(text), code)
  for (const text of ['', '01234', `${code} 0`, code.replace('A', 'U'), code.replace('A', '!'), '0123 4567 89AB'])
    assert.throws(() => parseCode(text), misuse('CODE'), text)
})

test("so may a plan's code, as it was heard", () => {
  const code = '0123 4567 89AB CDEF GHJK'
  for (const text of [code, code.toLowerCase(), code.replaceAll(' ', '-'), 'oI23456789abcdefghjk'])
    assert.equal(parseShortCode(text), code)
  for (const text of ['', '0123', `${code} 0`, code.replace('A', 'U'), '01234 56789 ABCDE FGHJK MNPQC'])
    assert.throws(() => parseShortCode(text), misuse('CODE'), text)
})

test('every wrong character but 0 for Z, and every two neighbours that changed places, are said to be mistyped', () => {
  const code = recordCode(toBase64url(sha256(utf8('keyrite')))).replaceAll(' ', '')
  for (let i = 0; i < 25; i++) {
    for (const letter of ALPHABET) {
      if (letter === code[i] || `0Z0`.includes(letter + code[i])) continue
      mistyped(code.slice(0, i) + letter + code.slice(i + 1))
    }
    if (i < 24 && code[i] !== code[i + 1]) mistyped(code.slice(0, i) + code[i + 1] + code[i] + code.slice(i + 2))
  }
})

const mistyped = (text: string) =>
  assert.throws(
    () => parseCode(text),
    (error: Error) => /is mistyped: its check character is wrong$/.test(error.message),
    text,
  )
