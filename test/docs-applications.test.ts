// Every command of docs/applications.md, in order, on a partition as README.md makes it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begunByReadme, commandsOf, left, readmeLines, runLines } from './support/doc-commands.ts'

test('every command about applications does what it says', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  await runLines(
    [...readmeLines(/key generate|backup create/), ...commandsOf('docs/applications.md')],
    { folder, least: 18 },
    t,
  )
  assert.deepEqual((await left(folder, 'app', 'list')).applications, [], 'both have ended')
  for (const key of ['tls#2', 'payments/card-dek#2'])
    assert.equal((await left(folder, 'key', 'show', key)).state, 'active', key)
})
