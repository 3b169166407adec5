// Every command of docs/custodians.md, in order, on a partition as README.md begins it; a token of SoftHSM is the card.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { afterReadme, left, runLines } from './support/doc-commands.ts'
import { makeTokenFolder } from './support/softhsm.ts'

/** What README.md does before: the partition and its shares. */
const BEGINNING = /^mkdir|partition init/

test('every command about custodians does what it says', async (t) => {
  using folder = makeTokenFolder()
  const env = { CARD: folder.module, CARD_PIN: '123456' }
  await runLines(afterReadme(BEGINNING, 'docs/custodians.md'), { folder, least: 12, env }, t)
  const { groups, stage } = await left(folder, 'quorum', 'show')
  assert.deepEqual([groups.length, groups[0].epoch, stage], [1, 4, undefined])
  const shares = ['alice', 'bob', 'dan', 'erin'].map((name) => `${name}.e4.share.age`)
  assert.deepEqual(readdirSync(join(folder.dir, 'shares')).sort(), shares)
})
