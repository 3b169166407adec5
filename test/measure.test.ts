// What npm can be told to run begins with files that are there, and the measurements with ledgers and commands that are as they should be.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'node:test'
import packageJson from '../package.json' with { type: 'json' }
import { throughEverything } from './measure/bulk-steps.ts'
import { ledgerOfKeys, ledgerOfRecords } from './measure/ledgers.ts'
import { ledgerOf } from './measure/scale-ledgers.ts'
import { perform } from './support/in-process.ts'
import { ok } from './support/keyrite.ts'
import { blank } from './support/partition.ts'
import { inRepo } from './support/paths.ts'

test('every script of package.json names files of the repository', () => {
  const named = Object.values(packageJson.scripts).flatMap((script) => script.match(/\bscripts\/[\w.-]+/g) ?? [])
  const measured = Object.values(packageJson.scripts).flatMap((script) => /measure\.mjs (\w+)/.exec(script)?.[1] ?? [])
  assert.deepEqual(measured, ['bulk', 'year', 'bench'])
  const files = [...named, ...measured.map((part) => `test/measure/${part}.ts`)]
  assert.deepEqual(
    files.filter((file) => !existsSync(inRepo(file))),
    [],
  )
})

test('the ledgers of the bench hold', async () => {
  for (const home of [await ledgerOfRecords(64), await ledgerOfKeys(600), await ledgerOf({ keys: 3, records: 60 })])
    await ok(['audit', 'verify', '--json'], { home }, perform)
})

test('the commands of test:bulk are what they were', async () => {
  using place = blank()
  await throughEverything(place, 2, (args) => place.data(...args))
})
