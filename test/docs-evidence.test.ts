// Every command of docs/evidence.md, in order, on a partition and a key as README.md begins them.
import { test } from 'node:test'
import { afterReadme, runLines } from './support/doc-commands.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the partition, its shares, and a key. */
const BEGINNING = /^mkdir|partition init|key generate payments\/card-dek/

test('every command about evidence does what it says', async (t) => {
  using folder = makeTokenFolder()
  await runLines(afterReadme(BEGINNING, 'docs/evidence.md'), { folder, least: 30 }, t)
})
