// The whole life of every type of key: another program uses it, the token is lost, the backup brings it back on a second
// token, and what was encrypted and signed before still opens and holds.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { isTdes, KEY_TYPES } from '../../src/domain/keys.ts'
import { isMlDsa } from '../../src/domain/ml-dsa.ts'
import { idOf, pkcs11Bytes, pkcs11Tool, tryPkcs11Tool } from '../support/foreign.ts'
import { runProgram } from '../support/keyrite.ts'
import { blank, initArgs, type TestPartition } from '../support/partition.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'

let place: TestPartition
let by: string[]
let anchor: string

const text = Buffer.from('said while the first token lived')
const digest = createHash('sha256').update(text).digest()
const cbc = ['--mechanism', 'AES-CBC-PAD', '--iv', '000102030405060708090a0b0c0d0e0f']

/** How each family signs: what, for pkcs11-tool, and how openssl is told the same. */
interface Signing {
  data: Buffer
  how: string[]
  openssl?: string[]
}
const SIGNING: Record<string, Signing> = {
  rsa: { data: text, how: ['--mechanism', 'SHA256-RSA-PKCS'], openssl: ['-rawin', '-digest', 'sha256'] },
  ec: { data: digest, how: ['--mechanism', 'ECDSA', '--signature-format', 'openssl'], openssl: [] },
  ed25519: { data: text, how: ['--mechanism', 'EDDSA'] },
}
const signing = (type: string): Signing => {
  const [kind, hash] = type.split('-')
  return kind === 'hmac' ? { data: text, how: ['--mechanism', `${hash!.toUpperCase()}-HMAC`] } : SIGNING[kind!]!
}

/** SoftHSM has no ML-DSA. */
const TYPES = KEY_TYPES.filter((type) => !isMlDsa(type))
const ciphers = TYPES.filter((type) => type.startsWith('aes'))
const signers = TYPES.filter((type) => !type.startsWith('aes') && !isTdes(type))
// Not ed25519: it is in no backup, and nothing else gives a public key.
const pairs = signers.filter((type) => signing(type).openssl)

const encrypt = (type: string, version = 1) =>
  pkcs11Bytes(place, ['--encrypt', ...cbc, '--id', idOf(place, type, version)], text)
const decrypt = (type: string, data: Buffer, version = 1) =>
  pkcs11Bytes(place, ['--decrypt', ...cbc, '--id', idOf(place, type, version)], data)
const sign = (type: string) =>
  pkcs11Bytes(place, ['--sign', ...signing(type).how, '--id', idOf(place, type)], signing(type).data)

function file(name: string, content: Uint8Array): string {
  writeFileSync(place.path(name), content)
  return place.path(name)
}

async function tokenVerifies(type: string, signature: Buffer): Promise<void> {
  const { data, how } = signing(type)
  const files = ['--input-file', file('data', data), '--signature-file', file('signature', signature)]
  assert.match(await pkcs11Tool(place, ['--verify', ...how, '--id', idOf(place, type), ...files]), /Signature is valid/)
}

async function openssl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram('openssl', args)
  assert.equal(code, 0, `openssl ${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

/** The public key as the backup has it, which is the one whose fingerprint the ledger has. */
function spki(name: string): string {
  const lines = readFileSync(place.path('pay.backup'), 'utf8').trimEnd().split('\n')
  const { key } = lines.map((line) => JSON.parse(line)).find((line) => line.key?.name === name)
  const bytes = Buffer.from(key.spki, 'base64url')
  assert.equal(key.fingerprint, `sha256:${createHash('sha256').update(bytes).digest('hex')}`)
  return file('spki.der', bytes)
}

async function opensslVerifies(type: string, signature: Buffer): Promise<void> {
  const key = ['-pubin', '-keyform', 'DER', '-inkey', spki(type), ...signing(type).openssl!]
  const files = ['-in', file('data', signing(type).data), '-sigfile', file('signature', signature)]
  assert.match(await openssl('pkeyutl', '-verify', ...key, ...files), /Signature Verified Successfully/)
}

/** Made on the first token. */
const encrypted = new Map<string, Buffer>()
const signed = new Map<string, Buffer>()

const verify = () => place.keyrite(['partition', 'check', ...place.approvedBy('bob', 'carol')])
const oaep = ['--mechanism', 'RSA-PKCS-OAEP', '--hash-algorithm', 'SHA-1']
const opened = (sealed: Buffer) => pkcs11Bytes(place, ['--decrypt', ...oaep, '--id', idOf(place, 'seal')], sealed)

before(async () => {
  place = blank()
  by = place.approvedBy('alice', 'bob')
  const said = ['--reason', 'cards are issued here', '--ticket', 'CHG-4711', '--requested-by', 'Dana Ops']
  await place.data(...initArgs(place), ...said)
  const { reason, ticket, requestedBy } = place.records()[0].plan
  assert.deepEqual([reason, ticket, requestedBy], ['cards are issued here', 'CHG-4711', 'Dana Ops'])
  anchor = (await place.data('audit', 'verify')).anchor
  for (const type of TYPES) {
    const more = type === 'ed25519' ? ['--no-backup'] : []
    await place.data('key', 'generate', type, '--type', type, ...more, ...by)
  }
  await place.data('key', 'generate', 'seal', '--type', 'rsa-2048', '--usage', 'encrypt,decrypt', ...by)
  await place.data('key', 'generate', 'gone', '--type', 'aes-256', ...by)
})

test('every type is used by another program', async () => {
  for (const type of ciphers) {
    encrypted.set(type, await encrypt(type))
    assert.deepEqual(await decrypt(type, encrypted.get(type)!), text)
  }
  for (const type of signers) {
    signed.set(type, await sign(type))
    await tokenVerifies(type, signed.get(type)!)
  }
})

/** Version 1 is deactivated: it opens what it closed, and closes nothing more. */
async function onlyTheNewVersionEncrypts(): Promise<void> {
  assert.deepEqual(await decrypt('aes-256', encrypted.get('aes-256')!), text)
  const old = ['--encrypt', ...cbc, '--id', idOf(place, 'aes-256'), '--input-file', file('data', text)]
  const { code, stderr } = await tryPkcs11Tool(place, [...old, '--output-file', place.path('never')])
  assert.notEqual(code, 0)
  assert.match(stderr, /C_EncryptInit failed: rv = CKR_KEY_FUNCTION_NOT_PERMITTED/)
  assert.deepEqual(await decrypt('aes-256', await encrypt('aes-256', 2), 2), text)
}

test('rotated: the old version only decrypts, the new one encrypts', async () => {
  await place.data('key', 'rotate', 'aes-256', ...by)
  await onlyTheNewVersionEncrypts()
  encrypted.set('aes-256#2', await encrypt('aes-256', 2))
})

test('the backup says what it lacks; its public keys are those of the signatures', async () => {
  const told = await place.data('backup', 'create', place.path('pay.backup'), ...by)
  assert.deepEqual(
    told.omitted.map(({ name, version }: { name: string; version: number }) => `${name}#${version}`),
    ['ed25519#1'],
  )
  for (const type of pairs) await opensslVerifies(type, signed.get(type)!)
  await place.data('key', 'public', 'ec-p256', '--format', 'der', '--out', place.path('ec.der'))
  assert.deepEqual(readFileSync(place.path('ec.der')), readFileSync(spki('ec-p256')))
  const how = ['-pubin', '-keyform', 'DER', '-inkey', spki('seal'), '-pkeyopt', 'rsa_padding_mode:oaep']
  await openssl('pkeyutl', '-encrypt', ...how, '-in', file('data', text), '-out', place.path('sealed'))
  assert.deepEqual(await opened(readFileSync(place.path('sealed'))), text)
})

test('the token is lost: a restore on an empty one is incomplete, and names the key that could not be backed up', async () => {
  await place.data('key', 'deactivate', 'gone', '--reason', 'done with', ...by)
  await place.data('key', 'destroy', 'gone#1', '--confirm', 'gone#1', ...by)
  copyFileSync(place.path('home', 'pay', 'checkpoint'), place.path('carried'))
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--checkpoint', place.path('carried'), '--confirm', 'pay']
  const { code, json } = await place.keyrite(['backup', 'restore', place.path('pay.backup'), ...how, ...by])
  assert.equal(code, 6)
  const { error } = json
  assert.deepEqual([error.code, error.changed], ['RESTORE-COMPLETE', true])
  assert.match(error.message, /^16 keys restored, each proved equal; one is missing: ed25519#1$/)
})

test('what was made on the first token opens and holds on the second, by its own word and by openssl', async () => {
  for (const type of ciphers) assert.deepEqual(await decrypt(type, encrypted.get(type)!), text)
  assert.deepEqual(await decrypt('aes-256', encrypted.get('aes-256#2')!, 2), text)
  assert.deepEqual(await opened(readFileSync(place.path('sealed'))), text)
  for (const type of signers.filter((one) => one !== 'ed25519')) await tokenVerifies(type, signed.get(type)!)
  for (const type of pairs) await opensslVerifies(type, signed.get(type)!)
  await onlyTheNewVersionEncrypts()
})

test('what is made on the second token is by the same keys', async () => {
  assert.deepEqual(await sign('hmac-sha256'), signed.get('hmac-sha256'))
  assert.deepEqual(await encrypt('aes-128'), encrypted.get('aes-128'))
  for (const type of pairs) await opensslVerifies(type, await sign(type))
})

test('the destroyed key did not come back; the missing one is named until its life ends too', async () => {
  const objects = await pkcs11Tool(place, ['--list-objects'])
  assert.match(objects, new RegExp(idOf(place, 'aes-256')))
  for (const name of ['gone', 'ed25519']) assert.doesNotMatch(objects, new RegExp(idOf(place, name)))
  const { code, json } = await verify()
  const named = json.data.findings.map(({ kind, object }: { kind: string; object: string }) => `${kind} ${object}`)
  assert.deepEqual([code, named], [5, ['missing ed25519#1']])
  await place.data('key', 'deactivate', 'ed25519', '--reason', 'lost with the token', ...by)
  await place.data('key', 'destroy', 'ed25519#1', '--confirm', 'ed25519#1', ...by)
  assert.equal((await verify()).code, 0)
  await place.data('audit', 'verify', '--anchor', anchor, '--checkpoint', place.path('carried'))
})
