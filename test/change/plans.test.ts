// Every operation's plan, made on a partition on paper: what it wants, what is refused, and that the ledger and the screen take it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as v from 'valibot'
import { NOWHERE } from '../../src/change/copies/wishes.ts'
import { planState } from '../../src/change/operations/change-state.ts'
import { planBackup } from '../../src/change/operations/create-backup.ts'
import { planDestruction } from '../../src/change/operations/destroy-key.ts'
import { planGeneration } from '../../src/change/operations/generate-keys.ts'
import { planRetirement } from '../../src/change/operations/retire-partition.ts'
import { planRotation } from '../../src/change/operations/rotate-key.ts'
import { planRecovery } from '../../src/change/recover.ts'
import { shown } from '../../src/docs/plans.ts'
import { withApplication } from '../../src/docs/sample-applications.ts'
import type { SamplePartition } from '../../src/docs/sample-partition.ts'
import { SAMPLED, sampleOf, samplePartition } from '../../src/docs/sample-plans.ts'
import { canonical } from '../../src/domain/canonical.ts'
import type { ErrorCode } from '../../src/domain/codes.ts'
import { sha256, toHex, utf8 } from '../../src/domain/encoding.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { FirstPlan } from '../../src/domain/first-plans.ts'
import { hintText } from '../../src/domain/hint-text.ts'
import { type KeyName, label, parseKeyVersion } from '../../src/domain/names.ts'
import { IntentPlan, type Plan, type PlanOf, plannedKeys, type StateOp } from '../../src/domain/plan.ts'
import { propose } from '../../src/domain/proposal.ts'
import vector from '../vectors/plan.json' with { type: 'json' }

describe('of every operation', () => {
  for (const op of SAMPLED)
    test(op, () => {
      const sample = sampleOf(op)
      const { plan, partition } = sample
      const { code } = propose(plan)
      assert.ok(
        v.is(plan.op === 'partition.init' || plan.op === 'partition.adopt' ? FirstPlan : IntentPlan, plan),
        'it has the shape that formats.md says',
      )
      assert.match(
        shown(sample),
        new RegExp(`^  ${op}[^]+ code +${code}$`),
        'its name is the first thing that is seen, its code the last',
      )
      if (plan.op === 'partition.init' || plan.op === 'partition.adopt') return
      // Every rule of the ledger, the approvals that it needs among them.
      partition.begin(plan)
      const { open, recovering } = partition.history
      assert.ok([open, recovering].some((intent) => intent?.plan === plan))
    })
})

/** `NAME#V state` of each key of a plan. */
const wanted = (plan: Plan): string[] =>
  plannedKeys(plan).map(({ name, version, state }) => `${label(name, version)} ${state}`)

/** Groups whose approval it needs. */
const needed = (plan: Plan): string => plan.needs.map(({ group }) => group).join()

const rows: [op: Plan['op'], groups: string, keys: string[]][] = [
  ['partition.init', 'officers,operators', []],
  ['partition.adopt', 'officers,operators', ['card-dek#1 active']],
  ['key.rotate', 'operators', ['payments/card-dek#1 deactivated', 'payments/card-dek#2 active']],
  ['key.activate', 'operators', ['sign/next#1 active']],
  ['key.suspend', 'operators', ['sign/statements#1 suspended']],
  ['key.resume', 'operators', ['payments/terminals#1 active']],
  ['key.deactivate', 'operators', ['sign/statements#1 deactivated']],
  ['key.compromise', 'operators', ['sign/statements#1 compromised']],
  ['key.destroy', 'operators', ['payments/old#1 destroyed']],
  ['key.restore', 'officers,operators', ['payments/card-dek#1 active']],
  ['cert.request', 'operators', ['sign/next#1 pre-active']],
  ['key.export', 'officers,operators', ['sign/statements#1 active']],
  ['key.sign', 'operators', ['sign/statements#1 active']],
  ['backup.create', 'officers,operators', []],
  [
    'backup.test',
    'officers,operators',
    [
      'payments/card-dek#1 active',
      'payments/old#1 deactivated',
      'payments/terminals#1 suspended',
      'sign/next#1 pre-active',
      'sign/statements#1 active',
    ],
  ],
  ['key.publish', 'officers,operators', ['payments/card-dek#2 active']],
  ['key.promote', 'officers,operators', ['payments/card-dek#1 deactivated', 'payments/card-dek#2 active']],
  ['key.deliver', 'officers,operators', []],
  ['app.init', 'officers,operators', []],
  ['app.retire', 'officers,operators', []],
  ['app.check', 'operators', []],
  ['partition.check', 'operators', []],
  // It finishes a backup.
  ['partition.recover', 'officers,operators', []],
  ['audit.checkpoint', 'operators', []],
]

describe('what it wants, and of whom', () => {
  for (const [op, groups, keys] of rows)
    test(op, () => {
      const { plan } = sampleOf(op)
      assert.deepEqual({ keys: wanted(plan), groups: needed(plan) }, { keys, groups })
    })

  test('key.generate: many of a kind are numbered, and have ids of their own', () => {
    const keys = plannedKeys(sampleOf('key.generate').plan)
    assert.deepEqual([keys[0]?.name, keys[11]?.name, keys.length], ['payments/tenant-01', 'payments/tenant-12', 12])
    assert.equal(new Set(keys.map(({ id }) => id)).size, 12)
  })

  test('key.generate: ten thousand keys are their names, and what they have in common is said once', () => {
    const size = (count: number) => utf8(canonical(generation(samplePartition(), 'a', { count }))).length
    const [one, many] = [size(1), size(10_000)]
    assert.ok(many < one + 10_000 * '"a-00000",'.length, `${one} and ${many} bytes`)
  })

  test('key.generate: the published vector', () => {
    const plan: unknown = vector.plan
    assert.ok(v.is(IntentPlan, plan))
    assert.deepEqual(plannedKeys(plan), vector.keys)
    const { message, code } = propose(plan)
    assert.deepEqual([toHex(sha256(message)), code], [vector.message, vector.code])
  })

  test('key.generate: names that do not follow from the first and the last are all shown', () => {
    const sample = sampleOf('key.generate')
    const names = (sample.plan as PlanOf<'key.generate'>).names.with(4, 'payments/tenant-04a')
    const screen = shown({ ...sample, plan: { ...sample.plan, names } as Plan })
    for (const name of names) assert.match(screen, new RegExp(`^ +${name}$`, 'm'))
  })

  test('backup.restore: every live key, those that are not in the backup by name', () => {
    const { keys, missing } = sampleOf('backup.restore').plan as PlanOf<'backup.restore'>
    assert.deepEqual(
      [keys.length, missing],
      [5, [{ name: 'payments/late', version: 1, reason: 'it was made after the backup' }]],
    )
  })

  test('partition.recover: of a change that the operators began, by the operators', () => {
    const { plan, partition } = sampleOf('key.rotate')
    partition.begin(plan as PlanOf<'key.rotate'>)
    assert.equal(needed(planRecovery(partition.history, partition.inputs())), 'operators')
  })
})

const destroyed = (key: string) => ({ key: parseKeyVersion(key), leavesCopies: false })
const state = (op: StateOp, key: string) => (partition: SamplePartition) =>
  planState({ op, key: parseKeyVersion(key), processing: false }, partition.history, partition.inputs('why'), NOWHERE)
const rotate = (name: string) => (partition: SamplePartition) =>
  planRotation(name as KeyName, partition.history, partition.inputs())
const generation = (partition: SamplePartition, name: string, more: { count?: number } = {}) =>
  planGeneration(
    { name: name as KeyName, type: 'aes-256', backup: true, accepted: [], ...more },
    partition.history,
    partition.inputs(),
  )
const generate = (name: string) => (partition: SamplePartition) => generation(partition, name)

const refusals: [rule: ErrorCode, what: string, plan: (partition: SamplePartition) => Plan][] = [
  ['KEY-NEW', 'a name that is taken', generate('payments/card-dek')],
  ['KEY-EXISTS', 'a key that there is not', rotate('payments/cord-dek')],
  ['KEY-STATE', 'a rotation of what is suspended', rotate('payments/terminals')],
  ['KEY-STATE', 'activating what is active', state('key.activate', 'sign/statements#1')],
  ['KEY-STATE', 'resuming what is deactivated', state('key.resume', 'payments/old#1')],
  ['KEY-STATE', 'suspending what is not active yet', state('key.suspend', 'sign/next#1')],
  [
    'KEY-STATE',
    'destroying what is active',
    (partition) => planDestruction(destroyed('sign/statements#1'), partition.history, partition.inputs()),
  ],
  [
    'APP-LIVES',
    'the end of a partition that has applications',
    (partition) => planRetirement({}, withApplication(partition).history, partition.inputs()),
  ],
  ['NOTHING-OPEN', 'a recovery of nothing', (partition) => planRecovery(partition.history, partition.inputs())],
  [
    'INTENT-OPEN',
    'anything else while a change is open',
    (partition) => {
      partition.begin(planBackup('/b', partition.history, partition.inputs()))
      return generate('payments/new')(partition)
    },
  ],
]

describe('what is refused before anyone is asked', () => {
  /** `payments/card-dek` is rotated as often. */
  const rotated = (times: number): SamplePartition => {
    const partition = samplePartition()
    for (let i = 0; i < times; i++) partition.carryOut(rotate('payments/card-dek')(partition) as IntentPlan)
    return partition
  }
  const destroying = (partition: SamplePartition) =>
    planDestruction(destroyed('payments/card-dek'), partition.history, partition.inputs())
  const rows: [what: string, refused: () => Plan, says: RegExp, hint: string][] = [
    [
      'a name whose older version is meant',
      () => destroying(rotated(1)),
      /^payments\/card-dek#2, the newest version, is active; destroy can be done to payments\/card-dek#1$/,
      "keyrite key destroy 'payments/card-dek#1'",
    ],
    [
      'a name with several older versions',
      () => destroying(rotated(2)),
      /; destroy can be done to payments\/card-dek#1, payments\/card-dek#2$/,
      'keyrite key list payments/card-dek',
    ],
    [
      'a state that no version can come to',
      () => state('key.resume', 'payments/card-dek')(rotated(1)),
      /; resume can be done to no version of it$/,
      'keyrite key list payments/card-dek',
    ],
    [
      'a name with one version',
      () => destroying(rotated(0)),
      /^payments\/card-dek#1 is active: deactivate it first$/,
      "keyrite key deactivate 'payments/card-dek#1'",
    ],
  ]
  for (const [what, plan, says, hint] of rows)
    test(`a version that is not said: ${what}`, () => {
      const isSo = ({ code, message, hint: given }: KeyriteError) =>
        code === 'KEY-STATE' && says.test(message) && hintText(given!) === hint
      assert.throws(plan, (error) => error instanceof KeyriteError && isSo(error))
    })

  for (const [rule, what, plan] of refusals)
    test(`${rule}: ${what}`, () => {
      assert.throws(
        () => plan(samplePartition()),
        (error) => error instanceof KeyriteError && error.code === rule,
      )
    })
})
