// Two partitions whose custodians have the same names: whatever is of one is refused by the other, by name, and nothing of it is taken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { contribution, elsewhere, send, type Waiting, wait, wide } from '../support/afar.ts'
import type { TestPartition } from '../support/partition.ts'

const ROTATE = ['key', 'rotate', 'card']

/** What people carry of a partition, beside shares and plans: a backup, the answer to a challenge, a confirmation. */
async function carry(place: TestPartition, m: number): Promise<void> {
  const dan = ['--share', place.share('dan')]
  const people = ['alice', 'bob', 'carol', 'erin'].slice(0, m)
  await place.data('backup', 'create', place.path('backup'), ...place.approvedBy(...people))
  await place.data('quorum', 'drill', '--out', place.path('challenge'))
  const challenge = ['--challenge', place.path('challenge'), '--out', place.path('answer')]
  await place.data('quorum', 'drill', ...challenge, ...dan)
  await place.data('quorum', 'confirm', ...dan, '--out', place.path('confirmation'))
}

type Row = [args: string[], exit: number, code: string]

async function check(place: TestPartition, rows: readonly Row[]): Promise<void> {
  for (const [args, exit, code] of rows) {
    const { json, code: ended, stderr } = await place.keyrite(args)
    assert.deepEqual([ended, json.data?.fault?.code ?? json.error?.code], [exit, code], `${args.join(' ')}\n${stderr}`)
  }
}

const refusalsIn = (place: TestPartition): string[] =>
  place.records().flatMap(({ type, reason }) => (type === 'denied' ? [reason] : []))

/** Each refusal of a share leaves a record of it, and nothing else does. */
const recordsOf = (place: TestPartition) => place.records().filter(({ type }) => type !== 'denied')

async function refusesWhatIsCarried(place: TestPartition, other: TestPartition): Promise<void> {
  const before = recordsOf(place)
  const [foreign, mine] = [
    ['--share', other.share('alice')],
    ['--share', place.share('bob')],
  ]
  await check(place, [
    [[...ROTATE, ...mine, ...foreign], 3, 'SHARE-FOREIGN'],
    [['quorum', 'drill', ...foreign], 3, 'SHARE-FOREIGN'],
    [['quorum', 'confirm', ...foreign], 3, 'SHARE-FOREIGN'],
    [['share', 'record', 'alice', '--opened', ...mine, ...foreign], 3, 'SHARE-FOREIGN'],
    [['quorum', 'drill', '--in', other.path('answer')], 3, 'SHARE-FOREIGN'],
    [['quorum', 'confirm', '--in', other.path('confirmation')], 3, 'SHARE-FOREIGN'],
    [
      ['quorum', 'drill', '--challenge', other.path('challenge'), '--out', place.path('no'), ...mine],
      3,
      'SHARE-FOREIGN',
    ],
    [['share', 'record', 'alice', '--lost', ...foreign, ...mine], 3, 'SHARE-FOREIGN'],
    [['custodian', 'depart', 'alice', '--on', '2030-01-01', ...mine, ...foreign], 3, 'SHARE-FOREIGN'],
    [['backup', 'verify', other.path('backup')], 5, 'BACKUP-SIGNED'],
    [['backup', 'test', other.path('backup')], 5, 'BACKUP-SIGNED'],
    [['backup', 'restore', other.path('backup'), '--no-checkpoint', '--confirm', 'pay'], 5, 'BACKUP-SIGNED'],
    [['key', 'restore', 'card', '--in', other.path('backup')], 5, 'BACKUP-SIGNED'],
    [
      ['audit', 'verify', '--ledger', other.ledger, '--checkpoint', place.path('home', 'pay', 'checkpoint')],
      5,
      'CHECKPOINT-ORIGIN',
    ],
  ])
  assert.deepEqual(recordsOf(place), before)
}

async function refusesWhatIsSent(place: TestPartition, waiting: Waiting, other: TestPartition, others: Waiting) {
  using dan = await elsewhere(place, 'dan')
  const copy = ['--ledger', dan.ledger, '--anchor', dan.anchor]
  const approve = (file: string, code: string, by: TestPartition) => [
    'plan',
    'approve',
    file,
    ...copy,
    '--code',
    code,
    '--out',
    dan.path('out'),
    ...by.approvedBy('dan'),
  ]
  await check(place, [
    [['plan', 'show', others.file, ...copy], 0, 'PLAN-PARTITION'],
    [approve(others.file, others.code, place), 5, 'PLAN-PARTITION'],
    [approve(waiting.file, others.code, place), 3, 'PLAN-CODE'],
    [approve(waiting.file, waiting.code, other), 3, 'SHARE-FOREIGN'],
  ])
  send(place, 'of-the-other-plan', await contribution(other, 'dan', others.plan))
  send(place, 'of-a-stranger', await contribution(other, 'dan', waiting.plan))
  send(place, 'by-our-own', await contribution(place, 'dan', others.plan))
}

test('of two partitions neither takes a share, a proof, a confirmation, a backup, a plan or a contribution of the other', async () => {
  using three = await wide(3, 5)
  using four = await wide(4, 7)
  await carry(three, 3)
  await carry(four, 4)
  await refusesWhatIsCarried(three, four)
  await refusesWhatIsCarried(four, three)

  await using ofThree = await wait(three, [...ROTATE, ...three.approvedBy('alice', 'bob')])
  await using ofFour = await wait(four, [...ROTATE, ...four.approvedBy('alice', 'bob')])
  await refusesWhatIsSent(three, ofThree, four, ofFour)
  await refusesWhatIsSent(four, ofFour, three, ofThree)
  // Then those who are meant are heard.
  for (const [place, { done, plan }, senders] of [
    [three, ofThree, ['dan']],
    [four, ofFour, ['dan', 'erin']],
  ] as const) {
    // One of a share was given before.
    while (refusalsIn(place).length < 4) await pause(20)
    assert.deepEqual(refusalsIn(place).slice(1).sort(), ['CONTRIBUTION-PLAN', 'CONTRIBUTION-PLAN', 'SHARE-FOREIGN'])
    for (const name of senders) send(place, name, await contribution(place, name, plan))
    const { code, stderr } = await done
    assert.equal(code, 0, stderr)
  }
})
