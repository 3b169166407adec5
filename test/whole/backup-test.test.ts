// A backup is tested on a spare token: proved there, and nothing of it stays, whatever comes in between.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { lookInto } from '../crash/token.ts'
import { killedAfter } from '../support/interrupted.ts'
import { scripted, testModule } from '../support/module.ts'
import { backedUp, by, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { folderOfToken, leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const testing = (place: TestPartition, ...more: string[]) => [
  'backup',
  'test',
  place.path('backup'),
  ...more,
  ...by(place),
]
const recovering = (place: TestPartition, ...more: string[]) => ['partition', 'recover', ...more, ...by(place)]

const types = (place: TestPartition) => place.records().map(({ type }) => type)

interface Slot {
  token?: { serial: string; label: string; initialised: boolean }
}

/** The tokens that a test has left. */
async function spares(place: TestPartition): Promise<{ serial: string; label: string }[]> {
  const { slots } = await place.data('token', 'list', '--module', testModule(), '--no-probe')
  const tokens = slots.flatMap(({ token }: Slot) => (token?.initialised ? [token] : []))
  return tokens.filter(({ serial }: { serial: string }) => serial !== place.serial)
}

/** Both PINs of the file open it, and nothing is on it. */
async function isEmpty(place: TestPartition): Promise<void> {
  const [spare, ...others] = await spares(place)
  assert.deepEqual(others, [])
  const pin = readFileSync(join(place.home, `${spare!.serial}.so-pin`), 'utf8').trim()
  assert.deepEqual(
    lookInto(place.folder, spare!.serial, { so: pin, user: pin }, (objects) => objects.map(({ label }) => label)),
    [],
  )
  const files = ['backup.note', 'checkpoint', 'index.pages', 'index.root', 'ledger.jsonl', 'station.key']
  assert.deepEqual(readdirSync(join(place.home, 'pay')).sort(), files)
}

async function isWhole(place: TestPartition): Promise<void> {
  await place.data('audit', 'verify')
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
}

/** `card` and a pair; the spare token is that of another library. */
async function prepared(): Promise<TestPartition> {
  const place = await backedUp()
  place.useModule(testModule())
  return place
}

test('every key is proved on the spare token, which is erased; the partition is as it was', async () => {
  using place = await prepared()
  const steps = (await place.data('key', 'show', 'card')).history
  const { plan } = await place.data(...testing(place, '--dry-run'))
  assert.deepEqual([plan.op, plan.keys.length, plan.needs[0].threshold], ['backup.test', 1, 2])
  assert.deepEqual(await spares(place), [])
  const { keys, spare, missing } = await place.data(...testing(place))
  assert.deepEqual([keys[0].name, missing], ['card', []])
  assert.equal(spare.soPinFile, join(place.home, `${(await spares(place))[0]!.serial}.so-pin`))
  assert.deepEqual(types(place).slice(-3), ['intent', 'note', 'outcome'])
  assert.deepEqual((await place.data('key', 'show', 'card')).history, steps)
  const [backup] = (await place.data('partition', 'show')).backups
  assert.deepEqual([backup.tested.proved, backup.tested.of], [1, 1])
  await isEmpty(place)
  await isWhole(place)
})

test("what is no backup of this ledger, a token that holds something and the partition's own are refused, and nothing is touched", async () => {
  using place = await prepared()
  const { slots } = await place.data('token', 'list', '--module', testModule(), '--no-probe')
  const own = slots.find(({ token }: Slot) => token?.initialised).slot
  for (const [args, code, rule, hint] of [
    [testing(place, '--slot', `${own}`), 3, 'TOKEN-BLANK', /^a test wants a blank token, .*: keyrite token list/],
    [['backup', 'test', place.ledger, ...by(place)], 5, 'BACKUP-SHAPE', /./],
    [['backup', 'test', place.path('backup'), ...place.approvedBy('alice')], 3, 'QUORUM-MET', /./],
  ] as const) {
    const { code: exit, json } = await place.keyrite(args)
    assert.deepEqual([exit, json.error.code, json.error.changed], [code, rule, false], json.error.message)
    assert.match(json.error.hint, hint)
  }
  assert.deepEqual(await spares(place), [])
  assert.ok(!types(place).slice(-2).includes('intent'))
})

/** The first key is on the spare token: a blob that is only opened comes before it is initialised. */
function brought() {
  let isTaken = false
  return ({ name }: ProbeEvent): boolean => {
    isTaken ||= name === 'C_InitToken'
    return isTaken && name === 'C_UnwrapKey'
  }
}

/** Killed with keys on the spare token; each test goes on from a copy. */
let interrupted: TestPartition
before(async () => {
  interrupted = await prepared()
  await killedAfter(interrupted, testing, brought())
})
after(() => interrupted[Symbol.dispose]())

test('killed in the middle, a recovery erases the spare token; nothing else begins before', async () => {
  using place = interrupted.copy()
  const other = await place.keyrite(['audit', 'checkpoint', ...by(place)])
  assert.deepEqual([other.code, other.json.error.hint], [6, 'keyrite partition recover'])
  const noted = place.path('home', 'pay', 'pending.json')
  const note = readFileSync(noted, 'utf8')
  writeFileSync(noted, JSON.stringify({ ...JSON.parse(note), module: softhsm }))
  const swapped = await place.keyrite(recovering(place))
  assert.deepEqual(
    [swapped.code, swapped.json.error.code],
    [6, 'MODULE-CHANGED'],
    'the library is not the one of the plan',
  )
  writeFileSync(noted, note)
  const { found, notes } = await place.data(...recovering(place))
  assert.equal(found, 'not done')
  assert.match(notes[0], /^the spare token [0-9a-f]{16} was initialised for the test, and is erased again$/)
  await isEmpty(place)
  await isWhole(place)
})

test('killed in the middle, and the spare token gone: its end is unknown, and the ledger says where keys may lie', async () => {
  using place = interrupted.copy()
  for (const { serial } of await spares(place)) rmSync(folderOfToken(place.folder, serial), { recursive: true })
  const { code, json } = await place.keyrite(recovering(place))
  assert.deepEqual([code, json.error.code], [6, 'SPARE-PRESENT'], json.error.message)
  assert.match(json.error.message, /the spare token [0-9a-f]{16} \(restore-test-[0-9a-f]{16}\), which may hold keys/)
  assert.match(json.error.hint, /^where it is gone: keyrite partition recover --lost-token$/)
  const { found } = await place.data(...recovering(place, '--lost-token', '--confirm', 'pay'))
  assert.equal(found, 'unproved')
  const [note, recovered] = place.records().slice(-3)
  assert.match(note.text, /the spare token [0-9a-f]{16} .*may hold keys of the backup backup/)
  assert.equal(recovered.found, 'partial')
  assert.match((await place.data('partition', 'show')).backups[0].tested.left, /^restore-test-/)
  await isWhole(place)
})

test("killed in the middle, and the partition's token gone: a restore ends the test, and leaves the PIN of the spare token", async () => {
  using place = interrupted.copy()
  const [spare] = await spares(place)
  rmSync(folderOfToken(place.folder, place.serial), { recursive: true })
  const how = ['--module', testModule(), '--no-checkpoint', '--confirm', 'pay']
  await place.data('backup', 'restore', place.path('backup'), ...how, ...by(place))
  assert.equal(place.records().findLast(({ type }) => type === 'recovered').found, 'partial')
  const pin = readFileSync(join(place.home, `${spare!.serial}.so-pin`), 'utf8').trim()
  lookInto(place.folder, spare!.serial, { so: pin, user: pin }, (objects) => assert.ok(objects.length > 0))
  await isWhole(place)
})

/** The token is erased in another process than it was initialised in. */
const lying = (place: TestPartition, which: string) =>
  scripted([`C_InitToken ${which} nothing`], { counters: place.path(`counters-${which}`) }).env

test('a token that only says that it was erased is found out, in the same command and later', async () => {
  using place = await prepared()
  const once = await place.keyrite(testing(place), { env: lying(place, '2') })
  assert.deepEqual([once.code, once.json.error.code, once.json.error.changed], [4, 'TOKEN-AS-ASKED', true])
  assert.match(
    once.json.error.message,
    /the spare token [0-9a-f]{16} was initialised for the test, and is erased again$/,
  )
  assert.equal(place.records().at(-1).result, 'failed')
  await isEmpty(place)
  rmSync(folderOfToken(place.folder, (await spares(place))[0]!.serial), { recursive: true })
  const always = await place.keyrite(testing(place), { env: lying(place, '2..') })
  assert.deepEqual([always.code, always.json.error.hint], [6, 'keyrite partition recover'])
  assert.equal((await place.data(...recovering(place))).found, 'not done')
  await isEmpty(place)
  await isWhole(place)
})

test('a spare token of a library that is known to be unfit is not touched', async () => {
  using place = await backedUp()
  const { module, env } = scripted(['C_GetInfo * info description=TPM2.0\\x20Cryptoki'])
  const { code, json } = await place.keyrite(testing(place, '--module', module), { env })
  assert.deepEqual([code, json.error.code, json.error.changed], [4, 'MECHANISM', false], json.error.message)
  assert.deepEqual(await spares(place), [])
})

test('one that lists nothing to make keys of the backup with, or to open them, is not touched, and nobody is asked', async () => {
  using place = await backedUp()
  for (const [without, what] of [
    ['CKM_AES_KEY_GEN', 'make keys of'],
    ['CKM_AES_KEY_WRAP CKM_AES_KEY_WRAP_PAD', 'open wrapped keys of'],
  ]) {
    const { module, env } = scripted([`C_GetMechanismList * without ${without}`])
    const asked = ['backup', 'test', place.path('backup'), '--module', module]
    const { code, json } = await place.keyrite(asked, { env })
    assert.deepEqual([code, json.error.code, json.error.changed], [4, 'MECHANISM', false], json.error.message)
    assert.match(json.error.message, new RegExp(`^the token has nothing to ${what} aes-256 with`))
    assert.deepEqual(await spares(place), [])
  }
})
