// What a home keeps of an unfinished change: each stage has its members, and what is of no stage is not guessed at.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleOf } from '../../src/docs/sample-plans.ts'
import { parsePending } from '../../src/domain/pending.ts'

const kept = {
  format: 'keyrite.pending/1',
  kind: 'init',
  partition: '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b',
  name: 'pay',
  module: '/usr/lib/softhsm/libsofthsm2.so',
  serialsBefore: ['c4b8'],
  temporaryPin: 'A'.repeat(27),
  files: [],
}
const begun = { ...kept, stage: 'begun', token: { slot: 3 } }
const taken = { ...kept, stage: 'taken', token: 'c4b8' }
const spare = {
  ...{ format: kept.format, partition: kept.partition, name: kept.name, module: kept.module },
  ...{ kind: 'test', stage: 'spare', nonce: 'A'.repeat(22), token: { slot: 3 }, serialsBefore: [] },
  temporaryPin: kept.temporaryPin,
}
const { plan } = sampleOf('partition.init')
const approved = { ...taken, stage: 'approved', plan, approvals: [] }
const { stage: __, ...stageless } = taken

const rows: [what: string, value: object, isRead: boolean][] = [
  ['begun, on a token without a serial', begun, true],
  ['begun, on one that has a serial', { ...begun, token: 'c4b8' }, true],
  ['begun, by its words', { ...begun, again: ['partition', 'init', 'pay'], erases: true }, true],
  ['taken', taken, true],
  ['a restore that is taken', { ...taken, kind: 'restore', auditKey: '00'.repeat(8), longestPin: 24 }, true],
  ['approved', approved, true],
  ['a spare token', spare, true],
  ['a spare token that has its serial', { ...spare, token: 'c4b8', longestPin: 24 }, true],
  ['a spare token of no plan', { ...spare, nonce: '' }, false],
  ['a restore on a spare token', { ...spare, kind: 'restore' }, false],
  ['no stage', stageless, false],
  ['a stage that nobody knows', { ...taken, stage: 'staged' }, false],
  ['begun, and approved already', { ...begun, plan, approvals: [] }, false],
  ['taken, without a serial', { ...taken, token: { slot: 3 } }, false],
  ['approved, with a member too many', { ...approved, forced: true }, false],
  ['approved, without a plan', { ...taken, stage: 'approved', approvals: [] }, false],
  ['a restore that everyone has approved: its ledger knows', { ...approved, kind: 'restore' }, false],
  ['approved, with a plan that no record can hold', { ...approved, plan: { ...plan, reason: '\ud800' } }, false],
  ['of something else', { ...taken, kind: 'rotation' }, false],
  ['a PIN that is too short', { ...taken, temporaryPin: 'AA' }, false],
]

for (const [what, value, isRead] of rows)
  test(what, () => assert.deepEqual(parsePending(JSON.stringify(value)), isRead ? value : undefined))

test('no JSON', () => assert.equal(parsePending('{'), undefined))
