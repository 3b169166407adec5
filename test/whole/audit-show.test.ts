// What audit show tells: who approved what, how and why, which change an outcome ends, and whose key signed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { launcher, runProgram } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'

test('a record says what others have to be asked for', async () => {
  using place = await partition()
  await place.data('key', 'suspend', 'card', '--reason', 'a pause', ...place.approvedBy('alice', 'bob'))
  await place.keyrite(['key', 'resume', 'card', '--reason', 'x', '--share', place.share('alice')])
  await place.data('partition', 'check', '--reason', 'the monthly look', ...place.approvedBy('alice', 'bob'))
  const { stdout } = await runProgram(launcher, ['audit', 'show'], { home: place.home })
  const code = '(\\w{5} ){4}\\w{5}'
  const plan = '(\\w{4} ){4}\\w{4}'
  const at = 'at station [a-z0-9-]+, which says: user \\S+ on \\S+'
  const by = `${at}\n +signed by the audit key of token [0-9a-f]{16} \\([0-9a-f]{8}\\)`
  for (const record of [
    `0  .+  partition.created\n +${code}\n.*the code of this record is the anchor\n +group custodians: 2 of alice, bob, carol, for so, user, recovery\n`,
    `3  .+  intent\n +${code}\n +key.suspend, plan ${plan} card#1\n +module .*libsofthsm2.so, sha256 [0-9a-f]{32}...\n +reason: a pause\n +approved by alice \\(from a file\\), bob \\(from a file\\)\n +${by}\n`,
    `4  .+  outcome of key.suspend, record 3\n +${code}\n +done: suspended card#1\n +${by}\n`,
    `5  .+  denied\n +${code}\n +key.resume card#1 was refused: QUORUM-MET; alice had approved\n +plan .{24}\n +${at}\n +signed by the station key of [a-z0-9-]+ \\([0-9a-f]{8}\\)\n`,
    `6  .+  intent\n +${code}\n +partition.check, plan ${plan}\n +module .*\n +reason: the monthly look\n`,
  ])
    assert.match(stdout, new RegExp(`^${record}`, 'm'))
})

test('what is asked for is known: an operation of the table, a custodian of any set, a key that a record names', async () => {
  using place = await partition()
  const shown = async (...args: string[]) => {
    const { code, json } = await place.keyrite(['audit', 'show', ...args])
    return code === 0 ? json.data.records.length : `${code} ${json.error.code}: ${json.error.message}`
  }
  for (const [args, told] of [
    [['--op', 'key.rotat'], '2 USAGE: "key.rotat" is not an operation; did you mean key.rotate?'],
    [['--op', 'rotat'], '2 USAGE: "rotat" is not an operation; did you mean rotate?'],
    [['--op', 'ceremony.closed'], '2 USAGE: "ceremony.closed" is not an operation'],
    [['--by', 'mallory'], '3 CUSTODIAN-KNOWN: no custodian of pay was ever called mallory'],
    [['--by', 'alcie'], '3 CUSTODIAN-KNOWN: no custodian of pay was ever called alcie; did you mean alice?'],
    [['--key', 'crad'], '3 KEY-EXISTS: no key is called crad; did you mean card?'],
    [['--key', 'card#7'], '3 KEY-EXISTS: card has no version 7; the newest is 1'],
    [['--op', 'rotate'], 0],
    [['--op', 'quorum.drill'], 0],
    [['--by', 'carol', '--op', 'key.rotate'], 0],
    [['--key', 'card#1', '--since', '2099-01-01'], 0],
  ] as const)
    assert.equal(await shown(...args), told, args.join(' '))
  // One that was refused before it was made.
  await place.keyrite(['key', 'generate', 'new', '--type', 'aes-256', '--reason', 'x', '--share', place.share('alice')])
  assert.equal(await shown('--key', 'new'), 1)
})
