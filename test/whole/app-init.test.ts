// An application gets a token of its own and a PIN for it, whatever comes in between.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { lookAsUser, openAs, tokenSerials } from '../crash/token.ts'
import { appInit, foreignToken, pinOf, serialOf } from '../support/application.ts'
import { killedAfter } from '../support/interrupted.ts'
import { scripted, testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { softhsm } from '../support/softhsm.ts'

const types = (place: TestPartition) => place.records().map(({ type }) => type)

/** The user PIN in the file opens the token, nothing is on it, and the ledger knows it. */
async function isReady(place: TestPartition, name = 'web'): Promise<void> {
  const app = await place.data('app', 'show', name)
  const pin = pinOf(place, name)
  assert.match(pin, /^[a-z2-7]{24}$/)
  openAs(place.folder, app.token.serial, 'user', pin)
  assert.equal(app.token.label, `${name}-${app.id}`)
  const { reached } = await settingsOf(place)
  assert.equal(reached[name].module, softhsm)
  await place.data('audit', 'verify')
}

async function settingsOf(place: TestPartition) {
  const { partitions } = await place.data('config', 'show')
  return { reached: partitions.pay.applications ?? {} }
}

test('a blank token becomes an application token: two PINs of the shares, one of them handed over, and a record', async () => {
  using place = await partition()
  const { plan } = await place.data(...appInit(place, 'web', '--dry-run'))
  assert.deepEqual([plan.op, plan.needs.length, plan.app.label], ['app.init', 1, `web-${plan.app.id}`])
  assert.ok(!existsSync(place.path('web.pin')))
  assert.deepEqual(tokenSerials(place.folder), [place.serial])
  const { application } = await place.data(...appInit(place, 'web'))
  assert.deepEqual(types(place).slice(-3), ['intent', 'app.added', 'outcome'])
  assert.equal(statSync(place.path('web.pin')).mode & 0o777, 0o600)
  assert.deepEqual(
    [application.pin.kind, application.pin.generation, application.wraps.includes('kwp')],
    ['derived', 1, true],
  )
  await isReady(place)
  const [listed] = (await place.data('app', 'list')).applications
  assert.deepEqual([listed.name, listed.wished, listed.unproven], ['web', 0, 0])
  const ledger = readFileSync(place.ledger, 'utf8')
  assert.ok(!ledger.includes(pinOf(place, 'web')), 'no PIN is in the ledger')
})

test('what must not be is refused before a token is touched, and leaves no file', async () => {
  using place = await partition()
  await place.data(...appInit(place, 'web'))
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  const slotOf = (serial: string) =>
    `${slots.find(({ token }: { token?: { serial: string } }) => token?.serial === serial).slot}`
  const other = appInit(place, 'batch')
  const web = await serialOf(place, 'web')
  for (const [args, code, rule] of [
    [
      appInit(place, 'web', '--pin-out', place.path('again.pin')).filter((word) => word !== place.path('web.pin')),
      2,
      'USAGE',
    ],
    [['app', 'init', 'web', '--module', softhsm, '--pin-out', place.path('again.pin'), ...by(place)], 3, 'APP-NAME'],
    [['app', 'init', 'batch', '--module', softhsm, '--pin-out', place.path('web.pin'), ...by(place)], 3, 'FILE-EXISTS'],
    [
      ['app', 'init', 'batch', '--module', softhsm, '--pin-out', join(place.home, 'a.pin'), ...by(place)],
      3,
      'FILE-HOME',
    ],
    [
      ['app', 'init', 'batch', '--module', softhsm, '--pin-out', place.path('a.pin'), ...place.approvedBy('alice')],
      3,
      'QUORUM-MET',
    ],
    [[...other, '--slot', slotOf(place.serial)], 3, 'TOKEN-BLANK'],
    [[...other, '--token', web], 3, 'TOKEN-BLANK'],
    [[...other, '--token', '0123'], 4, 'TOKEN-PRESENT'],
    [[...other, '--token', '0123', '--slot', '1'], 2, 'USAGE'],
    [[...other, '--erase-token', place.serial], 3, 'TOKEN-THERE'],
    [[...other, '--erase-token', web], 3, 'TOKEN-THERE'],
    [[...other, '--pin-recipient', 'age1'], 2, 'USAGE'],
    [['app', 'show', 'batch'], 3, 'APP-KNOWN'],
  ] as const) {
    const { code: exit, json } = await place.keyrite(args)
    assert.deepEqual([exit, json.error.code, json.error.changed], [code, rule, false], json.error.message)
    assert.ok(!existsSync(place.path('batch.pin')) && !existsSync(place.path('a.pin')), args.join(' '))
  }
  assert.deepEqual(tokenSerials(place.folder).sort(), [place.serial, web].sort())
})

test('a token that is erased gives its present SO PIN, and the application has it from then on', async () => {
  using place = await partition()
  await place.data(...appInit(place, 'old'))
  const serial = await serialOf(place, 'old')
  // Somebody else's, by a PIN that a person knows.
  const theirs = await foreignToken(place, 'theirs', 'their-so-pin', 'their-user')
  writeFileSync(place.path('so.pin'), 'their-so-pin\n', { mode: 0o600 })
  const erase = ['--erase-token', theirs, '--so-pin-file', place.path('so.pin')]
  const unsaid = await place.keyrite(appInit(place, 'web', ...erase))
  assert.deepEqual([unsaid.code, unsaid.json.error.code], [2, 'INPUT-MISSING'], unsaid.json.error.message)
  openAs(place.folder, theirs, 'user', 'their-user')
  await place.data(...appInit(place, 'web', ...erase, '--confirm', 'web'))
  assert.notEqual(await serialOf(place, 'web'), serial)
  assert.throws(() => openAs(place.folder, theirs, 'so', 'their-so-pin'))
  await isReady(place)
})

test('a blank token that has a serial already is taken by that, whichever slot it is in', async () => {
  using place = await partition()
  const { module, env } = scripted(['C_GetTokenInfo 2 info serial=0123456789'])
  const args = ['app', 'init', 'web', '--module', module, '--pin-out', place.path('web.pin'), '--token', '0123456789']
  const { json, stderr } = await place.keyrite([...args, '--dry-run'], { env })
  assert.equal(json.data?.plan.spare.slot, Number(await place.blankSlot()), stderr)
})

test('a token in which a copy could be copied is refused, left empty, and its SO PIN in a file', async () => {
  using place = await partition()
  const open = scripted(['C_UnwrapKey * drops CKA_COPYABLE'])
  const args = ['app', 'init', 'web', '--module', testModule(), '--pin-out', place.path('web.pin'), ...by(place)]
  // Of a library that is known for it nothing is touched.
  const { env } = scripted(['C_GetInfo * info description=NSS\\x20Internal\\x20Crypto\\x20Services'])
  const known = await place.keyrite(args, { env })
  assert.deepEqual([known.code, known.json.error.code, known.json.error.changed], [4, 'MECHANISM', false])
  const { code, json } = await place.keyrite(args, { env: open.env })
  assert.deepEqual([code, json.error.code, json.error.changed], [4, 'COPY-SEALED', true], json.error.message)
  assert.match(json.error.message, /the token [0-9a-f]{16} is initialised, and empty; its SO PIN is in /)
  assert.ok(!existsSync(place.path('web.pin')), 'its PIN opens nothing of ours')
  assert.deepEqual(types(place).slice(-3), ['intent', 'note', 'outcome'])
  assert.deepEqual((await settingsOf(place)).reached, {})
  const [serial] = tokenSerials(place.folder).filter((one) => one !== place.serial)
  const file = join(place.home, `${serial}.so-pin`)
  openAs(place.folder, serial!, 'so', readFileSync(file, 'utf8').trim())
  await place.data(...appInit(place, 'web', '--erase-token', serial!, '--so-pin-file', file, '--confirm', 'web'))
  await isReady(place)
})

test('a token that is refused once is not taken on a second look, which nobody would have the PIN of', async () => {
  using place = await partition()
  const { module, env } = scripted(['C_SetAttributeValue 1 nothing'])
  const args = ['app', 'init', 'web', '--module', module, '--pin-out', place.path('web.pin'), ...by(place)]
  const { code, json } = await place.keyrite(args, { env })
  assert.deepEqual([code, json.error.code, json.error.changed], [4, 'COPY-SEALED', true], json.error.message)
  assert.ok(!existsSync(place.path('web.pin')))
  assert.deepEqual((await place.data('app', 'list')).applications, [])
})

const begun = (place: TestPartition) => [
  ...['app', 'init', 'web', '--module', testModule(), '--pin-out', place.path('out', 'web.pin')],
  ...by(place),
]

async function killed(chosen: (event: ProbeEvent) => boolean): Promise<TestPartition> {
  const place = await partition()
  mkdirSync(place.path('out'))
  await killedAfter(place, begun, chosen)
  return place
}

const recover = (place: TestPartition) => place.keyrite(['partition', 'recover', ...by(place)])

for (const step of ['C_InitToken', 'C_InitPIN'])
  test(`killed after ${step}, a recovery goes through with it, and the PIN that was handed over opens it`, async () => {
    using place = await killed(({ name }) => name === step)
    const other = await place.keyrite(['audit', 'checkpoint', ...by(place)])
    assert.deepEqual([other.code, other.json.error.hint], [6, 'keyrite partition recover'])
    const { code, json } = await recover(place)
    assert.deepEqual([code, json.data.found], [0, 'done'])
    assert.deepEqual(types(place).slice(-4), ['intent', 'app.added', 'recovered', 'outcome'])
    openAs(place.folder, await serialOf(place, 'web'), 'user', readFileSync(place.path('out', 'web.pin'), 'utf8'))
    await place.data('audit', 'verify')
  })

test('killed when its PIN has been carried away, a recovery says how it is handed over once more', async () => {
  using place = await killed(({ name }) => name === 'C_InitPIN')
  rmSync(place.path('out', 'web.pin'))
  const { code, stderr } = await recover(place)
  assert.equal(code, 0)
  assert.match(stderr, /the PIN of web is not in .+keyrite app pin web --pin-out FILE/s)
})

test('killed in the midst of its trial, nothing of that is left when a recovery has gone through with it', async () => {
  using place = await partition()
  mkdirSync(place.path('out'))
  let [unwrapped, written] = [0, 0]
  // A copy that SoftHSM has begun to write has no name yet.
  const halfMade = ({ name, path }: ProbeEvent): boolean => {
    if (name === 'C_UnwrapKey') unwrapped++
    return unwrapped === 2 && path.endsWith('.lock') && ++written === 8
  }
  await killedAfter(place, begun, halfMade, (at) => [at.path('tokens')])
  assert.equal((await recover(place)).json.data.found, 'done')
  const pin = readFileSync(place.path('out', 'web.pin'), 'utf8')
  lookAsUser(place.folder, await serialOf(place, 'web'), pin, (objects) => assert.equal(objects.length, 0))
})

test('killed before the token is touched, a recovery finds nothing done, and says that the PIN opens nothing', async () => {
  using place = await killed(({ name, path }) => /sync/.test(name) && path.endsWith('web.pin'))
  assert.match(readFileSync(place.path('out', 'web.pin'), 'utf8'), /^[a-z2-7]{24}$/)
  const { code, json, stderr } = await recover(place)
  assert.deepEqual([code, json.data.found], [0, 'not done'])
  assert.match(stderr, /the PIN in .*web\.pin opens nothing/)
  assert.deepEqual((await settingsOf(place)).reached, {})
  assert.deepEqual(tokenSerials(place.folder), [place.serial])
})
