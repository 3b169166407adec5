// A share of another group, epoch or partition, or one that signed something else, is never taken for the one that is meant.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkApprovers } from '../../src/domain/approvals.ts'
import { seatOf } from '../../src/domain/roster.ts'
import type { Group } from '../../src/domain/shapes.ts'
import { type Statement, statementMessage } from '../../src/domain/statement.ts'

const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/)
const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64url'))
const leaf = key
const statement = fc.record({
  partition: fc.uuid(),
  type: fc.constantFrom('drill', 'custodian.departed', 'share.recorded', 'custodian.acknowledged'),
  challenge: fc.record({ seq: fc.nat(), leaf }),
  custodian: name,
  on: fc.constantFrom('2026-01-01', '2026-01-02'),
}) as fc.Arbitrary<Statement & { custodian: string; on: string }>

test('what is signed tells the partition, the kind, the record and every member', () => {
  fc.assert(
    fc.property(statement, statement, (one, other) => {
      const same = Buffer.compare(statementMessage(one), statementMessage(other)) === 0
      assert.equal(same, JSON.stringify(one) === JSON.stringify(other))
      const told = { ...one, seq: 7, prev: 'x', time: 't', station: 'host', proof: {}, signed: [] }
      assert.deepEqual(statementMessage(told), statementMessage(one))
    }),
  )
})

const roster = fc
  .uniqueArray(
    fc.record({
      group: name,
      epoch: fc.integer({ min: 1, max: 4 }),
      keys: fc.array(key, { minLength: 2, maxLength: 4 }),
    }),
    {
      minLength: 1,
      maxLength: 3,
      selector: ({ group }) => group,
    },
  )
  .map((groups) =>
    groups.map(
      ({ group, epoch, keys }): Group => ({
        name: group,
        roles: ['user'],
        threshold: 2,
        epoch,
        check: '',
        custodians: keys.map((one, i) => ({ name: `c${i}`, key: one })),
      }),
    ),
  )

test('a share is known by its key alone, and only as what the roster has it', () => {
  fc.assert(
    fc.property(roster, key, fc.nat(), name, fc.integer({ min: 1, max: 5 }), (groups, stranger, pick, group, epoch) => {
      assert.equal(seatOf(stranger, groups), undefined)
      const own = groups[pick % groups.length]!
      const custodian = own.custodians[pick % own.custodians.length]!
      const right = { custodian: custodian.name, group: own.name, epoch: own.epoch, key: custodian.key, value: '' }
      checkApprovers([right], groups)
      for (const wrong of [{ group }, { epoch }, { key: stranger }, { custodian: `x${custodian.name}` }]) {
        const bent = { ...right, ...wrong }
        if (
          bent.group === right.group &&
          bent.epoch === right.epoch &&
          bent.key === right.key &&
          bent.custodian === right.custodian
        )
          continue
        assert.throws(() => checkApprovers([bent], groups), { code: 'APPROVER-CURRENT' })
      }
    }),
  )
})
