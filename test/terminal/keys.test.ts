// What keys add to a line that is typed unseen, and what they take from it: those that mean nothing do neither.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyReader } from '../../src/terminal/keys.ts'
import { Line } from '../../src/terminal/line.ts'

/** The line after these bytes, one character of the text for each; a pause is written as `…`. */
function typed(bytes: string): string {
  const reader = new KeyReader()
  const line = new Line()
  for (const byte of bytes) {
    if (byte === '…') {
      if (reader.patience !== undefined) reader.reset()
    } else for (const key of reader.take(byte.charCodeAt(0))) line.take(key)
  }
  return Buffer.from(line.bytes).toString('latin1')
}

const latin1 = (text: string) => Buffer.from(text).toString('latin1')

const NOTHING: [name: string, bytes: string][] = [
  ['an arrow', '\x1b[A'],
  ['an arrow of another mode', '\x1bOA'],
  ['an arrow with Alt', '\x1b\x1b[A'],
  ['an arrow with modifiers', '\x1b[1;5C'],
  ['F1 of the Linux console', '\x1b[[A'],
  ['F5', '\x1b[15~'],
  ['keypad with modifiers', '\x1bO5P'],
  ['Escape, and a pause', '\x1b…'],
  ['Alt and a letter', '\x1bx'],
  ['Alt and a letter beyond ASCII', latin1('\x1bé')],
  ['Alt and backspace', '\x1b\x7f'],
  ['a bracket with Alt, and a pause', '\x1b[…'],
  ['a right bracket with Alt, and a pause', '\x1b]…'],
  ['a reply to a question for colours', '\x1b]11;rgb:0000/0000/0000\x07'],
  ['the same, ended by ST', '\x1b]11;rgb:0000/0000/0000\x1b\\'],
  ['the same in 8 bits', '\x9d11;rgb:0000/0000/0000\x9c'],
  ['the same in UTF-8', latin1('\u009d11;rgb:0\u009c')],
  ['a DCS reply', '\x1bP>|xterm(370)\x1b\\'],
  ['an APC reply with a letter beyond ASCII', latin1('\x1b_GÜ\x1b\\')],
  ['a position', '\x1b[24;80R'],
  ['a position in 8 bits', '\x9b24;80R'],
  ['a function key in 8 bits', '\x8fP'],
  ['a character set', '\x1b(B'],
  ['a control of 8 bits', '\x85'],
  ['focus', '\x1b[I\x1b[O'],
  ['a mouse', '\x1b[<0;10;10M'],
  ['ctrl-z', '\x1a'],
  ['a tab and other controls', '\t\x01\x0b\x0c\x1c\x1f\0'],
  ['the marks of a paste', '\x1b[200~\x1b[201~'],
]

describe('keys that mean nothing', () => {
  for (const [name, bytes] of NOTHING) test(name, () => assert.equal(typed(`pa${bytes}ss`), 'pass'))
})

const EDITED: [name: string, bytes: string, line: string][] = [
  ['backspace after é', latin1('ab\u00e9\x7fc'), 'abc'],
  ['backspace after a pound sign of Latin-1', 'ab\xa3\x7fc', 'abc'],
  ['backspace after é of Latin-1', 'ab\xe9\x7fc', 'abc'],
  ['é of Latin-1 stays', 'ab\xe9c\xe9', 'ab\xe9c'],
  ['backspace after an emoji', latin1('ab\u{1f600}\bc'), 'abc'],
  ['backspace on nothing', '\x7fa', 'a'],
  ['ctrl-u', 'abc\x15d', 'd'],
  ['an end of a line in a paste', '\x1b[200~ab\r\ncd\x1b[201~', 'abcd'],
  ['a letter long after Escape', '\x1b…abc', 'abc'],
  ['a letter at once after Escape is one with Alt', '\x1babc', 'bc'],
  ['UTF-8 stays as it is', latin1('пароль 漢'), latin1('пароль 漢')],
]

describe('keys that edit', () => {
  for (const [name, bytes, line] of EDITED) test(name, () => assert.equal(typed(bytes), line))
})

test('enter ends a line, also where a sequence was begun', () => {
  for (const before of ['', '\x1b', '\x1b[', '\x1b]0;title', '\x1bPabc', '\xe9', '\xc3']) {
    const reader = new KeyReader()
    const line = new Line()
    const ends = [...`${before}\r`].flatMap((byte) => reader.take(byte.charCodeAt(0)).map((key) => line.take(key)))
    assert.equal(ends.at(-1), true, JSON.stringify(before))
  }
})
