// Every command of docs/members.md, in order, on a partition and a key as README.md begins them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterReadme, left, runLines } from './support/doc-commands.ts'
import { standingsOf } from './support/members.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the partition, its shares, and a key. */
const BEGINNING = /^mkdir|partition init|key generate payments\/card-dek/

test('every command about members does what it says', async (t) => {
  using folder = makeTokenFolder()
  await runLines(afterReadme(BEGINNING, 'docs/members.md'), { folder, least: 9 }, t)
  const { members, retired } = await left(folder, 'member', 'list')
  assert.deepEqual(standingsOf(members), ['first current'])
  assert.equal(retired[0].end, 'lost')
})
