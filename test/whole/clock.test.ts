// A machine whose clock is wrong: behind the last record by less than a day it is warned of, by more it is refused; so is one before this version at init.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { run } from '../support/keyrite.ts'
import { blank, initArgs, partition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'
import { softhsm } from '../support/softhsm.ts'

const WARNED =
  /^warning: it is \S+Z here, and the last record of pay is of \S+Z: until then new records have that time\n {2}timedatectl$/m

test('a changing command and a restore warn of it', async () => {
  using place = await partition()
  const by = place.approvedBy('alice', 'bob')
  const inTime = await place.keyrite(['key', 'rotate', 'card', ...by])
  assert.doesNotMatch(inTime.stderr, /warning/)
  const env = clockAhead(10_000)
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
  const times = place.records().map(({ time }) => time)
  assert.deepEqual(times, times.toSorted())
  assert.equal((await place.keyrite(['audit', 'verify'])).code, 0)
})

test('a clock more than a day behind is refused before the plan, and nobody is asked', async () => {
  using place = await partition()
  const by = place.approvedBy('alice', 'bob')
  const ahead = await place.keyrite(['audit', 'checkpoint', ...by], { env: clockAhead(100_000) })
  assert.equal(ahead.code, 0, ahead.stderr)
  const before = place.records()
  const { code, json, stderr } = await place.keyrite(['key', 'rotate', 'card', ...by])
  assert.deepEqual(
    [code, json.error.code, json.error.hint],
    [3, 'CLOCK', 'set the clock, then look again: timedatectl'],
  )
  assert.doesNotMatch(stderr, /key\.rotate/)
  assert.deepEqual(place.records(), before)
})

test('clock of 1970 at init', async () => {
  using place = blank()
  const back = clockAhead(-Math.floor(Date.now() / 1000) + 3600)
  const { code, stderr } = await place.keyrite([...initArgs(place)], { env: back })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^warning: THE CLOCK IS WRONG: it is 1970-/m)
})
