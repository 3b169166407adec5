// What an answer may begin with, by the expression that it has to be like.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayBeginWithDash } from '../../src/ceremony/lint/likes.ts'

const SAFE = [
  '^[0-9]+$',
  '^[A-Z]{2}[0-9]{7}$',
  '^CHG-[0-9]{4}$',
  '^(?:CHG|INC)-\\d+$',
  '^(?<kind>a|b)-x$',
  '^a?b-$',
  '^\\u{41}\\p{L}*-$',
  '^[^-]-*$',
  '^a|b$',
  '^x{0,3}y$',
]

const UNSAFE = [
  '^.+$',
  '^-?[0-9]+$',
  '^[A-Z-]+$',
  '^[^0-9]$',
  '^\\W$',
  '^\\x2dx$',
  '^\\u002d$',
  '^\\P{L}$',
  '^a?-b$',
  '^(?:a|-b)$',
  '^a|-b$',
  '^(a*)-$',
  '^x{0}-$',
  '^(?=a)-$',
  '^(a?)\\1-$',
  '^a|--share=x$',
  '^-Q[0-9]{6}zz$',
]

test('an expression that lets a flag through is told from one that does not', () => {
  assert.deepEqual(SAFE.filter(mayBeginWithDash), [])
  assert.deepEqual(
    UNSAFE.filter((like) => !mayBeginWithDash(like)),
    [],
  )
  for (const like of [...SAFE, ...UNSAFE]) assert.ok(new RegExp(like, 'u'))
})
