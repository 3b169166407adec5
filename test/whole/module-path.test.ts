// A library that was upgraded or moved is found again, or the way to tell where it is now is named and works.
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

const generate = (place: TestPartition, name: string) => [
  ...['key', 'generate', name, '--type', 'aes-256'],
  ...place.approvedBy('alice', 'bob'),
]
const configured = (place: TestPartition) =>
  JSON.parse(readFileSync(place.path('home', 'config.json'), 'utf8')).partitions.pay.module

test('module upgraded: a stable link to it is kept as it was given', async () => {
  using place = blank()
  const lib = (name: string) => place.path('lib', name)
  mkdirSync(place.path('lib'))
  copyFileSync(softhsm, lib('libhsm.so.1.0'))
  symlinkSync('libhsm.so.1.0', lib('libhsm.so'))
  const nobody = await place.keyrite(['token', 'list'])
  assert.deepEqual([nobody.code, nobody.json.error.code], [2, 'INPUT-MISSING'])
  const args = initArgs(place).map((word) => (word === softhsm ? join('lib', 'libhsm.so') : word))
  await place.data(...args)
  assert.equal(configured(place), lib('libhsm.so'))
  assert.equal(place.records()[0].plan.module.path, lib('libhsm.so.1.0'))
  assert.equal((await place.data('token', 'list', '--no-probe')).module.path, lib('libhsm.so.1.0'))

  renameSync(lib('libhsm.so.1.0'), lib('libhsm.so.1.1'))
  const gone = await place.keyrite(generate(place, 'early'))
  assert.deepEqual([gone.code, gone.json.error.code], [2, 'MODULE-MISSING'])
  assert.match(gone.json.error.message, /libhsm\.so leads to libhsm\.so\.1\.0, which does not exist$/)
  assert.equal(gone.json.error.hint, 'keyrite --partition pay config set module PATH')

  rmSync(lib('libhsm.so'))
  symlinkSync('libhsm.so.1.1', lib('libhsm.so'))
  await place.data(...generate(place, 'late'))
  assert.equal(place.records().at(-2).plan.module.path, lib('libhsm.so.1.1'))

  renameSync(lib('libhsm.so.1.1'), place.path('elsewhere.so'))
  const { error } = (await place.keyrite(['config', 'set', 'module', lib('libhsm.so')])).json
  assert.deepEqual([error.code, error.hint], ['MODULE-MISSING', 'keyrite config set module PATH'])
  await place.data('config', 'set', 'module', 'elsewhere.so')
  await place.data(...generate(place, 'moved'))
})

test('config show and set: what is set is shown, and nothing that no command could use is kept', async () => {
  using place = blank()
  await place.data(...initArgs(place))
  assert.deepEqual(await place.data('config', 'set', 'pin-prefix', '0001'), {
    name: 'pay',
    module: softhsm,
    pinPrefix: '0001',
  })
  assert.deepEqual(await place.data('config', 'show'), { partitions: { pay: { module: softhsm, pinPrefix: '0001' } } })
  await place.data('config', 'set', 'pin-prefix', '')
  for (const [setting, value] of [
    ['profile', 'luna-crypto-user'],
    ['so-type', '0x80000000'],
    ['env', 'A_FILE=/a=b'],
    ['env', 'GONE=1'],
    ['env', 'GONE='],
  ])
    await place.data('config', 'set', setting!, value!)
  assert.deepEqual((await place.data('config', 'show')).partitions.pay, {
    ...{ module: softhsm, userType: 0x8000_0001, soType: 0x8000_0000, env: { A_FILE: '/a=b' } },
  })
  assert.match((await place.keyrite([...generate(place, 'x')])).json.error.code, /^CKR_USER_TYPE_INVALID$/)
  await place.data('config', 'set', 'profile', '')
  assert.deepEqual(await place.data('config', 'show'), { partitions: { pay: { module: softhsm } } })
  for (const [setting, value, code] of [
    ['module', '/nowhere.so', 'MODULE-MISSING'],
    ['module', '/etc/passwd', 'MODULE-INVALID'],
    ['module', '/bin/ls', 'MODULE-INVALID'],
    ['module', '/tmp', 'MODULE-MISSING'],
    ['pin-prefix', 'a\u0007', 'TEXT'],
    ['modul', softhsm, 'USAGE'],
    ['user-type', '0x100000000', 'USAGE'],
    ['env', 'LD_PRELOAD=/lib/a.so', 'USAGE'],
    ['profile', 'lunar', 'CONFIG'],
  ]) {
    assert.equal((await place.keyrite(['config', 'set', setting!, value!])).json.error.code, code)
  }
  assert.deepEqual(await place.data('config', 'show'), { partitions: { pay: { module: softhsm } } })
})
