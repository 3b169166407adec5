// Keys that others send by the file of a request: wrapped by the lines that it prints, with openssl alone; what is not the key that was announced leaves nothing behind.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createCipheriv, createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { checkValueOf } from '../../src/domain/check-values.ts'
import { importRequestMessage } from '../../src/domain/import-request-file.ts'
import { CLOSE, privateOf, rsaOf } from '../support/bad-numbers.ts'
import { sharesOpenssl } from '../support/host-here.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { filesBelow, spellings } from '../support/leaks.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'
import { holds, recorded } from '../support/recorded.ts'
import { sealedFor } from '../support/sent-keys.ts'
import { clockAhead } from '../support/shims.ts'
import { loseTokens, softhsm } from '../support/softhsm.ts'

const WEEK = 7 * 24 * 3_600_000

const asking = (place: TestPartition, name: string, type: string, ...more: string[]) =>
  [
    'key',
    'import-request',
    name,
    '--type',
    type,
    '--bits',
    '2048',
    '--out',
    place.path(`${name}.request`),
    ...more,
    ...by(place),
  ] as const

const importing = (place: TestPartition, name: string, blob: string, ...more: string[]) =>
  [
    'key',
    'import',
    name,
    '--request',
    place.path(`${name}.request`),
    '--in',
    place.path(blob),
    ...more,
    ...by(place),
  ] as const

const requestIn = (place: TestPartition, name: string) =>
  JSON.parse(readFileSync(place.path(`${name}.request`), 'utf8'))

/** Ways to exchange the key of a request, or what is done with it, and to leave the hash that people compare. */
// biome-ignore lint/suspicious/noExplicitAny: the file as it is
function exchangesOf(request: any): [what: string, exchanged: unknown][] {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = (publicKey.export({ format: 'pem', type: 'spki' }) as string).trimEnd().split('\n')
  const lines = request.how.slice(1)
  const first = `echo ${pem.slice(1, -1).join('')} | openssl base64 -d -A -out transport.der`
  return [
    ['the key', { ...request, pem }],
    ['the lines', { ...request, how: [first, ...lines] }],
    ['key and lines', { ...request, pem, how: [first, `echo ${request.sha256}`, ...lines.slice(1)] }],
    ['one line more', { ...request, how: [...request.how, 'cat key.bin'] }],
    ['its hash for OAEP, as a command', { ...request, hash: 'sha256; cat key.bin' }],
    ['no key', { ...request, pem: [] }],
  ]
}

let ready: TestPartition
const dek = randomBytes(32)
let kcv: string
/** A pair, as its owner has it. */
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })

before(async () => {
  ready = await partition()
  kcv = await checkValueOf('aes-256', dek)
  await ready.data(...asking(ready, 'dek', 'aes-256'))
  await ready.data(...asking(ready, 'tls', 'ec-p256', '--usage', 'sign'))
  writeFileSync(ready.path('public.pem'), pair.publicKey.export({ format: 'pem', type: 'spki' }))
})

const sealed = (place: TestPartition, name: string, value: Uint8Array): Buffer =>
  sealedFor(place.path(`${name}.request`), value)

/** In two parts: an AES key, and the key under it. */
function inTwo(place: TestPartition, name: string, value: Uint8Array): Buffer {
  const between = randomBytes(32)
  const kwp = createCipheriv('id-aes256-wrap-pad', between, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([sealed(place, name, between), kwp.update(value), kwp.final()])
}

/** By the cipher alone, to ten digits, and with another last one. */
const older = (key: Buffer) =>
  `ecb3:${createCipheriv('aes-256-ecb', key, null).update(Buffer.alloc(16)).toString('hex').slice(0, 10)}`
const nearly = (check: string) => `${check.slice(0, -1)}${check.endsWith('0') ? '1' : '0'}`

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

const pkcs8 = (key = pair.privateKey) => key.export({ format: 'der', type: 'pkcs8' })

test('the lines of the request are typed as they are; the keys come in, once, and live as others do', async () => {
  using place = ready.copy()
  const { request, signature } = requestIn(place, 'dek')
  const { spki } = place.records()[0].auditKey
  const auditKey = createPublicKey({ key: Buffer.from(spki, 'base64url'), format: 'der', type: 'spki' })
  const how = { key: auditKey, dsaEncoding: 'ieee-p1363' } as const
  assert.ok(verify('sha256', importRequestMessage(request), how, Buffer.from(signature.value, 'base64url')))
  assert.deepEqual([request.key, request.name, request.bits], [{ name: 'dek', type: 'aes-256' }, 'pay', 2048])
  assert.equal(Date.parse(request.until) - Date.parse(request.created), WEEK)
  assert.equal(signature.alg, 'ES256')
  const { requests } = await place.data('key', 'list')
  assert.deepEqual(
    requests.map((one: { name: string; state: string }) => [one.name, one.state]),
    [
      ['dek', 'open'],
      ['tls', 'open'],
    ],
  )
  const told = await place.data('inspect', place.path('dek.request'))
  assert.deepEqual([told.kind, told.key, told.sha256], ['import-request', 'dek', request.sha256])
  for (const [what, exchanged] of exchangesOf(request)) {
    writeFileSync(place.path('exchanged'), `${JSON.stringify({ request: exchanged, signature }, undefined, 2)}\n`)
    const { json } = await place.keyrite(['inspect', place.path('exchanged')])
    assert.deepEqual([json.error?.code, json.error?.changed], ['IMPORT-REQUEST', false], what)
  }
  for (const [name, files] of [
    ['dek', [['key.bin', dek]]],
    ['tls', [['key.pem', pair.privateKey.export({ format: 'pem', type: 'pkcs8' })]]],
  ] as const) {
    const cwd = place.path(`sender-${name}`)
    mkdirSync(cwd)
    for (const [file, content] of files) writeFileSync(`${cwd}/${file}`, content)
    const typed = requestIn(place, name).request.how.join('\n')
    const said = execFileSync('sh', ['-e', '-c', typed], { cwd, encoding: 'utf8' })
    const hashes = said.split('\n').map((line) => line.slice(0, 64))
    assert.equal(hashes[0], requestIn(place, name).request.sha256, 'the sender sees the hash of the transport key')
    assert.equal(hashes[1], hashOf(`${cwd}/key.wrapped`), 'and that of what is sent')
    copyFileSync(`${cwd}/key.wrapped`, place.path(`${name}.wrapped`))
    if (name === 'tls')
      assert.deepEqual(readdirSync(cwd).sort(), ['key.pem', 'key.wrapped', 'public.pem', 'transport.der'])
    rmSync(cwd, { recursive: true })
  }
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  const spoof = importing(place, 'dek', 'dek.wrapped', '--kcv', kcv, '--sender', 'Ех\u0430mple Partner')
  const shown = await perform([...spoof, '--dry-run'], { home: place.home, env: place.folder.env })
  const inFours = hashOf(place.path('dek.wrapped')).match(/.{4}/g)!
  for (const row of [inFours.slice(0, 8), inFours.slice(8)]) assert.ok(shown.stdout.includes(row.join(' ')), 'aloud')
  const seen = shown.stdout.replaceAll(/\s+/g, ' ')
  assert.match(
    seen,
    /COMPARE IT with what its sender says on the telephone .* a check value tells slips, and not forgers/,
  )
  assert.match(
    seen,
    /LETTERS ".*" has Е U\+0415 \(Cyrillic\), х U\+0445 \(Cyrillic\), а U\+0430 \(Cyrillic\): they may/,
  )
  const calls: Buffer[] = []
  const noted = async (...args: readonly string[]) => {
    let result: Awaited<ReturnType<typeof place.data>>
    calls.push(...(await recorded(async () => void (result = await place.data(...args)))))
    return result
  }
  const came = await noted(...importing(place, 'dek', 'dek.wrapped', '--kcv', kcv, '--sender', 'Example Partner'))
  assert.deepEqual([came.keys[0].fingerprint, came.keys[0].origin.sender], [kcv, 'Example Partner'])
  const pairCame = await noted(...importing(place, 'tls', 'tls.wrapped', '--public', place.path('public.pem')))
  assert.deepEqual(pairCame.keys[0].usage, ['sign'])
  if (!sharesOpenssl) {
    assert.ok(holds(calls, Buffer.from('keyrite/between')), 'the calls of the imports are among them')
    for (const secret of [dek, Buffer.from(pair.privateKey.export({ format: 'jwk' }).d!, 'base64url')])
      assert.ok(!holds(calls, secret), 'what came opens on the token alone')
  }
  const again = await place.keyrite(importing(place, 'dek', 'dek.wrapped', '--kcv', kcv))
  assert.deepEqual([again.code, again.json.error.code], [3, 'IMPORT-REQUEST'])
  writeFileSync(place.path('data'), 'what the partner signs')
  const signed = ['--in', place.path('data'), '--out', place.path('signature'), ...by(place)]
  await place.data('key', 'sign', 'tls', ...signed)
  assert.ok(verify('sha256', readFileSync(place.path('data')), pair.publicKey, readFileSync(place.path('signature'))))
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  loseTokens(place.folder)
  const where = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
  await place.data('backup', 'restore', place.path('backup'), ...where, ...by(place))
  await isWhole(place)
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
  for (const [name, content] of filesBelow(place.path('home')))
    for (const spelling of spellings(dek)) assert.equal(content.includes(spelling), false, name)
})

test('what was not announced, or is no such key, leaves nothing on the token, and the request open', async () => {
  using place = ready.copy()
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const longer = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  writeFileSync(place.path('longer.pem'), longer.publicKey.export({ format: 'pem', type: 'spki' }))
  const weak = privateOf(rsaOf(CLOSE[0], CLOSE[1]))
  writeFileSync(place.path('other.pem'), other.publicKey.export({ format: 'pem', type: 'spki' }))
  writeFileSync(place.path('weak.pem'), createPublicKey(weak).export({ format: 'pem', type: 'spki' }))
  const good = sealed(place, 'dek', dek)
  const turned = Buffer.from(good)
  turned[100]! ^= 1
  const of = (...more: string[]) => ['--public', place.path('public.pem'), ...more]
  for (const [what, name, blob, more, exit, code] of [
    ['no check value that fits', 'dek', good, ['--kcv', 'cmac5:0011223344'], 5, 'IMPORT-CHECK'],
    ['an older check value with another last digit', 'dek', good, ['--kcv', nearly(older(dek))], 5, 'IMPORT-CHECK'],
    ['a blob that is cut', 'dek', good.subarray(0, 200), ['--kcv', kcv], 3, 'IMPORT-BLOB'],
    ['a blob that was turned', 'dek', turned, ['--kcv', kcv], 4, 'IMPORT-OPENS'],
    ['the blob of another request', 'dek', sealed(place, 'tls', dek), ['--kcv', kcv], 4, 'IMPORT-OPENS'],
    ['a key that is too short', 'dek', sealed(place, 'dek', dek.subarray(0, 16)), [], 5, 'IMPORT-LENGTH'],
    ['a key of no length', 'dek', sealed(place, 'dek', dek.subarray(0, 31)), [], 5, 'IMPORT-LENGTH'],
    ['a key in two parts that is too long', 'dek', inTwo(place, 'dek', randomBytes(33)), [], 3, 'IMPORT-BLOB'],
    ['a key of zeros', 'dek', sealed(place, 'dek', Buffer.alloc(32)), [], 5, 'KEY-WEAK'],
    ['a key of one byte', 'dek', sealed(place, 'dek', Buffer.alloc(32, 'A')), [], 5, 'KEY-WEAK'],
    ['a pair, wrapped directly', 'tls', sealed(place, 'tls', dek), of(), 3, 'IMPORT-BLOB'],
    ['a pair of which nobody says which', 'tls', inTwo(place, 'tls', pkcs8()), [], 3, 'IMPORT-CHECK'],
    ['another pair', 'tls', inTwo(place, 'tls', pkcs8(other.privateKey)), of(), 5, 'IMPORT-CHECK'],
    [
      'a weak pair, and another',
      'tls',
      inTwo(place, 'tls', pkcs8(weak)),
      ['--public', place.path('weak.pem')],
      3,
      'KEY-NUMBERS',
    ],
    ['a pair of another curve', 'tls', inTwo(place, 'tls', pkcs8(longer.privateKey)), of(), 5, 'IMPORT-LENGTH'],
    [
      'a pair of another curve, and its public key',
      'tls',
      inTwo(place, 'tls', pkcs8(longer.privateKey)),
      ['--public', place.path('longer.pem')],
      3,
      'KEY-FILE',
    ],
    ['a secret key for a pair', 'tls', inTwo(place, 'tls', dek), of(), 4, 'IMPORT-OPENS'],
    ['a check value of a pair', 'tls', inTwo(place, 'tls', pkcs8()), of('--kcv', kcv), 2, 'USAGE'],
  ] as const) {
    writeFileSync(place.path('blob'), blob)
    const refused = await place.keyrite(importing(place, name, 'blob', ...more))
    assert.deepEqual([refused.code, refused.json.error.code], [exit, code], `${what}: ${refused.stdout}`)
    assert.equal(refused.json.error.changed, false, what)
  }
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  writeFileSync(place.path('blob'), inTwo(place, 'dek', dek))
  assert.equal((await place.data(...importing(place, 'dek', 'blob'))).keys[0].fingerprint, kcv)
})

test('a name that is asked for is kept for the key that comes by the request, until that is given up', async () => {
  using place = ready.copy()
  await place.data(...asking(place, 'pos-2', 'aes-256'))
  writeFileSync(place.path('key.jwk'), JSON.stringify({ kty: 'oct', k: randomBytes(32).toString('base64url') }), {
    mode: 0o600,
  })
  for (const part of ['one', 'two']) writeFileSync(place.path(part), randomBytes(32).toString('hex'), { mode: 0o600 })
  const manifest = 'format = "keyrite.manifest/1"\n[policies.p]\ntype = "aes-256"\n[keys."dek"]\npolicy = "p"\n'
  writeFileSync(place.path('keys.toml'), manifest)
  const parts = ['one', 'two'].flatMap((part) => ['--component-file', place.path(part)])
  for (const [name, ...taking] of [
    ['dek', 'key', 'generate', 'dek', '--type', 'aes-256'],
    ['pos-2', 'key', 'generate', 'pos', '--type', 'aes-256', '--count', '3'],
    ['dek', 'key', 'import', 'dek', '--in', place.path('key.jwk'), '--type', 'aes-256', '--accept', 'clear-on-host'],
    ['dek', 'key', 'import', 'dek', '--type', 'aes-256', '--components', '2', ...parts],
    ['dek', 'manifest', 'apply', place.path('keys.toml')],
  ] as const) {
    const { code, json } = await place.keyrite([...taking, ...by(place)])
    assert.deepEqual([code, json.error.code, json.error.changed], [3, 'IMPORT-REQUEST', false], taking.join(' '))
    assert.match(json.error.message, new RegExp(`^${name} is asked for already`))
    assert.match(JSON.stringify(json.error.hint), new RegExp(`key import-request ${name} --cancel`))
  }
  await place.data('key', 'import-request', 'pos-2', '--cancel', ...by(place))
  await place.data('key', 'generate', 'pos', '--type', 'aes-256', '--count', '3', ...by(place))
  writeFileSync(place.path('blob'), sealed(place, 'dek', dek))
  assert.equal((await place.data(...importing(place, 'dek', 'blob'))).keys[0].fingerprint, kcv)
})

test('a request that was changed, has ended, was given up, is of another partition or of a token that is gone', async () => {
  using place = ready.copy()
  writeFileSync(place.path('blob'), sealed(place, 'dek', dek))
  const refusal = async (at: TestPartition, ...args: Parameters<TestPartition['keyrite']>) => {
    const { code, json } = await at.keyrite(...args)
    return [code, json.error.code]
  }
  const file = place.path('dek.request')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('"aes-256"', '"aes-128"'))
  assert.deepEqual(await refusal(place, importing(place, 'dek', 'blob')), [3, 'IMPORT-REQUEST'])
  writeFileSync(file, text)
  assert.deepEqual(await refusal(place, asking(place, 'dek', 'aes-256')), [3, 'FILE-EXISTS'])
  rmSync(place.path('tls.request'))
  assert.deepEqual(await refusal(place, asking(place, 'tls', 'ec-p256')), [3, 'IMPORT-REQUEST'])
  await place.data('key', 'import-request', 'tls', '--cancel', ...by(place))
  assert.deepEqual(await refusal(place, ['key', 'import-request', 'tls', '--cancel', ...by(place)]), [
    3,
    'IMPORT-REQUEST',
  ])
  await place.data(...asking(place, 'tls', 'ec-p256'))
  using elsewhere = await partition()
  for (const name of ['dek.request', 'blob']) copyFileSync(place.path(name), elsewhere.path(name))
  assert.deepEqual(await refusal(elsewhere, importing(elsewhere, 'dek', 'blob')), [3, 'IMPORT-REQUEST'])
  const late = await place.keyrite(importing(place, 'dek', 'blob'), { env: clockAhead(WEEK / 1000 + 60) })
  assert.deepEqual([late.code, late.json.error.code], [3, 'IMPORT-EXPIRED'])
  await place.data('key', 'generate', 'own', '--type', 'aes-256', ...by(place))
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  loseTokens(place.folder)
  const how = ['--module', softhsm, '--checkpoint', place.path('home', 'pay', 'checkpoint'), '--confirm', 'pay']
  await place.data('backup', 'restore', place.path('backup'), ...how, ...by(place))
  assert.deepEqual(await refusal(place, importing(place, 'dek', 'blob')), [3, 'IMPORT-REQUEST'])
  rmSync(file)
  await place.data(...asking(place, 'dek', 'aes-256'))
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
})
