// PARTITION-FINISHED: what each way of not being finished is called, and what goes on from there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hintText } from '../../src/domain/hint-text.ts'
import { partitionUnfinished, type Unfinished } from '../../src/domain/unfinished.ts'

const DROP = '  # or drop it: keyrite --partition pay partition recover --abandon'

const rows: [pending: Unfinished | undefined, message: RegExp, hint: string][] = [
  [undefined, /^the init of pay is not finished: not everyone has approved$/, 'keyrite partition init pay'],
  [
    { kind: 'init', stage: 'taken', token: 'c4b8', again: ['this'] },
    /^the init of pay is not finished: not everyone has approved$/,
    `keyrite this${DROP}`,
  ],
  [
    { kind: 'init', stage: 'approved', token: 'c4b8', again: ['this'] },
    /^the init of pay is not finished: everyone has approved/,
    `keyrite --partition pay partition recover${DROP}`,
  ],
  [
    { kind: 'restore', stage: 'begun', token: { slot: 3 }, again: ['this'] },
    /^the restore of pay onto the token that was uninitialised in slot 3 is not finished$/,
    `keyrite this${DROP}`,
  ],
  [
    { kind: 'restore', stage: 'taken', token: '1"a' },
    /^the restore of pay onto token 1"a is not/,
    `keyrite backup restore --help${DROP}`,
  ],
]

for (const [pending, message, hint] of rows)
  test(JSON.stringify(pending ?? 'nothing noted'), () => {
    const error = partitionUnfinished('pay', pending)
    assert.deepEqual(
      [error.exit, error.code, hintText(error.hint!), error.changed],
      [3, 'PARTITION-FINISHED', hint, false],
    )
    assert.match(error.message, message)
  })

test('a restore that nobody has approved', () => {
  const { message } = partitionUnfinished(
    'pay',
    { kind: 'restore', stage: 'taken', token: 'c4b8' },
    { isPrepared: true },
  )
  assert.equal(message, 'a restore of pay onto token c4b8 was prepared but not approved')
})
