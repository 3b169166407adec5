// A refusal leaves a record that says which rule it was, and whose share where that is known.
import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { test } from 'node:test'
import { shortCode } from '../../src/domain/code.ts'
import { fromBase64url } from '../../src/domain/encoding.ts'
import { launcher, runProgram } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'

test('whose share was turned away stands in the ledger, and in the answer', async () => {
  using place = await partition()
  const wanted = ['key', 'generate', 'new', '--type', 'aes-256']
  const twice = await place.keyrite([...wanted, ...place.approvedBy('bob', 'bob')])
  assert.equal(twice.json.error.code, 'SHARE-REPEATED')
  assert.deepEqual(twice.json.data, { custodian: 'bob', group: 'custodians' })
  const alone = await place.keyrite([...wanted, ...place.approvedBy('carol')])
  assert.equal(alone.json.error.code, 'QUORUM-MET')

  const [repeated, few] = place.records().slice(-2)
  const { op, reason, custodian, group } = repeated
  assert.deepEqual(
    { op, reason, custodian, group },
    { op: 'key.generate', reason: 'SHARE-REPEATED', custodian: 'bob', group: 'custodians' },
  )
  assert.deepEqual(repeated.approvers, [{ custodian: 'bob', group: 'custodians' }])
  assert.deepEqual([few.type, few.reason, few.custodian], ['denied', 'QUORUM-MET', undefined])
  assert.deepEqual(few.approvers, [{ custodian: 'carol', group: 'custodians' }])
  assert.equal(shortCode(fromBase64url(few.planDigest)), alone.stderr.match(/code +(.{24})/)?.[1])
  assert.deepEqual(few.keys, [{ name: 'new', version: 1 }])
  const { records } = await place.data('audit', 'show', '--by', 'carol', '--key', 'new', '--op', 'key.generate')
  assert.equal(records.at(-1).record.seq, few.seq)
  const { stdout } = await runProgram(launcher, ['audit', 'show', '--last', '1'], { home: place.home })
  assert.match(stdout, /key\.generate new#1 was refused: QUORUM-MET; carol had approved\n/)
})

test('a slip before anything was tried is no refusal of a share: the ledger stays as it was', async () => {
  using place = await partition('sealed')
  const before = place.records().length
  const suspend = (...by: string[]) => place.keyrite(['key', 'suspend', 'card', '--reason', 'x', ...by])
  chmodSync(place.passphraseFile('alice'), 0o644)
  const open = await suspend(...place.approvedBy('alice'))
  assert.deepEqual([open.code, open.json.error.code], [3, 'SECRET-OPEN'])
  chmodSync(place.share('bob'), 0o640)
  assert.equal((await suspend(...place.approvedBy('bob'))).json.error.code, 'SHARE-OPEN')
  assert.equal(place.records().length, before)
  const wrong = ['--share', place.share('carol'), '--passphrase-file', `carol=${place.passphraseFile('bob')}`]
  assert.equal((await suspend(...wrong)).json.error.code, 'SHARE-PASSPHRASE')
  assert.deepEqual(
    place
      .records()
      .slice(before)
      .map(({ reason }) => reason),
    ['SHARE-PASSPHRASE'],
  )
})
