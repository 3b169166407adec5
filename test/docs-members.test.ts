// Every command of docs/members.md, in order, on a partition and a key as README.md begins them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { begunByReadme, commandsOf, left, readmeLines, runLines } from './support/doc-commands.ts'
import { standingsOf } from './support/members.ts'

test('every command about members does what it says', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  await runLines([...readmeLines(/key generate/), ...commandsOf('docs/members.md')], { folder, least: 7 }, t)
  const { members, retired } = await left(folder, 'member', 'list')
  assert.deepEqual(standingsOf(members), ['first current'])
  assert.equal(retired[0].end, 'lost')
})
