// The order of a list of keys: what needs care first, and the verb that it waits for.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { History } from '../../src/domain/history.ts'
import type { KeyEntry } from '../../src/domain/key-history.ts'
import type { KeyState } from '../../src/domain/keys.ts'
import { keysNeedingAction } from '../../src/views/attention.ts'
import { PROFILE } from '../support/story.ts'

const NOW = new Date('2026-11-24T12:00:00.000Z')
const past = '2026-11-24T11:59:00.000Z'
const future = '2026-11-25T00:00:00.000Z'

const entry = (name: string, state: KeyState, day: number, more: Partial<KeyEntry> = {}): KeyEntry => ({
  name,
  version: 1,
  id: '00',
  class: 'secret',
  type: 'aes-256',
  state,
  fingerprint: 'cmac5:0011223344',
  attributes: { EXTRACTABLE: true },
  origin: { kind: 'generated' },
  usage: ['encrypt', 'decrypt'],
  history: [{ state, time: `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`, seq: day, op: 'key.generate' }],
  ...more,
})

/** A backup that is made after record 10, and lacks one key. */
const state = {
  profile: PROFILE,
  open: { leaf: '', seq: 20, plan: {}, awaited: new Map([['half#1', {}]]) },
  notRestored: new Set(['missing#1', 'stayed#1', 'given-up#1', 'missing-and-gone#1']),
  backups: [{ seq: 10, omitted: ['omitted', 'stayed'].map((name) => ({ name, version: 1, reason: '' })) }],
}
const history = Object.defineProperties(new History(), Object.getOwnPropertyDescriptors(state)) as History

const expected: [need: string | undefined, key: KeyEntry][] = [
  ['recover', entry('half', 'active', 5)],
  ['restore', entry('lost', 'active', 5, { attributes: {} })],
  ['restore', entry('missing', 'active', 6)],
  ['compromise', entry('stayed', 'active', 6, { attributes: { EXTRACTABLE: false, TOKEN: true } })],
  ['destroy', entry('given-up', 'compromised', 6, { attributes: {} })],
  ['destroy', entry('stolen', 'compromised', 9)],
  ['activate', entry('due', 'pre-active', 9, { activateAt: past })],
  ['backup', entry('omitted', 'active', 2)],
  ['backup', entry('new', 'active', 11)],
  ['backup', entry('old-and-new', 'deactivated', 11)],
  [undefined, entry('paused', 'suspended', 9)],
  [undefined, entry('oldest', 'active', 1)],
  [undefined, entry('older', 'active', 3)],
  [undefined, entry('never-leaves', 'active', 12, { attributes: { EXTRACTABLE: false, TOKEN: true } })],
  [undefined, entry('later', 'pre-active', 4, { activateAt: future })],
  [undefined, entry('not-yet-and-new', 'pre-active', 11, { activateAt: future })],
  [undefined, entry('done', 'deactivated', 1)],
  [undefined, entry('gone', 'destroyed', 1)],
  [undefined, entry('missing-and-gone', 'destroyed', 2)],
]

test('what needs care comes first, the oldest of a kind first', () => {
  const keys = expected.map(([, key]) => key).reverse()
  const told = (need: string | undefined, { name }: KeyEntry) => `${name} ${need ?? '-'}`
  assert.deepEqual(
    keysNeedingAction(keys, history, NOW).map(({ need, key }) => told(need, key)),
    expected.map(([need, key]) => told(need, key)),
  )
})
