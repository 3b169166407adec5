// pending.json is as good as whoever can write in the home: what it says is believed as far as the custodians signed it, or the token bears it out.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { quorum } from '../../src/quorum/quorum.ts'
import { leftOf } from '../../src/session/free-paths.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { backedUp, by, partition, type TestPartition } from '../support/partition.ts'
import { asUser } from '../support/raw.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const noteOf = (place: TestPartition) => place.path('home', 'pay', 'pending.json')
const write = (place: TestPartition, note: object) =>
  writeFileSync(noteOf(place), `${JSON.stringify(note)}\n`, { mode: 0o600 })

/** What every note says. */
function kept(place: TestPartition, module = softhsm) {
  const { partition, name } = place.records()[0]
  const temporaryPin = Buffer.alloc(20, 7).toString('base64url')
  return {
    format: 'keyrite.pending/1' as const,
    partition,
    name,
    module,
    serialsBefore: [],
    temporaryPin,
    files: [],
  }
}

/** The note of an init that everyone has approved, made from the first record of a partition that is at work. */
function approved(place: TestPartition, module?: string) {
  const { token, plan, approvals } = place.records()[0]
  const signed = { token: token.serial, plan, approvals }
  return { ...kept(place, module), kind: 'init', stage: 'approved', ...signed }
}

const ABANDON = ['partition', 'recover', '--abandon', '--confirm', 'pay']
const RECOVER = ['partition', 'recover']

async function refuses(place: TestPartition, rule: string, exit: number): Promise<void> {
  for (const how of [ABANDON, RECOVER]) {
    const { code, json } = await place.keyrite([...how, ...by(place)])
    assert.deepEqual([code, json.error?.code, json.error?.changed], [exit, rule, false], how.join(' '))
    assert.ok(json.error.hint)
  }
}

async function isWhole(place: TestPartition): Promise<void> {
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
}

/** Its ledger is as `change` leaves it for a while. */
async function withLedger(place: TestPartition, change: (ledger: string) => void, then: () => Promise<void>) {
  const { ledger } = place
  const checkpoint = place.path('home', 'pay', 'checkpoint')
  for (const file of [ledger, checkpoint]) copyFileSync(file, `${place.path(basename(file))}.saved`)
  const note = approved(place)
  change(ledger)
  rmSync(checkpoint)
  write(place, note)
  await then()
  rmSync(noteOf(place))
  for (const file of [ledger, checkpoint]) copyFileSync(`${place.path(basename(file))}.saved`, file)
}

const firstAlone = (ledger: string) =>
  writeFileSync(ledger, `${readFileSync(ledger, 'utf8').split('\n')[0]}\n`, { mode: 0o600 })

test('the note of an init beside a ledger that is further erases nothing, destroys nothing, and moves no head', async () => {
  using place = await partition()
  write(place, approved(place))
  await refuses(place, 'PENDING', 3)
  const { json } = await place.keyrite(['key', 'list'])
  assert.equal(json.error.hint, `set it aside: mv -n ${noteOf(place)} ${noteOf(place)}.aside`)
  rmSync(noteOf(place))
  await isWhole(place)
  await withLedger(place, firstAlone, () => refuses(place, 'LEDGER-BEHIND', 5))
  await withLedger(place, rmSync, () => refuses(place, 'LEDGER-BEHIND', 5))
  await isWhole(place)
  // Whoever has the user PIN may have taken the head away: the keys are there still.
  await asUser(place, "lib.C_DestroyObject(session, byLabel('keyrite/head', 0))")
  const count = 'return find().length'
  const before = await asUser(place, count)
  await withLedger(place, rmSync, () => refuses(place, 'TOKEN-EMPTY', 3))
  assert.equal(await asUser(place, count), before)
})

test('PINs go only to the library that everyone approved: where it is another, the token is let be', async () => {
  using place = await partition()
  const note = approved(place, testModule())
  rmSync(place.ledger)
  write(place, note)
  const { code, stderr } = await place.keyrite([...ABANDON, ...by(place)], { env: scriptEnv(['C_Login * abort']) })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /the token is let be: the module \S+ is not the file that was approved/)
})

test('what nobody signed is not gone on with', async () => {
  using place = await partition()
  const note = approved(place)
  rmSync(place.ledger)
  write(place, { ...note, approvals: note.approvals.slice(1) })
  const { code, json } = await place.keyrite([...ABANDON, ...by(place)])
  assert.deepEqual([code, json.error.changed], [5, false])
  assert.match(json.error.hint, /^set it aside: mv -n /)
})

const hashed = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')

test('giving up removes share files of that init, as they were written, and no other file', async () => {
  using place = await backedUp()
  const share = place.share('alice')
  const { partition: own } = place.records()[0]
  const empty = place.path('carol.share.age')
  writeFileSync(empty, '')
  const backup = place.path('backup.share.txt')
  copyFileSync(place.path('backup'), backup)
  const files = [share, backup, place.path('backup'), empty, place.path('no.share.age')].map((path) => ({
    path,
    sha256: existsSync(path) ? hashed(path) : '00'.repeat(32),
  }))
  const note = { ...kept(place), kind: 'init', stage: 'begun', token: { slot: 0 }, files } as const
  assert.deepEqual(await leftOf({ ...note }, quorum), [share, empty])
  assert.deepEqual(
    await leftOf({ ...note, partition: own.replace(/^./, (c: string) => (c === '0' ? '1' : '0')) }, quorum),
    [empty],
  )
  const changed = files.map((file) => ({ ...file, sha256: '00'.repeat(32) }))
  assert.deepEqual(await leftOf({ ...note, files: changed }, quorum), [empty])
  write(place, { ...note, kind: 'restore', token: 'x', erases: true })
  await place.data(...ABANDON)
  assert.deepEqual(
    files.map(({ path }) => existsSync(path)),
    [true, true, true, true, false],
  )
})

test('the note of a restore that the ledger does not know changes no settings, and takes no token for another', async () => {
  using place = await backedUp()
  place.useModule(testModule())
  const note = { ...kept(place, '/nowhere.so'), kind: 'restore', stage: 'begun', token: 'x', erases: true }
  const foreign = { ...note, auditKey: '00'.repeat(8) }
  write(place, foreign)
  const restore = [
    'backup',
    'restore',
    place.path('backup'),
    '--module',
    softhsm,
    '--no-checkpoint',
    '--confirm',
    'pay',
  ]
  assert.equal((await place.keyrite([...restore, ...by(place)])).json.error.code, 'TOKEN-THERE')
  rmSync(noteOf(place))
  const cut = await place.keyrite(['key', 'generate', 'next', '--type', 'aes-256', ...by(place)], {
    env: scriptEnv(['C_GenerateKey 2 kill after if asks=CKA_WRAP_WITH_TRUSTED']),
  })
  assert.equal(cut.code, 6, cut.stderr)
  write(place, foreign)
  const settings = readFileSync(place.path('home', 'config.json'), 'utf8')
  assert.equal((await place.data(...ABANDON, ...by(place))).found, 'done')
  assert.equal(readFileSync(place.path('home', 'config.json'), 'utf8'), settings)
  assert.ok(existsSync(noteOf(place)), 'it is of another change')
  assert.equal((await place.data(...ABANDON)).abandoned, 'restore')
  await isWhole(place)
})

test('FILE-HOME: no file that a person asks for is made in the home', async () => {
  using place = await partition()
  await place.data('key', 'generate', 'pair', '--type', 'ec-p256', ...by(place))
  await place.data('key', 'deactivate', 'card', '--reason', 'its time has come', ...by(place))
  const pending = place.path('home', 'pay', 'pending')
  const destroy = ['key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', pending]
  for (const args of [
    [...destroy, ...by(place)],
    ['backup', 'create', place.path('home', 'pay.backup'), ...by(place)],
    ['key', 'public', 'pair', '--out', place.path('home', 'pay', 'ledger.jsonl.new')],
    ['station', 'request', '--out', place.path('home', 'request')],
  ]) {
    const { code, json } = await place.keyrite(args)
    assert.deepEqual([code, json.error?.code, json.error?.changed], [3, 'FILE-HOME', false], args.join(' '))
  }
  renameSync(place.path('shares'), place.path('home-shares'))
  await place.data('key', 'public', 'pair', '--out', place.path('home-shares', 'pair.pub'))
})
