// What may be approved from afar: which changes, for how long, and by how many of a group.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRemote, isForTerminal, mostFromAfar } from '../../src/domain/from-afar.ts'
import { OPERATIONS } from '../../src/domain/operations.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { ruleOf } from '../support/audit.ts'
import { samples } from '../support/plan-samples.ts'

test('of a group two are at the terminal, whatever its threshold', () => {
  assert.deepEqual([2, 3, 4, 7].map(mostFromAfar), [0, 1, 2, 5])
})

test('what makes shares, or lets a token in, has no such plan', () => {
  const here = [...Object.keys(OPERATIONS), 'quorum.stage', 'quorum.replace'].filter(isForTerminal)
  for (const op of ['partition.init', 'partition.adopt', 'backup.restore', 'quorum.replace'])
    assert.ok(here.includes(op))
  for (const [op, plan] of Object.entries(samples)) assert.equal('remote' in plan, !isForTerminal(op), op)
})

test('nor has what takes one of them up, and none lasts longer than a day', () => {
  const recovery = samples['partition.recover'] as Plan
  const rule = (plan: Plan, finishes?: Pick<Plan, 'op'>) => ruleOf(() => checkRemote(plan, finishes))
  assert.equal(rule(recovery), 'none')
  assert.equal(rule(recovery, { op: 'backup.create' }), 'none')
  assert.equal(rule(recovery, { op: 'backup.restore' }), 'REMOTE-OP')
  const { remote: _, ...here } = recovery as Plan & { remote: object }
  assert.equal(rule(here, { op: 'backup.restore' }), 'none')
  assert.equal(rule({ ...recovery, expires: '2026-05-03T20:15:00.000Z' }), 'none')
  assert.equal(rule({ ...recovery, expires: '2026-05-03T20:15:00.001Z' }), 'PLAN-TIMES')
})
