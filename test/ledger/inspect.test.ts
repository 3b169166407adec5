// What a file is told to be, from its bytes alone: no secret of it is said, and a damaged one is called that.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { sampleOf, samplePartition } from '../../src/docs/sample-plans.ts'
import { canonical } from '../../src/domain/canonical.ts'
import { recordCode } from '../../src/domain/code.ts'
import { KeyriteError } from '../../src/domain/errors.ts'
import { planCode } from '../../src/domain/proposal.ts'
import { formatRequest, newRequest, stationCode } from '../../src/domain/station-request.ts'
import { certificateInfo, crlInfo, signedWhole } from '../../src/domain/x509/write.ts'
import { inspect } from '../../src/ledger/inspect.ts'
import { CERTIFICATE, listing } from '../support/authority.ts'
import { newCast } from '../support/cast.ts'
import { keyBlocks } from '../support/key-blocks.ts'
import { samples } from '../support/plan-samples.ts'
import { makeFolder } from '../support/softhsm.ts'
import { Story } from '../support/story.ts'
import vectors from '../vectors/certificates.json' with { type: 'json' }

const path = join(makeFolder('inspect'), 'file')
const told = (text: string | Uint8Array) => {
  writeFileSync(path, text)
  return inspect(path)
}

const story = Story.tell(await newCast())
const PIN = Buffer.alloc(20, 7).toString('base64url')

test('a ledger, whole and with a torn end', () => {
  const { kind, facts } = told(story.text)
  assert.equal(kind, 'ledger')
  assert.deepEqual([facts.records, facts.anchor], [story.lines.length, recordCode(story.leaves[0]!)])
  assert.deepEqual(told(`${story.text}{"record":`).facts, facts)
})

test('a plan, alone and as --dry-run --json shows it', () => {
  const plan = samples['partition.check']!
  const alone = told(`${JSON.stringify(Object.fromEntries(Object.entries(plan).sort()))}\n`)
  assert.deepEqual([alone.kind, alone.facts.op], ['plan', 'partition.check'])
  assert.deepEqual(told(`${JSON.stringify({ ok: true, data: { plan } })}\n`), alone)
})

test('the plan of a beginning, whole and before its token is known', () => {
  const { plan } = sampleOf('partition.init')
  const { kind, facts } = told(`${canonical(plan)}\n`)
  assert.deepEqual([kind, facts.op, facts.name, facts.code], ['plan', 'partition.init', 'pay', planCode(plan)])
  const dryRun = JSON.stringify({ ok: true, data: { plan: { op: 'partition.init', name: 'pay', slot: 3 } } })
  assert.deepEqual(told(dryRun).facts, {
    op: 'partition.init',
    name: 'pay',
    partition: undefined,
    foreseen: 'it names no token yet, and nobody can approve it',
  })
})

test('a request of a station, with the code that people compare', () => {
  const { station } = samplePartition()
  const request = newRequest({
    partition: '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b',
    anchor: story.leaves[0]!,
    key: station.key,
    created: '2026-05-02T08:00:00.000Z',
    host: { user: 'ops', name: 'desk-2' },
  })
  const { id, alg } = station.key
  const { kind, facts } = told(formatRequest({ request, signature: { key: id, alg, value: '' } }))
  assert.deepEqual(
    [kind, facts.host, facts.anchor, facts.code],
    ['station-request', 'desk-2', recordCode(story.leaves[0]!), stationCode(station.key)],
  )
})

test('a key block, of every version: what it says is told in words, and its key is not shown', () => {
  for (const { block, header } of keyBlocks()) {
    const { kind, facts } = told(`${block}\r\n`)
    assert.equal(kind, 'key-block')
    const { version, usage, algorithm, modeOfUse: mode, exportability: exportable } = header
    for (const [name, code] of Object.entries({ version, usage, algorithm, mode, exportable }))
      assert.match(`${facts[name]}`, new RegExp(`^${code}, (?!in no standard)`), block)
    const last = block.slice(-48)
    assert.ok(!JSON.stringify(facts).includes(last))
  }
  const { facts } = told(keyBlocks()[4]!.block)
  assert.deepEqual(facts, {
    version: 'B, TDES, keys by derivation',
    usage: 'B0, base derivation key (DUKPT)',
    algorithm: 'T, triple DES',
    mode: 'X, derives keys',
    keyVersion: '12',
    exportable: 'S, in other ways too',
    context: '0, as the key that protects it',
    optional1: 'KS, key serial number: 00604B120F9292800000',
    encrypted: '24 bytes',
    mac: '8 bytes',
  })
})

test('what is noted of a beginning, and nothing secret of it', () => {
  const pending = {
    format: 'keyrite.pending/1',
    kind: 'init',
    stage: 'taken',
    name: 'pay',
    temporaryPin: PIN,
    token: 'abc',
  }
  const { kind, facts } = told(`${JSON.stringify(pending)}\n`)
  assert.deepEqual([kind, facts.name, facts.stage, facts.token], ['pending', 'pay', 'taken', 'abc'])
  assert.ok(!JSON.stringify(facts).includes(PIN))
})

test('certificates, requests and lists in DER', () => {
  const signature = new Uint8Array(64).fill(1)
  const wholeOf = (info: Uint8Array) => signedWhole(info, 'ecdsa-sha256', signature)
  for (const revoked of [[], listing().crl.revoked])
    assert.equal(told(wholeOf(crlInfo({ ...listing().crl, revoked }))).kind, 'x509-crl')
  assert.equal(told(wholeOf(certificateInfo(CERTIFICATE))).kind, 'x509-certificate')
  for (const [what, request] of vectors.requests as [string, string][])
    if (!/BER|version/.test(what)) assert.equal(told(Buffer.from(request, 'base64')).kind, 'x509-request', what)
})

for (const [text, kind] of [
  ['', 'unknown'],
  ['hello\n', 'unknown'],
  [Uint8Array.of(0x30, 0x82, 1, 0), 'unknown'],
  ['{"version":1}', 'settings'],
  ['-----BEGIN PRIVATE KEY-----\nAAAA\n', 'private-key'],
  ['AGE-SECRET-KEY-1QQQ\n', 'identity'],
  ['-----BEGIN CERTIFICATE-----\n', 'x509-certificate'],
  ['-----BEGIN CERTIFICATE REQUEST-----\n', 'x509-request'],
  ['-----BEGIN X509 CRL-----\n', 'x509-crl'],
  ['Certificate Request:\n    Data:\n-----BEGIN NEW CERTIFICATE REQUEST-----\n', 'x509-request'],
  [Buffer.from('\ufeff-----BEGIN CERTIFICATE-----\r\n', 'utf16le'), 'x509-certificate'],
  ['-----BEGIN AGE ENCRYPTED FILE-----\n', 'share'],
  ['# partition: 2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b\nkrs1q\n', 'share'],
  ['certificate of destruction\n\n', 'certificate'],
  ['{"signature":{},"statement":{"key":{"name":{"toString":1},"version":{"valueOf":1}}}}\n', 'certificate'],
] as const)
  test(`${kind}: ${JSON.stringify(text.slice(0, 20))}`, () => {
    const found = told(text)
    assert.deepEqual([found.kind, JSON.stringify(found.facts)], [kind, '{}'])
  })

for (const [text, code] of [
  ['{"header":{}}\n', 'BACKUP-SHAPE'],
  ['{"record":{}}\n', 'RECORD-SHAPE'],
  ['{"signature":\n', 'FILE-TEXT'],
  ['{"request":{}}\n', 'STATION-REQUEST'],
  [`keyrite/${'a'.repeat(36)}\nx\n`, 'CHECKPOINT-SHAPE'],
  [keyBlocks()[0]!.block.slice(0, -2), 'KEY-BLOCK'],
] as const)
  test(`damaged: ${code}`, () => {
    const isSo = (error: unknown) =>
      error instanceof KeyriteError && error.code === code && error.exit === 5 && /another copy/.test(`${error.hint}`)
    assert.throws(() => told(text), isSo)
  })
