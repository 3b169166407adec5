// Two members, and what acts on one of them: keys that come from elsewhere, copies for applications, a manifest, exports. The other has all of it then, by the same mechanism.
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { checkValueOf } from '../../src/domain/check-values.ts'
import { appInit, foreignToken } from '../support/application.ts'
import { idOf, pkcs11Tool } from '../support/foreign.ts'
import { readAll } from '../support/independent.ts'
import { blockOf } from '../support/key-blocks.ts'
import { readStandings, standings, withSecond } from '../support/members.ts'
import { by, type TestPartition } from '../support/partition.ts'
import { sealedFor } from '../support/sent-keys.ts'
import { softhsm } from '../support/softhsm.ts'

let place: TestPartition
const done = (...args: string[]) => place.data(...args, ...by(place))

/** Each change was proved on every member; and, where the tokens are held against the ledger, every key is as that says. */
const isAlike = async (looks = false) => {
  if (looks) await done('member', 'check', '--all')
  assert.deepEqual(await standings(place), ['first current', 'site-b current'])
}

const holders = () => place.records().findLast(({ type }) => type === 'outcome').holders

before(async () => {
  place = await withSecond()
})
after(() => place[Symbol.dispose]())

test('whoever names no member is told of those that there are', async () => {
  const { code, json } = await place.keyrite(['member', 'check'])
  assert.deepEqual([code, json.error.message], [2, 'which member is meant: first, site-b'])
  assert.match(json.error.hint, /^keyrite member check .* --all {2}# or one: keyrite member check .* first$/)
})

test('keys that were made elsewhere come to both, and go out of one', async () => {
  const accept = ['--accept', 'clear-on-host']
  const kbpk = randomBytes(32)
  writeFileSync(place.path('kbpk.jwk'), JSON.stringify({ kty: 'oct', k: kbpk.toString('base64url') }), { mode: 0o600 })
  const wraps = ['--type', 'aes-256', '--usage', 'wrap', '--usage', 'unwrap']
  await done('key', 'import', 'kbpk', '--in', place.path('kbpk.jwk'), ...wraps, ...accept)
  assert.deepEqual(
    holders().map(({ member, proof }: { member: string; proof: string }) => `${member} ${proof}`),
    ['first proven', 'site-b proven'],
  )
  const parts = [0, 1].flatMap((i) => {
    writeFileSync(place.path(`part.${i}`), `${randomBytes(16).toString('hex')}\n`, { mode: 0o600 })
    return ['--component-file', place.path(`part.${i}`)]
  })
  await done('key', 'import', 'parts', '--type', 'aes-128', '--components', '2', ...parts)
  await done('key', 'generate', 'data', '--type', 'aes-256')
  const inBlock = async (name: string, usage: string) => {
    const key = randomBytes(32)
    writeFileSync(place.path('block'), `${blockOf(kbpk, `D0000${usage}0000`, key)}\n`)
    const how = ['--type', 'aes-256', '--kcv', await checkValueOf('aes-256', key)]
    return ['key', 'import', name, '--in', place.path('block'), '--under', 'kbpk#1', ...how, ...accept]
  }
  await done(...(await inBlock('blocked', 'D0AB00E')))
  const stays = await place.keyrite([...(await inBlock('stays', 'D0AB00N')), ...by(place)])
  assert.equal(stays.json.error.code, 'MEMBER-KEYS', JSON.stringify(stays.json))
  const under = ['--for', 'key-block', '--under', 'kbpk', '--exportability', 'e']
  await done('key', 'export', 'data#1', ...under, '--out', place.path('out.block'), ...accept)
  const partner = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  writeFileSync(place.path('partner.pem'), partner.export({ type: 'spki', format: 'pem' }))
  const wrapped = ['--for', 'rsa-aes', '--wrapping-key', place.path('partner.pem'), '--method', 'sha1']
  await done('key', 'export', 'data#1', ...wrapped, '--out', place.path('out.wrapped'))
})

test('applications get their keys, and what is published and promoted is on both', async () => {
  await place.data(...appInit(place, 'web'))
  await done('key', 'deliver', 'card', '--app', 'web', '--accept', 'unbacked')
  await done('key', 'publish', 'card')
  await done('key', 'promote', 'card', '--accept', 'unbacked')
  await done('app', 'check', '--all')
  await done('app', 'sync', 'web')
  await done('key', 'withdraw', 'card#1', '--app', 'web')
  await done('app', 'pin', 'web', '--pin-out', place.path('again.pin'))
  assert.equal(readFileSync(place.path('again.pin'), 'utf8'), readFileSync(place.path('web.pin'), 'utf8'))
})

test('a manifest makes, publishes and ends keys on both', async () => {
  const manifest = [
    'format = "keyrite.manifest/1"',
    '[policies.dek]',
    'type = "aes-256"',
    '[keys.dek]',
    'policy = "dek"',
    'count = 3',
    'deliver = ["web"]',
  ]
  writeFileSync(place.path('keys.toml'), `${manifest.join('\n')}\n`)
  await done('manifest', 'apply', place.path('keys.toml'), '--accept', 'unbacked')
})

test('a key that one has lost comes back from a backup, and one that both have lost comes back to both', async () => {
  await done('backup', 'create', place.path('b'))
  await done('backup', 'test', place.path('b'), '--module', softhsm)
  await pkcs11Tool(place, ['--delete-object', '--type', 'secrkey', '--id', idOf(place, 'data')])
  await done('key', 'restore', 'data#1', '--in', place.path('b'))
  await isAlike(true)
})

/** Whoever got the request sends a key by it. */
function sent(name: string): string {
  const blob = place.path(`${name}.wrapped`)
  writeFileSync(blob, sealedFor(place.path(`${name}.request`), randomBytes(32)))
  return blob
}

const request = (name: string, ...more: string[]) =>
  done(
    'key',
    'import-request',
    name,
    '--type',
    'aes-256',
    '--bits',
    '2048',
    '--out',
    place.path(`${name}.request`),
    ...more,
  )

test('a key that others send opens on the member that asked for it, and comes to the others from there', async () => {
  // Who was away when it was asked for has missed nothing.
  await request('elsewhere', ...away)
  const come = (name: string) => [
    ...['key', 'import', name, '--request', place.path(`${name}.request`)],
    ...['--in', sent(name)],
  ]
  await done(...come('elsewhere'))
  assert.deepEqual(
    holders().map(({ member, proof }: { member: string; proof: string }) => `${member} ${proof}`),
    ['site-b proven', 'first proven'],
  )
  await request('given-up')
  const awaited = await place.data('key', 'list', 'given-up')
  assert.deepEqual([awaited.requests[0].name, awaited.requests[0].member], ['given-up', 'first'])
  await isAlike(true)
  const { json } = await place.keyrite([...come('given-up'), ...away, ...by(place)])
  assert.deepEqual([json.error?.code, json.error?.changed], ['IMPORT-REQUEST', false], JSON.stringify(json))
  assert.match(json.error.hint, /--cancel --absent first && keyrite key import-request given-up --type aes-256/)
  await done('key', 'import-request', 'given-up', '--cancel', ...away)
  assert.deepEqual(await standings(place), ['first behind', 'site-b current'])
})

const away = ['--absent', 'first', '--no-checkpoint']

test('with one away the other acts, and it gets what it missed', async () => {
  const pin = place.path('till.pin')
  writeFileSync(pin, '12345678', { mode: 0o600 })
  const till = await foreignToken(place, 'till', '87654321', '12345678')
  const given = ['--module', softhsm, '--token', till, '--given-pin', '--user-pin-file', pin]
  await done('app', 'adopt', 'till', ...given, ...away)
  const anew = ['--module', softhsm, '--pin-out', place.path('anew.pin'), '--confirm', 'web']
  await done('app', 'replace', 'web', ...anew, ...away)
  await done('quorum', 'stage', '--shares-dir', place.path('shares'), '--unsafe-plain-shares', ...away)
  await done('quorum', 'unstage', ...away)
  await done('key', 'publish', 'card', ...away)
  await done('app', 'check', '--all', ...away, '--user-pin-file', `till=${pin}`)
  await done('member', 'sync', 'first')
  await done('app', 'retire', 'till', '--confirm', 'till', '--user-pin-file', `till=${pin}`)
  await done('app', 'retire', 'web', '--confirm', 'web')
  await isAlike(true)
  assert.deepEqual(await readStandings(place), ['first current', 'site-b current'])
})

test('the partition ends without one: that keeps what it has, and last record and certificate say so', async () => {
  const end = [
    'partition',
    'retire',
    'pay',
    '--confirm',
    'pay',
    '--certificate',
    place.path('end'),
    ...away,
    ...by(place),
  ]
  const { json, stdout } = await place.keyrite(end)
  const members = [
    { member: 'first', token: 'left' },
    { member: 'site-b', token: 'erased' },
  ]
  assert.deepEqual(json.data?.members, members, stdout)
  assert.deepEqual(place.records().at(-1).members, members)
  const { tokens, stillHeldBy } = JSON.parse(readFileSync(place.path('end.json'), 'utf8')).statement
  assert.deepEqual(
    tokens.map(({ member, state }: { member: string; state: string }) => `${member} ${state}`),
    ['first left', 'site-b erased'],
  )
  assert.deepEqual(stillHeldBy.tokens, [tokens[0].token.serial])
  assert.match(readFileSync(place.path('end'), 'utf8'), /Member first:\nTHE TOKEN IS NOT ERASED/)
  assert.deepEqual((await place.data('key', 'show', 'dek-1')).heldBy.tokens, stillHeldBy.tokens)
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])
})
