// A token that others have filled becomes a partition: its keys stay as they are, its PINs are those of the shares, and nothing of it is ever erased.
import assert from 'node:assert/strict'
import { createHash, createPublicKey, verify } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { asBefore, makeForeign, SO_PIN } from '../support/foreign-keys.ts'
import { readAll } from '../support/independent.ts'
import { killedAfter } from '../support/interrupted.ts'
import type { RunOptions } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { blank, by, type TestPartition } from '../support/partition.ts'
import { asUser } from '../support/raw.ts'
import { softhsm } from '../support/softhsm.ts'

const adopt = (place: TestPartition, ...more: string[]) => [
  ...['partition', 'adopt', 'pay', '--module', softhsm, '--shares-dir', place.path('shares'), '--unsafe-plain-shares'],
  ...['--custodian', 'alice', '--custodian', 'bob', '--custodian', 'carol', '--threshold', '2'],
  ...['--so-pin-file', place.path('so.pin'), '--user-pin-file', place.path('user.pin'), ...more],
]

const NAMED = ['--name', 'Card DEK=card/dek']

let made: Promise<TestPartition> | undefined
const foreign = async () => (await (made ??= filled())).copy()

async function filled(): Promise<TestPartition> {
  const place = blank()
  await makeForeign(place.folder)
  return place
}

const SIGN = `
  lib.C_SignInit(session, { mechanism: 0x1041 }, find([[0, 3], [3, 'tls']])[0])
  return lib.C_Sign(session, Buffer.from(input.digest, 'hex'), Buffer.alloc(64)).toString('hex')`

test('keys of another program are taken over as they are, and lived with', async () => {
  using place = await foreign()
  const { keys, anchor } = await place.data(...adopt(place, ...NAMED))
  const told = keys.map((key: Record<string, unknown>) => [key.name, key.id, key.state, key.origin])
  assert.deepEqual(told, [
    ['card/dek', '02', 'active', { kind: 'adopted', label: 'Card DEK' }],
    ['tls', '01', 'active', { kind: 'adopted', label: 'tls' }],
  ])
  // The PIN of before opens nothing; whoever has that of the shares finds the key where it was.
  await assert.rejects(asBefore(place.folder, 'return 0'), /CKR_PIN_INCORRECT/)
  const signature = Buffer.from(
    (await asUser(place, SIGN, { digest: createHash('sha256').update('x').digest('hex') })) as string,
    'hex',
  )
  const { spki } = keys[1]
  const key = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' })
  assert.ok(verify('sha256', Buffer.from('x'), { key, dsaEncoding: 'ieee-p1363' }, signature))
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  await place.data('key', 'rotate', 'card/dek', ...by(place))
  await place.data('key', 'deactivate', 'tls', '--reason', 'done with', ...by(place))
  await place.data('backup', 'create', place.path('b'), ...by(place))
  const { data: tested } = await place
    .keyrite(['backup', 'test', place.path('b'), '--module', softhsm, ...by(place)])
    .then(({ json }) => json)
  assert.equal(tested.keys.length, 2)
  await place.data('key', 'destroy', 'tls#1', '--confirm', 'tls#1', ...by(place))
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  await place.data('audit', 'verify', '--anchor', anchor)
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  const retire = await place.keyrite(['partition', 'retire', 'pay', '--confirm', 'pay', ...by(place)])
  assert.match(retire.json.error.hint, /--erase-object 'data object note'/)
})

test('what can not be taken refuses, or is let be by its name; PINs are tried once', async () => {
  using place = blank()
  await makeForeign(
    place.folder,
    `lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[1, true], [2, false], [3, 'open'], [0x102, Buffer.from([3])], [0x161, 32]]))
     lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[1, true], [2, true], [3, 'nameless'], [0x161, 32]]))
     lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[1, true], [2, true], [3, 'more'], [0x102, Buffer.from([4])], [0x104, true], [0x161, 32]]))`,
  )
  // Several keys are read by one search: one for each would go through the whole token again and again.
  const behind = adopt(place, ...NAMED).map((word) => (word === softhsm ? testModule() : word))
  const env = scriptEnv(['C_FindObjectsInit 2.. abort if asks=CKA_ID'])
  const refused = await place.keyrite(behind, { env })
  assert.deepEqual([refused.code, refused.json.error.code], [3, 'KEY-ADOPTABLE'], refused.stdout)
  assert.match(refused.json.error.message, /open, id 03: .*not private.*|nameless: it has no id/)
  await asBefore(place.folder, 'return 0')
  const leave = ['secret object open, id 03', 'secret object nameless'].flatMap((one) => ['--leave', one])
  await place.data(...adopt(place, ...NAMED, ...leave))
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})

test('a key that may leave the token, and that this token can not wrap, is named by each backup, and held up by none', async () => {
  using place = blank()
  const ed = `[1, true], [2, true], [3, 'ed'], [0x102, Buffer.from([5])]`
  await makeForeign(
    place.folder,
    `lib.C_GenerateKeyPair(session, { mechanism: 0x1055 },
       attributes([${ed}, [0x10a, true], [0x180, Buffer.from('130c656477617264733235353139', 'hex')]]),
       attributes([${ed}, [0x108, true], [0x103, true], [0x162, true]]))`,
  )
  await place.data(...adopt(place, ...NAMED))
  const { included, omitted } = await place.data('backup', 'create', place.path('b'), ...by(place))
  const reasons = omitted.map(({ name, reason }: Record<string, string>) => [name, reason])
  assert.deepEqual(reasons, [
    ['ed', "the token can't wrap ed25519"],
    ['tls', 'it can never leave the token'],
  ])
  assert.equal(included, 1)
  const { keys } = await place.data('key', 'list')
  assert.ok(keys.every(({ needs }: { needs?: string }) => needs === undefined))
  await place.data('backup', 'verify', place.path('b'))
  const tested = await place.data('backup', 'test', place.path('b'), '--module', softhsm, ...by(place))
  assert.deepEqual([tested.keys.length, tested.missing.length], [1, 2])
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

const through = (args: string[]) => args.map((word) => (word === softhsm ? testModule() : word))

test('a token without a serial of its own is taken over, and retired, by its name', async () => {
  using place = await foreign()
  const zeros = { env: scriptEnv(['C_GetTokenInfo * info serial=0000000000000000']) }
  const shown = await place.keyrite([...through(adopt(place, ...NAMED)), '--dry-run'], zeros)
  assert.equal(shown.json.data.plan.token, '0000000000000000:tenant')
  const begun = await place.keyrite(through(adopt(place, ...NAMED)), zeros)
  assert.equal(begun.code, 0, begun.stdout)
  await retired(place, zeros, zeros)
  assert.equal((await place.data('partition', 'list')).partitions[0].keys, 0)
})

test('a token without an SO: refused, it is left as it was; accepted, the user alone has a PIN, and it is retired with that', async () => {
  using place = await foreign()
  const noSo = { env: scriptEnv(['C_Login * return CKR_USER_TYPE_INVALID if user=0']) }
  const users = (word: string) => (word === place.path('so.pin') ? place.path('user.pin') : word)
  const weak = await place.keyrite(through(adopt(place, ...NAMED)).map(users), noSo)
  assert.deepEqual([weak.code, weak.json.error.code, weak.json.error.changed], [3, 'TOKEN-WEAK', false], weak.stdout)
  assert.ok(!existsSync(place.path('home', 'pay')))
  const accepting = through(adopt(place, ...NAMED, '--accept', 'no-so')).filter(
    (word) => word !== '--so-pin-file' && word !== place.path('so.pin'),
  )
  const hasOne = await place.keyrite(accepting)
  assert.deepEqual([hasOne.code, hasOne.json.error.code, hasOne.json.error.changed], [3, 'SO-PIN', false])
  const begun = await place.keyrite(accepting, noSo)
  assert.equal(begun.code, 0, begun.stdout)
  await assert.rejects(asBefore(place.folder, 'return 0'), /CKR_PIN_INCORRECT/)
  const checked = await place.keyrite(['partition', 'check', ...by(place)], noSo)
  assert.deepEqual(checked.json.data?.findings, [], checked.stdout)
  // One that has the user's PIN alone is initialised by that.
  await asUser(
    place,
    `lib.C_Logout(session); lib.C_Login(session, 0, ${JSON.stringify(SO_PIN)}); lib.C_SetPIN(session, ${JSON.stringify(SO_PIN)}, pin)`,
  )
  // Emptied, it has an SO until there is a user again.
  const once = ['1', '3..'].map((which) => `C_Login ${which} return CKR_USER_TYPE_INVALID if user=0`)
  await retired(place, noSo, { env: scriptEnv(once) })
})

/** Beside the keys it holds what the adoption let be. */
async function retired(place: TestPartition, first: RunOptions, then: RunOptions): Promise<void> {
  const retire = ['partition', 'retire', 'pay', '--confirm', 'pay', ...by(place)]
  const { json } = await place.keyrite(retire, first)
  assert.equal(json.error?.code, 'TOKEN-KNOWN', JSON.stringify(json))
  const others = [...json.error.hint.matchAll(/--erase-object '([^']+)'/g)].flatMap(([, object]) => [
    '--erase-object',
    object!,
  ])
  const done = await place.keyrite([...retire, ...others], then)
  assert.equal(done.json.data?.token, 'erased', done.stdout)
}

test('an adoption that was cut off when the PINs were changed is finished, and not given up', async () => {
  using place = await foreign()
  const begun = (one: TestPartition) => through(adopt(one, ...NAMED))
  await killedAfter(place, begun, ({ name }) => name === 'C_SetPIN')
  const abandoned = await place.keyrite(['partition', 'recover', '--abandon', '--confirm', 'pay', ...by(place)])
  assert.deepEqual([abandoned.code, abandoned.json.error.code], [3, 'PENDING'], abandoned.stdout)
  await place.data('partition', 'recover', ...by(place))
  place.useModule(softhsm)
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})
