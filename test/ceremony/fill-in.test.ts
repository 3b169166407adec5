// Values of the day say what a command is about, and never how it is done.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { flagIn } from '../../src/ceremony/fill-in.ts'

test('a value that would be read as a flag is noticed, and a flag of the script is not', () => {
  const words = ['backup', 'create', '{site.file}', '--reason', '{blank.why}']
  const filled = (file: string, why: string) => ['backup', 'create', file, '--reason', why]
  assert.equal(flagIn(words, filled('out/pay.backup', 'yearly')), undefined)
  for (const flag of ['--dry-run', '-h', '--share=x', '--'])
    assert.equal(flagIn(words, filled(flag, 'yearly')), '{site.file}')
  assert.equal(flagIn(words, filled('out/pay.backup', '--no-input')), '{blank.why}')
})
