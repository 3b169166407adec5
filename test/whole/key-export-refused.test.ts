// What is not given out, and for whom not; what the ledger, certificates and the next version make of what was; and what nobody sees on the way.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { scripted, testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { softhsm } from '../support/softhsm.ts'
import { aws, KEK, owner, owners, TOMORROW, YESTERDAY } from '../support/wrapping-keys.ts'

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
  for (const [name, ...more] of [
    ['dek', 'aes-256'],
    ['pair', 'ec-p256'],
    ['stays', 'aes-256', '--no-backup'],
    ['small', 'aes-128'],
    ['old', 'aes-256'],
    ['later', 'aes-256', '--activate-at', TOMORROW],
  ])
    await ready.data('key', 'generate', name!, '--type', ...more, ...by(ready))
  await ready.data('key', 'deactivate', 'old', '--reason', 'it is old', ...by(ready))
  writeFileSync(ready.path('good.der'), owners[3072].spki)
})

const exporting = (place: TestPartition, key: string, ...more: string[]) =>
  ['key', 'export', `${key}#1`, '--out', place.path('out', 'blob'), ...more, ...by(place)] as const

type Refusal = [what: string, key: string, file: string | Buffer | object, typed: string[], code: number, rule: string]
const AES = ['--for', 'rsa-aes', '--method', 'sha1']
const { spki } = owners[3072]

const REFUSED: Refusal[] = [
  ['a key that stays', 'stays', spki, AES, 3, 'KEY-STAYS'],
  ['a key that is not in use any more', 'old', spki, AES, 3, 'KEY-STATE'],
  ['a key that nobody knows', 'nobody', spki, AES, 3, 'KEY-EXISTS'],
  ['a file that is cut', 'dek', spki.subarray(0, 300), AES, 3, 'WRAPPING-KEY'],
  ['of AWS, expired', 'dek', aws({ ParametersValidTo: YESTERDAY }), ['--for', 'aws'], 3, 'WRAPPING-EXPIRED'],
  ['a type that AWS has not', 'small', aws(), ['--for', 'aws'], 3, 'EXPORT-FITS'],
  ['a way that nobody has', 'dek', aws(), ['--for', 'aws', '--method', 'RSAES_PKCS1_V1_5'], 2, 'USAGE'],
  ['directly, beside the library', 'dek', aws(), ['--for', 'aws', '--ephemeral', 'host'], 3, 'EXPORT-FITS'],
  ['by what the token has not', 'dek', aws(), ['--for', 'aws'], 4, 'MECHANISM'],
]

test('what is not given out, and for whom not: said before anybody is asked, and nothing was changed', async () => {
  using place = ready.copy()
  const records = place.records()
  for (const [what, key, file, typed, code, rule] of REFUSED) {
    writeFileSync(place.path('file'), Buffer.isBuffer(file) || typeof file === 'string' ? file : JSON.stringify(file))
    const refused = await place.keyrite(exporting(place, key, '--wrapping-key', place.path('file'), ...typed))
    const { code: found, changed } = refused.json.error
    assert.deepEqual([refused.code, found, changed], [code, rule, false], `${what}: ${refused.stdout}`)
    assert.doesNotMatch(refused.stderr, /\n +code /, `${what}: a plan was shown`)
  }
  assert.deepEqual(place.records(), records)
  assert.ok(!existsSync(place.path('out', 'blob')))
})

test('a wrapping key that says which OAEP it is for: no other is offered where the token lacks that one', async () => {
  const jwk = createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'jwk' })
  for (const [says, offers] of [
    [{}, true],
    [{ alg: 'RSA-OAEP-256' }, false],
  ] as const) {
    writeFileSync(ready.path('theirs.jwk'), JSON.stringify({ ...jwk, ...says }))
    const args = ['--wrapping-key', ready.path('theirs.jwk'), '--for', 'rsa-aes', '--method', 'sha256']
    const { json } = await ready.keyrite(exporting(ready, 'dek', ...args))
    assert.deepEqual([json.error.code, `${json.error.hint}`.includes('--method sha1')], ['MECHANISM', offers])
  }
})

test('several keys go out together, or none: into a folder that is there, over no file, each once', async () => {
  using place = ready.copy()
  const keys = (...names: string[]) => ['key', 'export', ...names, '--wrapping-key', place.path('good.der'), ...AES]
  const tried = async (out: string, ...names: string[]) => {
    const { code, json } = await place.keyrite([...keys(...names), '--out', place.path(out), ...by(place)])
    return [code, json.error?.code, json.data?.files]
  }
  assert.deepEqual(await tried('nowhere', 'dek#1', 'small#1'), [2, 'USAGE', undefined])
  assert.deepEqual(await tried('out', 'dek#1', 'stays#1'), [3, 'KEY-STAYS', undefined])
  writeFileSync(place.path('out', 'small.1.rsa-aes'), 'of somebody')
  assert.deepEqual(await tried('out', 'dek#1', 'small#1'), [3, 'FILE-EXISTS', undefined])
  assert.deepEqual(readdirSync(place.path('out')), ['small.1.rsa-aes'])
  const files = ['dek', 'pair'].map((name) => place.path('out', `${name}.1.rsa-aes`))
  assert.deepEqual(await tried('out', 'dek#1', 'pair', 'dek'), [0, undefined, files])
  const { exported } = await place.data('key', 'show', 'pair')
  assert.deepEqual(
    exported.map(({ name }: { name: string }) => name),
    ['pair.1.rsa-aes'],
  )
})

test('a wrapping key that is exchanged is another in the plan, where its hash stands', async () => {
  using place = ready.copy()
  const shown = async (key: Buffer) => {
    writeFileSync(place.path('file'), key)
    const typed = ['--wrapping-key', place.path('file'), ...AES, '--dry-run']
    const { data } = (await place.keyrite(exporting(place, 'dek', ...typed))).json
    return [data.plan.wrappingKey.spki, data.code]
  }
  const [ours, theirs] = [await shown(spki), await shown(owner(3072).spki)]
  assert.notEqual(ours[0], theirs[0])
  assert.notEqual(ours[1], theirs[1])
})

test('an exported key is one in use: no version takes over before it was brought there; certificates name where it went', async () => {
  using place = ready.copy()
  const file = ['--wrapping-key', place.path('good.der')]
  await place.data(...exporting(place, 'pair', ...file, ...AES))
  const rotated = await place.keyrite(['key', 'rotate', 'pair', ...by(place)])
  assert.deepEqual([rotated.code, rotated.json.error.code], [3, 'KEY-DELIVERED'])
  assert.match(rotated.json.error.hint, /key publish pair.*key export 'pair#2'.*key promote 'pair#2'/)
  await place.data('key', 'publish', 'pair', ...by(place))
  const promote = ['key', 'promote', 'pair#2', '--accept', 'unbacked', ...by(place)]
  const early = (await place.keyrite(promote)).json.error
  assert.deepEqual([early.code, early.changed], ['KEY-DELIVERED', false], early.message)
  assert.match(early.hint, /key export 'pair#2'.*--accept not-sent$/s)
  using other = place.copy()
  await other.data('key', 'promote', 'pair#2', '--accept', 'unbacked', '--accept', 'not-sent', ...by(other))
  assert.deepEqual(other.records().findLast(({ plan }) => plan).plan.accepted, ['not-sent', 'unbacked'])
  const next = [...file, ...AES, '--out', place.path('out', 'next')]
  await place.data('key', 'export', 'pair#2', ...next, ...by(place))
  await place.data(...promote)
  await place.data(
    'key',
    'destroy',
    'pair#1',
    '--certificate',
    place.path('gone'),
    '--confirm',
    'pair#1',
    '--reason',
    'it is over',
    ...by(place),
  )
  const { statement } = JSON.parse(readFileSync(place.path('gone.json'), 'utf8'))
  const [{ record, ...note }, ...others] = statement.stillHeldBy.exports
  const digest = createHash('sha256').update(spki).digest('hex')
  assert.deepEqual(others, [])
  assert.equal(place.records()[record].plan.op, 'key.export')
  assert.deepEqual([note.for, note.method, note.name, note.wrappingKey], ['rsa-aes', 'sha1', 'blob', digest])
  assert.match(
    readFileSync(place.path('gone'), 'utf8'),
    /went out of the token.*\n +to rsa-aes by sha1 on .*, file blob/,
  )
  await place.data('audit', 'verify')
})

test('a key that waits for its time goes out too, and may do no more than before', async () => {
  using place = ready.copy()
  const before = (await place.data('key', 'show', 'later')).attributes
  await place.data(...exporting(place, 'later', '--wrapping-key', place.path('good.der'), ...AES))
  assert.deepEqual((await place.data('key', 'show', 'later')).attributes, before)
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
})

test('key public --compare: what a cloud gives out is the key of the ledger, or it is not', async () => {
  using place = ready.copy()
  await place.data('key', 'public', 'pair', '--format', 'der', '--out', place.path('pair.der'))
  const der = readFileSync(place.path('pair.der'))
  const pem = execFileSync('openssl', ['pkey', '-pubin', '-inform', 'der'], { input: der, encoding: 'utf8' })
  await place.data('key', 'public', 'pair', '--format', 'jwk', '--out', place.path('pair.jwk'))
  const jwk = JSON.parse(readFileSync(place.path('pair.jwk'), 'utf8'))
  const theirs = { key: { ...jwk, kty: 'EC-HSM', kid: KEK, keyOps: ['sign'] }, attributes: {} }
  for (const file of [der, pem, jwk, theirs, { pem }, { KeyId: 'x', PublicKey: der.toString('base64') }]) {
    writeFileSync(place.path('file'), Buffer.isBuffer(file) || typeof file === 'string' ? file : JSON.stringify(file))
    assert.equal(
      (await place.data('key', 'public', 'pair', '--compare', place.path('file'))).compared,
      place.path('file'),
    )
  }
  for (const otherwise of [
    ['-conv_form', 'compressed'],
    ['-param_enc', 'explicit'],
  ]) {
    const written = ['ec', '-pubin', '-inform', 'der', ...otherwise, '-pubout']
    writeFileSync(place.path('file'), execFileSync('openssl', written, { input: der, stdio: 'pipe' }))
    const { code, stderr } = await place.keyrite(['key', 'public', 'pair', '--compare', place.path('file')])
    assert.equal(code, 0)
    assert.match(stderr, /in another way, .*: its sha256 is [0-9a-f]{64}, the ledger says [0-9a-f]{64}\n.*openssl ec/)
  }
  const unequal = ['--compare', place.path('good.der'), '--out', place.path('unequal')]
  const other = await place.keyrite(['key', 'public', 'pair', ...unequal])
  assert.equal(existsSync(place.path('unequal')), false)
  assert.deepEqual([other.code, other.json.error.code], [5, 'PUBLIC-EQUAL'])
})

for (const [what, lines] of [
  ['answers OK to what it does by another hash', ['C_WrapKey 4 flip']],
  ['wraps with another key', ['C_WrapKey 5 flip']],
] as const)
  test(`a token that ${what} is found out before anybody is asked`, async () => {
    using place = ready.copy()
    const { module, env } = scripted([...lines])
    place.useModule(module)
    const args = exporting(place, 'dek', '--wrapping-key', place.path('good.der'), ...AES)
    const refused = await place.keyrite(args, { env })
    assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [4, 'MECHANISM', false])
  })

for (const flag of ['WRAP_WITH_TRUSTED', 'SENSITIVE', 'TRUSTED'])
  test(`a token that makes what wraps without ${flag} gets no key`, async () => {
    using place = ready.copy()
    const { module, env } = scripted([
      `C_GenerateKey * drops CKA_${flag} if CKA_LABEL=keyrite/export`,
      `C_GenerateKey * drops CKA_${flag} if asks=CKA_TRUSTED`,
    ])
    place.useModule(module)
    const args = exporting(place, 'dek', '--wrapping-key', place.path('good.der'), ...AES)
    const refused = await place.keyrite(args, { env })
    assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [4, 'EXPORT-AS-ASKED', false])
  })

test('of several keys that wrap each is looked at: the last is not as it was asked, and no key goes out', async () => {
  using place = ready.copy()
  const { module, env } = scripted(['C_GenerateKey 4 drops CKA_WRAP_WITH_TRUSTED if asks=CKA_ALLOWED_MECHANISMS'])
  place.useModule(module)
  const keys = ['dek', 'pair', 'small', 'later'].map((name) => `${name}#1`)
  const how = [...AES, '--wrapping-key', place.path('good.der'), '--out', place.path('out'), ...by(place)]
  const refused = await place.keyrite(['key', 'export', ...keys, ...how], { env })
  assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [4, 'EXPORT-AS-ASKED', false])
  assert.deepEqual(readdirSync(place.path('out')), [])
})

const written = ({ name, path }: ProbeEvent): boolean => /rename|link|sync/.test(name) && path.endsWith('/blob')

for (const [when, killed, found, there] of [
  ['it was announced', onDisk, 'not done', false],
  ['the file was there', written, 'partial', true],
] as const)
  test(`killed when ${when}: a recovery finds it ${found}, and the ledger names it as one that may have gone out`, async () => {
    using place = ready.copy()
    place.useModule(testModule())
    const args = (own: TestPartition) => exporting(own, 'dek', '--wrapping-key', own.path('good.der'), ...AES)
    await killedAfter(place, args, killed)
    place.useModule(softhsm)
    assert.equal((await place.data('partition', 'recover', ...by(place))).found, found)
    assert.equal(existsSync(place.path('out', 'blob')), there)
    const { exported } = await place.data('key', 'show', 'dek')
    assert.deepEqual(
      exported.map(({ name, sha256 }: { name: string; sha256?: string }) => [name, sha256]),
      there ? [['blob', undefined]] : [],
    )
    await place.data('audit', 'verify')
  })
