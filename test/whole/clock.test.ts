// A machine whose clock is wrong, or a ledger that is ahead of it: by less than a day it is warned of, by more refused unless that is accepted; so is one before this version at init.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { wide } from '../support/afar.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { blank, initArgs, partition } from '../support/partition.ts'
import { assertUnseen, left, sit } from '../support/screen.ts'
import { clockAhead, hastyClock } from '../support/shims.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

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
  const planned = await perform(['key', 'rotate', 'card', '--dry-run'], { home: place.home, env: place.folder.env })
  assert.match(planned.stderr, WARNED)
  const { code, stderr } = await place.keyrite(['key', 'rotate', 'card', ...by])
  assert.equal(code, 0, stderr)
  assert.match(stderr, WARNED)
  assert.ok(stderr.indexOf('warning') < stderr.indexOf('key.rotate'), 'before the plan')
  await place.keyrite(['backup', 'create', place.path('later'), ...by], { env })
  const restore = ['backup', 'restore', place.path('later'), '--module', softhsm, '--no-checkpoint', '--slot']
  const slot = await place.blankSlot()
  const foreseen = await place.keyrite([...restore, slot, '--dry-run'])
  assert.match(foreseen.stderr, WARNED)
  // A token without a serial: nobody could approve this.
  assert.deepEqual(foreseen.json.data.plan.tokens, [{ slot: Number(slot) }])
  assert.ok(!('code' in foreseen.json.data))
  const times = place.records().map(({ time }) => time)
  assert.deepEqual(times, times.toSorted())
  assert.equal((await place.keyrite(['audit', 'verify'])).code, 0)
})

test('a plan that has come to its end is told of before a share is opened for it, and no share is blamed', async () => {
  using place = await partition()
  const [before, broken] = [place.records(), place.path('alice.share.txt')]
  const mistyped = readFileSync(place.share('alice'), 'utf8').replace(/.(?=\n)/g, (letter) =>
    letter === 'q' ? 'x' : 'q',
  )
  writeFileSync(broken, mistyped, { mode: 0o600 })
  const rotate = ['key', 'rotate', 'card', '--share', broken]
  const blamed = await place.keyrite(rotate)
  assert.equal(blamed.json.error.code, 'SHARE-CHECKSUM')
  const { code, json } = await place.keyrite([...rotate, '--expires', '5m'], { env: hastyClock(100_000) })
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'PLAN-EXPIRED', false])
  assert.match(json.error.message, /^the plan expired at /)
  assert.equal(place.records().length, before.length + 1)
  // At a terminal nobody has to type for it, and what somebody types just then is no shell's.
  using terminal = sit(place, ['key', 'rotate', 'card', '--expires', '5m'], { env: hastyClock(200) })
  await terminal.waitFor(/the name of your share file[\s\S]*the plan expired at \S+; what is typed now is dropped/)
  terminal.type('correct horse')
  terminal.press('ctrl-c')
  assert.equal(await left(terminal), 3)
  assertUnseen(terminal, ['correct horse'])
})

test('a ledger that one refusal under a wrong clock took ten years ahead: refused before the plan, and the way on', async () => {
  using place = await partition()
  const by = place.approvedBy('alice', 'bob')
  await place.keyrite(['key', 'rotate', 'card', ...place.approvedBy('alice')], { env: clockAhead(315_360_000) })
  const before = place.records()
  const { type, time } = before.at(-1)
  assert.deepEqual([type, time > '2036'], ['denied', true])
  const { code, json, stderr } = await place.keyrite(['key', 'rotate', 'card', ...by])
  assert.deepEqual([code, json.error.code], [3, 'CLOCK'])
  assert.equal(
    json.error.hint,
    'set the clock, then look again: timedatectl; where this clock is right, and the ledger ahead: --accept clock',
  )
  assert.doesNotMatch(stderr, /key\.rotate/)
  assert.deepEqual(place.records(), before)

  const accepting = [...by, '--accept', 'clock']
  const rotated = await place.keyrite(['key', 'rotate', 'card', ...accepting])
  assert.equal(rotated.code, 0, rotated.stderr)
  const seen = rotated.stderr.replaceAll(/\s+/g, ' ')
  assert.match(
    seen,
    new RegExp(`clock the last record is of ${time}, this machine says 20\\S+Z: it takes the ledger's time`),
  )
  assert.match(seen, / accepts clock: the clock of this machine is right, and the ledger is ahead of it /)
  const [intent, outcome] = place.records().slice(-2)
  assert.deepEqual(
    [intent.plan.accepted, intent.plan.created, intent.time, outcome.time],
    [['clock'], time, time, time],
  )

  await place.data('backup', 'create', place.path('b'), ...accepting)
  const restore = [
    'backup',
    'restore',
    place.path('b'),
    '--module',
    softhsm,
    '--no-checkpoint',
    '--slot',
    await place.blankSlot(),
  ]
  const accepted = ['--accept', 'clock', '--accept', 'unbacked', '--dry-run']
  assert.equal((await place.keyrite([...restore, '--dry-run'])).json.error.code, 'CLOCK')
  const { plan } = await place.data(...restore, ...accepted)
  assert.deepEqual([plan.accepted, plan.created], [['clock', 'unbacked'], time])
  const inTime = await place.keyrite([...restore, ...accepted], { env: clockAhead(400_000_000) })
  assert.deepEqual(inTime.json.data.plan.accepted, ['unbacked'])
  assert.equal((await place.keyrite(['audit', 'verify'])).code, 0)
})

test('a ledger that was taken ahead ends no suspension, and makes nothing past that is to come', async () => {
  using place = await wide(2, 4)
  const by = [...place.approvedBy('alice', 'bob'), '--reason', 'a test']
  const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  await place.data('custodian', 'suspend', 'carol', '--until', day(200), ...by)
  await place.keyrite(['key', 'rotate', 'card', ...place.approvedBy('alice')], { env: clockAhead(315_360_000) })
  const { time } = place.records().at(-1)
  const carol = ['key', 'rotate', 'card', '--accept', 'clock', ...place.approvedBy('alice', 'carol')]
  const away = await place.keyrite(carol)
  assert.deepEqual([away.code, away.json.error.code], [3, 'APPROVER-SUSPENDED'], away.stderr)
  assert.match(away.stderr.replaceAll(/\s+/g, ' '), / suspended carol until \S+Z, by the clock of this machine /)
  const shown = JSON.stringify(await place.data('quorum', 'show'))
  assert.match(shown, new RegExp(`"until":"${day(200)}`), 'it is shown as it counts')

  const again = ['custodian', 'suspend', 'carol', '--accept', 'clock', '--until']
  const resume = ['custodian', 'resume', 'carol', '--accept', 'clock', ...by]
  const sooner = await place.keyrite([...again, day(300), ...by])
  assert.deepEqual([sooner.code, sooner.json.error.code], [3, 'SUSPEND-UNTIL'])
  const told = `^${day(300)}\\S+ is to come by the clock, which says \\S+, and is over by the ledger, whose last record is of ${time}`
  assert.match(sooner.json.error.message, new RegExp(told))
  const over = await place.keyrite([...again, day(-1), ...by])
  assert.match(over.json.error.message, / is over$/)
  const stuck = await place.keyrite(resume)
  assert.deepEqual([stuck.code, stuck.json.error.code], [3, 'CUSTODIAN-SUSPENDED'])
  for (const { json } of [sooner, stuck]) {
    const [, later] = /keyrite custodian suspend carol --until (\S+) --accept clock$/.exec(json.error.hint)!
    await place.data(...again, later!, ...by)
    await place.data(...resume)
  }
  await place.data(...carol)

  const generate = ['key', 'generate', 'next', '--type', 'aes-256', '--accept', 'clock', '--activate-at']
  const past = await place.keyrite([...generate, day(-1), ...by])
  assert.match(past.json.error.message, / is past$/)
  await place.data(...generate, day(300), ...by)
  const early = await place.keyrite(['key', 'activate', 'next', '--accept', 'clock', ...by])
  assert.deepEqual([early.code, early.json.error.code], [3, 'ACTIVATE-AT'])
  const { plan } = place.records().findLast(({ type }) => type === 'intent')
  assert.ok(plan.clock < plan.created && plan.clock.slice(0, 10) >= day(-1), plan.clock)
  await place.data('audit', 'verify')
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('a clock of a year that no record can have', async () => {
  using place = blank()
  const { code, json } = await place.keyrite(initArgs(place), { env: clockAhead(252_000_000_000) })
  assert.deepEqual([code, json.error.code, json.error.hint], [3, 'CLOCK', 'set the clock: timedatectl'])
})

test('clock of 1970 at init', async () => {
  using place = blank()
  const back = clockAhead(-Math.floor(Date.now() / 1000) + 3600)
  const { code, stderr } = await place.keyrite([...initArgs(place)], { env: back })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /^warning: THE CLOCK IS WRONG: it is 1970-/m)
})
