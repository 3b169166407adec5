// The roster's rules, who has to approve what, and whether a set of approvals is a quorum.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkApprovers, checkQuorum, everyCustodian, thresholds } from '../../src/domain/approvals.ts'
import { notVerified } from '../../src/domain/errors.ts'
import { OPERATIONS, rolesOf } from '../../src/domain/operations.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { checkRoster, holderOf, needsOf, rosterWarnings, seatOf } from '../../src/domain/roster.ts'
import type { Group, GroupRole, KeyApproval } from '../../src/domain/shapes.ts'
import { refusal, unverified } from '../support/rules.ts'

const key = (name: string) => Buffer.alloc(32, name).toString('base64url')

function group(name: string, roles: GroupRole[], threshold: number, people: string[], epoch = 1): Group {
  const custodians = people.map((person) => ({ name: person, key: key(`${person}@${name}`) }))
  return { name, roles, threshold, epoch, check: Buffer.alloc(16, name).toString('base64url'), custodians }
}

const all: GroupRole[] = ['so', 'user', 'recovery']
const abc = ['alice', 'bob', 'carol']
const ops = group('ops', ['so', 'user'], 2, abc)
const vault = group('vault', ['recovery'], 2, ['alice', 'dora'], 3)

test('taken: one group or several, the same person in two of them', () => {
  const taken = [
    [group('ops', all, 2, abc)],
    [group('ops', all, 2, ['alice', 'bob'])],
    [ops, vault],
    [group('a', ['so'], 3, abc), group('b', ['user'], 2, abc), group('c', ['recovery'], 3, abc)],
    [
      group(
        'ops',
        all,
        255,
        Array.from({ length: 255 }, (_, i) => `p${i}`),
      ),
    ],
  ]
  for (const roster of taken) assert.doesNotThrow(() => checkRoster(roster))
})

const sharing = (one: Group, other: Group): Group => ({
  ...other,
  custodians: [one.custodians[0]!, other.custodians[1]!],
})

const refused: [rule: string, why: string, roster: Group[]][] = [
  ['ROSTER-NAMES', 'two groups of one name', [ops, group('ops', ['recovery'], 2, abc)]],
  ['ROSTER-NAMES', 'two custodians of one name', [group('ops', all, 2, ['alice', 'alice', 'bob'])]],
  ['ROSTER-ROLES', 'a role that nobody holds', [ops]],
  ['ROSTER-ROLES', 'a role that two groups hold', [group('ops', all, 2, abc), vault]],
  ['ROSTER-ROLES', 'a role that stands twice', [group('ops', ['so', 'so', 'user', 'recovery'], 2, abc)]],
  ['ROSTER-ROLES', 'no group', []],
  ['ROSTER-THRESHOLD', 'one person alone', [group('ops', all, 1, abc)]],
  ['ROSTER-THRESHOLD', 'more than there are', [group('ops', all, 4, abc)]],
  [
    'ROSTER-THRESHOLD',
    'more than shares can be made',
    [
      group(
        'ops',
        all,
        2,
        Array.from({ length: 256 }, (_, i) => `p${i}`),
      ),
    ],
  ],
  [
    'ROSTER-KEYS',
    'two custodians with one share',
    [{ ...group('ops', all, 2, abc), custodians: ['x', 'y', 'z'].map((name) => ({ name, key: key('k') })) }],
  ],
  ['ROSTER-KEYS', 'one share in two groups', [ops, sharing(ops, vault)]],
  ['ROSTER-SO', 'so weaker than another group', [ops, group('vault', ['recovery'], 3, abc)]],
]

for (const [rule, why, roster] of refused) {
  test(`${rule}: ${why}`, () => {
    assert.throws(() => checkRoster(roster), refusal(rule))
    assert.throws(() => checkRoster(roster, notVerified), unverified(rule))
  })
}

test('what is allowed but unwise is said', () => {
  const warnings = (m: number, n: number) =>
    rosterWarnings([{ name: 'ops', threshold: m, custodians: Array(n).fill(0) }])
  assert.deepEqual(
    warnings(2, 2).map((text) => text.match(/one lost share/)?.[0]),
    ['one lost share'],
  )
  assert.deepEqual(
    warnings(2, 3).map((text) => text.match(/two lost shares/)?.[0]),
    ['two lost shares'],
  )
  assert.match(warnings(2, 4).join(), /two separate sets/)
  assert.deepEqual(warnings(3, 5), [])
})

const needOf = ({ name, epoch, threshold }: Group) => ({ group: name, epoch, threshold })

test('NEEDS-RECOMPUTED: every operation needs each group that holds one of its roles', () => {
  const roster = [group('chiefs', ['so'], 3, abc), ops, vault].map((one) =>
    one === ops ? { ...one, roles: ['user' as const] } : one,
  )
  const [chiefs, users, rescue] = roster.map(needOf)
  const needs = (op: Plan['op'], finished?: Plan['op']) =>
    needsOf(rolesOf({ op }, finished && rolesOf({ op: finished })), roster)
  const copies = [
    'key.deliver',
    'key.withdraw',
    'app.init',
    'app.adopt',
    'app.replace',
    'app.pin',
    'app.retire',
    'app.sync',
  ]
  const withSo = [
    'member.sync',
    'member.check',
    'member.retire',
    'partition.move',
    'partition.retire',
    'key.export',
    'manifest.apply',
    ...copies,
  ]
  const reaching = [
    'key.publish',
    'key.promote',
    'key.suspend',
    'key.resume',
    'key.deactivate',
    'key.compromise',
  ] as const
  for (const op of reaching) assert.deepEqual(needsOf(rolesOf({ op, apps: [] }), roster), [chiefs, users], op)
  const everyone = [
    'key.restore',
    'backup.create',
    'backup.restore',
    'backup.test',
    'partition.init',
    'partition.adopt',
    'member.add',
  ]
  for (const op of Object.keys(OPERATIONS) as Plan['op'][]) {
    const some = withSo.includes(op) ? [chiefs, users] : [users]
    const wanted = everyone.includes(op) ? [chiefs, users, rescue] : some
    if (op !== 'partition.recover') assert.deepEqual(needs(op), wanted, op)
    // Whoever had to approve a change approves what finishes it.
    assert.deepEqual(needs('partition.recover', op), op === 'partition.recover' ? [] : wanted, `recovery of ${op}`)
  }
  assert.deepEqual(needsOf(['user'], [group('ops', all, 2, abc, 7)]), [{ group: 'ops', epoch: 7, threshold: 2 }])
})

test('who holds a role, and whose key it is', () => {
  assert.equal(holderOf('recovery', [ops, vault]), vault)
  assert.throws(() => holderOf('recovery', [ops]), refusal('ROSTER-ROLES'))
  assert.deepEqual(seatOf(key('dora@vault'), [ops, vault]), { group: vault, custodian: vault.custodians[1] })
  assert.equal(seatOf(key('eve@vault'), [ops, vault]), undefined)
})

function approval(person: string, { name, epoch }: Group, more: Partial<KeyApproval> = {}): KeyApproval {
  return { custodian: person, group: name, epoch, key: key(`${person}@${name}`), value: '', ...more }
}

test('APPROVER-CURRENT and APPROVER-DISTINCT: custodians of today, each once', () => {
  const groups = [ops, vault]
  const good = [approval('alice', ops), approval('alice', vault), approval('bob', ops)]
  assert.doesNotThrow(() => checkApprovers(good, groups))
  const outsiders = [
    approval('eve', ops),
    approval('alice', ops, { custodian: 'bob' }),
    approval('alice', ops, { group: 'vault' }),
    approval('alice', ops, { epoch: 2 }),
    approval('dora', vault, { epoch: 2 }),
    approval('alice', ops, { key: key('eve') }),
  ]
  for (const outsider of outsiders) {
    assert.throws(() => checkApprovers([outsider], groups), unverified('APPROVER-CURRENT'), JSON.stringify(outsider))
  }
  assert.throws(
    () => checkApprovers([approval('bob', ops), approval('alice', ops), approval('bob', ops)], groups),
    unverified('APPROVER-DISTINCT'),
  )
})

test('QUORUM-MET: no change with fewer approvals than the threshold of each group', () => {
  const needs = thresholds([ops, vault])
  const full = [approval('alice', ops), approval('carol', ops), approval('alice', vault), approval('dora', vault)]
  assert.doesNotThrow(() => checkQuorum(full, needs))
  for (const left of full) {
    assert.throws(
      () =>
        checkQuorum(
          full.filter((one) => one !== left),
          needs,
        ),
      unverified('QUORUM-MET', /1 of 2/),
    )
  }
  assert.doesNotThrow(() => checkQuorum(full.slice(0, 2), thresholds([ops])))
  assert.deepEqual(
    everyCustodian([ops, vault]).map((need) => need.threshold),
    [3, 2],
  )
})
