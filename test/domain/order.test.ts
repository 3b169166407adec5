// What node writes by itself must be what canonicalize writes, to the letter: any value, with every name that objects treat strangely.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonical, parseCanonical } from '../../src/domain/canonical.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { inOrder, NOT_PLAIN } from '../../src/domain/order.ts'

// Objects put "9" before "10" and both before the rest; `__proto__` and `toJSON` mean something to them.
const names = fc.constantFrom(
  '',
  'A',
  'B',
  '_',
  'a',
  'b',
  'c',
  '9',
  '10',
  '01',
  '__proto__',
  'constructor',
  'toJSON',
  'é',
)
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('\\ud800', '"\\', '\u2028', '\u{1f511}', '\u007f'),
)
const leaves = fc.oneof(texts, fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())

/** Members in any order. They are defined, not assigned: `__proto__` too becomes one. */
const objectOf = (values: fc.Arbitrary<unknown>) =>
  fc.uniqueArray(fc.tuple(names, values), { selector: ([name]) => name, maxLength: 6 }).map(Object.fromEntries)

const { value: values } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leaves, fc.constant(null), fc.array(tie('value'), { maxLength: 4 }), tie('object')),
  object: objectOf(fc.oneof(tie('value'), fc.constant(undefined))),
}))

test('node and canonicalize write the same', () => {
  const property = fc.property(values, (value) => assert.equal(canonical(value), canonicalize(value)))
  fc.assert(property, { numRuns: 3000 })
})

test('what canonicalize refuses is refused, and what is more than data is left to it', () => {
  for (const value of [NaN, Infinity, '\ud800', { '\udfff': 1 }, [{ b: 1, a: ['\ud83d'] }]])
    assert.throws(() => canonical(value), Error, String(value))
  for (const value of [
    { b: new Date(0), a: 1 },
    { toJSON: () => 1 },
    new (class extends Map {})(),
    [undefined, { a: undefined }],
  ])
    assert.equal(canonical(value), canonicalize(value))
})

const ordered: [text: string, inOrder?: string][] = [
  ['{}'],
  ['{"A":1,"a":[{"b":1,"c":null}]}'],
  ['{"1":1,"2":2}'],
  ['{"__proto__":{"a":1},"a":2}'],
  ['{"b":1,"a":1}', '{"a":1,"b":1}'],
  ['{"a":[{"c":1,"b":null}],"b":{}}', '{"a":[{"b":null,"c":1}],"b":{}}'],
  ['{"__proto__":{"b":1,"a":1}}', '{"__proto__":{"a":1,"b":1}}'],
]

test('members are brought into order, and what stands in it is not copied', () => {
  for (const [text, wanted] of ordered) {
    const value = JSON.parse(text)
    assert.equal(inOrder(value) === value, wanted === undefined, text)
    assert.equal(JSON.stringify(inOrder(value)), wanted ?? text)
    assert.equal(JSON.stringify(value), text, 'the value itself stays as it is')
  }
  assert.equal(inOrder(JSON.parse('{"10":1,"9":2}')), NOT_PLAIN)
})

/** Whether a text is taken, by the rule alone: canonicalize writes it back as it was. */
const isItsOwnSpelling = (text: string): boolean => canonicalize(JSON.parse(text)) === text

test('LINE-CANONICAL: members in another order are refused, however objects order them', () => {
  const property = fc.property(objectOf(objectOf(fc.nat())), (value) => {
    // As a forger writes it: the order of the entries, not that of an object.
    const text = `{${Object.entries(value)
      .reverse()
      .map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`)}}`
    const strict = !/é|""/.test(text)
    let taken = true
    try {
      parseCanonical(text)
    } catch (error) {
      if (!(error instanceof KeyriteError)) throw error
      taken = false
    }
    assert.equal(taken, strict && isItsOwnSpelling(text))
  })
  fc.assert(property, { numRuns: 2000 })
})
