// A restore beside a token that is there and well: only where that is said, and until everyone has approved the partition is what it was.
import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { test } from 'node:test'
import { perform } from '../support/in-process.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { ok } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { backedUp, by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { changes, snapshot } from '../support/snapshot.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const restore = (place: TestPartition, ...how: string[]): string[] => [
  ...['backup', 'restore', place.path('backup'), '--no-checkpoint', '--confirm', 'pay'],
  ...(how.includes('--module') ? [] : ['--module', softhsm]),
  ...how,
]

/** What `partition show` and `key list` say beside their answer. */
const warnings = async (place: TestPartition): Promise<string[]> => {
  const told = await Promise.all(
    [
      ['partition', 'show'],
      ['key', 'list'],
    ].map((args) => ok(args, { home: place.home }, perform)),
  )
  return told.map(({ stderr }) => stderr)
}

/** Everything else goes on. */
async function isReady(place: TestPartition, verb: string): Promise<void> {
  const { partitions } = await place.data('partition', 'list')
  assert.equal(partitions[0].state, 'ready')
  await place.data('key', verb, 'card', '--reason', 'life goes on', ...by(place))
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
}

test('it is refused, with nothing changed, where no flag says that the token is to be replaced, and where it could not have our PINs', async () => {
  using place = await backedUp()
  const before = snapshot(place.folder.dir)
  const { code, json } = await place.keyrite(restore(place, ...by(place)))
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'TOKEN-THERE', false])
  assert.match(
    json.error.hint,
    new RegExp(
      `keyrite .* --slot ID .*keyrite .* --erase-token ${place.serial} .*to rehearse: keyrite backup test \\S+/backup$`,
    ),
  )
  const env = scriptEnv(['C_GetTokenInfo * info max-pin=15'])
  for (const where of [
    ['--slot', await place.blankSlot()],
    ['--erase-token', place.serial],
  ]) {
    const short = await place.keyrite(restore(place, ...where, '--module', testModule(), ...by(place)), { env })
    assert.deepEqual([short.code, short.json.error.code, short.json.error.changed], [4, 'SHORT-PIN', false])
  }
  assert.deepEqual(changes(before, snapshot(place.folder.dir)), [])
})

test('a backup whose name could steer a terminal is refused before anyone is asked or a token is touched', async () => {
  using place = await backedUp()
  const odd = place.path('back\u0007up')
  renameSync(place.path('backup'), odd)
  const before = snapshot(place.folder.dir)
  const args = ['backup', 'restore', odd, '--module', softhsm, '--no-checkpoint', '--slot', await place.blankSlot()]
  for (const more of [[], ['--confirm', 'pay', ...by(place)], ['--dry-run']]) {
    const { code, json } = await place.keyrite([...args, ...more])
    assert.deepEqual([code, json.error.code, json.error.changed], [2, 'TEXT', false])
    assert.match(json.error.message, /^"back\\u\{7\}up" holds U\+0007, a control character$/)
    assert.deepEqual(changes(before, snapshot(place.folder.dir)), [])
  }
})

test('a token that is there, and has seen more than the ledger, is told of before another takes its place', async () => {
  using place = await backedUp()
  await place.data('key', 'generate', 'later', '--type', 'aes-256', ...by(place))
  const how = ['--ledger', place.path('backup.ledger'), ...by(place)]
  const older = await place.keyrite(restore(place, ...how), { home: place.path('spare') })
  assert.deepEqual([older.code, older.json.error.code], [5, 'LEDGER-BEHIND'], older.stdout)
  assert.match(
    older.json.error.message,
    new RegExp(`has seen record \\d+; this ledger ends with \\d+: it is ${place.serial}`),
  )
  assert.match(older.json.error.hint, /--accept unbacked$/)
  const { keys } = await place.data('key', 'list')
  assert.equal(keys.length, 2)
  const { code, stderr } = await place.keyrite(restore(place, ...how, '--accept', 'unbacked'), {
    home: place.path('spare'),
  })
  assert.equal(code, 0, stderr)
})

for (const [what, script, code] of [
  ['a search that finds nothing, once', 'C_FindObjects 1 cut 0', 'HEAD-PRESENT'],
  ['a signature that is wrong, once', 'C_Sign 1 flip', 'AUDIT-KEY'],
  ['no room, once', 'C_CreateObject 1 return CKR_DEVICE_MEMORY', 'TOKEN-FULL'],
] as const)
  test(`TOKEN-HOLDS: ${what}: the same command comes first, and what the backup lacks is not erased unless that is said`, async () => {
    using place = await backedUp()
    await place.data('key', 'generate', 'later', '--type', 'aes-256', ...by(place))
    place.useModule(testModule())
    const suspend = ['key', 'suspend', 'later', '--reason', 'x', ...by(place)]
    const { json } = await place.keyrite(suspend, { env: scriptEnv([script]) })
    assert.equal(json.error.code, code, JSON.stringify(json))
    assert.match(json.error.hint, /^first run the same command again: .*keyrite backup restore .* --erase-token/s)
    const erased = restore(place, '--erase-token', place.serial, ...by(place))
    const refused = (await place.keyrite(erased)).json.error
    assert.deepEqual([refused.code, refused.changed], ['TOKEN-HOLDS', false], refused.message)
    assert.match(refused.message, /^the token has later#1 still, and the backup lacks it/)
    assert.match(refused.hint, /keyrite backup create FILE.*--slot ID.*--accept unbacked$/s)
    await place.data('partition', 'recover', '--abandon', '--confirm', 'pay', ...by(place))
    await place.data(...suspend)
    assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  })

test('a rehearsal in another home goes on beside it', async () => {
  using place = await backedUp()
  const how = ['--ledger', place.path('backup.ledger'), ...by(place)]
  const { code, stderr } = await place.keyrite(restore(place, ...how), { home: place.path('spare') })
  assert.equal(code, 0, stderr)
  assert.match(
    stderr,
    new RegExp(
      `the token ${place.serial} \\(present\\) may still hold the keys, .*; after a restore test erase the new token, `,
    ),
  )
  await isReady(place, 'suspend')
})

test('given up before everyone has approved, it is as if it had not started; taken up again, it obeys what happened since', async () => {
  using place = await backedUp()
  const own = place.serial
  for (const [verb, how] of [
    ['suspend', ['--erase-token', own]],
    ['resume', ['--slot', await place.blankSlot()]],
  ] as const) {
    const { json } = await place.keyrite(restore(place, ...how, ...place.approvedBy('alice')))
    assert.equal(json.ok, false)
    for (const warning of await warnings(place))
      assert.match(
        warning,
        /a restore of pay onto token [0-9a-f]{16} was prepared but not approved\n {2}keyrite backup restore .*\n {2}or drop it:\n {4}keyrite/,
      )
    await isReady(place, verb)
  }
  assert.equal(place.serial, own)
  const { json } = await place.keyrite(['doctor'])
  const checks: { name: string; found: string }[] = json.data.checks
  assert.match(
    checks.find(({ name }) => name === 'pay: ledger')!.found,
    /a restore of pay onto token [0-9a-f]{16} was prepared but not approved$/,
  )
  await place.data('key', 'deactivate', 'card', '--reason', 'before the restore', ...by(place))
  const again = await place.keyrite(restore(place, ...by(place)))
  assert.equal(again.json.error.code, 'TOKEN-THERE', 'a flag is wanted again')
  const { keys } = await place.data(...restore(place, '--slot', '0', ...by(place)))
  assert.equal(keys[0].state, 'deactivated')
  assert.notEqual(place.serial, own)
})

test('once its intent is in the ledger, nothing else begins before its end', async () => {
  using place = await backedUp()
  const slot = await place.blankSlot()
  const started = (own: TestPartition) => restore(own, '--slot', slot, ...by(own))
  await killedAfter(place, started, onDisk)
  for (const warning of await warnings(place))
    assert.match(warning, /the restore of pay onto token [0-9a-f]{16} is not finished\n {2}keyrite backup restore /)
  const { code, json } = await place.keyrite(['key', 'rotate', 'card', ...by(place)])
  assert.deepEqual([code, json.error.code], [3, 'PARTITION-FINISHED'])
  await place.data(...restore(place, ...by(place)))
  assert.deepEqual(await warnings(place), ['', ''])
})

/** The nth of the events that fit. */
function nth(n: number, fits: (event: ProbeEvent) => boolean): (event: ProbeEvent) => boolean {
  let seen = 0
  return (event) => fits(event) && ++seen === n
}

/** The ledger keeps where a backup was written: it has to be there still. */
async function backedUpHere(): Promise<TestPartition> {
  const place = await partition()
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  return place
}

/** A restore that was killed, and the note of it is lost. Gives what `partition recover` hints at, and the new token. */
async function forgotten(place: TestPartition, after: (event: ProbeEvent) => boolean, started = restore) {
  const slot = await place.blankSlot()
  await killedAfter(place, (own) => started(own, '--slot', slot, ...by(own)), after)
  const pending = place.path('home', 'pay', 'pending.json')
  const taken = JSON.parse(readFileSync(pending, 'utf8')).token
  rmSync(pending)
  const { code, json } = await place.keyrite(['partition', 'recover'])
  assert.deepEqual([code, json.error.code], [3, 'RESTORE-AGAIN'])
  return { hint: json.error.hint, taken }
}

test('where the note of it is lost, the ledger still knows how it is started again', async () => {
  using place = await backedUpHere()
  const { hint } = await forgotten(place, onDisk)
  assert.equal(hint, `keyrite backup restore ${place.path('backup')} --module ${realpathSync(softhsm)} --no-checkpoint`)
})

test('the same, once the token is let in: it is emptied by the shares', async () => {
  using place = await backedUpHere()
  const { hint, taken } = await forgotten(place, nth(2, onDisk))
  assert.match(hint, new RegExp(` --erase-token ${taken} --no-checkpoint$`))
  const again = await place.keyrite([...hint.split(' ').slice(1), '--confirm', 'pay', ...by(place)])
  assert.equal(again.code, 0, again.stderr)
  await isReady(place, 'suspend')
})

/** With a copy of the library, as of a newer HSM, and with the partition's own checkpoint. */
const vouched = (place: TestPartition, ...how: string[]): string[] => [
  ...['backup', 'restore', place.path('backup'), '--module', place.path('newer.so'), '--confirm', 'pay'],
  ...['--checkpoint', note(place), ...how],
]

const note = (place: TestPartition): string => place.path('home', 'pay', 'checkpoint')

test('it names the library that was restored onto, and the checkpoint of the partition where that vouches for enough', async () => {
  using place = await backedUpHere()
  copyFileSync(softhsm, place.path('newer.so'))
  const { hint } = await forgotten(place, nth(2, onDisk), vouched)
  assert.match(hint, new RegExp(` --module ${place.path('newer.so')} .* --checkpoint ${note(place)}$`))
  const again = await place.keyrite([...hint.split(' ').slice(1), '--confirm', 'pay', ...by(place)])
  assert.equal(again.code, 0, again.stderr)
})

test('the checkpoint of the partition does not stand for one that vouched for more', async () => {
  using place = await backedUpHere()
  copyFileSync(softhsm, place.path('newer.so'))
  await forgotten(place, onDisk, vouched)
  rmSync(note(place))
  const { json } = await place.keyrite(['partition', 'recover'])
  assert.match(json.error.hint, / --checkpoint FILE$/)
})
