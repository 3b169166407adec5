// The head on the token against the ledger: every row of the table of the design, and the shapes of heads.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Beyond, checkHead, formatHead, type Head, newestHead, parseHead } from '../../src/domain/head.ts'
import { unverified } from '../support/rules.ts'

const partition = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b'
const other = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2c'
const leaf = (mark: string) => Buffer.alloc(32, mark).toString('base64url')
const head = (seq: number, mark = `${seq}`): Head => ({ partition, seq, leaf: leaf(mark) })

test('a head is one canonical object', () => {
  const text = formatHead(head(7))
  assert.equal(text, `{"format":"keyrite.head/1","leaf":"${leaf('7')}","partition":"${partition}","seq":7}`)
  assert.deepEqual(parseHead(text), head(7))
})

const noHeads = [
  '',
  'null',
  '[]',
  '{}',
  ` ${formatHead(head(1))}`,
  formatHead(head(1)).replace('head/1', 'head/0'),
  formatHead(head(1)).replace('"seq":1', '"seq":1,"seq":2'),
  formatHead(head(1)).replace('"seq":1', '"more":1,"seq":1'),
  formatHead(head(1)).replace('"seq":1', '"seq":-1'),
  formatHead(head(1)).replace('"seq":1', '"seq":"1"'),
  formatHead(head(1)).replace('"seq":1', '"seq":1.5'),
  formatHead(head(1)).replace(leaf('1'), 'short'),
  formatHead(head(1)).replace(partition, 'somebody'),
]

test('HEAD-SHAPE: what is called a head and is none', () => {
  for (const text of noHeads) assert.throws(() => parseHead(text), unverified('HEAD-SHAPE'), text)
})

test('the newest head counts; a crash leaves the one before it too', () => {
  assert.deepEqual(newestHead([formatHead(head(4))], partition), head(4))
  assert.deepEqual(newestHead([formatHead(head(4)), formatHead(head(5))], partition), head(5))
  assert.deepEqual(newestHead([formatHead(head(10)), formatHead(head(9))], partition), head(10))
})

test('HEAD-PRESENT: no head, and the ledger is not empty', () => {
  assert.throws(() => newestHead([], partition), unverified('HEAD-PRESENT'))
})

test('HEAD-PARTITION: the head of another partition, be it the newest or not', () => {
  const foreign = (seq: number) => formatHead({ ...head(seq), partition: other })
  assert.throws(() => newestHead([foreign(4)], partition), unverified('HEAD-PARTITION'))
  assert.throws(() => newestHead([foreign(3), formatHead(head(4))], partition), unverified('HEAD-PARTITION'))
})

test('HEAD-FORKED: two heads of one number, be they the newest or not', () => {
  const duplicates = [formatHead(head(4)), formatHead(head(4, 'x'))]
  assert.throws(() => newestHead(duplicates, partition), unverified('HEAD-FORKED'))
  assert.throws(() => newestHead([...duplicates, formatHead(head(5))], partition), unverified('HEAD-FORKED'))
})

const record = (seq: number, type: string, intent?: number): Beyond => ({
  leaf: leaf(`${seq}`),
  type,
  ...(intent === undefined ? {} : { intent: leaf(`${intent}`) }),
})

/** Rows of the table: the head has number 7. */
const rows: [row: string, leafAtHead: string | undefined, beyond: Beyond[], rule?: string][] = [
  ['equal: clean', leaf('7'), []],
  ['ahead by the outcome of the intent at the head: a crash after an append', leaf('7'), [record(8, 'outcome', 7)]],
  ['ahead by several outcomes of it', leaf('7'), [record(8, 'outcome', 7), record(9, 'outcome', 7)]],
  ['ahead by station records', leaf('7'), [record(8, 'denied'), record(9, 'note'), record(10, 'drill')]],
  ['ahead by an intent: a crash before the head moved', leaf('7'), [record(8, 'denied'), record(9, 'intent')]],
  [
    'ahead by an outcome and the next intent',
    leaf('7'),
    [record(8, 'outcome', 7), record(9, 'note'), record(10, 'intent')],
  ],
  ['ahead by an intent and its recovery, cut off too', leaf('7'), [record(8, 'intent'), record(9, 'intent')]],
  ['ahead by what a recovery found', leaf('7'), [record(8, 'recovered', 5), record(9, 'outcome', 7)]],
  [
    'an intent and its outcome beyond the head: the token was rolled back',
    leaf('7'),
    [record(8, 'intent'), record(9, 'outcome', 8)],
    'TOKEN-BEHIND',
  ],
  [
    'the same, with station records between',
    leaf('7'),
    [record(8, 'note'), record(9, 'intent'), record(10, 'denied'), record(11, 'outcome', 9)],
    'TOKEN-BEHIND',
  ],
  [
    'an intent and its recovery beyond the head',
    leaf('7'),
    [record(8, 'intent'), record(9, 'intent'), record(10, 'recovered', 8)],
    'TOKEN-BEHIND',
  ],
  [
    'a replaced quorum and its intent beyond the head',
    leaf('7'),
    [record(8, 'intent'), record(9, 'quorum.replaced', 8)],
    'TOKEN-BEHIND',
  ],
  ['behind: cut or rolled back', undefined, [], 'LEDGER-BEHIND'],
  ['the same number, another leaf: edited or forked', leaf('x'), [], 'LEDGER-FORKED'],
  ['another leaf at the head, and the ledger goes on', leaf('x'), [record(8, 'outcome', 7)], 'LEDGER-FORKED'],
]

for (const [row, leafAtHead, beyond, rule] of rows) {
  test(`${rule ?? 'taken'}: ${row}`, () => {
    const check = () => checkHead(head(7), leafAtHead, beyond)
    if (rule) assert.throws(check, unverified(rule))
    else assert.doesNotThrow(check)
  })
}
