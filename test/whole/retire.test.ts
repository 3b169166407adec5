// The end of a tenant, on a real token: what is gone, what still opens, what is recovered from, and what a liar does not get through with.
import assert from 'node:assert/strict'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { readAll } from '../support/independent.ts'
import { killedAfter } from '../support/interrupted.ts'
import { scripted, testModule } from '../support/module.ts'
import { backedUp, by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { asUser } from '../support/raw.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'

const retire = (place: TestPartition, ...more: string[]) => [
  ...['partition', 'retire', 'pay', '--confirm', 'pay', '--certificate', place.path('end')],
  ...[...more, ...by(place)],
]

/** Where its plan says: that of a copy was made in another folder. */
function statementOf(place: TestPartition) {
  const { certificate } = place.records().findLast(({ plan }) => plan?.certificate).plan
  return JSON.parse(readFileSync(`${certificate}.json`, 'utf8')).statement
}

test('a partition is retired: its keys are gone, the shares open nothing, files are read as before, nothing follows', async () => {
  using place = await backedUp()
  const request = ['--type', 'aes-256', '--out', place.path('request')]
  await place.data('key', 'import-request', 'awaited', ...request, ...by(place))
  await asUser(
    place,
    'lib.C_CreateObject(session, attributes([[0, 0], [1, true], [2, true], [3, "ca bundle"], [0x11, "x"]]))',
  )
  const refused = await place.keyrite(retire(place))
  assert.deepEqual([refused.code, refused.json.error.code], [5, 'TOKEN-KNOWN'], refused.stdout)
  assert.match(refused.json.error.hint, /--erase-object 'data object ca bundle'/)
  const { keys, token } = await place.data(...retire(place, '--erase-object', 'data object ca bundle'))
  assert.deepEqual([keys.map(({ state }: { state: string }) => state), token], [['destroyed'], 'erased'])
  const { stillHeldBy, others, tokens } = statementOf(place)
  assert.deepEqual([stillHeldBy.backups.length, others, tokens[0].state], [1, ['data object ca bundle'], 'erased'])
  await assert.rejects(asUser(place, 'return 0'), /CKR_PIN_INCORRECT/)
  const { retired, certificates } = await place.data('audit', 'verify', '--certificate', place.path('end'))
  assert.deepEqual([retired.token, certificates[0].record], ['erased', retired.seq])
  assert.equal((await place.data('partition', 'list')).partitions[0].state, 'retired')
  assert.equal((await place.data('key', 'list')).requests, undefined)
  for (const reads of [['audit', 'show'], ['key', 'list'], ['quorum', 'show'], ['partition', 'show'], ['doctor']])
    await place.data(...reads)
  // Nobody can sign a checkpoint of the last record any more, and no hint asks for one.
  const proved = await place.keyrite(['audit', 'prove', 'card', '--out', place.path('proof')])
  assert.deepEqual([proved.code, proved.json.data.newer], [0, 1])
  assert.match(proved.stderr, /the record that ended the partition is left out: no checkpoint covers it/)
  assert.doesNotMatch(proved.stderr, /audit checkpoint/)
  const { slots } = await place.data('token', 'list', '--module', softhsm, '--no-probe')
  assert.ok(slots.some(({ partition }: { partition?: object }) => partition && 'retired' in partition))
  const changes = [
    ['key', 'generate', 'more', '--type', 'aes-256'],
    ['partition', 'recover'],
    ['backup', 'restore', place.path('backup'), '--no-checkpoint', '--confirm', 'pay'],
    ['partition', 'retire', 'pay', '--confirm', 'pay'],
  ]
  for (const change of changes) {
    const { code, json } = await place.keyrite([...change, ...by(place)])
    assert.deepEqual([code, json.error.code, json.error.changed], [3, 'PARTITION-LIVES', false], change.join(' '))
  }
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

let half: Promise<TestPartition> | undefined

/** It was killed when its key was gone. The first object that goes is an older head. */
async function interrupted(): Promise<TestPartition> {
  const place = await partition()
  place.useModule(testModule())
  let destroyed = 0
  await killedAfter(place, retire, ({ name }: ProbeEvent) => name === 'C_DestroyObject' && ++destroyed === 2)
  return place
}

const halfRetired = async () => (await (half ??= interrupted())).copy()

test('TOKEN-THERE: what opens, and has its head and audit key, is not lost, whoever says so; what can only be erased may be given up', async () => {
  const lost = async (place: TestPartition, ...args: string[]) => {
    const { code, json } = await place.keyrite([...args, '--lost-token', '--confirm', 'pay', ...by(place)])
    return [code, json.error?.code ?? json.data.token, json.error?.changed, json.error?.hint]
  }
  using place = await partition()
  const told = [3, 'TOKEN-THERE', false, 'end the partition with it: the same command without --lost-token']
  assert.deepEqual(await lost(place, 'partition', 'retire', 'pay'), told)
  using half = await halfRetired()
  assert.deepEqual(await lost(half, 'partition', 'recover'), told)
  using rest = await onlyToErase()
  assert.deepEqual((await lost(rest, 'partition', 'recover')).slice(0, 2), [0, 'lost'])
})

test('a token that died in the middle: the end is recorded without it, and says what may still exist', async () => {
  using place = await halfRetired()
  loseTokens(place.folder)
  const missing = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.equal(missing.code, 4, missing.stdout)
  const { token } = await place.data('partition', 'recover', '--lost-token', '--confirm', 'pay', ...by(place))
  assert.equal(token, 'lost')
  const { tokens, keys, stillHeldBy } = statementOf(place)
  assert.deepEqual([tokens[0].state, keys[0].state, stillHeldBy.tokens], ['lost', 'active', [tokens[0].token.serial]])
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})

test('a retirement that was interrupted can be given up as long as the token is not erased', async () => {
  using place = await halfRetired()
  await asUser(
    place,
    'lib.C_CreateObject(session, attributes([[0, 0], [1, true], [2, false], [3, "put"], [0x11, "x"]]))',
  )
  const { error } = (await place.keyrite(['partition', 'recover', ...by(place)])).json
  assert.match(error.hint, /: keyrite partition recover --abandon && .+ retire pay --erase-object 'data object put'$/)
  const { found } = await place.data('partition', 'recover', '--abandon', '--confirm', 'pay', ...by(place))
  assert.equal(found, 'partial')
  assert.equal((await place.data('key', 'show', 'card')).state, 'destroyed')
  await place.data('key', 'generate', 'more', '--type', 'aes-256', ...by(place))
})

test('a pair of which one half could not be destroyed is gone all the same; C_InitToken that does nothing is found, and the end is not told', async () => {
  using place = await partition()
  await place.data('key', 'generate', 'sign', '--type', 'ec-p256', ...by(place))
  const sick = scripted(['C_DestroyObject 2 return CKR_FUNCTION_FAILED if CKA_LABEL=sign#1'])
  place.useModule(sick.module)
  const half = await place.keyrite(retire(place), { env: sick.env })
  assert.deepEqual([half.code, half.json.error.code], [6, 'CKR_FUNCTION_FAILED'], half.stdout)
  assert.equal((await place.data('key', 'show', 'sign')).state, 'destroyed')
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  const { module, env } = scripted(['C_InitToken * nothing'])
  place.useModule(module)
  const { code, json } = await place.keyrite(retire(place), { env })
  assert.deepEqual([code, json.error.code], [6, 'TOKEN-AS-ASKED'], json.error.message)
  assert.equal(place.records().at(-1).type, 'outcome')
  const { token } = await place.data('partition', 'recover', ...by(place))
  assert.equal(token, 'erased')
})

/** Its keys are destroyed by the ledger, and C_InitToken was not begun. */
let unerased: Promise<TestPartition> | undefined
async function notErased(): Promise<TestPartition> {
  const place = await backedUp()
  const { module, env } = scripted(['C_InitToken * return CKR_DEVICE_ERROR'])
  place.useModule(module)
  const { code, json } = await place.keyrite(retire(place), { env })
  assert.deepEqual([code, json.error.code], [6, 'CKR_DEVICE_ERROR'], json.error.message)
  return place
}
const onlyToErase = async () => (await (unerased ??= notErased())).copy()

const erase = (place: TestPartition, attributes: string) =>
  asUser(
    place,
    `lib.C_FindObjectsInit(session, attributes(${attributes}))
     const found = lib.C_FindObjects(session, 20)
     lib.C_FindObjectsFinal(session)
     for (const object of found) lib.C_DestroyObject(session, object)
     return found.length`,
  )
const PART = {
  'private half of the audit key': '[[0, 3], [3, "keyrite/audit"]]',
  'public half of the audit key': '[[0, 2], [3, "keyrite/audit"]]',
  head: '[[3, "keyrite/head"]]',
}

for (const [part, attributes] of Object.entries(PART))
  test(`a token that was cut off in C_InitToken is erased by a recovery: ${part} is gone`, async () => {
    using place = await onlyToErase()
    assert.notEqual(await erase(place, attributes), 0)
    const { error } = (await place.keyrite(['partition', 'recover', '--abandon', '--confirm', 'pay', ...by(place)]))
      .json
    assert.match(error.hint, /without --abandon$/, error.message)
    assert.equal((await place.data('partition', 'recover', ...by(place))).token, 'erased')
    await assert.rejects(asUser(place, 'return 0'), /CKR_PIN_INCORRECT/)
  })

test('a token that is lost once every key is destroyed: no restore begins, and its end is told without it', async () => {
  using place = await onlyToErase()
  loseTokens(place.folder)
  const missing = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.equal(missing.json.error.code, 'TOKEN-PRESENT')
  assert.match(missing.json.error.hint, /if it is lost for good: keyrite partition recover --lost-token$/)
  const restore = ['backup', 'restore', place.path('backup'), '--no-checkpoint', '--confirm', 'pay']
  const { code, json } = await place.keyrite([...restore, '--module', softhsm, ...by(place)])
  assert.deepEqual([code, json.error.code, json.error.changed], [3, 'PARTITION-LIVES', false], json.error.message)
  assert.match(json.error.hint, /partition recover --lost-token/)
  const { token } = await place.data('partition', 'recover', '--lost-token', '--confirm', 'pay', ...by(place))
  assert.equal(token, 'lost')
})

test('a token that holds more than the ledger tells of is not erased, whatever of it is gone', async () => {
  using place = await onlyToErase()
  await erase(place, PART.head)
  await asUser(
    place,
    'lib.C_CreateObject(session, attributes([[0, 0], [1, true], [2, true], [3, "later"], [0x11, "x"]]))',
  )
  const { code, json } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.deepEqual([code, json.error.code, json.error.changed], [5, 'TOKEN-KNOWN', false])
  assert.match(json.error.message, /data object later/)
  assert.match(json.error.hint, /newest ledger\.jsonl/)
  assert.equal(await erase(place, '[[3, "later"]]'), 1)
})

test('an older ledger by which keys live erases no token that was erased in part', async () => {
  using place = await onlyToErase()
  const lines = readFileSync(place.ledger, 'utf8').trimEnd().split('\n')
  const newest = lines.findLastIndex((line) => line.includes('"partition.retire"'))
  const newer = readFileSync(place.ledger)
  rmSync(place.path('home', 'pay', 'checkpoint'))
  writeFileSync(place.ledger, `${lines.slice(0, newest + 1).join('\n')}\n`)
  await erase(place, '[]')
  const { code, json } = await place.keyrite(['partition', 'recover', ...by(place)])
  assert.equal(code, 5)
  assert.match(json.error.hint, /newest ledger\.jsonl.*: keyrite partition recover --lost-token/s)
  writeFileSync(place.ledger, newer)
  assert.equal((await place.data('partition', 'recover', ...by(place))).token, 'erased')
})
