// A second member behind a library of its own, which fails, dies, lies about heads, or says OK and does otherwise: it is unproven, the other goes on, and the ledger says so. And one that followed another ledger.
import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { tokenSerials } from '../crash/token.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import type { Result } from '../support/keyrite.ts'
import { standings, withSecond } from '../support/members.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { leaveOutRsa, softhsm } from '../support/softhsm.ts'

leaveOutRsa()

let place: TestPartition
const done = (...args: string[]) => place.data(...args, ...by(place))

/** `keyrite ARGS`, where the library of the second member does as the lines say. */
const failing = (args: readonly string[], ...lines: string[]): Promise<Result> =>
  place.keyrite([...args, ...by(place)], { env: scriptEnv(lines) })

/** It is unproven, says why, and a sync makes it right. */
async function isMended({ code, json }: Result): Promise<void> {
  assert.deepEqual([code, json.error.code], [6, 'MEMBER-UNPROVEN'], JSON.stringify(json))
  assert.equal(json.error.hint, 'keyrite member sync site-b')
  assert.deepEqual(await standings(place), ['first current', 'site-b unproven'])
  assert.equal(place.records().at(-1).result, 'partial')
  await done('member', 'sync', 'site-b')
}

before(async () => {
  place = await partition()
  // One that came to nothing first: what the index tells of it goes on to be what the ledger tells.
  const add = ['member', 'add', 'site-b', '--module', testModule()]
  const crashed = await failing(add, 'C_UnwrapKey 1 kill')
  assert.equal(crashed.code, 4)
  const traced = `to see in which call: keyrite token list --module ${testModule()} --trace calls.txt`
  assert.ok(crashed.json.error.hint.startsWith(traced), crashed.json.error.hint)
  const left = tokenSerials(place.folder).find((one) => one !== place.serial)!
  const erase = [...add, '--erase-token', left, '--confirm', 'site-b']
  const refused = await failing(erase, 'C_InitToken * return CKR_DEVICE_ERROR')
  const other = `try again; where it stays so, take another token, of those in: keyrite token list --module ${testModule()}`
  assert.ok(refused.json.error.hint.startsWith(other), JSON.stringify(refused.json))
  await done(...erase)
  await place.data('audit', 'verify')
})
after(() => place[Symbol.dispose]())

test('MEMBER-UNPROVEN: keys that do not come to it', async () => {
  const made = await failing(['key', 'generate', 'one', '--type', 'aes-256'], 'C_UnwrapKey * return CKR_DEVICE_MEMORY')
  await isMended(made)
})

test('MEMBER-UNPROVEN: usage that stays as it was, though the call said OK', async () => {
  await isMended(await failing(['key', 'suspend', 'one', '--reason', 'x'], 'C_SetAttributeValue * nothing'))
})

test('MEMBER-UNPROVEN: it dies in the middle', async () => {
  await isMended(await failing(['key', 'rotate', 'card'], 'C_UnwrapKey 1 kill'))
})

test('MEMBER-UNPROVEN: a key that it says is destroyed, and that is there still', async () => {
  const destroy = ['key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', place.path('gone')]
  await isMended(await failing(destroy, 'C_DestroyObject 2.. nothing'))
  assert.match(readFileSync(place.path('gone'), 'utf8'), /Member site-b, .+: NOT PROVED TO BE GONE \(C_DestroyObject: /)
})

test('it dies while the heads are made: nothing was touched, and a recovery records what it found, whatever becomes of it', async () => {
  const { code, json } = await failing(['key', 'resume', 'one', '--reason', 'x'], 'C_CreateObject 1 kill')
  assert.deepEqual([code, json.error.changed], [6, false], JSON.stringify(json))
  const recovered = await failing(['partition', 'recover'], 'C_SetAttributeValue * return CKR_DEVICE_ERROR')
  const said =
    /^key.resume was not done; its keys are as they were; site-b does not have what was done, or nobody could/
  assert.match(recovered.json.error.message, said)
  assert.equal(place.records().at(-2).found, 'not done')
  await isMended(recovered)
})

test('MEMBER-UNPROVEN: its token is not erased; what it was, nobody knows any more, and it is tried again', async () => {
  const retire = ['member', 'retire', 'site-b', '--confirm', 'site-b']
  const { code, json } = await failing(retire, 'C_InitToken * return CKR_DEVICE_ERROR')
  assert.deepEqual([code, json.error.code], [6, 'CKR_DEVICE_ERROR'], JSON.stringify(json))
  assert.deepEqual(await standings(place), ['first current', 'site-b unproven'])
  await done('member', 'sync', 'site-b')
})

test('a member whose PIN is locked keeps a change from beginning, and is left out by name', async () => {
  const { code, json } = await failing(['key', 'rotate', 'card'], 'C_Login * return CKR_PIN_LOCKED')
  assert.deepEqual([code, json.error.changed], [4, false], JSON.stringify(json))
  assert.match(json.error.message, /site-b/)
  await place.data('audit', 'verify')
})

test('a token that was to become a member may hold every key: what was cut off counts among those who hold a destroyed one', async () => {
  const add = ['member', 'add', 'site-c', '--module', testModule()]
  const { code, json } = await failing(add, 'C_UnwrapKey 1 kill')
  assert.equal(code, 4, JSON.stringify(json))
  assert.match(json.error.message, /hold keys; it is taken again with --erase-token/)
  await done('key', 'compromise', 'one#1', '--reason', 'x')
  await done('key', 'destroy', 'one#1', '--confirm', 'one#1')
  assert.match(JSON.stringify(await place.data('key', 'show', 'one')), /site-c-/)
})

test('MEMBER-DESTROYED: a key whose destruction was cut off does not come back to where it is gone', async () => {
  await place.data('config', 'set', 'module', testModule())
  const destroy = ['key', 'destroy', 'card#2', '--confirm', 'card#2']
  await done('key', 'rotate', 'card')
  const { code } = await failing(destroy, 'C_DestroyObject 1 kill after if CKA_LABEL=card#2')
  assert.equal(code, 6)
  const away = ['--absent', 'first', '--no-checkpoint']
  const { home, folder } = place
  const recover = ['partition', 'recover', '--no-input', ...away, ...by(place)]
  const { stdout, stderr } = await perform(recover, { home, cwd: folder.dir, env: folder.env })
  assert.match(stdout, /key.destroy was not done on site-b; there its keys are as they were/)
  assert.match(
    stderr,
    /nobody knows whether card#2 is destroyed on first, and what is gone there does not come back to it/,
  )
  assert.deepEqual(await standings(place), ['first behind', 'site-b current'])
  const { json } = await place.keyrite(['member', 'sync', 'first', ...by(place)])
  assert.equal(json.error?.code, 'MEMBER-UNPROVEN', JSON.stringify(json))
  assert.match(json.error.message, /card#2 is gone from it, as its destruction began/)
  assert.match(json.error.hint, /key destroy 'card#2' --absent first && keyrite member sync first$/)
  assert.deepEqual((await place.data('member', 'show', 'first')).perhapsDestroyed, ['card#2'])
  await done('key', 'destroy', 'card#2', '--confirm', 'card#2', ...away)
  await done('member', 'sync', 'first')
  await done('member', 'check', '--all')
})

test('a retirement that one member keeps from its end: the other is erased, and a recovery erases the rest', async () => {
  const retire = ['partition', 'retire', 'pay', '--confirm', 'pay', '--certificate', place.path('end')]
  const { code, json } = await failing(retire, 'C_InitToken 2 return CKR_DEVICE_ERROR')
  assert.deepEqual([code, json.error.code], [6, 'CKR_DEVICE_ERROR'], JSON.stringify(json))
  assert.match(json.error.message, /\(member site-b\); the keys are destroyed, and the retirement is not finished/)
  assert.match(json.error.hint, /partition recover.*where its token is gone for good: .* --absent site-b$/s)
  const { members } = await done('partition', 'recover')
  assert.deepEqual(members, [
    { member: 'first', token: 'erased' },
    { member: 'site-b', token: 'erased' },
  ])
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
  const { retired } = await place.data('audit', 'verify', '--certificate', place.path('end'))
  assert.equal(retired.token, 'erased')
})

test('LEDGER-FORKED, OTHER-LEDGER: two sites went on without each other: one ledger is kept, and what the other token holds alone is listed', async () => {
  using here = await withSecond()
  const mine = by(here)
  const there = here.path('there')
  const fork = `${there}/pay/ledger.jsonl`
  cpSync(here.home, there, { recursive: true })
  const earlier = here.path('earlier')
  cpSync(here.ledger, earlier)
  await here.data('key', 'rotate', 'card', '--absent', 'site-b', '--no-checkpoint', ...mine)
  const away = ['--absent', 'first', '--no-checkpoint']
  assert.equal((await here.keyrite(['key', 'rotate', 'card', ...away, ...mine], { home: there })).code, 0)
  const forked = await here.keyrite(['member', 'sync', 'site-b', ...mine])
  assert.deepEqual([forked.code, forked.json.error.code, forked.json.error.changed], [5, 'LEDGER-FORKED', false])
  assert.match(forked.json.error.hint, /keyrite member retire site-b --lost --other-ledger FILE/)
  const retire = ['member', 'retire', 'site-b', '--confirm', 'site-b', '--no-checkpoint', ...mine]
  const given = (file: string, ...more: string[]) => here.keyrite([...retire, ...more, '--other-ledger', file])
  assert.equal((await given(fork)).code, 2)
  const copied = await given(earlier, '--lost')
  assert.equal(copied.json.error.code, 'OTHER-LEDGER', JSON.stringify(copied.json))
  assert.match(copied.json.error.message, /an earlier copy of it/)
  writeFileSync(earlier, readFileSync(fork).subarray(0, -9))
  const cut = await given(earlier, '--lost')
  assert.ok(cut.json.error.message.startsWith(`${earlier}: `), JSON.stringify(cut.json))
  assert.match(cut.json.error.hint, /audit verify --ledger /)
  const { code, json, stderr } = await given(fork, '--lost')
  assert.equal(code, 0, JSON.stringify(json))
  assert.match(stderr, /goes with it +1 key by its ledger alone: card#2 \(aes-256, not the one of this ledger\)/)
  const { retired } = await here.data('member', 'show', 'site-b')
  assert.deepEqual([retired[0].alone.length, retired[0].alone[0].name], [1, 'card'])
  const erase = ['--erase-token', retired[0].token.serial, '--confirm', 'site-b']
  await here.data('member', 'add', 'site-b', '--module', softhsm, ...erase, ...mine)
})
