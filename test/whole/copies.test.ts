// Keys that applications use, on real tokens: what an application has after each change, as its own PIN shows it.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { lookAsUser, type TokenObject } from '../crash/token.ts'
import { appInit, pinOf, serialOf } from '../support/application.ts'
import { perform } from '../support/in-process.ts'
import { killedAfter } from '../support/interrupted.ts'
import { runProgram } from '../support/keyrite.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { by, copyOf, partition, type TestPartition } from '../support/partition.ts'
import { softhsm, withoutToken } from '../support/softhsm.ts'

/** The key `card`, backed up, at the application `till`. */
const delivered = (): Promise<TestPartition> =>
  copyOf('delivered', 'plain', async () => {
    const place = await partition()
    await place.data(...appInit(place, 'till'))
    await place.data('backup', 'create', place.path('backup'), ...by(place))
    await place.data('key', 'deliver', 'card', '--app', 'till', ...by(place))
    return place
  })

/** With its next version. */
const published = (): Promise<TestPartition> =>
  copyOf('published', 'plain', async () => {
    const place = await delivered()
    await place.data('key', 'publish', 'card', ...by(place))
    await place.data('backup', 'create', place.path('backup-2'), ...by(place))
    return place
  })

const change = (place: TestPartition, ...args: string[]) => place.data(...args, ...by(place))
const because = ['--reason', 'a test']

const USAGE = ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE']
const told = (one: TokenObject): string => {
  const does = USAGE.filter((flag) => one.flag(flag))
    .join('+')
    .toLowerCase()
  return [one.class, one.label, does].filter((word) => word !== '').join(' ')
}

/** What is on the token of an application. */
const seen = async (place: TestPartition, app = 'till'): Promise<string[]> =>
  lookAsUser(place.folder, await serialOf(place, app), pinOf(place, app), (objects) => objects.map(told).sort())

const PLAIN = Buffer.from('sixteen bytes ok')

/** By the key of that label. */
const crypt = async (place: TestPartition, label: string, how: 'encrypt' | 'decrypt', data: Buffer): Promise<Buffer> =>
  lookAsUser(place.folder, await serialOf(place, 'till'), pinOf(place, 'till'), (objects) =>
    objects.find((one) => one.label === label)![how](data),
  )

test('a rotation in two steps: at no time can an application not read what another one has written', async () => {
  using place = await delivered()
  assert.deepEqual(await seen(place), ['secret card encrypt+decrypt'])
  const [first] = [await crypt(place, 'card', 'encrypt', PLAIN)]
  await change(place, 'key', 'publish', 'card')
  assert.deepEqual(await seen(place), ['secret card encrypt+decrypt', 'secret card#2 decrypt'])
  const { apps } = await change(place, 'key', 'promote', 'card#2', '--accept', 'unbacked')
  assert.deepEqual(
    apps[0].copies.map(({ label, state }: { label: string; state: string }) => `${label} ${state}`),
    ['card#1 present', 'card present'],
  )
  assert.deepEqual(await seen(place), ['secret card encrypt+decrypt', 'secret card#1 decrypt'])
  assert.deepEqual(await crypt(place, 'card#1', 'decrypt', first), PLAIN)
  const second = await crypt(place, 'card', 'encrypt', PLAIN)
  assert.notDeepEqual(second, first)
  const before = await filesOf(place)
  await change(place, 'app', 'sync', 'till')
  assert.deepEqual(await filesOf(place), before, 'what is right is not seated anew')
  await change(place, 'key', 'suspend', 'card', ...because)
  assert.deepEqual(await seen(place), ['secret card decrypt', 'secret card#1 decrypt'])
  await change(place, 'key', 'resume', 'card', ...because)
  assert.deepEqual(await crypt(place, 'card', 'decrypt', second), PLAIN)
  await change(place, 'key', 'withdraw', 'card', '--app', 'till')
  assert.deepEqual(await seen(place), [])
  await place.data('audit', 'verify')
})

/** Names of SoftHSM's files for its objects: one that is made anew has another. The folder's name ends like the serial. */
async function filesOf(place: TestPartition): Promise<string[]> {
  const serial = await serialOf(place, 'till')
  const files = readdirSync(place.path('tokens'), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.replaceAll('-', '').includes(`${serial}/`) && /\.(object|lock)$/.test(file)).sort()
}

test('an application that is away holds nobody up, and gets what it missed', async () => {
  using place = await delivered()
  await place.data(...appInit(place, 'kiosk'))
  await change(place, 'key', 'deliver', 'card', '--app', 'kiosk', '--usage', 'encrypt')
  {
    using _away = withoutToken(place.folder, await serialOf(place, 'kiosk'))
    await change(place, 'key', 'publish', 'card')
    const refused = await place.keyrite(['key', 'promote', 'card', '--accept', 'unbacked', ...by(place)])
    assert.deepEqual([refused.code, refused.json.error.code], [4, 'APP-PRESENT'])
    assert.match(refused.json.error.hint, /--without kiosk/)
    await change(place, 'key', 'promote', 'card', '--without', 'kiosk', '--accept', 'unbacked')
  }
  assert.deepEqual(await seen(place), ['secret card encrypt+decrypt', 'secret card#1 decrypt'])
  const shown = await place.data('key', 'show', 'card')
  assert.deepEqual(
    shown.copies.map(({ app, state }: { app: string; state: string }) => `${app} ${state}`),
    ['kiosk unproven', 'till present'],
  )
  const [before] = [await seen(place, 'kiosk')]
  await change(place, 'app', 'sync', 'kiosk')
  assert.deepEqual([before, await seen(place, 'kiosk')], [['secret card encrypt'], ['secret card encrypt']])
  const { id } = await place.data('key', 'show', 'card#2')
  await lookAsUser(place.folder, await serialOf(place, 'kiosk'), pinOf(place, 'kiosk'), ([one]) =>
    assert.equal(one!.id, id),
  )
  await place.data('audit', 'verify')
})

/** The test module is in the place of the library of the application, or of the partition. */
function withTestModule(place: TestPartition, of: 'application' | 'partition'): void {
  const config = JSON.parse(readFileSync(place.path('home', 'config.json'), 'utf8'))
  const { pay } = config.partitions
  Object.assign(of === 'partition' ? pay : pay.applications.till, { module: testModule() })
  writeFileSync(place.path('home', 'config.json'), JSON.stringify(config))
}

/** A promotion creates the transfer key, unwraps the old version, destroys it under its label, unwraps the new one, and destroys its publication. */
const STRIKES = ['C_UnwrapKey 2 abort', 'C_DestroyObject 1 abort', 'C_UnwrapKey 3 return CKR_DEVICE_ERROR']
for (const strike of STRIKES)
  test(`the token of an application fails in a promotion: ${strike}`, async () => {
    using place = await published()
    withTestModule(place, 'application')
    const failed = await place.keyrite(['key', 'promote', 'card', ...by(place)], { env: scriptEnv([strike]) })
    assert.equal(failed.code, 6, failed.stderr)
    assert.match(failed.json.error.message, /^card#1 is deactivated; card#2 is active; not everything is done at till/)
    assert.match(failed.json.error.hint, /app sync till/)
    assert.deepEqual(
      (await place.data('key', 'show', 'card')).copies.map(({ state }: { state: string }) => state),
      ['unproven'],
    )
    await change(place, 'app', 'sync', 'till')
    assert.deepEqual(await seen(place), ['secret card encrypt+decrypt', 'secret card#1 decrypt'])
    await place.data('audit', 'verify')
  })

/** What is killed after the nth call of a kind, on which token, and what the application has when that is recovered. A proof lends a flag, and takes it back. */
const KILLS: [args: string[], of: 'application' | 'partition', step: string, nth: number, expected: string[]][] = [
  [
    ['deliver', 'card#2', '--app', 'till', '--usage', 'decrypt'],
    'application',
    'C_Login',
    1,
    ['secret card encrypt+decrypt', 'secret card#2 decrypt'],
  ],
  [
    ['promote', 'card'],
    'partition',
    'C_SetAttributeValue',
    3,
    ['secret card encrypt+decrypt', 'secret card#1 decrypt'],
  ],
  [['promote', 'card'], 'application', 'C_DestroyObject', 1, ['secret card encrypt+decrypt', 'secret card#1 decrypt']],
  [['withdraw', 'card', '--app', 'till'], 'application', 'C_DestroyObject', 1, []],
]
for (const [args, of, step, nth, expected] of KILLS)
  test(`a ${args[0]} that is killed after ${step} on the token of the ${of} is finished by the recovery`, async () => {
    using place = await published()
    withTestModule(place, of)
    let calls = 0
    await killedAfter(
      place,
      (at) => ['key', ...args, ...by(at)],
      ({ name }) => name === step && ++calls === nth,
    )
    await change(place, 'partition', 'recover')
    assert.deepEqual(await seen(place), expected)
    await place.data('audit', 'verify')
  })

test('tokens are listed once for all applications, and then each is asked alone', async () => {
  using place = await delivered()
  await place.data(...appInit(place, 'kiosk'))
  const trace = place.path('trace')
  await change(place, 'key', 'deliver', 'card', '--app', 'kiosk', '--app', 'till', '--trace', trace)
  const asked = readFileSync(trace, 'utf8').match(/ C_GetTokenInfo /g)!.length
  // Four slots, by the library of the partition and by that of both applications; each application's token at its look, for what can be proved there, before its login and for it.
  assert.ok(asked <= 2 * 4 + 2 * 4 + 1, `C_GetTokenInfo ${asked} times`)
})

test('what could not be proved on the token of an application is refused before the intent, and the copy that is there can be taken back', async () => {
  using place = await delivered()
  withTestModule(place, 'application')
  const env = { env: scriptEnv(['C_GetMechanismList * without CKM_AES_ECB']) }
  const { seq } = await place.data('audit', 'verify')
  const refused = await place.keyrite(['app', 'sync', 'till', ...by(place)], env)
  assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [4, 'COPY-PROVABLE', false])
  assert.match(refused.json.error.hint, /key withdraw 'card#1' --app till/)
  assert.equal((await place.data('audit', 'verify')).seq, seq, 'nothing is recorded')
  const gone = await place.keyrite(['key', 'withdraw', 'card#1', '--app', 'till', ...by(place)], env)
  assert.equal(gone.code, 0, gone.stderr)
  assert.deepEqual(await seen(place), [])
})

test('where there is nothing to make right nobody is asked to approve it', async () => {
  using place = await partition()
  for (const [args, rule] of [
    [['app', 'check', '--all'], 'APP-KNOWN'],
    [['app', 'sync', '--all'], 'COPY-KNOWN'],
  ] as const) {
    const { code, json } = await place.keyrite([...args, ...by(place)])
    assert.deepEqual([code, json.error.code, json.error.changed], [3, rule, false], json.error.message)
  }
})

test('what is not ours stays, what came back goes, and what was changed is made anew', async () => {
  using place = await delivered()
  const withCopy = await filesOf(place)
  const kept = withCopy.map((file) => [file, readFileSync(place.path('tokens', file))] as const)
  await change(place, 'key', 'withdraw', 'card', '--app', 'till')
  await makeKey(place, 'theirs')
  for (const [file, content] of kept) writeFileSync(place.path('tokens', file), content)
  await place.data('key', 'generate', 'other', '--type', 'aes-256', ...by(place))
  const { apps } = await change(place, 'key', 'deliver', 'other', '--app', 'till', '--accept', 'unbacked')
  assert.match(apps[0].found.join(), /^foreign: secret object theirs.*,removed: secret object card,/)
  assert.match((await place.data('app', 'show', 'till')).found.join(), /^foreign: secret object theirs[^,]*, id 77$/)
  assert.deepEqual(await seen(place), [
    'secret other encrypt+decrypt',
    'secret theirs encrypt+decrypt+sign+verify+wrap+unwrap',
  ])
  await makeKey(place, 'card')
  const refused = await place.keyrite(['key', 'deliver', 'card', '--app', 'till', ...by(place)])
  assert.deepEqual([refused.code, refused.json.error.code, refused.json.error.changed], [5, 'COPY-LABEL', false])
  await place.data('audit', 'verify')
})

/** By another program, in the application's name. */
const makeKey = (place: TestPartition, label: string, id = '77'): Promise<void> =>
  pkcs11Tool(place, '--keygen', '--key-type', 'AES:32', '--label', label, '--id', id, '--usage-decrypt')

async function pkcs11Tool(place: TestPartition, ...words: string[]): Promise<void> {
  const { token } = await place.data('app', 'show', 'till')
  const args = ['--module', softhsm, '--token-label', token.label, '--login', '--pin', pinOf(place, 'till'), ...words]
  const { code, stderr } = await runProgram('pkcs11-tool', args, { env: place.folder.env })
  assert.equal(code, 0, stderr)
}

/** Of what was told of its token last, in syslog: 4 is a warning, 6 informational (RFC 5424, 6.2.1). */
async function severityOfLook(place: TestPartition): Promise<number> {
  const { stdout } = await perform(['audit', 'export', '--format', 'rfc5424'], { home: place.home })
  const line = stdout.split('\n').findLast((one) => one.includes('app.copies'))!
  return Number(/^<(\d+)>/.exec(line)![1]) % 8
}

/** Of a look at it, by its own host or by the custodians: the exit code, and what was wrong. */
async function lookAt(place: TestPartition, ...args: string[]): Promise<(number | string | null)[]> {
  const { code, json } = await place.keyrite(['app', 'check', 'till', ...args])
  return [code, ...json.data.findings.map(({ kind }: { kind: string }) => kind)]
}
const alone = (place: TestPartition) => ['--pin-file', place.path('till.pin'), '--module', softhsm]
const amiss = async (place: TestPartition) =>
  (await place.data('monitor')).partitions[0].findings.filter(({ check }: { check: string }) => check === 'copies')

test('a key of others under the label of a copy is wrong, to both who look, to a sync and to a monitor', async () => {
  using place = await published()
  await makeKey(place, 'theirs')
  assert.deepEqual(await lookAt(place, ...by(place)), [0, 'foreign'])
  assert.deepEqual([await amiss(place), await severityOfLook(place)], [[], 6])
  await makeKey(place, 'card')
  assert.deepEqual(await lookAt(place, ...alone(place)), [5, 'foreign', 'look-alike'])
  assert.deepEqual(await lookAt(place, ...by(place)), [5, 'foreign', 'look-alike'])
  assert.match((await amiss(place))[0].message, /look-alike: secret object card, id 77$/)
  assert.equal(await severityOfLook(place), 4)
  const { code, json } = await place.keyrite(['app', 'sync', 'till', ...by(place)])
  assert.deepEqual([code, json.error.code, json.error.changed], [5, 'COPY-LABEL', false], json.error.message)
  assert.match(json.error.hint, /^remove it, or have its owner name it otherwise$/)
  assert.equal((await place.data('app', 'show', 'till')).unproven, 0)
  await pkcs11Tool(place, '--delete-object', '--type', 'secrkey', '--label', 'card', '--id', '77')
  for (const called of ['card#1', 'card#2']) {
    await makeKey(place, called)
    assert.deepEqual(await lookAt(place, ...alone(place)), [5, 'foreign', 'look-alike'], called)
    await pkcs11Tool(place, '--delete-object', '--type', 'secrkey', '--label', called, '--id', '77')
  }
  await makeKey(place, 'card', (await place.data('key', 'show', 'card#1')).id)
  assert.equal((await lookAt(place, ...alone(place)))[0], 5)
  await place.data('app', 'sync', 'till', ...by(place))
  assert.deepEqual(await lookAt(place, ...by(place)), [0, 'foreign'])
  assert.deepEqual(await amiss(place), [])
  await place.data('audit', 'verify')
})

test('of a pair with a certificate each half and the certificate are told from those of others', async () => {
  using place = await delivered()
  await place.data('key', 'generate', 'tls', '--type', 'ec-p256', ...by(place))
  await change(place, 'backup', 'create', place.path('backup-tls'))
  const cert = await certificateOf(place, 'tls#1')
  await change(place, 'key', 'deliver', 'tls', '--app', 'till', '--cert', cert)
  const { id } = await place.data('key', 'show', 'tls#1')
  assert.deepEqual(await lookAt(place, ...by(place)), [0])
  await pkcs11Tool(place, '--keypairgen', '--key-type', 'EC:prime256v1', '--label', 'tls', '--id', '77')
  assert.deepEqual(await lookAt(place, ...alone(place)), [5, 'look-alike'])
  await pkcs11Tool(place, '--delete-object', '--type', 'privkey', '--label', 'tls', '--id', '77')
  assert.deepEqual(await lookAt(place, ...alone(place)), [5, 'look-alike'], 'the public half alone')
  await pkcs11Tool(place, '--delete-object', '--type', 'pubkey', '--label', 'tls', '--id', '77')

  const theirs = place.path('theirs.der')
  execFileSync('openssl', ['x509', '-in', `${cert}.ca`, '-outform', 'DER', '-out', theirs])
  const write = ['--write-object', theirs, '--type', 'cert', '--label', 'tls', '--id']
  await pkcs11Tool(place, ...write, '77')
  assert.deepEqual(await lookAt(place, ...alone(place)), [5, 'look-alike'])
  await pkcs11Tool(place, '--delete-object', '--type', 'cert', '--label', 'tls', '--id', '77')
  assert.deepEqual(await lookAt(place, ...by(place)), [0])

  await pkcs11Tool(place, '--delete-object', '--type', 'cert', '--label', 'tls', '--id', id)
  await pkcs11Tool(place, ...write, id)
  assert.deepEqual(await lookAt(place, ...by(place)), [5, 'missing'], 'that of another key has its place')
  assert.match((await amiss(place))[0].message, /without: certificate of tls$/)
  await place.data('app', 'sync', 'till', ...by(place))
  assert.deepEqual(await lookAt(place, ...by(place)), [0])
  assert.deepEqual(await amiss(place), [])
  await place.data('audit', 'verify')
})

test('a certificate of another key is seen beside the right one, and where none was delivered; one that was renewed is right', async () => {
  using place = await delivered()
  for (const key of ['tls', 'bare']) await place.data('key', 'generate', key, '--type', 'ec-p256', ...by(place))
  await change(place, 'backup', 'create', place.path('backup-tls'))
  const cert = await certificateOf(place, 'tls#1')
  await change(place, 'key', 'deliver', 'tls', '--app', 'till', '--cert', cert)
  await change(place, 'key', 'deliver', 'bare', '--app', 'till')
  const id = async (key: string): Promise<string> => (await place.data('key', 'show', key)).id
  const [tls, bare, card] = [await id('tls#1'), await id('bare#1'), await id('card#1')]
  const der = (pem: string) => {
    const file = `${pem}.der`
    execFileSync('openssl', ['x509', '-in', pem, '-outform', 'DER', '-out', file])
    return file
  }
  const [theirs, right] = [der(`${cert}.ca`), der(await certificateOf(place, 'bare#1'))]
  rmSync(place.path('tls#1.pub'))
  const renewed = der(await certificateOf(place, 'tls#1'))
  const at = (label: string, under: string) => ['--type', 'cert', '--label', label, '--id', under]
  for (const [file, label, under] of [
    [renewed, 'tls', tls],
    [renewed, 'by-hand', tls],
    [right, 'bare', bare],
    [right, 'bare', '77'],
  ] as const)
    await pkcs11Tool(place, '--write-object', file, ...at(label, under))
  assert.deepEqual(await lookAt(place, ...alone(place)), [0, 'foreign'], 'certificates of the very keys')
  await pkcs11Tool(place, '--delete-object', ...at('bare', '77'))

  for (const [label, under] of [
    ['bare', '77'],
    ['other', bare],
    ['card', card],
    ['bare', bare],
    ['tls', tls],
  ] as const) {
    await pkcs11Tool(place, '--write-object', theirs, ...at(label, under))
    assert.deepEqual(await lookAt(place, ...alone(place)), [5, 'look-alike'], `${label} ${under}`)
    if (label === 'tls') continue
    // Of several in one place nobody knows which goes first.
    const isBeside = label === 'bare' && under === bare
    for (let left = isBeside ? 2 : 1; left > 0; left--) await pkcs11Tool(place, '--delete-object', ...at(label, under))
    if (isBeside) await pkcs11Tool(place, '--write-object', right, ...at(label, under))
    assert.deepEqual(await lookAt(place, ...alone(place)), [0], `${label} ${under} is gone`)
  }
  assert.deepEqual(await lookAt(place, ...by(place)), [5, 'look-alike'])
  assert.match((await amiss(place))[0].message, new RegExp(`look-alike: certificate object tls, id ${tls}$`))
  const { code, json } = await place.keyrite(['app', 'sync', 'till', ...by(place)])
  assert.deepEqual([code, json.error.code, json.error.changed], [5, 'COPY-LABEL', false], json.error.message)
  const there = await seen(place)
  assert.equal(there.filter((one) => one === 'certificate tls').length, 3, 'nothing of others is taken away')
  for (let left = 3; left > 0; left--) await pkcs11Tool(place, '--delete-object', ...at('tls', tls))
  assert.deepEqual(await lookAt(place, ...by(place)), [0], 'of the renewed ones one is left')
  assert.deepEqual(await amiss(place), [])
  await place.data('audit', 'verify')
})

test('a pair: who verifies has its public half, who signs has both and the certificate', async () => {
  using place = await delivered()
  await place.data('key', 'generate', 'tls', '--type', 'ec-p256', ...by(place))
  await change(place, 'backup', 'create', place.path('backup-tls'))
  const cert = await certificateOf(place, 'tls#1')
  await change(place, 'key', 'deliver', 'tls', '--app', 'till', '--cert', cert)
  const both = ['certificate tls', 'private tls sign', 'public tls verify']
  assert.deepEqual(await seen(place), [...both.slice(0, 2), 'public tls verify', 'secret card encrypt+decrypt'])
  await change(place, 'key', 'publish', 'tls')
  assert.deepEqual(
    (await seen(place)).filter((one) => one.includes('#2')),
    ['public tls#2 verify'],
  )
  const wrong = await place.keyrite(['key', 'promote', 'tls', '--cert', cert, ...by(place)])
  assert.deepEqual([wrong.code, wrong.json.error.code], [3, 'CERTIFICATE'])
  await change(place, 'key', 'promote', 'tls', '--accept', 'unbacked', '--cert', await certificateOf(place, 'tls#2'))
  assert.deepEqual(await seen(place), [...both, 'public tls#1 verify', 'secret card encrypt+decrypt'].sort())
  await place.data('audit', 'verify')
})

/** Signed by somebody else. */
async function certificateOf(place: TestPartition, key: string): Promise<string> {
  const [pub, ca, out] = [place.path(`${key}.pub`), place.path('ca.key'), place.path(`${key}.crt`)]
  await place.data('key', 'public', key, '--out', pub)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', ca)
  openssl('req', '-x509', '-key', ca, '-subj', '/CN=till', '-days', '9', '-out', `${out}.ca`)
  openssl('x509', '-in', `${out}.ca`, '-force_pubkey', pub, '-signkey', ca, '-out', out)
  return out
}

test('a key is not destroyed while an application has it, unless the copies that stay are named', async () => {
  using place = await delivered()
  await change(place, 'key', 'deactivate', 'card', ...because)
  assert.deepEqual(await seen(place), ['secret card decrypt'])
  const destroy = ['key', 'destroy', 'card#1', '--confirm', 'card#1', '--certificate', place.path('gone')]
  const refused = await place.keyrite([...destroy, ...by(place)])
  assert.deepEqual([refused.code, refused.json.error.code], [3, 'COPY-LEFT'])
  await change(place, ...destroy, '--leave-copies')
  assert.match(
    readFileSync(place.path('gone'), 'utf8'),
    /Applications have a copy of the key still.+till: card on the token/s,
  )
  await change(place, 'key', 'withdraw', 'card', '--app', 'till')
  assert.deepEqual(await seen(place), [])
  await place.data('audit', 'verify')
})
