// What other programs make of a partition's token: they see the same keys, nothing without the PIN, and can't carry one away.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { derivedPin, idOf, pkcs11Tool, tryPkcs11Tool } from '../support/foreign.ts'
import { type Result, runProgram } from '../support/keyrite.ts'
import { partition, type TestPartition } from '../support/partition.ts'
import { asUser } from '../support/raw.ts'

/** Each type of key, as pkcs11-tool titles its objects. */
const TITLES: Record<string, string[]> = {
  'aes-256': ['Secret Key Object; AES length 32'],
  'aes-128': ['Secret Key Object; AES length 16'],
  'hmac-sha256': ['Secret Key Object; Generic secret length 32'],
  'rsa-2048': ['Private Key Object; RSA', 'Public Key Object; RSA 2048 bits'],
  'rsa-3072': ['Private Key Object; RSA', 'Public Key Object; RSA 3072 bits'],
  'ec-p256': ['Private Key Object; EC', 'Public Key Object; EC  EC_POINT 256 bits'],
  'ec-p384': ['Private Key Object; EC', 'Public Key Object; EC  EC_POINT 384 bits'],
  // One release counts the bits of the key, another those of its DER encoding.
  ed25519: ['Private Key Object; EC_EDWARDS', 'Public Key Object; EC_EDWARDS  EC_POINT'],
}
const types = Object.keys(TITLES)

let place: TestPartition

before(async () => {
  place = await partition()
  for (const type of types) {
    const backup = type === 'ed25519' ? ['--no-backup'] : []
    await place.data('key', 'generate', type, '--type', type, ...backup, ...place.approvedBy('alice', 'bob'))
  }
})

async function p11tool(uri: string, login: boolean): Promise<Result> {
  const env = { ...place.folder.env, ...(login && { GNUTLS_PIN: await derivedPin(place) }) }
  const how = ['--provider', place.folder.module, '--batch', ...(login ? ['--login'] : [])]
  return runProgram('p11tool', [...how, '--list-all', uri], { env })
}

/** Title, label and ID of each object that pkcs11-tool lists. */
const objectsOf = (listing: string): string[] =>
  [...listing.matchAll(/^(\w+ Key Object; [^\n]*?) *\n(?: {2}[^\n]*\n)*? {2}label: +([^\n]+)\n {2}ID: +(\w+)/gm)].map(
    ([, title, label, id]) => `${title!.replace(/(EC_EDWARDS {2}EC_POINT) \d+ bits/, '$1')} ${label} ${id}`,
  )

test('pkcs11-tool, logged in, lists what the ledger says and nothing else: title, label and ID, both halves', async () => {
  const found = objectsOf(await pkcs11Tool(place, ['--list-objects']))
  const wanted = types.flatMap((type) => TITLES[type]!.map((title) => `${title} ${type}#1 ${idOf(place, type)}`))
  const card = `Secret Key Object; AES length 32 card#1 ${idOf(place, 'card')}`
  const others = found.filter((object) => !object.includes('keyrite/audit'))
  assert.deepEqual(others.sort(), [...wanted, card].sort())
  assert.equal(found.length, others.length + 2, 'and the two halves of the audit key')
})

test('the URI of each key finds one object with p11tool, that key; without the PIN none', async () => {
  for (const type of types) {
    const { uri } = await place.data('key', 'show', type)
    const { code, stdout, stderr } = await p11tool(uri, true)
    assert.equal(code, 0, stdout + stderr)
    assert.equal(stdout.match(/^Object \d+:/gm)?.length, 1, stdout)
    assert.match(stdout, new RegExp(`Label: ${type}#1\n`))
    assert.equal(/ID: ([0-9a-f:]+)/.exec(stdout)?.[1]?.replaceAll(':', ''), idOf(place, type))
    const without = await p11tool(uri, false)
    assert.match(without.stdout + without.stderr, /No matching objects found/)
  }
})

test('without the PIN, and with a wrong one, nothing is listed and nothing can be used', async () => {
  assert.equal((await pkcs11Tool(place, ['--list-objects'], false)).trim(), '')
  const file = place.path('digest')
  writeFileSync(file, Buffer.alloc(32, 1))
  const use = ['--sign', '--mechanism', 'ECDSA', '--id', idOf(place, 'ec-p256'), '--input-file', file]
  assert.equal((await tryPkcs11Tool(place, use)).code, 0)
  const signed = await asUser(
    place,
    `
    const key = byLabel('ec-p256#1', 3)
    const sign = () => {
      try { lib.C_SignInit(session, { mechanism: 0x1041 }, key); return lib.C_Sign(session, Buffer.alloc(32, 1), Buffer.alloc(64)).length }
      catch (error) { return error.message }
    }
    const before = sign()
    lib.C_Logout(session)
    return { before, after: sign(), left: find().length }`,
  )
  const { before: loggedIn, after, left } = signed as { before: number; after: string; left: number }
  assert.deepEqual([loggedIn, left], [64, 0])
  assert.match(after, /CKR_KEY_HANDLE_INVALID|CKR_OBJECT_HANDLE_INVALID|CKR_USER_NOT_LOGGED_IN/)
  for (const args of [use, ['--list-objects']]) {
    const wrong = await tryPkcs11Tool(place, ['--login', '--pin', 'wrongpin', ...args], false)
    assert.equal(wrong.code, 1)
    assert.match(wrong.stderr, /CKR_PIN_INCORRECT/)
  }
})

test('a key of the user’s own wraps none that may be backed up; it does wrap one without WRAP_WITH_TRUSTED', async () => {
  const told = await asUser(
    place,
    `
    const made = (pairs) => lib.C_GenerateKey(session, { mechanism: 0x1080 },
      attributes([[0, 4], [0x100, 0x1f], [0x161, 32], [1, false], [2, true], ...pairs]))
    const own = made([[0x106, true]])
    const wraps = (key) => {
      try { return lib.C_WrapKey(session, { mechanism: 0x210a }, own, key, Buffer.alloc(8192)).length > 0 && 'wrapped' }
      catch (error) { return error.message }
    }
    const theirs = input.names.map((name) => wraps(byLabel(name + '#1', 4) ?? byLabel(name + '#1', 3)))
    const secret = [[0x162, true], [0x103, true]]
    return { theirs, plain: wraps(made(secret)), marked: wraps(made([...secret, [0x210, true]])) }`,
    { names: ['card', 'hmac-sha256', 'rsa-2048', 'ec-p256'] },
  )
  const { theirs, plain, marked } = told as { theirs: string[]; plain: string; marked: string }
  assert.equal(plain, 'wrapped')
  for (const refusal of [...theirs, marked]) assert.match(refusal, /CKR_KEY_NOT_WRAPPABLE/)
})
