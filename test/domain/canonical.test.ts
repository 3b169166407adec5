// Canonical JSON: the examples of RFC 8785, and everything that a line may not hold.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonical, canonicalDigest, parseCanonical, sameJson } from '../../src/domain/canonical.ts'
import { unverified } from '../support/rules.ts'

test('the examples of RFC 8785', () => {
  // Section 3.2.2: numbers, strings, literals.
  const input = {
    numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
    literals: [null, true, false],
  }
  assert.equal(
    canonical(input),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
  // Section 3.2.3: members are sorted by UTF-16 code units.
  const sorted = {
    '\u20ac': 'Euro',
    '\r': 'CR',
    '\ufb33': 'dagesh',
    '1': 'One',
    '\u{1f600}': 'smile',
    '\u0080': 'C',
    ö: 'o',
  }
  assert.equal(
    canonical(sorted),
    '{"\\r":"CR","1":"One","\u0080":"C","ö":"o","€":"Euro","\u{1f600}":"smile","\ufb33":"dagesh"}',
  )
})

test('absent members are left out; what is no JSON value is refused', () => {
  assert.equal(canonical({ b: undefined, a: 1 }), '{"a":1}')
  assert.throws(() => canonical(undefined), TypeError)
  assert.equal(sameJson({ a: 1, b: [2] }, { b: [2], a: 1 }), true)
  assert.equal(sameJson([1, 2], [2, 1]), false)
  assert.equal(canonicalDigest({}), 'RBNvo1WzZ4oRRq0W9-hknpT7T8If536DEMBg9hyq_4o')
})

const taken = [
  '{}',
  '[]',
  '""',
  'null',
  'true',
  '0',
  '9007199254740991',
  '{"":1}'.replace('""', '"a"'),
  '{"1":1,"10":2,"9":3}',
  '{"A":1,"a":2}',
  '{"a b~!":[1,{"c":"ü"}]}',
  '"\\"\\\\"',
  '"é"',
  '"\u{1f511}"',
  '{"__proto__":{"a":1}}',
]

test('taken: one spelling, and that one only', () => {
  for (const text of taken) assert.deepEqual(parseCanonical(text), JSON.parse(text), text)
})

const refused: [why: string, text: string][] = [
  ['nothing', ''],
  ['no JSON', '{'],
  ['no JSON', '{"a":1}x'],
  ['a blank', '{"a": 1}'],
  ['a blank around it', ' {}'],
  ['a byte order mark', '\ufeff{}'],
  ['a CR', '{}\r'],
  ['a duplicate member', '{"a":1,"a":1}'],
  ['a duplicate member, differently spelt', '{"a":1,"\\u0061":1}'],
  ['members in another order', '{"b":1,"a":2}'],
  ['members in the order of numbers', '{"9":3,"10":2}'],
  ['a member name that is not ASCII', '{"ü":1}'],
  ['an empty member name', '{"":1}'],
  ['a member name with a control character', '{"a\\n":1}'],
  ['a string that is not NFC', '"e\u0301"'],
  ['a control character', '"a\\nb"'],
  ['NUL', '"\\u0000"'],
  ['DEL', '"\u007f"'],
  ['a C1 control character', '"\u0085"'],
  ['half of a surrogate pair', '"\\ud800"'],
  ['the other half', '"a\\udc00b"'],
  ['an escape that is not needed', '"\\u0061"'],
  ['a slash escaped', '"\\/"'],
  ['a fraction', '1.5'],
  ['a fraction of nothing', '1.0'],
  ['an exponent', '1e2'],
  ['a negative number', '-1'],
  ['minus zero', '-0'],
  ['a number beyond 2^53-1', '9007199254740992'],
  ['a number far beyond', '1e400'],
  ['a number with a leading zero', '01'],
]

test('LINE-CANONICAL: refused', () => {
  for (const [why, text] of refused) assert.throws(() => parseCanonical(text), unverified('LINE-CANONICAL'), why)
  for (const [why, text] of refused) {
    if (text.trim() !== text || text === '') continue
    assert.throws(() => parseCanonical(`{"a":[${text}]}`), unverified('LINE-CANONICAL'), `${why}, deep inside`)
  }
})

test('LINE-CANONICAL: nesting without end is refused, not a crash', () => {
  for (const depth of [1000, 100_000]) {
    assert.throws(() => parseCanonical('['.repeat(depth) + ']'.repeat(depth)), unverified('LINE-CANONICAL', /nested/))
    assert.throws(
      () => parseCanonical(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`),
      unverified('LINE-CANONICAL', /nested/),
    )
  }
})
