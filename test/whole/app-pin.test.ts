// The PIN of an application is handed over once more, or a new one takes its place; who has the old one is out.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { test } from 'node:test'
import { openAs } from '../crash/token.ts'
import { appInit, pinOf, serialOf, withWeb } from '../support/application.ts'
import { killedAfter } from '../support/interrupted.ts'
import { runProgram } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { by, type TestPartition } from '../support/partition.ts'
import { softhsm } from '../support/softhsm.ts'

const generation = async (place: TestPartition) => (await place.data('app', 'show', 'web')).pin.generation
const pinTo = (place: TestPartition, file: string, ...more: string[]) => [
  'app',
  'pin',
  'web',
  '--pin-out',
  place.path(file),
  ...more,
  ...by(place),
]
const read = (place: TestPartition, file: string) => readFileSync(place.path(file), 'utf8')

test('once more it is the same PIN, for a recipient too; a new one opens, and the old one opens no more', async () => {
  using place = await withWeb()
  execFileSync('age-keygen', ['-o', place.path('identity')], { stdio: 'pipe' })
  const recipient = execFileSync('age-keygen', ['-y', place.path('identity')], { encoding: 'utf8' }).trim()
  await place.data(...pinTo(place, 'again.age', '--pin-recipient', recipient))
  assert.equal(
    execFileSync('age', ['-d', '-i', place.path('identity'), place.path('again.age')], { encoding: 'utf8' }),
    pinOf(place, 'web'),
  )
  assert.deepEqual((await place.data('app', 'show', 'web')).recipients, [recipient])
  await place.data(...pinTo(place, 'new.pin', '--new'))
  assert.equal(await generation(place), 2)
  const serial = await serialOf(place, 'web')
  openAs(place.folder, serial, 'user', read(place, 'new.pin'))
  assert.throws(() => openAs(place.folder, serial, 'user', pinOf(place, 'web')), /CKR_PIN_INCORRECT/)
  assert.equal(place.records().filter(({ type }) => type === 'app.pin').length, 2)
  await place.data('audit', 'verify')
})

test('a PIN that the application changed by itself is set again', async () => {
  using place = await withWeb()
  const serial = await serialOf(place, 'web')
  const theirs = ['--module', softhsm, '--token-label', (await place.data('app', 'show', 'web')).token.label]
  const change = ['--login', '--pin', pinOf(place, 'web'), '--change-pin', '--new-pin', 'taken-over']
  assert.equal((await runProgram('pkcs11-tool', [...theirs, ...change], { env: place.folder.env })).code, 0)
  openAs(place.folder, serial, 'user', 'taken-over')
  await place.data(...pinTo(place, 'again.pin'))
  openAs(place.folder, serial, 'user', pinOf(place, 'web'))
  assert.equal(await generation(place), 1)
})

test('several go into a folder; where a token is away nothing begins, and no file is left', async () => {
  using place = await withWeb()
  await place.data(...appInit(place, 'batch'))
  mkdirSync(place.path('pins'), { mode: 0o700 })
  const both = ['app', 'pin', 'web', 'batch', '--new', '--pin-out', place.path('pins'), ...by(place)]
  await place.data(...both)
  for (const name of ['web', 'batch'])
    openAs(place.folder, await serialOf(place, name), 'user', read(place, `pins/${name}.pin`))
  const before = place.records().length
  renameSync(place.path('tokens'), place.path('away'))
  mkdirSync(place.path('tokens'))
  const gone = await place.keyrite(pinTo(place, 'gone.pin'))
  assert.deepEqual([gone.code, gone.json.error.changed], [4, false])
  assert.ok(!existsSync(place.path('gone.pin')))
  assert.equal(place.records().length, before)
  const noFile = await place.keyrite(['app', 'pin', 'web', ...by(place)])
  assert.deepEqual([noFile.code, noFile.json.error.code], [2, 'INPUT-MISSING'])
})

test('killed when the new PIN was set, a recovery finds it', async () => {
  using place = await withWeb()
  mkdirSync(place.path('out'))
  const renew = (where: TestPartition) => [
    'app',
    'pin',
    'web',
    '--new',
    '--pin-out',
    where.path('out', 'new.pin'),
    ...by(where),
  ]
  await place.data('config', 'set', 'module', testModule(), '--app', 'web')
  await killedAfter(place, renew, ({ name }) => name === 'C_InitPIN')
  const { found } = await place.data('partition', 'recover', ...by(place))
  assert.deepEqual([found, await generation(place)], ['done', 2])
  openAs(place.folder, await serialOf(place, 'web'), 'user', read(place, 'out/new.pin'))
})

test('a library that died over a new PIN is asked again; where nobody can say, something may have changed', async () => {
  using place = await withWeb()
  await place.data('config', 'set', 'module', testModule(), '--app', 'web')
  const died = await place.keyrite(pinTo(place, 'two.pin', '--new'), { env: scriptEnv(['C_InitPIN 1 kill after']) })
  assert.deepEqual([died.code, await generation(place)], [0, 2], died.stderr)
  const mute = scriptEnv(['C_InitPIN * return CKR_DEVICE_ERROR after', 'C_Login * return CKR_DEVICE_ERROR if user=1'])
  const { code, json } = await place.keyrite(pinTo(place, 'three.pin', '--new'), { env: mute })
  assert.deepEqual([code, json.error.changed, await generation(place)], [6, true, 2], json.error.message)
  assert.equal(json.error.hint, 'keyrite app pin web --new --pin-out FILE')
  await place.data(...pinTo(place, 'again.pin', '--new'))
  assert.deepEqual([read(place, 'again.pin'), await generation(place)], [read(place, 'three.pin'), 3])
  openAs(place.folder, await serialOf(place, 'web'), 'user', read(place, 'again.pin'))
  await place.data('audit', 'verify')
})
