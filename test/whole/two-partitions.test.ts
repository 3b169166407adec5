// Two partitions of two groups each, whose custodians have the same names in all of them: whatever is of one is refused by every other, by name, and
// nothing of it is taken.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { contribution, elsewhere, send, type Waiting, wait } from '../support/afar.ts'
import { blank, copyOf, initByGroups, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa } from '../support/softhsm.ts'

leaveOutRsa()

const GROUPS = ['ops', 'vault'] as const
type Name = (typeof GROUPS)[number]
const ROTATE = ['key', 'rotate', 'card']

/** `dan.ops`: the same people have a share of either group. */
const of = (group: Name, ...people: string[]): string[] => people.map((person) => `${person}.${group}`)
const flags = (place: TestPartition, names: readonly string[]): string[] => place.approvedBy(...names)
const HERE = GROUPS.flatMap((group) => of(group, 'alice', 'bob'))
const ENOUGH = GROUPS.flatMap((group) => of(group, 'alice', 'bob', 'carol'))

/** 3 of 4 hold the user, 3 of the same 4 the rest. */
const twoGroups = (name: string): Promise<TestPartition> =>
  copyOf(name, 'plain', async () => {
    const place = blank('plain', [])
    const groups = ['ops:user:3:alice,bob,carol,dan', 'vault:so,recovery:3:alice,bob,carol,dan']
    await place.data(...initByGroups(place, groups))
    const generate = ['key', 'generate', 'card', '--type', 'aes-256']
    await place.data(...generate, ...flags(place, of('ops', 'alice', 'bob', 'carol')))
    return place
  })

/** What people carry of a partition, beside shares and plans: a backup, answers to a challenge, confirmations. */
async function carry(place: TestPartition): Promise<void> {
  await place.data('backup', 'create', place.path('backup'), ...flags(place, ENOUGH))
  await place.data('quorum', 'drill', '--out', place.path('challenge'))
  for (const group of GROUPS) {
    const dan = flags(place, of(group, 'dan'))
    const challenge = ['--challenge', place.path('challenge'), '--out', place.path(`answer.${group}`)]
    await place.data('quorum', 'drill', ...challenge, ...dan)
    await place.data('quorum', 'confirm', ...dan, '--out', place.path(`confirmation.${group}`))
  }
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

/** A confirmation, or the answer of a share, that says of itself that it is of the other group. */
function renamed(place: TestPartition, file: 'answer' | 'confirmation', from: Name, to: Name): string {
  const [text, other] = [from, to].map((group) => readFileSync(place.path(`${file}.${group}`), 'utf8'))
  const keyOf = (line = '') => /"key":"([^"]*)"/.exec(line)![1]!
  const bent = place.path(`bent.${file}.${from}`)
  writeFileSync(bent, text!.replace(keyOf(text), keyOf(other)).replace(`"group":"${from}"`, `"group":"${to}"`))
  return bent
}

/** What is of a group of the other partition, beside either of our own. */
function foreign(place: TestPartition, other: TestPartition, theirs: Name): Row[] {
  const share = flags(other, of(theirs, 'alice'))
  const beside = GROUPS.flatMap((own): Row[] => {
    const mine = flags(place, of(own, 'bob'))
    const challenge = ['--challenge', other.path('challenge'), '--out', place.path('no')]
    return [
      [['backup', 'create', place.path('no'), ...mine, ...share], 3, 'SHARE-FOREIGN'],
      [['share', 'record', 'alice', '--opened', '--group', own, ...mine, ...share], 3, 'SHARE-FOREIGN'],
      [['custodian', 'depart', 'alice', '--on', '2030-01-01', ...share, ...mine], 3, 'SHARE-FOREIGN'],
      [['quorum', 'drill', ...challenge, ...mine], 3, 'SHARE-FOREIGN'],
    ]
  })
  return [
    ...beside,
    [['quorum', 'drill', ...share], 3, 'SHARE-FOREIGN'],
    [['quorum', 'confirm', ...share], 3, 'SHARE-FOREIGN'],
    [['quorum', 'drill', '--in', other.path(`answer.${theirs}`)], 3, 'SHARE-FOREIGN'],
    [['quorum', 'confirm', '--in', other.path(`confirmation.${theirs}`)], 3, 'SHARE-FOREIGN'],
  ]
}

/** What is of one of our own groups, in the place of the other one. */
function ofTheOtherGroup(place: TestPartition, own: Name): Row[] {
  const wanted = own === 'ops' ? 'vault' : 'ops'
  const all = flags(place, of(own, 'alice', 'bob', 'carol', 'dan'))
  const stage = ['quorum', 'stage', '--group', wanted, '--shares-dir', place.path('shares'), '--unsafe-plain-shares']
  const alone: Row[] = [
    [['backup', 'create', place.path('no'), ...all], 3, 'QUORUM-MET'],
    [['quorum', 'drill', '--in', renamed(place, 'answer', own, wanted)], 5, 'STATEMENT-SIGNED'],
    [['quorum', 'confirm', '--in', renamed(place, 'confirmation', own, wanted)], 5, 'CONFIRMATION-SIGNED'],
    [[...stage, ...all], 3, own === 'ops' ? 'QUORUM-MET' : 'SHARE-NOT-NEEDED'],
  ]
  return own === 'vault' ? [...alone, [[...ROTATE, ...all], 3, 'SHARE-NOT-NEEDED']] : alone
}

async function refusesWhatIsCarried(place: TestPartition, other: TestPartition): Promise<void> {
  const before = recordsOf(place)
  const twice = flags(place, ['alice.ops', 'alice.vault'])
  await check(place, [
    ...GROUPS.flatMap((group) => [...foreign(place, other, group), ...ofTheOtherGroup(place, group)]),
    // One person is one, by whichever share.
    [['share', 'record', 'bob', '--opened', '--group', 'ops', ...twice], 3, 'SHARE-REPEATED'],
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
  using dan = await elsewhere(place, 'dan.ops')
  const copy = ['--ledger', dan.ledger, '--anchor', dan.anchor]
  const approve = (file: string, code: string, by: string[]) => [
    ...['plan', 'approve', file, ...copy, '--code', code, '--out', dan.path('out'), ...by],
  ]
  const own = GROUPS.map((group) => flags(place, of(group, 'dan')))
  const theirs = GROUPS.map((group) => flags(other, of(group, 'dan')))
  await check(place, [
    [['plan', 'show', others.file, ...copy], 0, 'PLAN-PARTITION'],
    ...own.map((by): Row => [approve(others.file, others.code, by), 5, 'PLAN-PARTITION']),
    ...own.map((by): Row => [approve(waiting.file, others.code, by), 3, 'PLAN-CODE']),
    ...theirs.map((by): Row => [approve(waiting.file, waiting.code, by), 3, 'SHARE-FOREIGN']),
  ])
  for (const group of GROUPS) {
    const [name, wrong] = [`dan.${group}`, group === 'ops' ? 'dan.vault' : 'dan.ops']
    send(place, `of-the-other-plan-${name}`, await contribution(other, name, others.plan))
    send(place, `of-a-stranger-${name}`, await contribution(other, name, waiting.plan))
    send(place, `by-our-own-${name}`, await contribution(place, name, others.plan))
    send(place, `sealed-for-the-other-group-${name}`, await contribution(place, name, waiting.plan, { sealed: wrong }))
  }
}

/** Of each group. */
const SENT = ['CONTRIBUTION-PLAN', 'CONTRIBUTION-PLAN', 'CONTRIBUTION-SHARE', 'SHARE-FOREIGN']

test('of two partitions with two groups each none takes a share, a proof, a confirmation, a backup, a plan or a contribution of another', async () => {
  using one = await twoGroups('two-groups-here')
  using two = await twoGroups('two-groups-there')
  await carry(one)
  await carry(two)
  await refusesWhatIsCarried(one, two)
  await refusesWhatIsCarried(two, one)

  const backUp = (place: TestPartition) => ['backup', 'create', place.path('again'), ...flags(place, HERE)]
  await using ofOne = await wait(one, backUp(one))
  await using ofTwo = await wait(two, backUp(two))
  const before = [one, two].map((place) => refusalsIn(place).length)
  await refusesWhatIsSent(one, ofOne, two, ofTwo)
  await refusesWhatIsSent(two, ofTwo, one, ofOne)
  // Then those who are meant are heard.
  for (const [i, [place, { done, plan }]] of (
    [
      [one, ofOne],
      [two, ofTwo],
    ] as const
  ).entries()) {
    const refused = () => refusalsIn(place).slice(before[i])
    while (refused().length < SENT.length * GROUPS.length) await pause(20)
    assert.deepEqual(refused().sort(), [...SENT, ...SENT].sort())
    for (const group of GROUPS) send(place, `dan.${group}`, await contribution(place, `dan.${group}`, plan))
    const { code, stderr } = await done
    assert.equal(code, 0, stderr)
  }
})
