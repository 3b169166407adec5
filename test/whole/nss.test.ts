// A partition on NSS: what is weak there is accepted by its words or nothing begins, and whoever reaches the database without its PIN is found out.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createCipheriv, generateKeyPairSync, randomBytes } from 'node:crypto'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder } from '../support/folders.ts'
import { type Result, run, runProgram } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { sealedFor } from '../support/sent-keys.ts'

const library = existsSync('/usr/lib') ? foundIn('/usr/lib') : undefined
const skip = library === undefined && 'libsoftokn3.so is not there'

function foundIn(lib: string): string | undefined {
  return readdirSync(lib)
    .map((name) => join(lib, name, 'libsoftokn3.so'))
    .find((path) => existsSync(path))
}

const WORDS = [
  ...['no-so', 'not-extractable', 'open-to-all', 'origin-untold'],
  ...['unnamed', 'user-trusted', 'wrap-with-trusted'],
]
const accepting = WORDS.flatMap((word) => ['--accept', word])
const PEOPLE = ['alice', 'bob', 'carol']

class Place implements Disposable {
  readonly #folder = makeFolder('nss')

  constructor() {
    for (const name of ['db', 'shares']) mkdirSync(this.path(name), { mode: 0o700 })
  }

  path = (...names: string[]): string => join(this.#folder, ...names)

  keyrite = (...args: string[]): Promise<Result> =>
    run([...args, '--json', '--no-input'], {
      home: this.path('home'),
      env: { NSS_DIR: this.path('db') },
      cwd: this.#folder,
    })

  init = (...more: string[]): Promise<Result> =>
    this.keyrite(
      ...['partition', 'init', 'pay', '--module', library!, '--profile', 'nss', '--threshold', '2'],
      ...['--unsafe-plain-shares', '--shares-dir', this.path('shares')],
      ...[...PEOPLE.flatMap((name) => ['--custodian', name]), ...more],
    )

  approved = (...args: string[]): Promise<Result> =>
    this.keyrite(...args, ...['alice', 'bob'].flatMap((name) => ['--share', this.path('shares', `${name}.share.txt`)]))

  async done(...args: string[]) {
    const result = await this.approved(...args)
    assert.equal(result.code, 0, `${args.join(' ')}\n${result.stderr}`)
    return result.json.data
  }

  /** What whoever reaches the database does, and has no PIN. */
  stranger(...words: string[]): void {
    const { status, stderr } = spawnSync(process.execPath, ['-e', STRANGER, library!, this.path('db'), ...words], {
      encoding: 'utf8',
      cwd: inRepo(),
    })
    assert.equal(status, 0, stderr)
  }

  restore = (): Promise<Result> => {
    copyFileSync(this.path('home', 'pay', 'checkpoint'), this.path('checkpoint'))
    return this.approved(
      ...['backup', 'restore', this.path('backup'), '--module', library!, '--profile', 'nss'],
      ...['--checkpoint', this.path('checkpoint'), '--confirm', 'pay'],
    )
  };

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const STRANGER = `
const pkcs11 = require('pkcs11js'), { createECDH } = require('node:crypto')
const [library, folder, what, label] = process.argv.slice(1)
const lib = new pkcs11.PKCS11()
lib.load(library)
lib.C_Initialize({ flags: 2, libraryParameters: "configdir='sql:" + folder + "' certPrefix='' keyPrefix='' secmod='secmod.db' flags=  " })
const slot = lib.C_GetSlotList(true)[1], session = lib.C_OpenSession(slot, 6)
const asked = (all) => Object.entries(all).map(([name, value]) => ({ type: pkcs11['CKA_' + name], value }))
if (what === 'erase') lib.C_InitToken(slot, '', ' '.repeat(32))
else {
  lib.C_FindObjectsInit(session, asked({ LABEL: label }))
  const [found] = lib.C_FindObjects(session, 9)
  lib.C_FindObjectsFinal(session)
  const id = lib.C_GetAttributeValue(session, found, [{ type: pkcs11.CKA_ID }])[0].value
  lib.C_DestroyObject(session, found)
  const point = Buffer.concat([Buffer.from('0441', 'hex'), createECDH('prime256v1').generateKeys()])
  const params = Buffer.from('06082a8648ce3d030107', 'hex')
  if (what === 'exchange') lib.C_CreateObject(session, asked({ CLASS: 2, KEY_TYPE: 3, TOKEN: true, VERIFY: true, LABEL: label, ID: id, EC_PARAMS: params, EC_POINT: point }))
}
lib.C_Finalize()
`

const errorOf = ({ code, json }: Result): unknown[] => [code, json.error?.code, json.error?.changed]
const kinds = ({ json }: Result): string[] =>
  json.data.findings.map(({ kind, object }: Record<string, string>) => `${object} ${kind}`)

test('every weakness is accepted by its word before anything is touched; a life, and what strangers do to it', {
  skip,
}, async () => {
  using place = new Place()
  const refused = await place.init('--accept', 'no-so')
  assert.deepEqual(errorOf(refused), [3, 'TOKEN-WEAK', false])
  const words = [...refused.json.error.hint.matchAll(/--accept ([a-z-]+)/g)].map(([, word]) => word)
  assert.deepEqual(words, WORDS)
  const begun = await place.init(...accepting)
  assert.equal(begun.code, 0, begun.stderr)
  for (const word of WORDS) assert.match(begun.stderr, new RegExp(`accepts +${word}: `))
  const { profile } = (await place.keyrite('partition', 'show')).json.data
  assert.deepEqual([profile.identity, profile.so, profile.head], ['label', false, 'hmac-id'])
  assert.deepEqual(profile.broken, WORDS.slice(1))

  await place.done('key', 'generate', 'sign', '--type', 'ec-p256', '--accept', 'wrap-with-trusted')
  await place.done(
    'key',
    'generate',
    'open',
    '--type',
    'rsa-2048',
    '--usage',
    'encrypt,decrypt',
    '--accept',
    'wrap-with-trusted',
  )
  await place.done('key', 'generate', 'dek', '--type', 'aes-256', '--accept', 'wrap-with-trusted')
  await place.done('partition', 'check')

  // Public halves lie open: the private ones tell whose they are.
  place.stranger('drop', 'keyrite/audit')
  await place.done('partition', 'check')
  place.stranger('exchange', 'sign#1')
  const exchanged = await place.approved('partition', 'check')
  assert.deepEqual(errorOf(exchanged), [5, 'TOKEN-CONTENT', false])
  assert.deepEqual(
    kinds(exchanged).map((kind) => kind.split(',')[0]),
    ['sign#1 incomplete', 'public object sign#1'],
  )
  await place.done('backup', 'create', place.path('backup'))
  await place.done('key', 'suspend', 'sign', '--reason', 'its public half')
  await place.done('key', 'resume', 'sign', '--reason', 'its public half')
  await place.done('partition', 'check')
  await place.done('key', 'rotate', 'sign')
  await place.done('key', 'destroy', 'sign#1', '--confirm', 'sign#1')
  const made = await place.keyrite('member', 'add', 'b', '--module', library!)
  assert.equal(made.json.ok, false)

  // A copy of before, and another database.
  cpSync(place.path('db'), place.path('older'), { recursive: true })
  const late = await place.approved('key', 'generate', 'late', '--type', 'aes-256', '--no-backup')
  assert.equal(late.code, 0, late.stderr)
  assert.match(late.stderr, /no backup; the token lets whoever\s+is\s+logged\s+in\s+take\s+it\s+out/)
  renameSync(place.path('db'), place.path('own'))
  renameSync(place.path('older'), place.path('db'))
  assert.deepEqual(errorOf(await place.approved('partition', 'check')), [5, 'TOKEN-BEHIND', false])
  place.stranger('erase')
  const erased = await place.approved('partition', 'check')
  assert.deepEqual(errorOf(erased), [4, 'USER-PIN', false])
  assert.match(erased.json.error.message, /somebody erased it/)
  assert.match((await place.keyrite('doctor')).stdout, /it has no PIN any more/)
  // What is left there is somebody's; an empty folder takes the keys.
  assert.deepEqual(errorOf(await place.restore()), [3, 'TOKEN-EMPTY', false])
  rmSync(place.path('db'), { recursive: true })
  mkdirSync(place.path('db'), { mode: 0o700 })
  const restored = await place.restore()
  assert.deepEqual(errorOf(restored).slice(0, 2), [6, 'RESTORE-COMPLETE'])
  assert.deepEqual(
    restored.json.data.keys.map(({ name }: { name: string }) => name),
    ['dek', 'open'],
  )

  for (const key of restored.json.data.missing)
    await place.done('key', 'compromise', `${key.name}#${key.version}`, '--reason', 'lost')
  await place.done('partition', 'check')
  await place.done('partition', 'retire', 'pay', '--confirm', 'pay', '--reason', 'over')
  const ledger = place.path('home', 'pay', 'ledger.jsonl')
  const reader = await runProgram('python3', [inRepo('test/independent/reader.py'), 'ledger', ledger])
  assert.equal(reader.code, 0, reader.stdout + reader.stderr)
  assert.ok(!readFileSync(ledger, 'utf8').includes('"PRIVATE":true,"TOKEN":true'))
})

test('keys that come from elsewhere, and other custodians', { skip }, async () => {
  using place = new Place()
  const begun = await place.init(...accepting)
  assert.equal(begun.code, 0, begun.stderr)
  const weak = ['--accept', 'wrap-with-trusted']

  // By a request: the transport key is of the token, and a pair comes in two parts.
  const request = place.path('tls.request')
  const asking = ['--type', 'ec-p256', '--bits', '2048', '--out', request, ...weak]
  await place.done('key', 'import-request', 'tls', ...asking)
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const between = randomBytes(32)
  const kwp = createCipheriv('id-aes256-wrap-pad', between, Buffer.from('a65959a6', 'hex'))
  const value = kwp.update(pair.privateKey.export({ format: 'der', type: 'pkcs8' }))
  writeFileSync(place.path('blob'), Buffer.concat([sealedFor(request, between), value, kwp.final()]))
  writeFileSync(place.path('public.pem'), pair.publicKey.export({ format: 'pem', type: 'spki' }))
  const sent = ['--request', request, '--in', place.path('blob'), '--public', place.path('public.pem')]
  await place.done('key', 'import', 'tls', ...sent, ...weak)

  // From a file.
  const jwk = { kty: 'oct', k: randomBytes(32).toString('base64url') }
  writeFileSync(place.path('jwk'), JSON.stringify(jwk), { mode: 0o600 })
  const clear = ['--type', 'aes-256', '--accept', 'clear-on-host', ...weak]
  await place.done('key', 'import', 'dek', '--in', place.path('jwk'), ...clear)

  // Without an SO nothing goes out under a key of others, and nobody is asked for it.
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  writeFileSync(place.path('wrap.pem'), publicKey.export({ format: 'pem', type: 'spki' }))
  const going = ['--for', 'oaep', '--wrapping-key', place.path('wrap.pem'), '--out', place.path('out')]
  assert.deepEqual(errorOf(await place.keyrite('key', 'export', 'dek#1', ...going)), [4, 'MECHANISM', false])

  await place.done('backup', 'create', place.path('backup'))
  for (const name of ['newer', 'copy']) mkdirSync(place.path(name), { mode: 0o700 })
  const shares = ['--unsafe-plain-shares', '--shares-dir', place.path('newer')]
  const other = ['--add', 'dave', ...shares, '--copy', place.path('copy'), '--confirm', 'custodians']
  await place.done('quorum', 'replace', ...other)
  assert.deepEqual(errorOf(await place.approved('partition', 'check')), [3, 'SHARE-RETIRED', false])
  const newer = ['bob', 'dave'].flatMap((name) => ['--share', place.path('newer', `${name}.e2.share.txt`)])
  const { code, json } = await place.keyrite('partition', 'check', ...newer)
  assert.deepEqual([code, json.data?.findings], [0, []])
})
