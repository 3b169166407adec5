// Signatures of files and digests: OpenSSL verifies each by the very command that was told; what changed meanwhile, and what may not sign, is refused.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { timed } from '../measure/timed.ts'
import { FULL } from '../support/full.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { environment, launcher } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { by, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { softhsm } from '../support/softhsm.ts'

const content = randomBytes(3_000_000)

const signing = (place: TestPartition, key: string, ...more: string[]) =>
  ['key', 'sign', key, ...more, '--out', place.path('out', 'sig'), ...by(place)] as const

let ready: TestPartition
before(async () => {
  ready = await partition()
  mkdirSync(ready.path('out'))
  writeFileSync(ready.path('large'), content)
  writeFileSync(ready.path('small'), content.subarray(0, 999))
  for (const [name, ...more] of [
    ['p256', 'ec-p256'],
    ['p384', 'ec-p384'],
    ['p521', 'ec-p521'],
    ['rsa', 'rsa-2048'],
    ['edwards', 'ed25519', '--no-backup'],
    ['derives', 'ec-p256', '--usage', 'derive'],
    ['old', 'ec-p256'],
  ])
    await ready.data('key', 'generate', name!, '--type', ...more, ...by(ready))
  await ready.data('key', 'deactivate', 'old', '--reason', 'it is old', ...by(ready))
})

/** The commands that were told, as somebody would paste them; the first asks keyrite for the public key. */
async function verified(place: TestPartition, verify: string, key: string): Promise<void> {
  const [exported, openssl] = verify.replace(/^to verify it: /, '').split(' && ')
  assert.match(exported!, new RegExp(`^keyrite key public ['"]?${key}#1['"]? --out public.pem$`))
  await place.data('key', 'public', key, '--out', place.path('public.pem'))
  const said = execFileSync('sh', ['-c', openssl!], { cwd: place.path(), encoding: 'utf8' })
  assert.match(said, /Verified OK|Signature Verified Successfully/)
}

const digestOf = (hash: string, bytes: Uint8Array) => createHash(hash).update(bytes).digest()

for (const [key, file, hash, ...more] of [
  ['p256', 'large', 'sha256'],
  ['p256', 'large', 'sha512', '--hash', 'sha512'],
  ['p384', 'large', 'sha384'],
  ['p521', 'small', 'sha512'],
  ['rsa', 'large', 'sha256'],
  ['rsa', 'large', 'sha512', '--hash', 'sha512', '--padding', 'pss'],
  ['rsa', 'small', 'sha256', '--padding', 'pss'],
  ['edwards', 'small', 'sha512'],
] as const)
  test(`${[key, file, ...more].join(' ')}: openssl verifies it`, async () => {
    using place = ready.copy()
    const signed = await place.data(...signing(place, key, '--in', place.path(file), ...more))
    assert.deepEqual([signed.file, signed.form], [place.path('out', 'sig'), key.startsWith('p') ? 'der' : 'raw'])
    const { plan } = place.records().findLast(({ type }) => type === 'intent')
    const bytes = readFileSync(place.path(file))
    assert.deepEqual(plan.digest, { hash, value: digestOf(hash, bytes).toString('hex') })
    assert.deepEqual(plan.source, { path: place.path(file), bytes: bytes.length })
    await verified(place, signed.verify, key)
  })

test('a file of 1 GB is signed, and never in memory as a whole', { skip: !FULL }, async () => {
  using place = ready.copy()
  const large = place.path('gigabyte')
  writeFileSync(large, '')
  truncateSync(large, 2 ** 30)
  const args = [...signing(place, 'p256', '--in', large), '--json', '--no-input']
  const { stdout, peak } = await timed(launcher, args, environment({ home: place.home, env: place.folder.env }))
  assert.ok(peak > 0 && peak < 300, `${peak} MB at the most`)
  await verified(place, JSON.parse(stdout).data.verify, 'p256')
})

for (const [key, hash] of [
  ['p256', 'sha256'],
  ['p256', 'sha384'],
  ['p384', 'sha512'],
  ['p521', 'sha256'],
  ['rsa', 'sha384'],
] as const)
  test(`${key} of a bare ${hash}: nobody is shown what it is of, and openssl verifies it`, async () => {
    using place = ready.copy()
    const digest = digestOf(hash, content)
    writeFileSync(place.path('digest.bin'), digest)
    const wanted = ['--digest', `${hash}:${digest.toString('hex')}`]
    const shown = await place.keyrite(
      ['key', 'sign', key, ...wanted, '--out', place.path('out', 'sig'), '--dry-run'],
      {},
    )
    assert.equal(shown.json.data.plan.source, undefined)
    const signed = await place.data(...signing(place, key, ...wanted))
    await verified(place, signed.verify, key)
    assert.deepEqual((await place.data('partition', 'check', ...by(place))).findings, [])
    await place.data('audit', 'verify')
  })

test('what the token lists no mechanism for is refused before anybody is asked', async () => {
  using place = ready.copy()
  place.useModule(testModule())
  const env = scriptEnv(['C_GetMechanismList * without CKM_RSA_PKCS_PSS'])
  const asked = ['key', 'sign', 'rsa', '--in', place.path('small'), '--out', place.path('out', 'sig')]
  const { code, json } = await place.keyrite([...asked, '--padding', 'pss'], { env })
  assert.deepEqual([code, json.error.code, json.error.changed], [4, 'MECHANISM', false])
  const done = await place.keyrite([...asked, ...by(place)], { env })
  assert.equal(done.code, 0, done.stderr)
})

test('what may not sign, and what nobody could verify, is refused, and nothing was changed', async () => {
  using place = ready.copy()
  const [small, empty] = [place.path('small'), place.path('empty')]
  writeFileSync(empty, '')
  const bare = ['--digest', `sha256:${'5e'.repeat(32)}`]
  const records = place.records()
  for (const [args, code, rule] of [
    [signing(place, 'card', '--in', small), 3, 'KEY-USAGE'],
    [signing(place, 'derives', '--in', small), 3, 'KEY-USAGE'],
    [signing(place, 'old', '--in', small), 3, 'KEY-STATE'],
    [signing(place, 'nobody', '--in', small), 3, 'KEY-EXISTS'],
    [signing(place, 'rsa', ...bare, '--padding', 'pss'), 3, 'KEY-USAGE'],
    [signing(place, 'edwards', ...bare), 3, 'KEY-USAGE'],
    [signing(place, 'edwards', '--in', place.path('large')), 3, 'KEY-USAGE'],
    [signing(place, 'edwards', '--in', small, '--hash', 'sha256'), 3, 'KEY-USAGE'],
    [signing(place, 'p256', '--in', small, '--padding', 'pss'), 3, 'KEY-USAGE'],
    [signing(place, 'p256', '--in', empty), 3, 'FILE-EMPTY'],
    [signing(place, 'p256', '--in', place.path('none')), 2, 'FILE-MISSING'],
    [signing(place, 'p256', '--in', small, ...bare), 2, 'USAGE'],
    [signing(place, 'p256', '--digest', 'sha256:5e'), 2, 'USAGE'],
    [signing(place, 'p256', '--digest', `md5:${'5e'.repeat(16)}`), 2, 'USAGE'],
    [['key', 'sign', 'p256', '--in', small, '--out', empty, ...by(place)], 3, 'FILE-EXISTS'],
  ] as const) {
    const refused = await place.keyrite(args)
    assert.deepEqual(
      [refused.code, refused.json.error.code, refused.json.error.changed],
      [code, rule, false],
      args.join(' '),
    )
  }
  assert.deepEqual(place.records(), records)
  assert.ok(!existsSync(place.path('out', 'sig')))
})

const written = ({ name, path }: ProbeEvent): boolean => /rename|link|sync/.test(name) && path.endsWith('/sig')

for (const [when, killed, found] of [
  ['it was announced', onDisk, 'partial'],
  ['the file was there', written, 'done'],
] as const)
  for (const kept of [true, false])
    test(`killed when ${when}, and the file ${kept ? 'is' : 'is not'} there any more: a recovery finds it ${found}`, async () => {
      using place = ready.copy()
      place.useModule(testModule())
      await killedAfter(place, (own) => signing(own, 'p384', '--in', own.path('small')), killed)
      place.useModule(softhsm)
      if (!kept) rmSync(place.path('small'))
      assert.equal((await place.data('partition', 'recover', ...by(place))).found, found)
      assert.equal(existsSync(place.path('out', 'sig')), found === 'done')
      await place.data('audit', 'verify')
    })
