// Every command of docs/custodians.md, in order, on a partition as README.md begins it; a token of SoftHSM is the card.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { begunByReadme, commandsOf, left, runLines } from './support/doc-commands.ts'

test('every command about custodians does what it says', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  const env = { CARD: folder.module, CARD_PIN: '123456' }
  await runLines(commandsOf('docs/custodians.md'), { folder, least: 10, env }, t)
  const { groups, stage } = await left(folder, 'quorum', 'show')
  assert.deepEqual([groups.length, groups[0].epoch, stage], [1, 4, undefined])
  const shares = ['alice', 'bob', 'dan', 'erin'].map((name) => `${name}.e4.share.age`)
  assert.deepEqual(readdirSync(join(folder.dir, 'shares')).sort(), shares)
})
