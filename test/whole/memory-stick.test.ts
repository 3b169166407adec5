// Backups and certificates go onto memory sticks, whose file system knows no hard links: whole, and in no other file's place.
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { partition } from '../support/partition.ts'
import { memoryStick } from '../support/shims.ts'

test('a backup and a certificate are written to a memory stick', async () => {
  using place = await partition()
  const [env, by] = [memoryStick(), place.approvedBy('alice', 'bob')]
  const typed = (...args: string[]) => place.keyrite([...args, ...by], { env })
  mkdirSync(place.path('stick'))

  const backup = await typed('backup', 'create', place.path('stick', 'pay.backup'))
  assert.equal(backup.code, 0, backup.stderr)
  await place.data('backup', 'verify', place.path('stick', 'pay.backup'))

  await place.data('key', 'deactivate', 'card#1', '--reason', 'done with', ...by)
  const end = ['key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', place.path('stick', 'end')]
  const destroyed = await typed(...end)
  assert.equal(destroyed.code, 0, destroyed.stderr)
  assert.deepEqual(readdirSync(place.path('stick')).sort(), ['end', 'end.json', 'pay.backup', 'pay.backup.ledger'])

  writeFileSync(place.path('stick', 'taken'), 'mine')
  const refused = await typed('backup', 'create', place.path('stick', 'taken'))
  assert.equal(refused.json.error.code, 'FILE-EXISTS')
})
