// Shares count for the set that they are of, by group and epoch: whatever M and N are, those of another set count for nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OpenIntent } from '../../src/domain/conclusions.ts'
import type { QuorumReplacePlan, QuorumStagePlan } from '../../src/domain/quorum-plans.ts'
import type { Intent } from '../../src/domain/record.ts'
import { needsOf } from '../../src/domain/roster.ts'
import { Rosters } from '../../src/domain/rosters.ts'
import type { Approval, Group, Need } from '../../src/domain/shapes.ts'
import { ruleOf } from '../support/audit.ts'

const BRIDGE = Buffer.alloc(40).toString('base64url')
const LEAF = Buffer.alloc(32).toString('base64url')
const TIME = '2026-05-02T20:15:00.000Z'

/** Keys that stand for sound ones: no signature is looked at here. */
const keyOf = (epoch: number, i: number): string => {
  const key = Buffer.alloc(32, 9)
  key.writeUInt16BE(epoch, 0)
  key.writeUInt16BE(i, 2)
  return key.toString('base64url')
}

const groupOf = (epoch: number, threshold: number, n: number): Group => ({
  name: 'ops',
  roles: ['so', 'user', 'recovery'],
  threshold,
  epoch,
  check: Buffer.alloc(16, epoch).toString('base64url'),
  custodians: Array.from({ length: n }, (_, i) => ({ name: `p${i}`, key: keyOf(epoch, i) })),
})

/** The first so many of a set approve. */
const by = ({ name: group, epoch, custodians }: Group, count: number): Approval[] =>
  custodians
    .slice(0, count)
    .map(({ name: custodian, key }) => ({ custodian, group, epoch, key, value: '', via: 'file' as const }))

const intent = (plan: object, approvals: Approval[], more: object = {}): Intent =>
  ({ type: 'intent', seq: 1, time: TIME, plan, approvals, ...more }) as Intent

/** One that is staged, of whom so many have read their share back. */
function staged(old: Group, next: Group, confirmed: number): Rosters {
  const rosters = new Rosters()
  rosters.begin([old], 'serial', { seq: 0, time: TIME })
  const issued = next.custodians.map(({ name: custodian }, i) =>
    i < confirmed ? { custodian, confirmation: '' } : { custodian, recipient: 'age1xyz' },
  )
  const plan = { op: 'quorum.stage', group: next, issued } as unknown as QuorumStagePlan
  rosters.intend(intent(plan, []), LEAF)
  rosters.settle({ plan, leaf: LEAF, seq: 1 } as unknown as OpenIntent, true, { seq: 2, time: TIME })
  return rosters
}

const replacing = (group: Group): QuorumReplacePlan =>
  ({ op: 'quorum.replace', group, stage: LEAF, needs: [] }) as unknown as QuorumReplacePlan

const needOf = ({ name, epoch, threshold }: Group): Need => ({ group: name, epoch, threshold })

/** M of N, and how many of them come. */
const set = (most: number) =>
  fc
    .integer({ min: 2, max: most })
    .chain((n) =>
      fc.record({ n: fc.constant(n), m: fc.integer({ min: 2, max: n }), come: fc.integer({ min: 0, max: n }) }),
    )

interface Of {
  n: number
  m: number
  come: number
}

function holds(old: Of, next: Of, confirmed: number): void {
  const [before, after] = [groupOf(1, old.m, old.n), groupOf(2, next.m, next.n)]
  const rosters = staged(before, after, confirmed)
  const needs = rosters.needsOf({ op: 'quorum.replace', group: after, stage: LEAF }, undefined)
  assert.deepEqual(needs, [needOf(before), needOf(after)])
  const approvals = [...by(before, old.come), ...by(after, next.come)]
  const plan = { ...replacing(after), needs }
  const rule = ruleOf(() => rosters.checkIntent(intent(plan, approvals, { bridge: BRIDGE }), undefined))
  const isMet = old.come >= old.m && next.come >= next.m
  const proven = Math.max(confirmed, next.come) >= Math.min(next.n, next.m + 1)
  assert.equal(rule, !isMet ? 'QUORUM-MET' : proven ? 'none' : 'REPLACE-PROVEN')
}

test('a replacement needs M of the old set and M of the new, each counted by itself, and M + 1 of the new that are known', () => {
  fc.assert(
    fc.property(set(10), set(10), fc.nat(10), (old, next, confirmed) => holds(old, next, Math.min(confirmed, next.n))),
  )
  for (const come of [254, 255]) holds({ n: 255, m: 255, come }, { n: 255, m: 2, come: 2 }, 3)
  holds({ n: 255, m: 128, come: 128 }, { n: 255, m: 254, come: 254 }, 255)
})

test('shares of the new set approve nothing else before, those of the old one nothing after', () => {
  fc.assert(
    fc.property(set(10), set(10), (old, next) => {
      const [before, after] = [groupOf(1, old.m, old.n), groupOf(2, next.m, next.n)]
      const rosters = staged(before, after, next.n)
      const look = (group: Group) => {
        const plan = { op: 'partition.check', needs: [needOf(group)] }
        return ruleOf(() => rosters.checkIntent(intent(plan, by(group, group.threshold)), undefined))
      }
      assert.deepEqual([look(before), look(after)], ['none', 'APPROVER-CURRENT'])
      const plan = replacing(after)
      rosters.intend(intent(plan, [], { bridge: BRIDGE }), LEAF)
      const open = { plan, leaf: LEAF, seq: 3, roles: ['user', 'so', 'recovery'] } as unknown as OpenIntent
      assert.deepEqual(rosters.needsOf({ op: 'partition.recover' }, open), [needOf(after)])
      assert.deepEqual(rosters.needsOf({ op: 'backup.restore' }, open), [needOf(after)])
      const pins = (['so', 'user'] as const).map((role) => ({ token: 'serial', role, epoch: 2 }))
      rosters.replace({ group: after, pins, seq: 4, time: TIME } as never, { tokens: ['serial'], begun: ['serial'] })
      assert.deepEqual([look(before), look(after)], ['APPROVER-CURRENT', 'none'])
      assert.deepEqual(needsOf(['user'], rosters.groups), [needOf(after)])
    }),
  )
})

test('an epoch is used up by whatever had it, and so is every key', () => {
  const rosters = staged(groupOf(1, 2, 3), groupOf(2, 2, 3), 3)
  assert.equal(rosters.nextEpoch('ops'), 3)
  const plan = { op: 'quorum.unstage', group: groupOf(2, 2, 3) }
  rosters.settle({ plan, leaf: LEAF, seq: 3 } as unknown as OpenIntent, true, { seq: 4, time: TIME })
  assert.equal(rosters.nextEpoch('ops'), 3)
  assert.equal(rosters.stage, undefined)
  assert.ok([keyOf(1, 0), keyOf(2, 2), groupOf(2, 2, 3).check].every(rosters.wasUsed))
  assert.ok(!rosters.wasUsed(keyOf(3, 0)))
  assert.equal(rosters.seatOfAny(keyOf(2, 1))?.standing, 'unstaged')
})
