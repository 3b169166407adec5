// What is read of a ledger once it was checked is what was checked: each record is bound by the one after it, and the last by the check.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { History } from '../../src/domain/history.ts'
import type { Line } from '../../src/domain/record.ts'
import type { LedgerSource } from '../../src/ledger/port.ts'
import { linked } from '../../src/session/linked.ts'
import { openCeremony } from '../../src/session/open-ceremony.ts'

const leafOf = (seq: number): string => `leaf ${seq}`
const found = (seq: number, prev = seq === 0 ? null : leafOf(seq - 1), leaf = leafOf(seq)) => ({
  line: { record: { seq, prev, time: '2026-12-01T08:00:00.000Z' } } as Line,
  leaf,
})
const SOUND = [found(0), found(1), found(2), found(3)]

const ledgerOf = (records: ReturnType<typeof found>[]): LedgerSource =>
  ({
    source: 'ledger.jsonl',
    own: true,
    records: (after = -1) => records.slice(after + 1),
  }) as unknown as LedgerSource

const read = (records: ReturnType<typeof found>[], seq: number, after = -1): number[] =>
  [...linked({ ledger: ledgerOf(records), history: { seq, leaf: leafOf(seq) } }, after)].map(
    ({ line }) => line.record.seq,
  )

test('what was checked is read, from any number, and so is what has come since', () => {
  assert.deepEqual(read(SOUND, 3), [0, 1, 2, 3])
  assert.deepEqual(read(SOUND, 3, 1), [2, 3])
  assert.deepEqual(read(SOUND, 2, 2), [3])
  assert.deepEqual(read([...SOUND, found(4, 'other')], 3), [0, 1, 2, 3, 4])
})

test('what is not is refused', () => {
  const OTHERS: { [what: string]: [records: ReturnType<typeof found>[], after?: number] } = {
    'an edited record': [SOUND.with(1, found(1, leafOf(0), 'other'))],
    'an edited record, the first that is read': [SOUND.with(1, found(1, leafOf(0), 'other')), 0],
    'one chained anew': [
      [found(0), found(1, leafOf(0), 'other'), found(2, 'other', 'another'), found(3, 'another', 'last')],
    ],
    'another first record': [SOUND.with(0, found(0, leafOf(8)))],
    'another number': [SOUND.with(1, found(8, leafOf(0), leafOf(1)))],
    'a last one that is gone': [SOUND.slice(0, 3)],
    nothing: [[]],
  }
  for (const [what, [records, after]] of Object.entries(OTHERS))
    assert.throws(() => read(records, 3, after), { code: 'LEDGER-CHANGED' }, what)
})

test('the day on which a ceremony was opened is told where its record is what was signed', () => {
  const history = { seq: 3, leaf: leafOf(3), ceremonies: { open: { name: 'q4', seq: 1 } } } as unknown as History
  const told = (records: ReturnType<typeof found>[]) =>
    openCeremony(history, ledgerOf(records), undefined, {} as Parameters<typeof openCeremony>[3])?.message
  assert.match(told(SOUND)!, /^the ceremony q4 is open since 2026-12-01 /)
  assert.equal(told(SOUND.with(1, found(1, leafOf(0), 'other'))), 'the ceremony q4 is open since record 1')
})
