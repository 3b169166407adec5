// File systems of memory sticks know no hard links, no sync of a folder, and often no modes: what can be done there is, and the rest
// is refused in one clear sentence, with a way on.
import assert from 'node:assert/strict'
import { chmodSync, cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { blank, initArgs, partition, type TestPartition } from '../support/partition.ts'
import { memoryStick } from '../support/shims.ts'
import { leaveOutRsa } from '../support/softhsm.ts'

leaveOutRsa()

test('a backup and a certificate are written to a memory stick', async () => {
  using place = await partition()
  const [env, by] = [memoryStick(), place.approvedBy('alice', 'bob')]
  const typed = (...args: string[]) => place.keyrite([...args, ...by], { env })
  mkdirSync(place.path('stick'))

  const backup = await typed('backup', 'create', place.path('stick', 'pay.backup'))
  assert.equal(backup.code, 0, backup.stderr)
  await place.data('backup', 'verify', place.path('stick', 'pay.backup'))

  await place.data('key', 'deactivate', 'card#1', '--reason', 'done with', ...by)
  const end = ['key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', place.path('stick', 'end')]
  const destroyed = await typed(...end)
  assert.equal(destroyed.code, 0, destroyed.stderr)
  assert.deepEqual(readdirSync(place.path('stick')).sort(), ['end', 'end.json', 'pay.backup', 'pay.backup.ledger'])

  writeFileSync(place.path('stick', 'taken'), 'mine')
  const refused = await typed('backup', 'create', place.path('stick', 'taken'))
  assert.equal(refused.json.error.code, 'FILE-EXISTS')
})

test('home without hard links: everything works there', async () => {
  using place = blank()
  const env = { ...memoryStick(), KEYRITE_HOME: place.path('stick', 'home') }
  mkdirSync(place.path('stick'))
  const by = place.approvedBy('alice', 'bob')
  const lines = [initArgs(place), ['key', 'generate', 'a', '--type', 'aes-256', ...by], ['audit', 'verify'], ['doctor']]
  for (const args of lines) {
    const { code, stderr } = await place.keyrite(args, { env })
    assert.equal(code, 0, stderr)
  }
  assert.deepEqual(readdirSync(place.path('stick', 'home', 'pay')).sort(), [
    'checkpoint',
    'index.pages',
    'index.root',
    'ledger.jsonl',
    'station.key',
  ])
})

test('ledger copy on a stick: it is read there whoever may read it, and a restore obeys it', async () => {
  using place = await partition()
  const by = place.approvedBy('alice', 'bob')
  mkdirSync(place.path('vfat'))
  const [backup, copy] = [place.path('vfat', 'pay.backup'), place.path('vfat', 'pay.backup.ledger')]
  const made = await place.keyrite(['backup', 'create', backup, ...by], { env: memoryStick() })
  assert.equal(made.code, 0, made.stderr)
  cpSync(place.path('home', 'pay', 'checkpoint'), place.path('vfat', 'checkpoint'))
  for (const path of [copy, place.path('vfat', 'checkpoint')]) chmodSync(path, 0o755)
  const evidence = ['--ledger', copy, '--checkpoint', place.path('vfat', 'checkpoint')]
  await place.data('audit', 'verify', ...evidence)
  await place.data('backup', 'verify', backup, '--ledger', copy)
  const restore = ['backup', 'restore', backup, '--module', place.folder.module, ...evidence, '--confirm', 'pay', ...by]
  const { code, stderr } = await place.keyrite(restore, { home: place.path('spare') })
  assert.equal(code, 0, stderr)
})

const refusals: [string, (place: TestPartition) => { args: string[]; home?: string }, string, RegExp, RegExp][] = [
  [
    'a home',
    (place) => ({ args: initArgs(place), home: place.path('vfat') }),
    'HOME-OPEN',
    /is open to others \(mode 0755\), and this file system keeps no modes$/,
    /^choose a home on another file system/,
  ],
  [
    'shares that are made',
    (place) => ({ args: initArgs(place).map((word) => (word === place.path('shares') ? place.path('vfat') : word)) }),
    'SHARES-DIR',
    /would be open to others: its file system keeps no modes$/,
    /^choose another --shares-dir/,
  ],
]
for (const [what, of, rule, message, hint] of refusals) {
  test(`${what} where every file is open to all: one refusal, before a token is touched`, async () => {
    using place = blank()
    mkdirSync(place.path('vfat'))
    chmodSync(place.path('vfat'), 0o755)
    const { args, home } = of(place)
    const { code, json } = await place.keyrite(args, { env: memoryStick(), ...(home ? { home } : {}) })
    assert.deepEqual([code, json.error.code, json.error.changed], [3, rule, false])
    assert.match(json.error.message, message)
    assert.match(json.error.hint, hint)
    const { slots } = await place.data('token', 'list', '--module', place.folder.module)
    assert.ok(slots.every(({ token }: { token?: { initialised: boolean } }) => !token?.initialised))
  })
}

test('a share that is brought on such a stick: a copy of it can be closed', async () => {
  using place = await partition()
  mkdirSync(place.path('vfat'))
  const share = place.path('vfat', 'alice.share.txt')
  cpSync(place.share('alice'), share)
  chmodSync(share, 0o755)
  const args = ['key', 'generate', 'b', '--type', 'aes-256', '--share', share, '--share', place.share('bob')]
  const { code, json } = await place.keyrite(args, { env: memoryStick() })
  assert.deepEqual([code, json.error.code], [3, 'SHARE-OPEN'])
  assert.equal(json.error.hint, `install -m 600 ${share} alice.share.txt`)
})
