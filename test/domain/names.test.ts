// Names, versions, times and durations as people type them: what is taken and what is not.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import {
  escaped,
  label,
  parseApplicationName,
  parseCeremonyName,
  parseDuration,
  parseKeyName,
  parseKeyVersion,
  parseMemberName,
  parseRoleName,
  parseShortName,
  parseStationName,
  parseTime,
  quoted,
  shellQuoted,
  stationNameOf,
  toTime,
} from '../../src/domain/names.ts'
import { misuse } from '../support/rules.ts'

const x = (count: number) => 'x'.repeat(count)

test('short names: a to z first, then up to 31 of a-z, 0-9 and -', () => {
  for (const name of ['a', 'pay', 'p-1', 'z--', `a${x(31)}`]) assert.equal(parseShortName('group', name), name)
  for (const name of ['', '1a', '-a', 'a_b', 'a.b', 'a/b', 'é', 'a ', ' a', 'a\n', `a${x(32)}`]) {
    assert.throws(
      () => parseShortName('group', name),
      misuse('NAME', /not a valid group name: start with a letter/),
      JSON.stringify(name),
    )
  }
  assert.throws(() => parseShortName('group', 'Pay'), misuse('NAME', /group name: names are in lower case: pay$/))
})

test('words that programs keep for themselves name nothing that settings are kept of', () => {
  const partition = (text: string) => parseShortName('partition', text)
  const kept = [partition, parseStationName, parseApplicationName, parseCeremonyName, parseMemberName]
  for (const parse of kept) {
    for (const word of ['constructor', 'prototype', '__proto__']) {
      assert.throws(() => parse(word), misuse('NAME', /^"\w+" is not a valid \w+ name: the word is reserved, choose/))
    }
    assert.equal(parse('constructors'), 'constructors')
  }
  const custodian = (text: string) => parseShortName('custodian', text)
  for (const parse of [custodian, parseKeyName, parseRoleName]) assert.equal(parse('constructor'), 'constructor')
  assert.equal(stationNameOf('constructor.example.org'), 'station')
})

test('key names: a-z or 0-9 first, then up to 62 of a-z, 0-9 and ._/-', () => {
  for (const name of ['a', '0', 'payments/card-dek', 'a._/-', `a${x(62)}`]) assert.equal(parseKeyName(name), name)
  for (const name of ['', '.a', '/a', '-a', '_a', 'A', 'a#1', 'a b', 'a\u0000', 'a\n', `a${x(63)}`]) {
    assert.throws(
      () => parseKeyName(name),
      misuse('NAME', /not a valid key name|names a version/),
      JSON.stringify(name),
    )
  }
})

test('a version counts from 1 and is written in one way', () => {
  assert.deepEqual(parseKeyVersion('dek'), { name: 'dek' })
  assert.deepEqual(parseKeyVersion('dek#1'), { name: 'dek', version: 1 })
  assert.deepEqual(parseKeyVersion('dek#999999999'), { name: 'dek', version: 999_999_999 })
  for (const text of ['dek#', 'dek#0', 'dek#01', 'dek#-1', 'dek#1.0', 'dek#1#2', 'dek#x', '#1', 'dek#1000000000']) {
    assert.throws(() => parseKeyVersion(text), misuse('NAME'), text)
  }
  assert.equal(label('dek', 2), 'dek#2')
})

test('times are RFC 3339 in UTC, to milliseconds at most, and days that exist', () => {
  const taken = [
    ['2026-11-23T20:15:00Z', '2026-11-23T20:15:00.000Z'],
    ['2026-11-23T20:15:00.5Z', '2026-11-23T20:15:00.500Z'],
    ['2024-02-29T00:00:00.123Z', '2024-02-29T00:00:00.123Z'],
  ] as const
  for (const [text, time] of taken) assert.equal(parseTime(text), time)
  const refused = [
    '2026-11-23',
    '2026-11-23T20:15Z',
    '2026-11-23 20:15:00Z',
    '2026-11-23T20:15:00',
    '2026-11-23T20:15:00+01:00',
    '2026-11-23t20:15:00z',
    '2026-11-23T20:15:00.1234Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-11-31T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T23:59:60Z',
    'now',
    '',
  ]
  for (const text of refused) assert.throws(() => parseTime(text), misuse('TIME'), text)
  assert.equal(toTime(new Date(0)), '1970-01-01T00:00:00.000Z')
})

test('durations have a unit and stay within bounds', () => {
  const within = (text: string) => parseDuration(text, 5 * 60_000, 7 * 86_400_000)
  assert.equal(within('5m'), 300_000)
  assert.equal(within('300s'), 300_000)
  assert.equal(within('24h'), 86_400_000)
  assert.equal(within('7d'), 604_800_000)
  for (const text of ['4m', '299s', '8d', '169h', '30', 'm', '5 m', '-5m', '5.5h', '5M', '5w', '', '0d', '9999999s']) {
    assert.throws(() => within(text), misuse('USAGE', /from 5m to 7d/), text)
  }
})

test('text from outside is shown without what steers a terminal or turns a line round', () => {
  assert.equal(escaped('plain café'), 'plain café')
  assert.equal(escaped('\u001b[31m"\\'), '\\u{1b}[31m"\\u{5c}')
  assert.equal(escaped('\u202ereversed\u2028'), '\\u{202e}reversed\\u{2028}')
  assert.equal(quoted('a'.repeat(81)), `"${'a'.repeat(80)}..."`)
})

describe('a word that is shown comes out of a shell as it went in, and steers no terminal', () => {
  assert.equal(['backup', './a-1.backup'].map(shellQuoted).join(' '), 'backup ./a-1.backup')
  const words = [
    'a b',
    "it's",
    '$HOME',
    '~/x',
    '',
    '-',
    'card#1',
    '#',
    'a\\b',
    "\\'\\\\",
    'é;|&',
    '=ls',
    '%self',
    '{a,b}',
    '*?[a]',
    '!x',
    '`x`',
    '"',
  ]
  const steering = ["\u001b[31m\n\t\u202e'\\"]
  for (const [shell, ...args] of [
    ['bash', '--norc'],
    ['zsh', '-f'],
    ['fish', '--no-config'],
  ] as const)
    test(shell, () => {
      const all = shell === 'fish' ? words : [...words, ...steering]
      const line = all.map(shellQuoted).join(' ')
      assert.doesNotMatch(line, /[\p{C}]/u)
      const read = execFileSync(shell, [...args, '-c', `printf '%s\\n--\\n' ${line}`]).toString()
      assert.deepEqual(read, all.map((word) => `${word}\n--\n`).join(''))
    })
})
