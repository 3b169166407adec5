// The types that came later, their whole life: generated, rotated, backed up, brought back, delivered, and known again by their own check values; and a partition of before.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { before, test } from 'node:test'
import * as v from 'valibot'
import { isTdes, type KeyType, LATER_TYPES } from '../../src/domain/keys.ts'
import { isMlDsa, whyUnverified } from '../../src/domain/ml-dsa.ts'
import { isTried, Profile, wholeProfile } from '../../src/domain/profile.ts'
import { withWeb } from '../support/application.ts'
import { by, isWhole, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa, loseTokens, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

/** Those that SoftHSM makes. */
const TYPES = LATER_TYPES.filter((type) => !isMlDsa(type))

let ready: TestPartition
before(async () => {
  ready = await withWeb()
  mkdirSync(ready.path('out'))
  for (const type of TYPES) await ready.data('key', 'generate', type, '--type', type, ...use(type), ...by(ready))
})

/** What wraps alone can't be proved by an application. */
const use = (type: KeyType): string[] => (type === 'tdes-112' ? ['--usage', 'encrypt', '--usage', 'decrypt'] : [])
const DELIVERED = TYPES.filter((type) => type !== 'tdes-168')
const method = (type: KeyType): string =>
  isTdes(type) ? 'ecb3' : type.startsWith('ec') ? 'sha256' : type.startsWith('aes') ? 'cmac5' : 'hmac5'

test('they are made, rotate, rest and go, and a check finds each as the ledger has it', async () => {
  using place = ready.copy()
  await isWhole(place)
  for (const type of TYPES) {
    const { keys } = await place.data('key', 'rotate', type, ...by(place))
    assert.deepEqual(
      keys.map((key: { type: string; state: string; fingerprint: string }) => [
        key.type,
        key.state,
        key.fingerprint.split(':')[0],
      ]),
      ['deactivated', 'active'].map((state) => [type, state, method(type)]),
    )
    await place.data('key', 'suspend', type, '--reason', 'rest', ...by(place))
    await place.data('key', 'resume', type, '--reason', 'on', ...by(place))
    await place.data(
      'key',
      'destroy',
      `${type}#1`,
      '--confirm',
      `${type}#1`,
      '--certificate',
      place.path('out', type),
      '--reason',
      'over',
      ...by(place),
    )
  }
  await isWhole(place)
})

test('a backup brings them to another token, each proved equal, and a check finds them there; so does a second one', async () => {
  using place = ready.copy()
  await place.data('backup', 'create', place.path('out', 'one'), ...by(place))
  for (const [file, next] of [
    ['one', 'two'],
    ['two', 'three'],
  ] as const) {
    loseTokens(place.folder)
    const how = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
    const { keys } = await place.data('backup', 'restore', place.path('out', file), ...how, ...by(place))
    assert.deepEqual(new Set(keys.map((key: { name: string }) => key.name)), new Set(['card', ...TYPES]))
    await isWhole(place)
    for (const type of TYPES) await place.data('key', 'rotate', type, ...by(place))
    await place.data('backup', 'create', place.path('out', next), ...by(place))
  }
  await isWhole(place)
})

test('an application gets copies that are proved to be them, each by its own hash', async () => {
  using place = ready.copy()
  await place.data(
    'key',
    'deliver',
    ...DELIVERED.map((type) => `${type}#1`),
    '--app',
    'web',
    '--accept',
    'unbacked',
    ...by(place),
  )
  assert.deepEqual((await place.data('app', 'check', 'web', ...by(place))).findings, [])
  await isWhole(place)
})

test('a partition that began before they came knows nothing of them, and asks its token when they are wanted', () => {
  const [created] = ready.records()
  const { profile } = created.plan
  for (const type of TYPES) assert.equal(isTried(wholeProfile(profile), type), true)
  for (const type of LATER_TYPES) delete profile.types[type]
  assert.ok(v.is(Profile, profile))
  for (const type of LATER_TYPES) assert.equal(isTried(wholeProfile(profile), type), false)
  const { 'aes-256': _, ...without } = profile.types
  assert.ok(!v.is(Profile, { ...profile, types: without }))
})

test('ML-DSA, which neither this token nor an older node has, is refused with the reason, and offered nowhere', async () => {
  using place = ready.copy()
  const made = ['key', 'generate', 'sign/pq', '--type', 'ml-dsa-65', ...by(place)]
  const { code, json } = await place.keyrite(made)
  assert.deepEqual([code, json.error.code, json.error.changed], [4, 'MECHANISM', false])
  const { lacks } = whyUnverified('ml-dsa-65') ?? { lacks: 'CKM_ML_DSA_KEY_PAIR_GEN is missing' }
  assert.ok(json.error.message.endsWith(lacks), json.error.message)
  const { stdout } = await place.keyrite(['complete', 'type'])
  assert.ok(stdout.includes('ed25519') && !stdout.includes('ml-dsa'), stdout)
  const asked = ['key', 'import-request', 'sign/pq', '--type', 'ml-dsa-65', '--out', place.path('out', 'ask')]
  const request = await place.keyrite([...asked, ...by(place)])
  assert.deepEqual([request.code, request.json.error.code], [2, 'USAGE'])
})
