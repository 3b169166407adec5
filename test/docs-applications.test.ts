// Every command of docs/applications.md, in order, on a partition as README.md makes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterReadme, left, runLines } from './support/doc-commands.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the shares, the partition, its first key and a backup. */
const BEGINNING = /^mkdir|partition init|key generate|backup create/

test('every command about applications does what it says', async (t) => {
  using folder = makeTokenFolder()
  await runLines(afterReadme(BEGINNING, 'docs/applications.md'), { folder, least: 20 }, t)
  assert.deepEqual((await left(folder, 'app', 'list')).applications, [], 'both have ended')
  for (const key of ['tls#2', 'payments/card-dek#2'])
    assert.equal((await left(folder, 'key', 'show', key)).state, 'active', key)
})
