// What an offline root must not sign: names that another CA of the ledger has, keys that were given away, purposes that the issuer lacks, certificates that look like files; and the dates of one whose ledger is ahead of the clock.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { derInPem } from '../../src/domain/pem.ts'
import { partsOf } from '../../src/domain/x509/write.ts'
import { ISSUING, LIST, ROOT, readyAuthority, request } from '../support/authority-files.ts'
import { perform } from '../support/in-process.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'
import { clockAhead } from '../support/shims.ts'

interface Signed {
  serial: string
  plan: { crl: { thisUpdate: string; nextUpdate: string }; certificate: { notBefore: string; notAfter: string } }
}

/** The words of `cert VERB`, with the profile that has this text. */
function signing(place: TestPartition, verb: string, text: string, out: string): string[] {
  writeFileSync(place.path(`${verb}.toml`), text)
  const csr = verb === 'issue' ? ['--in', place.path('issuing.csr')] : []
  return ['cert', verb, place.path(`${verb}.toml`), ...csr, '--out', place.path(out), ...by(place)]
}

const signed = (place: TestPartition, verb: string, text: string, out: string): Promise<Signed> =>
  place.data(...signing(place, verb, text, out))
const planned = (place: TestPartition, verb: string, text: string, ...more: string[]): Promise<Signed> =>
  place.data(...signing(place, verb, text, 'planned'), '--dry-run', ...more)

async function refusal(place: TestPartition, words: string[], rule: string, said: RegExp): Promise<void> {
  const { code, json } = await place.keyrite(words)
  assert.deepEqual([code, json.error?.code], [3, rule], `${words.slice(0, 3)} ${json.error?.message}`)
  assert.match(json.error.message, said)
}

const LEAF = `${ISSUING.replace('ca = true\npath-length = 0', 'ca = false')}key-usage = ["digitalSignature"]\n`
const under = (text: string, key: string, file: string): string =>
  text.replace('ca/root', key).replace('root.pem', file).replace('3650d', '365d')

let ready: TestPartition
before(async () => {
  ready = await partition()
  await readyAuthority(ready)
  await signed(ready, 'root', ROOT, 'root.pem')
})

/** A CA of this partition below the root: `own.pem`. */
async function own(place: TestPartition, more = ''): Promise<Signed> {
  await place.data('key', 'generate', 'ca/own', '--type', 'ec-p256', ...by(place))
  await requestOf(place, 'ca/own', 'CN=Own CA,O=Example Bank')
  return await signed(place, 'issue', `${ISSUING}${more}`, 'own.pem')
}

/** It lies where `cert issue` takes it from. */
async function requestOf(place: TestPartition, key: string, subject: string): Promise<void> {
  const file = place.path(`${key.replace(/\W/g, '-')}.csr`)
  await place.data('cert', 'request', key, '--subject', subject, '--out', file, ...by(place))
  copyFileSync(file, place.path('issuing.csr'))
}

test('nobody else gets the name of a CA whose key this ledger has', async () => {
  using place = ready.copy()
  await own(place)
  for (const [subject, whose] of [
    ['/C=DE/O=Example Bank/CN=Example Root CA', 'ca/root#1'],
    ['/C=DE/O=example  bank/CN= EXAMPLE ROOT CA', 'ca/root#1'],
    ['/O=Example Bank/CN=own ca', 'ca/own#1'],
  ]) {
    request(place, 'issuing.csr', subject!)
    const said = new RegExp(`is the name of the CA ${whose}`)
    await refusal(place, signing(place, 'issue', ISSUING, 'x'), 'CERT-FITS', said)
    const list = LEAF.replace('digitalSignature', 'cRLSign')
    await refusal(place, signing(place, 'issue', list, 'x'), 'CERT-FITS', said)
  }
  await place.data('key', 'generate', 'second', '--type', 'ec-p256', ...by(place))
  const second = ROOT.replace('ca/root', 'second')
  await refusal(place, signing(place, 'root', second, 'x'), 'CERT-FITS', /is the name of the CA ca\/root#1/)
  await planned(place, 'root', second.replace('Root CA', 'Root CA 2'))
  await planned(place, 'root', ROOT)

  await place.data('key', 'rotate', 'ca/own', ...by(place))
  await requestOf(place, 'ca/own#2', 'CN=Own CA,O=Example Bank')
  await planned(place, 'issue', ISSUING)
  const reason = ['--reason', 'a test', ...by(place)]
  for (const verb of ['deactivate', 'destroy'])
    await place.data('key', verb, 'ca/root', ...reason, ...(verb === 'destroy' ? ['--confirm', 'ca/root#1'] : []))
  await planned(place, 'root', second)
  await isWhole(place)
})

test('a key that was given away gets no certificate and issues none, until a list says that it was not', async () => {
  using place = ready.copy()
  const { serial: ofOwn } = await own(place)
  request(place, 'issuing.csr', '/C=DE/O=Example Bank/CN=Sub CA')
  const { serial: ofSub } = await signed(place, 'issue', ISSUING, 'sub.pem')
  const lost = (serial: string, reason = 'keyCompromise', more = '') =>
    `[[revoked]]\nserial = "${serial}"\ndate = 2025-11-28T00:00:00Z\nreason = "${reason}"\n${more}`
  await signed(place, 'crl', `${LIST}${lost(ofOwn)}${lost(ofSub)}`, 'root.crl')
  const again = signing(place, 'issue', ISSUING, 'x')
  await refusal(
    place,
    again,
    'CERT-REQUEST',
    new RegExp(`list 1 of ca/root#1 revokes ${ofSub} of this very key as compromised`),
  )
  request(place, 'issuing.csr', '/CN=Somebody')
  const below = under(LEAF, 'ca/own', 'own.pem')
  await refusal(place, signing(place, 'issue', below, 'x'), 'CERT-ISSUER', /revokes .* of ca\/own#1 as keyCompromise/)
  await planned(place, 'crl', under(LIST, 'ca/own', 'own.pem'))
  await place.data(
    ...signing(
      place,
      'crl',
      `${LIST}${lost(ofOwn, 'superseded', 'corrects = 1\n')}${lost(ofSub, 'superseded', 'corrects = 1\n')}`,
      'second.crl',
    ),
    '--reason',
    'it was another key',
  )
  await refusal(place, signing(place, 'issue', below, 'x'), 'CERT-ISSUER', /revokes .* of ca\/own#1 as superseded/)
  copyFileSync(place.path('ca-own.csr'), place.path('issuing.csr'))
  await planned(place, 'issue', ISSUING)
  await isWhole(place)
})

test('an issuer that is for some purposes issues for no others', async () => {
  using place = ready.copy()
  await own(place, 'extended-key-usage = ["clientAuth"]\n')
  request(place, 'issuing.csr', '/CN=Somebody')
  const below = under(LEAF, 'ca/own', 'own.pem')
  const wrong = signing(place, 'issue', `${below}extended-key-usage = ["serverAuth", "clientAuth"]\n`, 'x')
  await refusal(place, wrong, 'CERT-FITS', /the issuer is for clientAuth alone, and not for serverAuth/)
  await refusal(place, signing(place, 'issue', below, 'x'), 'CERT-FITS', /extended-key-usage is to be there/)
  for (const purposes of ['"clientAuth"', '"clientAuth", "OCSPSigning"'])
    await planned(place, 'issue', `${below}extended-key-usage = [${purposes}]\n`)
  const any = `${ISSUING}extended-key-usage = ["clientAuth", "2.5.29.37.0"]\n`
  copyFileSync(place.path('ca-own.csr'), place.path('issuing.csr'))
  await signed(place, 'issue', any, 'any.pem')
  request(place, 'issuing.csr', '/CN=Somebody')
  await planned(place, 'issue', under(LEAF, 'ca/own', 'any.pem'))
})

/** What of a file in PEM is signed. */
const infoIn = (place: TestPartition, kind: 'CERTIFICATE' | 'X509 CRL' | 'CERTIFICATE REQUEST', file: string) =>
  partsOf(derInPem(kind, readFileSync(place.path(file), 'utf8'))!)!.info

test('a key of a CA signs no certificate, list or request as a file, and its plans say whose key it is', async () => {
  using place = ready.copy()
  await signed(place, 'crl', LIST, 'root.crl')
  await place.data('key', 'generate', 'plain', '--type', 'ec-p256', ...by(place))
  const info = infoIn(place, 'CERTIFICATE', 'root.pem')
  const inner = info.subarray(info[1]! > 0x80 ? 2 + (info[1]! & 0x7f) : 2)
  const sign = (key: string, ...what: string[]) => [
    'key',
    'sign',
    key,
    ...what,
    '--out',
    place.path('sig'),
    ...by(place),
  ]
  const file = (bytes: Uint8Array | string) => {
    writeFileSync(place.path('minutes.pdf'), bytes)
    return ['--in', place.path('minutes.pdf')]
  }
  for (const bytes of [
    info,
    infoIn(place, 'X509 CRL', 'root.crl'),
    infoIn(place, 'CERTIFICATE REQUEST', 'issuing.csr'),
    Buffer.concat([Buffer.of(0x30, 0x80), inner, Buffer.of(0, 0)]),
    Buffer.concat([Buffer.of(0x3f, 0x80, 0x10), info.subarray(1)]),
    Buffer.concat([Buffer.of(0x30, 0x84, 0, 0, inner.length >> 8, inner.length & 255), inner]),
  ]) {
    const words = file(bytes)
    await refusal(
      place,
      sign('ca/root', ...words),
      'CERT-UNSEEN',
      /is a structure in ASN.1, as certificates, lists and requests are signed, and ca\/root#1 is a key of a CA/,
    )
    await place.data(...sign('plain', ...words), '--dry-run')
  }
  const around = { home: place.home, env: place.folder.env }
  const digest = `sha256:${createHash('sha256').update(info).digest('hex')}`
  execFileSync('openssl', ['genrsa', '-out', place.path('w.key'), '3072'], { stdio: 'ignore' })
  execFileSync('openssl', ['pkey', '-in', place.path('w.key'), '-pubout', '-out', place.path('w.pem')])
  const out = ['key', 'export', 'ca/root#1', '--for', 'rsa-aes', '--method', 'sha1', '--out', place.path('out')]
  for (const words of [
    sign('ca/root', ...file('0,1,2 are numbers\n')),
    sign('ca/root', '--digest', digest),
    [...out, '--wrapping-key', place.path('w.pem'), '--no-input'],
  ]) {
    const { code, stdout, stderr } = await perform([...words, '--dry-run'], around)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /A CA'S KEY +(WHAT IT SIGNS MAY BE A CERTIFICATE|WHOEVER GETS IT SIGNS CERTIFICATES)/)
  }
  const plain = await perform([...sign('plain', '--digest', digest), '--dry-run'], around)
  assert.doesNotMatch(plain.stdout, /A CA'S KEY/)
})

test('where the ledger is ahead of a clock that is right, what is signed has the dates of the clock', async () => {
  using place = ready.copy()
  const ahead = await place.keyrite(signing(place, 'crl', LIST, 'ahead.crl'), { env: clockAhead(31_536_000) })
  assert.equal(ahead.code, 0, ahead.stderr)
  const within = (time: string) => Math.abs(Date.parse(time) - Date.now()) < 86_400_000
  const accepting = ['--accept', 'clock']
  assert.ok(within((await planned(place, 'crl', LIST, ...accepting)).plan.crl.thisUpdate))
  assert.ok(within((await planned(place, 'issue', ISSUING, ...accepting)).plan.certificate.notBefore))
  const second = (days: number) => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`
  const dated = LIST.replace('valid-for = "90d"', `this-update = ${second(0)}\nnext-update = ${second(90)}`)
  await place.data(...signing(place, 'crl', dated, 'now.crl'), ...accepting)
  const leaf = LEAF.replace('valid-for = "3650d"', `not-after = ${second(190)}`)
  await planned(place, 'issue', leaf, ...accepting)
  const over = LEAF.replace('valid-for = "3650d"', `not-before = ${second(-9)}\nnot-after = ${second(-1)}`)
  const words = [...signing(place, 'issue', over, 'x'), ...accepting]
  await refusal(place, words, 'CERT-FITS', /over already/)
})
