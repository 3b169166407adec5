// The shapes that are asked in loops of their own: what they take and what they refuse.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as v from 'valibot'
import { AttributesShape } from '../../src/domain/shapes.ts'

const rows: [taken: boolean, json: string][] = [
  [true, '{}'],
  [true, '{"ENCRYPT":true,"WRAP_WITH_TRUSTED":false}'],
  [true, '{"private":{},"public":{}}'],
  [true, '{"private":{"SIGN":true},"public":{"VERIFY":true}}'],
  [false, 'null'],
  [false, 'true'],
  [false, '"ENCRYPT"'],
  [false, '[]'],
  [false, '[true]'],
  [false, '{"ENCRYPT":1}'],
  [false, '{"ENCRYPT":null}'],
  [false, '{"encrypt":true}'],
  [false, '{"":true}'],
  [false, '{"SIGN\\n":true}'],
  [false, '{"__proto__":true}'],
  [false, '{"__proto__":{"SIGN":1}}'],
  [false, '{"private":{}}'],
  [false, '{"private":{},"public":[]}'],
  [false, '{"private":{},"public":null}'],
  [false, '{"private":{"SIGN":"yes"},"public":{}}'],
  [false, '{"private":{},"public":{},"ENCRYPT":true}'],
  [false, '{"private":{},"public":{},"secret":{}}'],
  [false, '{"ENCRYPT":true,"private":{}}'],
]

test('RECORD-SHAPE: attributes are booleans by name, or those of both halves', () => {
  for (const [taken, json] of rows) assert.equal(v.is(AttributesShape, JSON.parse(json)), taken, json)
})
