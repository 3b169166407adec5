// A backup and no home: what is wanted is a ledger, and a new one where it is too old.
import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { partition, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

let place: TestPartition
before(async () => {
  place = await partition()
  const by = place.approvedBy('alice', 'bob')
  copyFileSync(place.ledger, place.path('old.ledger'))
  await place.data('backup', 'create', place.path('pay.backup'), ...by)
})

const nowhere = (...args: string[]) => place.keyrite(['backup', ...args], { home: place.path('nowhere') })
const restore = (...args: string[]) => nowhere('restore', place.path('pay.backup'), '--module', softhsm, ...args)

test('without a home a ledger is asked for, and not a new partition', async () => {
  const file = place.path('pay.backup')
  for (const refusal of [
    await nowhere('verify', file),
    await nowhere('show', file),
    await restore('--no-checkpoint'),
  ]) {
    const { code, message, hint } = refusal.json.error
    assert.deepEqual([refusal.code, code], [2, 'PARTITION-KNOWN'])
    assert.match(message, /^there is no partition in .*nowhere, and so no ledger /)
    assert.equal(hint, `--ledger ${file}.ledger, or a newer copy of the ledger`)
  }
  assert.equal((await nowhere('verify', file, '--ledger', `${file}.ledger`)).code, 0)
})

test('an older ledger is called that, and a newer one is asked for', async () => {
  const old = ['--ledger', place.path('old.ledger')]
  const cut = await nowhere('verify', place.path('pay.backup'), ...old)
  assert.deepEqual([cut.code, cut.json.error.code], [5, 'BACKUP-INTENT'])
  assert.match(cut.json.error.hint, /older copy: --ledger FILE, a newer one/)
  const behind = await restore(...old, '--checkpoint', place.path('home', 'pay', 'checkpoint'))
  assert.deepEqual([behind.code, behind.json.error.code], [5, 'CHECKPOINT-BEHIND'])
  assert.match(
    behind.json.error.message,
    /checkpoint: the ledger is an older copy, or has been cut: it holds 3 of the 5 records/,
  )
  assert.match(behind.json.error.hint, /^bring a newer copy: /)
})
