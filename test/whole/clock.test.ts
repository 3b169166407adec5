// A machine whose clock stands before the last record: whoever changes something is warned before the plan, and not refused.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../support/keyrite.ts'
import { partition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'
import { softhsm } from '../support/softhsm.ts'

const WARNED = /^warning: it is \S+Z here, and the last record of pay is of \S+Z\n {2}timedatectl$/m

test('a changing command and a restore warn of it', async () => {
  using place = await partition()
  const by = place.approvedBy('alice', 'bob')
  const inTime = await place.keyrite(['key', 'rotate', 'card', ...by])
  assert.doesNotMatch(inTime.stderr, /warning/)
  const env = clockAhead(100_000)
  const ahead = await place.keyrite(['backup', 'create', place.path('backup'), ...by], { env })
  assert.doesNotMatch(ahead.stderr, /warning/)
  const planned = await run(['key', 'rotate', 'card', '--dry-run'], { home: place.home, env: place.folder.env })
  assert.match(planned.stderr, WARNED)
  const { code, stderr } = await place.keyrite(['key', 'rotate', 'card', ...by])
  assert.equal(code, 0, stderr)
  assert.match(stderr, WARNED)
  assert.ok(stderr.indexOf('warning') < stderr.indexOf('key.rotate'), 'before the plan')
  await place.keyrite(['backup', 'create', place.path('later'), ...by], { env })
  const restore = ['backup', 'restore', place.path('later'), '--module', softhsm, '--no-checkpoint', '--slot']
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  const blank = slots.find(({ token }: { token?: { initialised: boolean } }) => token?.initialised === false).slot
  assert.match((await place.keyrite([...restore, `${blank}`, '--dry-run'])).stderr, WARNED)
})
