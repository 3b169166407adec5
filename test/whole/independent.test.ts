// What keyrite wrote, read by a program that shares no line with it: a partition's whole life, on two tokens.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { appInit, pinOf, serialOf } from '../support/application.ts'
import { pkcs11Tool } from '../support/foreign.ts'
import { perform } from '../support/in-process.ts'
import { type Result, runProgram } from '../support/keyrite.ts'
import { blank, CUSTODIANS, partition, type TestPartition } from '../support/partition.ts'
import { inRepo } from '../support/paths.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'

let place: TestPartition
let anchor: string
let carried: string

const reader = (...args: string[]): Promise<Result> =>
  runProgram('python3', [inRepo('test/independent/reader.py'), ...args], { env: place.folder.env })

async function reads(...args: string[]) {
  const { code, json, stdout, stderr } = await reader(...args)
  assert.equal(code, 0, `${args[0]}: ${stdout}${stderr}`)
  return json
}

const shares = (...names: (typeof CUSTODIANS)[number][]): string[] => names.map(place.share)
const proofs = () => ['--anchor', anchor, '--checkpoint', place.path('home', 'pay', 'checkpoint')]

/** Each kind of record that can be had without a crash. */
async function live(): Promise<void> {
  const by = place.approvedBy('alice', 'bob')
  await place.data('key', 'generate', 'sign/ec', '--type', 'ec-p256', ...by)
  await place.data('key', 'generate', 'sign/rsa', '--type', 'rsa-2048', ...by)
  await place.data('key', 'generate', 'dek', '--count', '3', '--type', 'aes-256', ...by)
  const denied = await place.keyrite(['key', 'rotate', 'card', ...place.approvedBy('alice')])
  assert.equal(denied.code, 3)
  await place.data('key', 'rotate', 'card', ...place.approvedBy('bob', 'carol'))
  await place.data('key', 'suspend', 'dek-1', '--reason', 'a rest', ...by)
  await place.data('key', 'resume', 'dek-1', '--reason', 'rested', ...by)
  await place.data('key', 'compromise', 'dek-2', '--reason', 'seen in a log', ...by)
  await place.data('backup', 'create', place.path('pay.backup'), ...place.approvedBy('alice', 'carol'))
  await place.data('key', 'destroy', 'card#1', '--confirm', 'card#1', ...by)
  await place.data('audit', 'checkpoint', ...by)
  carried = place.path('carried')
  copyFileSync(place.path('home', 'pay', 'checkpoint'), carried)
}

async function restore(): Promise<void> {
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--checkpoint', carried, '--confirm', 'pay']
  await place.data('backup', 'restore', place.path('pay.backup'), ...how, ...place.approvedBy('alice', 'carol'))
  await place.data('key', 'generate', 'after', '--type', 'aes-256', ...place.approvedBy('alice', 'bob'))
}

before(async () => {
  place = await partition()
  await live()
  anchor = (await place.data('audit', 'verify')).anchor
})

test('the token of the first life opens with the PIN that the reader derives, as user and as SO', async () => {
  const login = (role: string) =>
    reads('login', ...shares('alice', 'carol'), '--role', role, '--ledger', place.ledger, '--module', softhsm)
  assert.equal((await login('user')).head, 'equal')
  assert.equal((await login('so')).ok, true)
})

test('each record names the program by its digest, and the first the versions that another program hears of the token', async () => {
  const sums = createHash('sha256').update(readFileSync(inRepo('SHA256SUMS')))
  assert.deepEqual([...new Set(place.records().map(({ tool }) => tool.sha256))], [sums.digest('hex')])
  const heard = await pkcs11Tool(place, ['--list-token-slots'], false)
  const { firmware, hardware } = place.records()[0].token
  assert.match(heard, new RegExp(`hardware version +: ${hardware}\n +firmware version +: ${firmware}\n`))
})

test('the backup: signed, as the ledger says, and every blob is the key whose fingerprint the token gave', async () => {
  const backup = [place.path('pay.backup'), '--ledger', place.ledger]
  const found = await reads('backup', ...backup, ...proofs(), '--shares', ...shares('bob', 'carol'))
  assert.equal(found.opened, found.keys)
  assert.equal(found.keys, 7)
  const header = JSON.parse(readFileSync(place.path('pay.backup'), 'utf8').split('\n')[0]!).header
  const kek = await reads('kek', ...shares('alice', 'bob'), '--ledger', place.ledger)
  assert.equal(kek.check, header.kek.check)
  await reads('backup', place.path('pay.backup'), '--ledger', place.path('pay.backup.ledger'))
})

test('after a restore on a second token: chain, signatures, approvals, both audit keys, anchor and old checkpoint', async () => {
  await restore()
  const own = await place.data('audit', 'verify', '--anchor', anchor)
  const found = await reads('ledger', place.ledger, '--openssl', ...proofs())
  assert.equal(found.ok, true)
  assert.deepEqual([found.size, found.leaf, found.anchor], [own.records, own.leaf, own.anchor])
  await reads('ledger', place.ledger, '--anchor', anchor, '--checkpoint', carried)
  const types = new Set(place.records().map(({ type }) => type))
  for (const type of ['partition.created', 'intent', 'outcome', 'denied', 'token.replaced']) assert.ok(types.has(type))
  const login = ['login', ...shares('bob', 'carol'), '--ledger', place.ledger, '--module', softhsm]
  assert.equal((await reads(...login)).head, 'equal')
})

test('plan digests and codes are those that people read aloud', async () => {
  const told = (await place.data('key', 'rotate', 'card', ...place.approvedBy('alice', 'bob'))).plan
  const file = place.path('plan.json')
  writeFileSync(file, JSON.stringify(place.records().findLast(({ type }) => type === 'intent').plan))
  const found = await reads('plan', file)
  assert.deepEqual([found.digest, found.code], [told.digest, told.code])
})

test('the token of an application opens with the PINs that the reader derives, and the user PIN is the one that was handed over', async () => {
  await place.data(...appInit(place, 'web'))
  const of = [...shares('alice', 'carol'), '--app', 'web', '--ledger', place.ledger]
  assert.equal((await reads('pin', ...of)).pin, pinOf(place, 'web'))
  for (const role of ['user', 'so'])
    assert.equal((await reads('login', ...of, '--role', role, '--module', softhsm)).token, await serialOf(place, 'web'))
})

test('too few shares, and a share of nobody, give no PIN', async () => {
  const { code, json } = await reader('pin', ...shares('alice'), '--ledger', place.ledger)
  assert.deepEqual([code, json.ok], [1, false])
})

test('age opens a share under a passphrase, and one for a recipient', async () => {
  using sealed = await partition('sealed')
  for (const name of CUSTODIANS) {
    const how = ['--passphrase-file', sealed.passphraseFile(name), '--ledger', sealed.ledger]
    const told = await reads('share', sealed.share(name), ...how)
    assert.equal(told.custodian, name)
    assert.equal(told.hints.custodian, name)
  }
  const identity = sealed.path('identity')
  const { code } = await runProgram('age-keygen', ['-o', identity])
  assert.equal(code, 0)
  const { stdout: recipient } = await runProgram('age-keygen', ['-y', identity])
  using own = blank()
  const people = CUSTODIANS.flatMap((name) => ['--custodian', name, '--recipient', `${name}=${recipient.trim()}`])
  const where = ['--module', softhsm, '--shares-dir', own.path('shares'), '--identity', identity]
  const init = ['partition', 'init', 'pay', ...where, ...people, '--threshold', '2', '--json', '--no-input']
  const made = await perform(init, { home: own.home, cwd: own.folder.dir, env: own.folder.env })
  assert.equal(made.code, 0, made.stdout + made.stderr)
  const told = await reads('share', own.path('shares', 'bob.share.age'), '--identity', identity, '--ledger', own.ledger)
  assert.equal(told.custodian, 'bob')
})
