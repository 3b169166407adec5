// Keys that go out: each way and type is opened by node, by openssl and, where it is installed, by Python's cryptography, and holds the key of the ledger.
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
} from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { DESTINATIONS, methodNamed, methodsFor, methodsOf } from '../../src/domain/destinations.ts'
import type { KeyType } from '../../src/domain/keys.ts'
import { cmac5 } from '../../src/host/keys/fingerprint.ts'
import { FULL } from '../support/full.ts'
import { readAll } from '../support/independent.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import { aws, azure, type Bits, google, HSM_KEK, owners } from '../support/wrapping-keys.ts'

/** For those who have nothing newer, and no cloud. */
const DES = ['tdes-112', 'tdes-168']
const SECRETS = ['aes-128', 'aes-192', 'aes-256', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512']
const PAIRS = ['rsa-2048', 'ec-p256', 'ec-p384', 'ec-p521']

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
  for (const bits of [2048, 3072, 4096] as const) {
    const { pem, spki, privateKey } = owners[bits]
    writeFileSync(ready.path(`${bits}.pem`), pem)
    writeFileSync(ready.path(`${bits}.der`), spki)
    writeFileSync(ready.path(`${bits}.key`), privateKey.export({ format: 'pem', type: 'pkcs8' }))
  }
  for (const type of [...DES, ...SECRETS, ...PAIRS])
    await ready.data('key', 'generate', type, '--type', type, ...by(ready))
})

/** What is in the file, without what the place wants around it. */
function blobIn(content: Buffer, destination: string): Buffer {
  if (destination === 'vault') return Buffer.from(content.toString(), 'base64')
  return destination === 'azure' ? Buffer.from(JSON.parse(content.toString()).ciphertext, 'base64url') : content
}

/** As the other side does it. */
interface Reader {
  name: string
  open(blob: Buffer, bits: Bits, hash: string, direct: boolean, place: TestPartition): Buffer | Promise<Buffer>
}

const node: Reader = {
  name: 'node',
  open(blob, bits, oaepHash, direct) {
    const { privateKey: key } = owners[bits]
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    const first = privateDecrypt({ key, padding, oaepHash }, blob.subarray(0, bits / 8))
    if (direct) return first
    return unwrapped(first, blob.subarray(bits / 8))
  },
}

/** The AES key between, in hex. */
const opensTo = (blob: Buffer, bits: Bits, oaepHash: string): string =>
  privateDecrypt(
    { key: owners[bits].privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash },
    blob.subarray(0, bits / 8),
  ).toString('hex')

function unwrapped(key: Buffer, blob: Buffer): Buffer {
  const unwrap = createDecipheriv('id-aes256-wrap-pad', key, Buffer.from('a65959a6', 'hex'))
  return Buffer.concat([unwrap.update(blob), unwrap.final()])
}

const UNWRAP = ['enc', '-d', '-id-aes256-wrap-pad']
const unwraps = !execFileSync('openssl', ['version'], { encoding: 'utf8' }).match(/^OpenSSL (3\.[5-9]|[4-9])/)

const openssl: Reader = {
  name: 'openssl',
  open(blob, bits, hash, direct, place) {
    const run = (args: string[], input: Buffer) =>
      execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] })
    const oaep = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`].flatMap((one) => [
      '-pkeyopt',
      one,
    ])
    const first = run(['pkeyutl', '-decrypt', '-inkey', place.path(`${bits}.key`), ...oaep], blob.subarray(0, bits / 8))
    if (direct) return first
    // From 3.5 on its program has no wrapped keys any more.
    if (!unwraps) return unwrapped(first, blob.subarray(bits / 8))
    return run([...UNWRAP, '-K', first.toString('hex'), '-iv', 'A65959A6'], blob.subarray(bits / 8))
  },
}

/** Says that it is there, and then answers each line by a line. */
const SCRIPT = `
import base64, json, sys
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import padding
print("ready", flush=True)
for line in sys.stdin:
    path, name, wrapped, blob = json.loads(line)
    key = serialization.load_pem_private_key(open(path, "rb").read(), None)
    md = {"sha1": hashes.SHA1, "sha224": hashes.SHA224, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "sha512": hashes.SHA512}[name]()
    blob, size = base64.b64decode(blob), key.key_size // 8
    first = key.decrypt(blob[:size], padding.OAEP(padding.MGF1(md), md, None))
    opened = keywrap.aes_key_unwrap_with_padding(first, blob[size:]) if wrapped else first
    print(base64.b64encode(opened).decode(), flush=True)
`
const child = spawn('python3', ['-c', SCRIPT], { stdio: ['pipe', 'pipe', 'ignore'] })
child.on('error', () => {})
after(() => child.stdin.end())
const answers = createInterface(child.stdout)[Symbol.asyncIterator]()

const python: Reader = {
  name: "Python's cryptography",
  async open(blob, bits, hash, direct, place) {
    child.stdin.write(`${JSON.stringify([place.path(`${bits}.key`), hash, !direct, blob.toString('base64')])}\n`)
    return Buffer.from(`${(await answers.next()).value}`, 'base64')
  },
}
const hasPython = (await answers.next()).value === 'ready'
const readers = [node, openssl, ...(hasPython ? [python] : [])]

/** The fingerprint that the ledger has of it. */
function fingerprintOf(type: string, key: Buffer): string {
  if (type.startsWith('hmac')) {
    const mac = createHmac(type.slice(5), key).update(Buffer.alloc(16)).digest('hex')
    return `hmac5:${mac.slice(0, 10)}`
  }
  if (type.startsWith('tdes')) {
    const cipher = createCipheriv(type === 'tdes-112' ? 'des-ede-ecb' : 'des-ede3-ecb', key, null).setAutoPadding(false)
    return `ecb3:${cipher.update(Buffer.alloc(8)).toString('hex').slice(0, 6)}`
  }
  if (type.startsWith('aes')) {
    const cipher = createCipheriv(`${type}-ecb`, key, null).setAutoPadding(false)
    return cmac5((block) => cipher.update(block))
  }
  const pair = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }))
  return pair.export({ format: 'pem', type: 'spki' }) as string
}

/** The same of the ledger. */
async function toldOf(type: string): Promise<string> {
  const [key] = (await ready.data('key', 'list', type)).keys
  return key.spki ? (await ready.data('key', 'public', type)).publicKey : key.fingerprint
}

/** [to where, the file, and what else is typed; the method, the hash, whether directly, the bits, for which types]. */
type Row = [string, string | object, string[], string, string, boolean, Bits, string[]]
const HOST = ['--ephemeral', 'host']
const WAYS: Row[] = [
  ['aws', aws(), ['--method', 'rsaes_oaep_sha_1'], 'RSAES_OAEP_SHA_1', 'sha1', true, 3072, ['aes-256', 'hmac-sha256']],
  ['aws', '2048.der', ['--method', 'RSA_AES_KEY_WRAP_SHA_1'], 'RSA_AES_KEY_WRAP_SHA_1', 'sha1', false, 2048, PAIRS],
  ['aws', aws(), HOST, 'RSA_AES_KEY_WRAP_SHA_256', 'sha256', false, 3072, PAIRS],
  ['azure', azure(), [], 'RSA_AES_KEY_WRAP', 'sha1', false, 2048, PAIRS],
  ['azure', '3072.pem', ['--kid', HSM_KEK], 'RSA_AES_KEY_WRAP', 'sha1', false, 3072, ['aes-128', 'aes-256']],
  [
    'google',
    google('RSA_OAEP_3072_SHA1_AES_256', 3072),
    [],
    'RSA_OAEP_3072_SHA1_AES_256',
    'sha1',
    false,
    3072,
    [...SECRETS, ...PAIRS].filter((type) => type !== 'aes-192' && type !== 'ec-p521'),
  ],
  [
    'google',
    google('RSA_OAEP_4096_SHA256_AES_256', 4096),
    HOST,
    'RSA_OAEP_4096_SHA256_AES_256',
    'sha256',
    false,
    4096,
    ['aes-256', 'ec-p256'],
  ],
  [
    'vault',
    { data: { public_key: owners[4096].pem } },
    ['--method', 'sha1'],
    'SHA1',
    'sha1',
    false,
    4096,
    ['aes-256', 'rsa-2048'],
  ],
  ['vault', '4096.pem', ['--method', 'sha512', ...HOST], 'SHA512', 'sha512', false, 4096, ['hmac-sha256']],
  [
    'oci',
    { data: { 'public-key': owners[4096].pem } },
    HOST,
    'RSA_OAEP_AES_SHA256',
    'sha256',
    false,
    4096,
    ['aes-128', 'ec-p384'],
  ],
  ['rsa-aes', '2048.pem', ['--method', 'sha1'], 'sha1', 'sha1', false, 2048, [...DES, ...SECRETS, ...PAIRS]],
  ...(['sha224', 'sha256', 'sha384', 'sha512'] as const).map(
    (hash): Row => [
      'rsa-aes',
      '2048.der',
      ['--method', hash, ...HOST],
      hash,
      hash,
      false,
      2048,
      ['aes-256', 'ec-p256'],
    ],
  ),
  ['oaep', '2048.der', ['--method', 'sha1'], 'sha1', 'sha1', true, 2048, [...DES, ...SECRETS]],
]

for (const [destination, file, more, method, hash, direct, bits, types] of WAYS)
  test(`${destination} by ${method}${more.includes('host') ? ', made beside the library' : ''}: ${types.join(', ')}`, async () => {
    using place = ready.copy()
    if (typeof file !== 'string') writeFileSync(place.path('from.json'), JSON.stringify(file))
    const name = typeof file === 'string' ? file : 'from.json'
    const out = types.length === 1 ? place.path('out', 'blob') : place.path('out')
    const asked = ['--for', destination, '--wrapping-key', place.path(name), '--out', out, ...more]
    const result = await place.data('key', 'export', ...types.map((type) => `${type}#1`), ...asked, ...by(place))
    const end = destination === 'azure' ? 'byok' : destination
    const files = types.length === 1 ? ['blob'] : types.map((type) => `${type}.1.${end}`)
    assert.deepEqual(
      result.artefacts.map((one: { name: string }) => one.name),
      files,
    )
    const { plan } = place.records().findLast((record) => record.type === 'intent')
    assert.deepEqual(
      [plan.for, plan.method, plan.ephemeral],
      [destination, method, more.includes('host') ? 'host' : undefined],
    )
    const opened = new Set<string>()
    for (const [i, type] of types.entries()) {
      const wanted = await toldOf(type)
      const blob = blobIn(readFileSync(place.path('out', files[i]!)), destination)
      for (const reader of readers) {
        const found = fingerprintOf(type, await reader.open(blob, bits, hash, direct, place))
        assert.equal(found.trim(), wanted, `${type} by ${reader.name}`)
      }
      if (!direct) opened.add(opensTo(blob, bits, hash))
      const { exported } = await place.data('key', 'show', type)
      assert.deepEqual(
        [exported.length, exported[0].for, exported[0].method, exported[0].ephemeral],
        [1, destination, method, plan.ephemeral],
      )
      assert.equal(exported[0].sha256, result.artefacts[i].sha256)
    }
    assert.equal(opened.size, direct ? 0 : types.length, 'each key went out under an AES key of its own')
    assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
    if (direct) {
      const { sections } = await place.data('report', 'access')
      const { rows } = sections.find(({ id }: { id: string }) => id === 'exports')
      assert.deepEqual(rows.map(({ key }: { key: string }) => key).sort(), types.map((type) => `${type}#1`).sort())
    }
    await place.data('audit', 'verify')
  })

/**
 * `npm run test:full`: every method of every place, with every type that it takes. SoftHSM has OAEP with SHA-1 alone: by another hash the AES key between is made
 * beside the library, and a key directly under it is what another token has to show.
 */
test('a certificate is taken at its word, and a wrapping key in software is told as one', async () => {
  using place = ready.copy()
  const to = (destination: string, file: string, ...more: string[]) => [
    ...['key', 'export', 'ec-p256#1', '--for', destination, '--wrapping-key', place.path(file)],
    ...['--out', place.path('out', 'blob'), ...more, ...by(place)],
  ]
  const about = [
    '-key',
    place.path('2048.key'),
    '-subj',
    '/CN=partner',
    '-addext',
    'keyUsage=critical,digitalSignature',
  ]
  const pem = execFileSync('openssl', ['req', '-x509', '-config', '/dev/null', ...about]).toString()
  writeFileSync(place.path('signs.pem'), pem.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE'))
  const signs = await place.keyrite(to('rsa-aes', 'signs.pem', '--method', 'sha1'))
  assert.deepEqual([signs.code, signs.json.error.code], [3, 'WRAPPING-KEY'])
  assert.match(signs.json.error.message, /its certificate is for digitalSignature/)
  writeFileSync(place.path('software.json'), JSON.stringify(azure({ kty: 'RSA' })))
  const refused = await place.keyrite(to('azure', 'software.json'))
  assert.deepEqual([refused.code, refused.json.error.code], [3, 'WRAPPING-KEY'])
  await place.data(...to('azure', 'software.json', '--accept', 'software-key'))
  const { plan } = place.records().findLast((record) => record.type === 'intent')
  assert.deepEqual(plan.accepted, ['software-key'])
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
})

test('every method of every place, with all that it takes', { skip: !FULL }, async () => {
  using place = ready.copy()
  const wanted = new Map<string, string>()
  for (const type of [...DES, ...SECRETS, ...PAIRS]) wanted.set(type, await toldOf(type))
  let count = 0
  for (const destination of DESTINATIONS.filter((one) => one !== 'key-block'))
    for (const method of methodsOf(destination)) {
      const { scheme, hash, bits = destination === 'azure' ? 3072 : 2048 } = methodNamed(destination, method)!
      if (scheme === 'oaep' && hash !== 'sha1') continue
      const out = place.path(`${destination}-${method}`)
      mkdirSync(out)
      const types = [...DES, ...SECRETS, ...PAIRS].filter((type) =>
        methodsFor(destination, type as KeyType, bits).includes(method),
      )
      const more = [...(hash === 'sha1' ? [] : HOST), ...(destination === 'azure' ? ['--kid', HSM_KEK] : [])]
      const how = ['--for', destination, '--method', method, '--wrapping-key', place.path(`${bits}.der`), ...more]
      const labels = types.map((type) => `${type}#1`)
      const { artefacts } = await place.data('key', 'export', ...labels, ...how, '--out', out, ...by(place))
      for (const [i, type] of types.entries()) {
        const blob = blobIn(readFileSync(join(out, artefacts[i].name)), destination)
        for (const reader of hasPython ? [node, python] : [node]) {
          const found = fingerprintOf(type, await reader.open(blob, bits as Bits, hash, scheme === 'oaep', place))
          assert.equal(found.trim(), wanted.get(type), `${type} to ${destination} by ${method}, read by ${reader.name}`)
          count++
        }
      }
    }
  assert.ok(count > 150, `${count} were opened`)
  assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
  await place.data('audit', 'verify')
})
