// Every command of docs/applications.md, in order, on a partition as README.md makes it.
import { test } from 'node:test'
import { afterReadme, runLines } from './support/doc-commands.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the shares, the partition, its first key and a backup. */
const BEGINNING = /^mkdir|partition init|key generate|backup create/

test('every command about applications does what it says', async (t) => {
  using folder = makeTokenFolder()
  await runLines(afterReadme(BEGINNING, 'docs/applications.md'), { folder, least: 20 }, t)
})
