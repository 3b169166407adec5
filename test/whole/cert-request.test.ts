// A certificate request: what OpenSSL reads in it, that it is signed by the key of the ledger, and that the key is as before.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { readAll } from '../support/independent.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { testModule } from '../support/module.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { softhsm } from '../support/softhsm.ts'

const SUBJECT = 'CN=Zoë\\, Pay,OU=Cards,O=Example Bank,C=DE'
const requesting = (place: TestPartition, key: string, ...more: string[]) =>
  ['cert', 'request', key, '--subject', SUBJECT, '--out', place.path('out', 'csr'), ...more, ...by(place)] as const

/** What OpenSSL says of the request, whose signature it verifies. */
const read = (place: TestPartition, ...what: string[]): string =>
  execFileSync('openssl', ['req', '-in', place.path('out', 'csr'), '-noout', '-verify', ...what], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })

/** Pairs that sign, that decrypt alone, that derive, and one that is not active yet. */
let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
  const later = new Date(Date.now() + 86_400_000).toISOString()
  for (const [name, ...more] of [
    ['p256', 'ec-p256'],
    ['p384', 'ec-p384', '--usage', 'derive'],
    ['p521', 'ec-p521'],
    ['rsa', 'rsa-2048', '--usage', 'encrypt,decrypt'],
    ['edwards', 'ed25519', '--no-backup'],
    ['next', 'ec-p256', '--activate-at', later],
  ])
    await ready.data('key', 'generate', name!, '--type', ...more, ...by(ready))
})

for (const key of ['p256', 'p384', 'p521', 'rsa', 'edwards', 'next'])
  test(`${key}: OpenSSL verifies it, and reads subject, names and key; the key is as before`, async () => {
    using place = ready.copy()
    const [before] = (await place.data('key', 'list', key)).keys
    const names = ['--san', 'DNS:pay.example.com', '--san', 'IP:10.0.0.1', '--san', 'IP:2001:db8::1']
    const { file, artefacts } = await place.data(...requesting(place, key, ...names))
    assert.deepEqual([file, artefacts[0].name], [place.path('out', 'csr'), 'csr'])
    // OpenSSL 3.5 says before it that the signature is right.
    const subject = read(place, '-subject', '-nameopt', 'RFC2253,-esc_msb').trim().split('\n').at(-1)
    assert.equal(subject, `subject=${SUBJECT}`)
    assert.match(read(place, '-text'), /DNS:pay\.example\.com, IP Address:10\.0\.0\.1, IP Address:2001:DB8:0:0:0:0:0:1/)
    const { publicKey } = await place.data('key', 'public', key)
    assert.ok(createPublicKey(read(place, '-pubkey')).equals(createPublicKey(publicKey)))
    const [after] = (await place.data('key', 'list', key)).keys
    assert.deepEqual([after.attributes, after.state], [before.attributes, before.state])
    await isWhole(place)
  })

test('a profile says it all, and the plan has the hash of the bytes that are signed', async () => {
  using place = ready.copy()
  const profile = place.path('wanted.toml')
  writeFileSync(profile, `subject = ${JSON.stringify(SUBJECT)}\nnames = ["DNS:pay.example.com", "IP:2001:db8::1"]\n`)
  const asked = ['cert', 'request', 'p384', '--profile', profile, '--out', place.path('out', 'csr')]
  await place.data(...asked, ...by(place))
  const { plan } = place.records().findLast((record) => record.type === 'intent')
  assert.deepEqual([plan.subject, plan.names], [SUBJECT, ['DNS:pay.example.com', 'IP:2001:db8:0:0:0:0:0:1']])
  const whole = execFileSync('openssl', ['req', '-in', place.path('out', 'csr'), '-outform', 'der'])
  // The header of the outer sequence has four bytes, and what is signed comes first.
  const [head, length] = [whole.subarray(4, 8), whole.readUInt16BE(6)]
  assert.deepEqual([...head.subarray(0, 2)], [0x30, 0x82])
  assert.equal(
    createHash('sha256')
      .update(whole.subarray(4, 8 + length))
      .digest('hex'),
    plan.tbs,
  )
  assert.equal((await readAll([readFileSync(place.ledger, 'utf8')]))[0], 'none')
  // It is among what was done with the key, and no state of it.
  const { sections } = await place.data('report', 'access', 'p384')
  const operations = (id: string) =>
    sections.find((one: { id: string }) => one.id === id).rows.map((row: { operation: string }) => row.operation)
  assert.deepEqual([operations('life'), operations('changes')], [['key.generate'], ['key.generate', 'cert.request']])
})

test('what gets no certificate, a file that is there and a subject that no CA takes are refused, and nothing was changed', async () => {
  using place = ready.copy()
  await place.data('key', 'deactivate', 'p256', '--reason', 'it is old', ...by(place))
  writeFileSync(place.path('taken'), '')
  const bad = place.path('bad.toml')
  writeFileSync(bad, 'subject = "CN=a"\nca = true\n')
  const records = place.records()
  for (const [args, code, rule] of [
    [requesting(place, 'card'), 3, 'KEY-PUBLIC'],
    [requesting(place, 'p256'), 3, 'KEY-STATE'],
    [requesting(place, 'nobody'), 3, 'KEY-EXISTS'],
    [['cert', 'request', 'p384', '--subject', 'CN=a', '--out', place.path('taken'), ...by(place)], 3, 'FILE-EXISTS'],
    [['cert', 'request', 'p384', '--subject', 'pay', '--out', place.path('out', 'csr')], 2, 'CERT-SUBJECT'],
    [
      ['cert', 'request', 'p384', '--subject', 'CN=a', '--san', 'pay', '--out', place.path('out', 'csr')],
      2,
      'CERT-NAME',
    ],
    [['cert', 'request', 'p384', '--out', place.path('out', 'csr')], 2, 'INPUT-MISSING'],
    [[...requesting(place, 'p384'), '--profile', place.path('wanted.toml')], 2, 'USAGE'],
    [['cert', 'request', 'p384', '--profile', bad, '--out', place.path('out', 'csr')], 2, 'CERT-PROFILE'],
  ] as const) {
    const refused = await place.keyrite(args)
    assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [code, rule, false])
  }
  // The hint has the name that was meant in the place of the wrong one, and the others as they were.
  const names = ['--san', 'DNS:a.example.com', '--san=pay.example.com', '--san', 'IP:10.0.0.1']
  const { json } = await place.keyrite(['cert', 'request', 'p384', '--subject', 'CN=a', ...names, '--out', 'csr'])
  assert.match(
    json.error.hint,
    / --san DNS:a\.example\.com --san IP:10\.0\.0\.1 --out csr .*--san DNS:pay\.example\.com$/,
  )
  assert.doesNotMatch(json.error.hint, /=pay/)
  assert.deepEqual(place.records(), records)
  assert.ok(!existsSync(place.path('out', 'csr')))
})

const written = ({ name, path }: ProbeEvent): boolean => /rename|link|sync/.test(name) && path.endsWith('/csr')
const lent = ({ name }: ProbeEvent): boolean => name === 'C_SetAttributeValue'

for (const [when, killed, found] of [
  ['it was announced', onDisk, 'partial'],
  ['the key was lent its use', lent, 'partial'],
  ['the file was there', written, 'done'],
] as const)
  test(`killed when ${when}: a recovery finds it ${found}, and the key as before`, async () => {
    using place = ready.copy()
    place.useModule(testModule())
    await killedAfter(
      place,
      (own) => ['cert', 'request', 'rsa', '--subject', SUBJECT, '--out', own.path('out', 'csr'), ...by(own)],
      killed,
    )
    place.useModule(softhsm)
    assert.equal((await place.data('partition', 'recover', ...by(place))).found, found)
    if (found === 'done')
      assert.match(readFileSync(place.path('out', 'csr'), 'utf8'), /^-----BEGIN CERTIFICATE REQUEST-----\n/)
    else await place.data(...requesting(place, 'rsa'))
    rmSync(place.path('out', 'csr'))
    await isWhole(place)
  })
