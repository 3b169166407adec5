// Keys that go out in key blocks: openssl and Python's cryptography open each by the key that protects it, and no call of the library has either in the clear.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { checkValueOf } from '../../src/domain/check-values.ts'
import type { KeyType } from '../../src/domain/keys.ts'
import { perform } from '../support/in-process.ts'
import { readAll } from '../support/independent.ts'
import { openedByOpenssl, openedByPython } from '../support/key-blocks.ts'
import { filesBelow, spellings } from '../support/leaks.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'

const KBPK = randomBytes(32)
/** What is made, and what its block says of it, but for its length. */
const MADE: [name: string, type: KeyType, usage: string[], says: string][] = [
  ['data', 'aes-256', [], 'D0AB00E0000'],
  ['short', 'aes-128', ['decrypt'], 'D0AD00E0000'],
  ['kek', 'aes-192', ['wrap', 'unwrap'], 'K0AB00E0000'],
  ['cmac', 'aes-256', ['sign', 'verify'], 'M6AC00E0000'],
  ['verifies', 'hmac-sha256', ['verify'], 'M7HV00E0200HM0621PB0A000000'],
  ['hmac', 'hmac-sha512', [], 'M7HC00E0200HM0623PB0A000000'],
  ['zmk', 'tdes-112', [], 'K0TB00E0000'],
]
const NAMES = MADE.map(([name]) => name)
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0

const here = ({ home, folder }: TestPartition) => ({ home, env: folder.env })

async function done(place: TestPartition, ...args: string[]) {
  const { code, json, stderr } = await perform([...args, '--json'], here(place))
  assert.equal(code, 0, stderr)
  return json.data
}

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
  writeFileSync(ready.path('kbpk.jwk'), JSON.stringify({ kty: 'oct', k: KBPK.toString('base64url') }), { mode: 0o600 })
  const uses = ['--usage', 'wrap', '--usage', 'unwrap', '--type', 'aes-256', '--accept', 'clear-on-host']
  await done(ready, 'key', 'import', 'kbpk', '--in', ready.path('kbpk.jwk'), ...uses, ...by(ready))
  for (const [name, type, usage] of MADE) {
    const may = usage.flatMap((one) => ['--usage', one])
    await done(ready, 'key', 'generate', name, '--type', type, ...may, ...by(ready))
  }
})

const exporting = (place: TestPartition, keys: string[], ...more: string[]): string[] => {
  const under = more.includes('--under') ? [] : ['--under', 'kbpk']
  const out = keys.length === 1 ? place.path('out', 'block') : place.path('out')
  const how = ['--for', 'key-block', ...under, '--out', out, ...more]
  return ['key', 'export', ...keys.map((name) => `${name}#1`), ...how, ...by(place)]
}
const ACCEPTED = ['--accept', 'clear-on-host']

test('each is what its header says, opens by others to the key of the ledger, and goes back in', async () => {
  using place = ready.copy()
  const args = exporting(place, NAMES, ...ACCEPTED, '--exportability', 'e')
  const { stdout } = await perform([...args, '--dry-run'], here(place))
  const seen = stdout.replaceAll(/\s+/g, ' ')
  assert.match(
    seen,
    /key block D0144D0AB00E0000 usage D0, .* HM, hash of the HMAC: SHA-256 .* under kbpk#1 aes-256 kcv cmac5:[0-9a-f]{10} it stays/,
  )
  assert.match(seen, /for keys outside PCI PIN alone.*accepts clear-on-host: whoever controls this machine now has/)
  await done(place, ...args)
  const told = (await done(place, 'key', 'list')).keys as { name: string; fingerprint: string }[]
  for (const [name, type, , says] of MADE) {
    const block = readFileSync(place.path('out', `${name}.1.key-block`), 'latin1').trim()
    assert.equal(block.slice(5, 5 + says.length), says, name)
    const fingerprint = told.find((one) => one.name === name)!.fingerprint
    const key = openedByOpenssl(block, KBPK)
    assert.equal(await checkValueOf(type, key), fingerprint, name)
    if (hasPython) assert.deepEqual(openedByPython(block, KBPK), key, name)
    for (const [file, content] of filesBelow(place.path('home')))
      for (const spelling of spellings(key)) assert.equal(content.includes(spelling), false, file)
  }
  const { exported } = await done(place, 'key', 'show', 'data')
  const [{ for: to, method, under, wrappingKey }] = exported
  assert.deepEqual([to, method, under, wrappingKey], ['key-block', 'D', 'kbpk#1', undefined])
  assert.deepEqual((await done(place, 'key', 'show', 'kbpk')).attributes.SIGN, false)
  const how = ['--in', place.path('out', 'short.1.key-block'), '--under', 'kbpk', '--type', 'aes-128', ...ACCEPTED]
  const kcv = told.find((one) => one.name === 'short')!.fingerprint
  const again = await perform(['key', 'import', 'again', ...how, '--kcv', kcv, ...by(place), '--json'], here(place))
  assert.deepEqual([again.code, again.json.error.code], [3, 'KEY-DISTINCT'], 'the ledger knows this key already')
  await isWhole(place)
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
})

test('what can not be said in a block, or is protected by none, is refused', async () => {
  using place = ready.copy()
  const sized = ['--type', 'aes-128', '--usage', 'wrap', '--usage', 'unwrap']
  await done(place, 'key', 'generate', 'weak', ...sized, ...by(place))
  await done(place, 'key', 'generate', 'pair', '--type', 'ec-p256', ...by(place))
  await done(
    place,
    'key',
    'generate',
    'mixed',
    '--type',
    'aes-256',
    '--usage',
    'encrypt',
    '--usage',
    'wrap',
    ...by(place),
  )
  for (const [what, key, more, code, rule] of [
    ['nobody accepted it', 'data', [], 3, 'CLEAR-ON-HOST'],
    ['a pair', 'pair', ACCEPTED, 3, 'EXPORT-FITS'],
    ['two uses of which no letters tell', 'mixed', ACCEPTED, 3, 'EXPORT-FITS'],
    ['a weaker key', 'data', [...ACCEPTED, '--under', 'weak'], 3, 'BLOCK-KEY'],
    ['a key that wraps nothing', 'data', [...ACCEPTED, '--under', 'short'], 3, 'BLOCK-KEY'],
    ['no AES key', 'data', [...ACCEPTED, '--under', 'zmk'], 3, 'BLOCK-KEY'],
    ['a key under itself', 'kek', [...ACCEPTED, '--under', 'kek'], 3, 'BLOCK-KEY'],
    ['an RSA key', 'data', [...ACCEPTED, '--wrapping-key', 'x.pem'], 2, 'USAGE'],
    ['another way', 'data', [...ACCEPTED, '--ephemeral', 'host'], 2, 'USAGE'],
    ['a letter that is none', 'data', [...ACCEPTED, '--exportability', 'X'], 2, 'USAGE'],
  ] as const) {
    const { code: found, json } = await perform([...exporting(place, [key], ...more), '--json'], here(place))
    assert.deepEqual(
      [found, json.error.code, json.error.changed],
      [code, rule, false],
      `${what}: ${json.error.message}`,
    )
  }
  assert.deepEqual((await done(place, 'partition', 'check', ...by(place))).findings, [])
})
