// Every command of docs/evidence.md, in order, on a partition and a key as README.md begins them.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { begunByReadme, commandsOf, left, readmeLines, runLines } from './support/doc-commands.ts'

test('every command about evidence does what it says', async (t) => {
  using place = await begunByReadme(t)
  const { folder } = place
  await runLines([...readmeLines(/key generate/), ...commandsOf('docs/evidence.md')], { folder, least: 28 }, t)
  const { keys } = await left(folder, 'key', 'list')
  const states = keys.map(
    (key: { name: string; version: number; state: string }) => `${key.name}#${key.version} ${key.state}`,
  )
  assert.deepEqual(states.sort(), [
    'payments/card-dek#1 deactivated',
    'payments/card-dek#2 active',
    'payments/mac#1 active',
  ])
  assert.match(readFileSync(join(folder.dir, 'second.cosigned'), 'utf8'), /^— auditor\.example\/keyrite /m)
})
