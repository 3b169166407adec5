// What an answer may begin with, by the expression that it has to be like.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { likeInWords } from '../../src/ceremony/like-words.ts'
import { mayBeginWithDash } from '../../src/ceremony/lint/likes.ts'
import { isLike } from '../../src/ceremony/verify/values.ts'

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

test('whoever is asked is told in words what fits, where it is a row of characters', () => {
  for (const [like, words] of [
    ['^[A-Z0-9-]{4,20}$', '4 to 20 of A-Z, 0-9 or -'],
    ['^[A-Z]{2}[0-9]{4}$', '2 of A-Z, then 4 of 0-9'],
    ['^CHG-[0-9]{4}$', 'CHG-, then 4 of 0-9'],
    ['^[0-9]+$', '1 or more of 0-9'],
    ['^a|b$', undefined],
    ['^(?:CHG|INC)-\\d+$', undefined],
    ['^[^-]-*$', undefined],
    ['^ab{2}$', undefined],
  ] as const)
    assert.equal(likeInWords(like), words, like)
})

test('an answer over which an expression would try for ever is not like it', () => {
  const many = 'a'.repeat(40)
  assert.deepEqual(
    [isLike(many, '^(a+)+$'), isLike(`${many}!`, '^(a+)+$', 5), isLike('ab', '^a|b$')],
    [true, false, false],
  )
})
