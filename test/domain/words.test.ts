// What somebody meant who mistyped a word.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foundSentence, foundWords } from '../../src/domain/found-words.ts'
import { KEY_TYPES } from '../../src/domain/keys.ts'
import { closestMatch, orMeant } from '../../src/domain/words.ts'

test('a word that is nearly one of those that there are is told', () => {
  for (const [typed, words, meant] of [
    ['rsa2048', KEY_TYPES, 'rsa-2048'],
    ['AES256', KEY_TYPES, 'aes-256'],
    ['encypt', ['encrypt', 'decrypt'], 'encrypt'],
    ['gen', ['list', 'generate'], 'generate'],
    ['card-dek', ['data', 'payments/card-dek'], 'payments/card-dek'],
    ['card-dkk', ['data', 'payments/card-dek'], 'payments/card-dek'],
    ['dta', ['payments/dta-1', 'data'], 'data'],
    ['x', ['a', 'xyz'], undefined],
    ['nothing', ['a', 'xyz'], undefined],
  ] as const)
    assert.equal(closestMatch(typed, words), meant, typed)
  assert.deepEqual([orMeant('dta', ['data']), orMeant('zoo', ['data'])], ['; did you mean data?', ''])
})

test('what a change has put right on a token is told as that, and what is still so as it stands', () => {
  assert.equal(foundSentence(foundWords('brought back', 'pay/dek')), 'pay/dek (it was missing, and was put back)')
  assert.equal(foundSentence(foundWords('removed', 'object x')), 'object x (it was removed)')
  for (const words of ['foreign: data object x', '3 more']) assert.equal(foundSentence(words), words)
})
