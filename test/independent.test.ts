// The independent reader of our files is a Python program; it has a test of its own, and that passes.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import { FULL } from './support/full.ts'
import { runProgram } from './support/keyrite.ts'
import { inRepo } from './support/paths.ts'

const selftest = inRepo('test/independent/selftest.py')

test('the independent reader passes its own test', { skip: !existsSync(selftest) }, async () => {
  const { code, stdout, stderr } = await runProgram('python3', [selftest], {
    cwd: inRepo(),
    env: FULL ? { FULL: '1' } : {},
  })
  assert.equal(code, 0, `${stdout}${stderr}`)
})
