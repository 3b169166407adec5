// PARTITION-FINISHED: what each way of not being finished is called, and what goes on from there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionUnfinished, type Unfinished } from '../../src/domain/unfinished.ts'

const rows: [pending: Unfinished | undefined, message: RegExp, hint: string][] = [
  [undefined, /^the beginning of .*: not everyone has approved$/, 'keyrite partition init pay'],
  [{ kind: 'init', again: 'this' }, /^the beginning of .*: not everyone has approved$/, 'this'],
  [
    { kind: 'init', again: 'this', plan: {} },
    /^the beginning of .*: everyone has approved/,
    'keyrite --partition pay partition recover',
  ],
  [{ kind: 'restore', again: 'this' }, /^the restore of partition pay is not finished$/, 'this'],
  [{ kind: 'restore' }, /^the restore of partition pay is not finished$/, 'keyrite backup restore --help'],
]

for (const [pending, message, hint] of rows)
  test(JSON.stringify(pending ?? 'nothing noted'), () => {
    const error = partitionUnfinished('pay', pending)
    assert.deepEqual([error.exit, error.code, error.hint, error.changed], [3, 'PARTITION-FINISHED', hint, false])
    assert.match(error.message, message)
  })
