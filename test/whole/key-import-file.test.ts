// Keys that come in a file: each becomes the key of the file on a real token, and lives as others do; what is refused never reaches it, and nothing secret is told.
import assert from 'node:assert/strict'
import {
  createCipheriv,
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import { CLOSE, FAR, privateOf, rsaOf } from '../support/bad-numbers.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { filesBelow, spellings } from '../support/leaks.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'

const importing = (place: TestPartition, name: string, file: string, ...more: string[]) =>
  ['key', 'import', name, '--in', place.path('in', file), ...more, '--accept', 'clear-on-host', ...by(place)] as const

const ec = generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey
const edwards = generateKeyPairSync('ed25519').privateKey
const rsa = privateOf(rsaOf(CLOSE[0], FAR))
const [aes, mac, des] = [randomBytes(32), randomBytes(64), Buffer.from('0123456789abcdeffedcba9876543210', 'hex')]
const oct = (value: Buffer, more = {}) => JSON.stringify({ kty: 'oct', k: value.toString('base64url'), ...more })
const der = (key: KeyObject) => key.export({ format: 'der', type: 'pkcs8' })
const sealed = (key: KeyObject) =>
  key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'tea' }) as string
const spkiSum = (key: KeyObject) =>
  createHash('sha256')
    .update(createPublicKey(key).export({ format: 'der', type: 'spki' }))
    .digest('hex')
const under = (key: Buffer) => (block: Buffer) =>
  createCipheriv('aes-256-ecb', key, null).setAutoPadding(false).update(block)

/** By the cipher alone, to ten digits, and with another last one. */
const older = (key: Buffer) => `ecb3:${under(key)(Buffer.alloc(16)).toString('hex').slice(0, 10)}`
const nearly = (check: string) => `${check.slice(0, -1)}${check.endsWith('0') ? '1' : '0'}`

const FILES: readonly (readonly [file: string, content: string | Uint8Array])[] = [
  ['aes.jwk', oct(aes, { alg: 'A256GCM' })],
  ['wrap.jwk', oct(aes, { key_ops: ['wrapKey', 'unwrapKey'] })],
  ['mac.jwk', oct(mac)],
  ['des.jwk', oct(des)],
  ['even.jwk', oct(Buffer.from(des.map((byte, i) => byte ^ (i === 3 ? 1 : 0))))],
  ['ec.der', der(ec)],
  ['rsa.pem', sealed(rsa)],
  ['ed.der', der(edwards)],
  ['close.der', der(privateOf(rsaOf(CLOSE[0], CLOSE[1])))],
  ['zeros.jwk', oct(Buffer.alloc(32))],
  ['large', Buffer.alloc(65537)],
  ['tea', 'tea\n'],
  ['coffee', 'coffee\n'],
]

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('in'))
  for (const [name, content] of FILES) writeFileSync(ready.path('in', name), content, { mode: 0o600 })
  // What is under a passphrase may be open to others.
  chmodSync(ready.path('in', 'rsa.pem'), 0o644)
  for (const [name, mode] of [
    ['aes.jwk', 0o644],
    ['ec.der', 0o640],
  ] as const) {
    const open = ready.path('in', name.replace(/^.*[.]/, 'open.'))
    copyFileSync(ready.path('in', name), open)
    chmodSync(open, mode)
  }
})

/** The name, the file, what else is typed, and the fingerprint that the key of the file has. */
const TAKEN: readonly (readonly [string, string, string[], string])[] = [
  [
    'aes-256',
    'aes.jwk',
    ['--kcv', `CMAC5:${cmac5(under(aes)).slice(6, 12)}`, '--sender', 'the partner'],
    cmac5(under(aes)),
  ],
  ['hmac-sha512', 'mac.jwk', ['--type', 'hmac-sha512'], ''],
  // The check value is that of a tutorial: test/vectors has where it is from.
  ['tdes-112', 'des.jwk', ['--type', 'tdes-112', '--kcv', 'ecb3:08D7B4FB62'], 'ecb3:08d7b4'],
  ['ec-p521', 'ec.der', ['--no-backup'], `sha256:${spkiSum(ec)}`],
  ['rsa-2048', 'rsa.pem', ['--usage', 'decrypt'], `sha256:${spkiSum(rsa)}`],
]

test('keys of five kinds come in, and live: they rotate, are backed up, and every reader finds them right', async () => {
  using place = ready.copy()
  const told: string[] = []
  for (const [name, file, more, fingerprint] of TAKEN) {
    const passphrase = file === 'rsa.pem' ? ['--in-passphrase-file', place.path('in', 'tea')] : []
    const { code, stdout, stderr, json } = await place.keyrite(importing(place, name, file, ...more, ...passphrase))
    assert.equal(code, 0, stderr)
    told.push(stdout, stderr)
    const [key] = json.data.keys
    assert.deepEqual([key.name, key.type, key.state, key.origin.kind], [name, name, 'active', 'file'])
    if (fingerprint) assert.equal(key.fingerprint, fingerprint)
    assert.equal(
      key.origin.sha256,
      createHash('sha256')
        .update(readFileSync(place.path('in', file)))
        .digest('hex'),
    )
    assert.equal((key.attributes.private ?? key.attributes).LOCAL, false)
    assert.match(stderr, /still holds the key/)
  }
  const {
    accepted,
    keys: [target],
    check,
    source,
  } = place.records().find(({ plan }) => plan?.op === 'key.import').plan
  assert.deepEqual(
    [accepted, target.origin.sender, check, source.path],
    [['clear-on-host'], 'the partner', cmac5(under(aes)), place.path('in', 'aes.jwk')],
  )

  const { keys } = await place.data('key', 'rotate', 'ec-p521', ...by(place))
  assert.deepEqual(
    keys.map(({ origin }: { origin: { kind: string } }) => origin.kind),
    ['file', 'generated'],
  )
  await place.data('backup', 'create', place.path('backup'), ...by(place))
  const { keys: held } = await place.data('backup', 'verify', place.path('backup'))
  assert.equal(held.length, 5, 'all but what is never to leave')
  await isWhole(place)
  assert.deepEqual(await readAll([readFileSync(place.ledger, 'utf8')]), ['none'])

  const secrets = [
    aes,
    mac,
    des,
    Buffer.from(ec.export({ format: 'jwk' }).d!, 'base64url'),
    Buffer.from(rsa.export({ format: 'jwk' }).d!, 'base64url'),
  ]
  const written = filesBelow(place.folder.dir).filter(([name]) => !name.startsWith('in/'))
  for (const secret of secrets)
    for (const text of spellings(secret)) {
      assert.ok(!told.some((said) => said.includes(text.toString('latin1'))))
      for (const [name, content] of written) assert.ok(!content.includes(text), name)
    }
})

const clear =
  (file: string, ...more: string[]) =>
  (place: TestPartition) =>
    importing(place, 'new', file, ...more)
const REFUSED: readonly (readonly [
  what: string,
  args: (place: TestPartition) => readonly string[],
  code: number,
  rule: string,
])[] = [
  [
    'nobody accepts that it is in the clear',
    (place) => ['key', 'import', 'new', '--in', place.path('in', 'aes.jwk'), ...by(place)],
    3,
    'CLEAR-ON-HOST',
  ],
  ['primes that are close', clear('close.der'), 3, 'KEY-NUMBERS'],
  ['zeros', clear('zeros.jwk', '--type', 'aes-256'), 3, 'KEY-WEAK'],
  ['another key than was announced', clear('aes.jwk', '--kcv', 'cmac5:000000'), 3, 'IMPORT-CHECK'],
  [
    'another last digit than was announced',
    clear('des.jwk', '--type', 'tdes-112', '--kcv', 'ecb3:08d7b4fb63'),
    3,
    'IMPORT-CHECK',
  ],
  ['another last digit by the older method', clear('aes.jwk', '--kcv', nearly(older(aes))), 3, 'IMPORT-CHECK'],
  ['a check value of a pair', clear('ec.der', '--kcv', 'cmac5:000000'), 3, 'IMPORT-CHECK'],
  ['another type', clear('aes.jwk', '--type', 'aes-128'), 3, 'KEY-FILE'],
  ['another use', clear('wrap.jwk', '--type', 'aes-256'), 3, 'KEY-FILE'],
  ['a DES key with a byte of even parity', clear('even.jwk', '--type', 'tdes-112'), 3, 'DES-PARITY'],
  ['no type', clear('des.jwk'), 3, 'KEY-FILE'],
  ['a usage that it can not have', clear('ec.der', '--usage', 'wrap'), 2, 'USAGE-POSSIBLE'],
  ['a type that the token does not take', clear('ed.der', '--no-backup'), 4, 'MECHANISM'],
  ['no passphrase', clear('rsa.pem'), 2, 'INPUT-MISSING'],
  [
    'a wrong passphrase',
    (place) => importing(place, 'new', 'rsa.pem', '--in-passphrase-file', place.path('in', 'coffee')),
    3,
    'KEY-PASSPHRASE',
  ],
  ['no file', clear('nothing'), 2, 'FILE-MISSING'],
  ['a folder', clear('.'), 3, 'SECRET-FILE'],
  ['much', clear('large'), 3, 'SECRET-FILE'],
  ['a key that others can read', clear('open.jwk', '--type', 'aes-256'), 3, 'SECRET-OPEN'],
  ['a pair that the group can read', clear('open.der'), 3, 'SECRET-OPEN'],
  ['a name that is taken', (place) => importing(place, 'card', 'aes.jwk'), 3, 'KEY-NEW'],
]

test('what is refused is refused before anybody approves', async () => {
  using place = ready.copy()
  for (const [what, args, code, rule] of REFUSED) {
    const { json, code: exit } = await place.keyrite(args(place))
    assert.deepEqual([exit, json.error.code, json.error.changed], [code, rule, false], what)
  }
  assert.equal(place.records().filter(({ type }) => type !== 'denied').length, 3)
  await place.data(...clear('wrap.jwk', '--type', 'aes-256', '--usage', 'wrap,unwrap', '--dry-run')(place))
  const { plan } = await place.data(...clear('aes.jwk', '--dry-run')(place))
  assert.equal(plan.op, 'key.import')
  const even = clear('even.jwk', '--type', 'tdes-112', '--accept', 'even-parity', '--dry-run')(place)
  assert.deepEqual((await place.data(...even)).plan.accepted, ['clear-on-host', 'even-parity'])
})

test('a secret comes in once, and not again as a key of another type', async () => {
  using place = ready.copy()
  writeFileSync(place.path('in', 'bare.jwk'), oct(aes), { mode: 0o600 })
  await place.data(...importing(place, 'once', 'bare.jwk', '--type', 'aes-256'))
  const again = await place.keyrite(importing(place, 'twice', 'bare.jwk', '--type', 'hmac-sha256'))
  assert.deepEqual([again.code, again.json.error.code], [3, 'KEY-DISTINCT'], again.json.error.message)
  assert.match(again.json.error.message, /once#1 has the check value cmac5:/)
  const halves = [randomBytes(32)]
  halves.push(Buffer.from(aes.map((byte, i) => byte ^ halves[0]![i]!)))
  const files = halves.flatMap((half, i) => {
    writeFileSync(place.path('in', `half-${i}`), `${half.toString('hex')}\n`, { mode: 0o600 })
    return ['--component-file', place.path('in', `half-${i}`)]
  })
  const typed = ['key', 'import', 'twice', '--type', 'hmac-sha256', '--components', '2', ...files, ...by(place)]
  const joined = await place.keyrite(typed)
  assert.deepEqual([joined.code, joined.json.error.code], [3, 'KEY-DISTINCT'], joined.json.error.message)
  await place.data(...importing(place, 'first', 'mac.jwk', '--type', 'hmac-sha512'))
})

test('a key comes in once, and not again after it was destroyed', async () => {
  using place = ready.copy()
  await place.data(...importing(place, 'once', 'ec.der'))
  const again = async () => (await place.keyrite(importing(place, 'twice', 'ec.der'))).json.error
  assert.equal((await again()).code, 'KEY-DISTINCT')
  await place.data('key', 'deactivate', 'once', '--reason', 'over', ...by(place))
  await place.data('key', 'destroy', 'once#1', '--confirm', 'once#1', '--reason', 'over', ...by(place))
  assert.match((await again()).message, /once#1 has/)
})

/** Two keys of 2^112, which the first 24 bits of their check values don't tell apart. */
const ALIKE = ['86a102942532d957943e0e139bf88f10', 'c15e1043d6adea91168af11597385b5b'].map((hex) =>
  oct(Buffer.from(hex, 'hex')),
)

test('two DES keys with the same check value of 24 bits both come in, and neither of them comes twice', async () => {
  using place = ready.copy()
  const files = [...ALIKE, `${ALIKE[0]} `, `${ALIKE[1]}\n`].map((text, i) => {
    writeFileSync(place.path('in', `alike-${i}`), text, { mode: 0o600 })
    return `alike-${i}`
  })
  const bring = (name: string, file: string, ...more: string[]) =>
    importing(place, name, file, '--type', 'tdes-112', ...more)
  const told = async (name: string, file: string) => {
    const args = ['--no-input', ...bring(name, file, '--dry-run')]
    const { stderr, stdout } = await perform(args, { home: place.home, env: place.folder.env, cwd: place.folder.dir })
    return `${stdout}${stderr}`.replace(/\s+/g, ' ')
  }
  assert.doesNotMatch(await told('first', files[0]!), /MAY BE/)
  await place.data(...bring('first', files[0]!))
  assert.match(await told('second', files[1]!), /MAY BE first#1: may be the same key/)
  await place.data(...bring('second', files[1]!))
  assert.deepEqual(
    (await place.data('key', 'list')).keys
      .filter(({ type }: { type: string }) => type === 'tdes-112')
      .map(({ fingerprint }: { fingerprint: string }) => fingerprint),
    ['ecb3:939574', 'ecb3:939574'],
  )
  const refusal = async (name: string, file: string) => {
    const { code, json } = await place.keyrite(bring(name, file))
    return [code, json.error.code, json.error.changed, /(first|second)#1/.exec(json.error.message)?.[0]]
  }
  assert.deepEqual(await refusal('third', files[0]!), [3, 'KEY-DISTINCT', false, 'first#1'], 'the same file')
  assert.deepEqual(await refusal('third', files[2]!), [5, 'KEY-DISTINCT', false, 'first#1'], 'the token tells')
  assert.deepEqual(await refusal('fourth', files[3]!), [5, 'KEY-DISTINCT', false, 'second#1'], 'the token tells')
  await isWhole(place)
})
