// Applications whose token is looked at, is another's, has died, or has come to its end.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { openAs, tokenSerials } from '../crash/token.ts'
import { appInit, foreignToken, pinOf, serialOf, withWeb } from '../support/application.ts'
import { killedAfter } from '../support/interrupted.ts'
import { runProgram } from '../support/keyrite.ts'
import { testModule } from '../support/module.ts'
import { by, type TestPartition } from '../support/partition.ts'
import { folderOfToken, softhsm } from '../support/softhsm.ts'

const types = (place: TestPartition) => place.records().map(({ type }) => type)

const lose = ({ folder }: TestPartition, serial: string): void =>
  rmSync(folderOfToken(folder, serial), { recursive: true })

/** What the application makes for itself, by the PIN that it was handed. */
async function makeKey(place: TestPartition, label: string): Promise<void> {
  const { token } = await place.data('app', 'show', 'web')
  const args = ['--module', softhsm, '--token-label', token.label, '--login', '--pin', pinOf(place, 'web')]
  const made = await runProgram('pkcs11-tool', [...args, '--keygen', '--key-type', 'AES:32', '--label', label], {
    env: place.folder.env,
  })
  assert.equal(made.code, 0, made.stderr)
}

test('a look names what the application has made for itself, and the host of an application looks alone', async () => {
  using place = await withWeb()
  assert.deepEqual((await place.data('app', 'check', 'web', ...by(place))).findings, [])
  await makeKey(place, 'own')
  const { findings } = await place.data('app', 'check', '--all', ...by(place))
  assert.deepEqual([findings[0].kind, /^secret object own/.test(findings[0].what)], ['foreign', true])
  assert.deepEqual(types(place).slice(-3), ['intent', 'app.copies', 'outcome'])
  assert.equal((await place.data('app', 'show', 'web')).found.length, 1)
  const before = place.records().length
  const alone = ['app', 'check', 'web', '--pin-file', place.path('web.pin'), '--module', softhsm]
  assert.equal((await place.data(...alone, '--ledger', place.ledger)).findings[0].kind, 'foreign')
  writeFileSync(place.path('wrong.pin'), 'no-pin-of-it', { mode: 0o600 })
  const wrong = await place.keyrite(['app', 'check', 'web', '--pin-file', place.path('wrong.pin'), '--module', softhsm])
  assert.equal(wrong.json.error.code, 'CKR_PIN_INCORRECT')
  assert.match(wrong.json.error.message, /^the PIN in \S*wrong\.pin is not that of the token /)
  assert.match(wrong.json.error.hint, /keyrite app pin web --pin-out FILE$/)
  lose(place, await serialOf(place, 'web'))
  const gone = await place.keyrite(alone)
  assert.deepEqual([gone.code, gone.json.error.code], [4, 'APP-PRESENT'])
  assert.equal(place.records().length, before)
  const away = await place.keyrite(['app', 'check', 'web', ...by(place)])
  assert.deepEqual([away.code, away.json.error.code], [4, 'APP-PRESENT'])
  await place.data('audit', 'verify')
})

test('a retired application leaves an empty token, which can be taken again with the shares alone', async () => {
  using place = await withWeb()
  await makeKey(place, 'own')
  const serial = await serialOf(place, 'web')
  const unsaid = await place.keyrite(['app', 'retire', 'web', ...by(place)])
  assert.deepEqual([unsaid.code, unsaid.json.error.code], [2, 'INPUT-MISSING'])
  const { token } = await place.data('app', 'retire', 'web', '--confirm', 'web', ...by(place))
  assert.equal(token, 'erased')
  assert.throws(() => openAs(place.folder, serial, 'user', pinOf(place, 'web')), /CKR_PIN_INCORRECT/)
  assert.deepEqual((await place.data('config', 'show')).partitions.pay.applications, undefined)
  assert.deepEqual((await place.data('app', 'list')).applications, [])
  await place.data(...appInit(place, 'next', '--erase-token', serial, '--confirm', 'next'))
  openAs(place.folder, serial, 'user', pinOf(place, 'next'))
  lose(place, serial)
  const gone = await place.keyrite(['app', 'retire', 'next', '--confirm', 'next', ...by(place)])
  assert.deepEqual([gone.code, gone.json.error.code], [4, 'APP-PRESENT'], gone.json.error.message)
  const lost = await place.data('app', 'retire', 'next', '--lost', '--confirm', 'next', ...by(place))
  assert.equal(lost.token, 'lost')
  await place.data('audit', 'verify')
})

/** `card` is in a backup, and delivered to the application. */
async function withCard(): Promise<TestPartition> {
  const place = await withWeb()
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  await place.data('key', 'deliver', 'card', '--app', 'web', ...by(place))
  return place
}

test('a copy that the application destroyed is missing, to both who look', async () => {
  using place = await withCard()
  assert.deepEqual((await place.data('app', 'check', 'web', ...by(place))).findings, [])
  const { token } = await place.data('app', 'show', 'web')
  const args = ['--module', softhsm, '--token-label', token.label, '--login', '--pin', pinOf(place, 'web')]
  const destroy = ['--delete-object', '--type', 'secrkey', '--label', 'card']
  assert.equal((await runProgram('pkcs11-tool', [...args, ...destroy], { env: place.folder.env })).code, 0)
  const alone = await place.keyrite(['app', 'check', 'web', '--pin-file', place.path('web.pin'), '--module', softhsm])
  assert.deepEqual([alone.code, alone.json.error.code, alone.json.data.findings.length], [5, 'APP-CONTENT', 1])
  const { code, json } = await place.keyrite(['app', 'check', 'web', ...by(place)])
  assert.deepEqual([code, json.error.code, json.data.findings[0].kind], [5, 'APP-CONTENT', 'missing'])
  assert.equal(json.error.hint, 'keyrite app sync web')
  assert.equal((await place.data('app', 'show', 'web')).unproven, 1)
  await place.data('app', 'sync', 'web', ...by(place))
  assert.deepEqual((await place.data('app', 'check', 'web', ...by(place))).findings, [])
  await place.data('app', 'retire', 'web', '--confirm', 'web', ...by(place))
  await place.data('audit', 'verify')
})

test('an application whose token died gets another one, with its keys and a PIN of its own', async () => {
  using place = await withCard()
  const serial = await serialOf(place, 'web')
  lose(place, serial)
  const args = ['app', 'replace', 'web', '--module', softhsm, '--pin-out', place.path('new.pin'), '--confirm', 'web']
  const { application } = await place.data(...args, ...by(place))
  assert.notEqual(application.token.serial, serial)
  assert.deepEqual([application.former[0].token.serial, application.pin.generation], [serial, 1])
  assert.deepEqual([application.former[0].holds[0].name, application.present, application.unproven], ['card', 1, 0])
  const pin = readFileSync(place.path('new.pin'), 'utf8')
  assert.notEqual(pin, pinOf(place, 'web'))
  openAs(place.folder, application.token.serial, 'user', pin)
  assert.deepEqual((await place.data('app', 'check', 'web', ...by(place))).findings, [])
  await place.data('audit', 'verify')
  // Nobody has seen the first token end: whoever approves the end of all keys is told, and so is whoever reads of it.
  await place.data('app', 'retire', 'web', '--confirm', 'web', ...by(place))
  const end = ['partition', 'retire', 'pay', '--confirm', 'pay', '--certificate', place.path('end'), ...by(place)]
  const { code, stderr } = await place.keyrite(end)
  const held = new RegExp(`the former token ${serial} of web, which may hold card#1`)
  assert.deepEqual([code, held.test(stderr)], [0, true], stderr)
  const text = readFileSync(place.path('end'), 'utf8')
  assert.match(text, new RegExp(`or may:\\n +the former token ${serial} of web: card#1\\n`))
  assert.doesNotMatch(text, /no other token/)
  const { stillHeldBy } = JSON.parse(readFileSync(place.path('end.json'), 'utf8')).statement
  assert.deepEqual(stillHeldBy.copies, [{ key: 'card#1', app: 'web', token: serial, label: 'card', former: true }])
})

test('a token whose PIN is its administrator’s is taken in as it is', async () => {
  using place = await withWeb()
  const serial = await foreignToken(place, 'batch', 'their-so-pin', 'their-user')
  const file = place.path('user.pin')
  const adopt = (...more: string[]) => ['app', 'adopt', 'batch', '--module', softhsm, ...more, ...by(place)]
  writeFileSync(file, 'not-theirs', { mode: 0o600 })
  for (const [args, code, rule] of [
    [adopt('--user-pin-file', file), 2, 'USAGE'],
    [adopt('--given-pin', '--user-pin-file', file), 3, 'USER-PIN'],
    [adopt('--given-pin', '--token', place.serial, '--user-pin-file', file), 3, 'TOKEN-THERE'],
  ] as const) {
    const { code: exit, json } = await place.keyrite(args)
    assert.deepEqual([exit, json.error.code, json.error.changed], [code, rule, false], json.error.message)
  }
  writeFileSync(file, 'their-user', { mode: 0o600 })
  const { application } = await place.data(...adopt('--given-pin', '--user-pin-file', file))
  const pin = ['--user-pin-file', `batch=${file}`]
  const other = place.path('other.pin')
  writeFileSync(other, 'not-theirs', { mode: 0o600 })
  const deliver = ['key', 'deliver', 'card', '--app', 'batch', '--accept', 'unbacked']
  for (const args of [deliver, ['app', 'check', 'batch']]) {
    const wrong = await place.keyrite([...args, '--user-pin-file', `batch=${other}`, ...by(place)])
    assert.equal(wrong.json.error.code, 'CKR_PIN_INCORRECT', wrong.stderr)
    const said = `does not hold the user PIN of the token ${serial} of batch; that cost a try, and it says that tries are missing (C_Login:`
    assert.ok(wrong.json.error.message.includes(said), wrong.json.error.message)
    assert.match(
      wrong.json.error.hint,
      /^look it up first: keyrite (key deliver|app check) .*--user-pin-file batch=FILE$/,
    )
  }
  await place.data('key', 'deliver', 'card', '--app', 'batch', '--accept', 'unbacked', ...pin, ...by(place))
  assert.deepEqual([application.token.serial, application.pin], [serial, { kind: 'given' }])
  assert.ok(tokenSerials(place.folder).includes(serial))
  openAs(place.folder, serial, 'user', 'their-user')
  const pins = await place.keyrite(['app', 'pin', 'batch', '--pin-out', place.path('b.pin'), ...by(place)])
  assert.deepEqual([pins.code, pins.json.error.code], [3, 'APP-PIN'])
  const unasked = await place.keyrite(['app', 'check', 'batch', ...by(place)])
  assert.deepEqual([unasked.code, unasked.json.error.code, unasked.json.error.changed], [2, 'INPUT-MISSING', false])
  assert.deepEqual(
    (await place.data('app', 'check', 'batch', '--user-pin-file', `batch=${file}`, ...by(place))).findings,
    [],
  )
  const retire = ['app', 'retire', 'batch', '--confirm', 'batch', '--user-pin-file', `batch=${file}`]
  assert.equal((await place.data(...retire, ...by(place))).token, 'left')
  openAs(place.folder, serial, 'user', 'their-user')
  await place.data('audit', 'verify')
})

test('a retirement that was killed, its token erased or not yet, is gone through with', async () => {
  using place = await withCard()
  await place.data('config', 'set', 'module', testModule(), '--app', 'web')
  const serial = await serialOf(place, 'web')
  const retire = (where: TestPartition) => ['app', 'retire', 'web', '--confirm', 'web', ...by(where)]
  await killedAfter(place, retire, ({ name }) => name === 'C_InitToken')
  assert.equal((await place.data('partition', 'recover', ...by(place))).found, 'done')
  assert.deepEqual((await place.data('app', 'list')).applications, [])
  await place.data(...appInit(place, 'next', '--erase-token', serial, '--confirm', 'next'))
  await place.data('audit', 'verify')
})

test('a replacement that was killed has its token; its keys come by app sync', async () => {
  using place = await withCard()
  lose(place, await serialOf(place, 'web'))
  mkdirSync(place.path('out'))
  const replace = (where: TestPartition) => [
    ...[
      'app',
      'replace',
      'web',
      '--module',
      testModule(),
      '--pin-out',
      where.path('out', 'new.pin'),
      '--confirm',
      'web',
    ],
    ...by(where),
  ]
  await killedAfter(place, replace, ({ name }) => name === 'C_InitPIN')
  const { code, json, stderr } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.deepEqual([code, json.data?.found], [0, 'partial'], stderr)
  assert.match(stderr, /keyrite app sync web/)
  assert.doesNotMatch(stderr, /opens nothing/)
  await place.data('app', 'sync', 'web', ...by(place))
  const { present, unproven } = await place.data('app', 'show', 'web')
  assert.deepEqual([present, unproven], [1, 0])
  openAs(place.folder, await serialOf(place, 'web'), 'user', readFileSync(place.path('out', 'new.pin'), 'utf8'))
  await place.data('audit', 'verify')
})
