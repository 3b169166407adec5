// The settings of a home: every writer's stay, and what is not understood is said.
import assert from 'node:assert/strict'
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { settingsOf } from '../src/config.ts'
import { KNOWN_PROFILES } from '../src/domain/known-profiles.ts'
import { makeFolder } from './support/softhsm.ts'

const settings = settingsOf(process.pid)

function home(): string {
  const folder = makeFolder('home')
  chmodSync(folder, 0o700)
  return folder
}

test('two inits lose one setting: never, however many write at once', async () => {
  const place = home()
  const names = ['one', 'two', 'three', 'four']
  await Promise.all(names.map((name) => settings.write(place, name, { module: `/lib/${name}.so` })))
  for (const name of names) assert.deepEqual(settings.read(place, name), { module: `/lib/${name}.so` })
  assert.deepEqual(readdirSync(place), ['config.json'])
  assert.equal(JSON.parse(readFileSync(join(place, 'config.json'), 'utf8')).version, 1)
})

test('what a crash left of a writer goes with the next one, and nothing else does', async () => {
  const place = home()
  const ours = 'config.json.tmp-1764230400ab12cd'
  const theirs = ['config.json.tmp-mine', 'config.json.tmp-1764230400ab12cd.old', 'notes']
  for (const name of [ours, ...theirs]) writeFileSync(join(place, name), '{', { mode: 0o600 })
  await settings.write(place, 'pay', { module: '/lib/x.so' })
  assert.deepEqual(readdirSync(place).sort(), ['config.json', ...theirs].sort())
})

const OWN = '{"module":"/lib/x.so"}'
/** What the shapes would pass over, and the next writer would leave out. */
const RESERVED = [
  `{"partitions":{"constructor":${OWN}}}`,
  `{"partitions":{"__proto__":${OWN}}}`,
  `{"partitions":{"a":{"module":"/lib/x.so","members":{"prototype":${OWN}}}}}`,
]

test('a file that is not understood is not written over', async () => {
  for (const text of [
    '{',
    '[]',
    '{"partition":{}}',
    '{"version":2}',
    '{"partitions":{"a":{"module":""}}}',
    ...RESERVED,
  ]) {
    const place = home()
    writeFileSync(join(place, 'config.json'), text, { mode: 0o600 })
    await assert.rejects(settings.write(place, 'pay', { module: '/lib/x.so' }), { code: 'CONFIG', exit: 2 }, text)
    assert.throws(() => settings.has(place, 'pay'), { code: 'CONFIG' }, text)
    assert.equal(readFileSync(join(place, 'config.json'), 'utf8'), text)
    assert.deepEqual(readdirSync(place), ['config.json'])
  }
})

test('a profile of a library is data: it has no other member, and no variable by which code is loaded', () => {
  const file = join(home(), 'own.json')
  const own = { pinPrefix: 'user:', userType: 0x8000_0001, libraryParameters: 'a=$A', env: { A: 'b' } }
  writeFileSync(file, JSON.stringify(own))
  assert.deepEqual(settings.profile(file, { A: 'c' }), { ...own, libraryParameters: 'a=b' })
  const told = settings.profile('nss', { NSS_DIR: '/n' }).libraryParameters
  assert.equal(told, "configdir='sql:/n' certPrefix='' keyPrefix='' secmod='secmod.db' flags=")
  assert.throws(() => settings.profile('nss', {}), { code: 'CONFIG', exit: 2, message: /NSS_DIR/ })
  for (const name of KNOWN_PROFILES) assert.ok(settings.profile(name, { NSS_DIR: '/n' }), name)
  const bad: object[] = [
    { module: '/a.so' },
    { pinPrefix: '' },
    { soType: -1 },
    { env: { LD_PRELOAD: 'a' } },
    { env: { 'A=': 'b' } },
    { env: { constructor: 'b' } },
  ]
  for (const one of bad) {
    writeFileSync(file, JSON.stringify(one))
    assert.throws(() => settings.profile(file, {}), { code: 'CONFIG' }, JSON.stringify(one))
  }
  writeFileSync(file, JSON.stringify(own))
  for (const mode of [0o666, 0o602]) {
    chmodSync(file, mode)
    const refusal = { code: 'FILE-WRITABLE', exit: 3 }
    assert.throws(() => settings.profile(file, { A: 'c' }), refusal)
  }
  assert.throws(() => settings.profile('nothing', {}), { code: 'CONFIG', hint: /cloudhsm.*\.\/nothing\.json$/ })
})

test('an application has settings of its own, which a change of those of the partition leaves as they are', async () => {
  const place = home()
  const web = { module: '/lib/a.so', pinPrefix: '0001' }
  await assert.rejects(settings.writeApplication(place, 'pay', 'web', web), { code: 'CONFIG', exit: 2 })
  await settings.write(place, 'pay', { module: '/lib/x.so' })
  await settings.writeApplication(place, 'pay', 'web', web)
  await settings.writeApplication(place, 'pay', 'batch', { module: '/lib/b.so' })
  await settings.write(place, 'pay', { module: '/lib/y.so', soType: 3 })
  assert.deepEqual(settings.read(place, 'pay'), { module: '/lib/y.so', soType: 3 })
  assert.deepEqual(settings.all(place), { pay: { module: '/lib/y.so', soType: 3 } })
  assert.deepEqual(settings.applications(place, 'pay'), { web, batch: { module: '/lib/b.so' } })
  await settings.writeApplication(place, 'pay', 'web', undefined)
  await settings.writeApplication(place, 'pay', 'batch', undefined)
  assert.deepEqual(settings.applications(place, 'pay'), {})
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(join(place, 'config.json'), 'utf8')).partitions.pay), [
    'module',
    'soType',
  ])
})

test('of a name that every object has nothing is found', () => {
  assert.equal(settings.has(home(), 'constructor'), false)
})
