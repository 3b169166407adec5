// Which records may come of a step's command: those that name no step are of one command alone.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mayComeOf } from '../../src/ceremony/verify/attempts.ts'
import type { Record } from '../../src/domain/record.ts'

const ROWS: [record: object, command: string, may: boolean][] = [
  [{ type: 'drill' }, 'quorum drill', true],
  [{ type: 'drill' }, 'key rotate card', false],
  [{ type: 'share.recorded' }, 'share record', true],
  [{ type: 'share.recorded' }, 'audit checkpoint', false],
  [{ type: 'denied', op: 'key.rotate' }, 'key rotate card', true],
  [{ type: 'denied', op: 'key.destroy' }, 'key rotate card', false],
  [{ type: 'denied', op: 'key.import-cancel' }, 'key import-request card --cancel', true],
  [{ type: 'outcome' }, 'key rotate card', true],
  [{ type: 'note' }, 'audit checkpoint', true],
]

test('a record that names no step is counted to the command that makes such, and to no other', () => {
  for (const [record, command, may] of ROWS)
    assert.equal(mayComeOf(record as Record, command.split(' ')), may, `${JSON.stringify(record)} of ${command}`)
  assert.equal(mayComeOf({ type: 'drill' } as Record, undefined), false)
})
