// The list of codes is the whole list, each is used, and what it says is a rule in plain words.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { topicText } from '../../src/cli/topics.ts'
import { APPLICATION_CODES } from '../../src/domain/application-codes.ts'
import { allCodes } from '../../src/domain/codes.ts'
import { CUSTODIAN_CODES } from '../../src/domain/custodian-codes.ts'
import { EXIT_MEANINGS } from '../../src/domain/errors.ts'
import { inPlain } from '../../src/terminal/render.ts'
import { inRepo } from '../support/paths.ts'

const sources = readdirSync(inRepo('src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/codes\.ts$/.test(name))
  .map((name) => readFileSync(inRepo('src', name), 'utf8'))

/** Made from a kind of file. */
const COMPOSED = ['SHARE-FILE', 'SHARE-OPEN', 'SECRET-FILE', 'SECRET-OPEN']

// That no other is thrown is the compiler's to say.
test('every code is used', () => {
  const unused = Object.keys(allCodes()).filter((code) => !sources.some((source) => source.includes(`'${code}'`)))
  assert.deepEqual(
    unused.filter((code) => !COMPOSED.includes(code)),
    [],
  )
})

test('each has exit codes that there are, and says its rule in lower case, without a full stop', () => {
  for (const [code, [exits, rule]] of Object.entries(allCodes())) {
    for (const exit of exits)
      assert.ok(
        EXIT_MEANINGS.some(([one]) => one === exit),
        code,
      )
    assert.match(rule, /^.{10,110}[^.]$/, code)
    assert.match(rule, /^([a-z]|SP |PIN)/, code)
  }
  for (const codes of [APPLICATION_CODES, CUSTODIAN_CODES, allCodes()])
    assert.deepEqual(Object.keys(codes), Object.keys(codes).sort())
})

test('help explains each, in any case', () => {
  for (const [code, [, rule]] of Object.entries(allCodes())) assert.ok(inPlain(topicText(code)!).includes(rule), code)
  assert.equal(
    inPlain(topicText('quorum-met')!),
    `QUORUM-MET  ${allCodes()['QUORUM-MET'][1]}\nexit 3      refused: nothing changed\nexit 5      verification failed: something is not what was signed`,
  )
})
