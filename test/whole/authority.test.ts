// A root CA on the token: its certificate, one for another CA and revocation lists, which openssl and certtool verify and read; what a profile, a request or the ledger rules out.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { Certificates } from '../../src/domain/certificates.ts'
import { ISSUING, LIST, ROOT, readyAuthority, request } from '../support/authority-files.ts'
import { perform } from '../support/in-process.ts'
import { killedAfter, onDisk } from '../support/interrupted.ts'
import { scriptEnv, testModule } from '../support/module.ts'
import { by, isWhole, partition, type TestPartition } from '../support/partition.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { softhsm } from '../support/softhsm.ts'

/** `cert VERB`, with the profile that has this text. */
function signing(place: TestPartition, verb: string, text: string, out: string): string[] {
  writeFileSync(place.path(`${verb}.toml`), text)
  const csr = verb === 'issue' ? ['--in', place.path('issuing.csr')] : []
  return ['cert', verb, place.path(`${verb}.toml`), ...csr, '--out', place.path(out), ...by(place)]
}

/** Its answer. */
const signed = (place: TestPartition, verb: string, text: string, out: string) =>
  place.data(...signing(place, verb, text, out))

function openssl(place: TestPartition, ...args: string[]): string {
  return execFileSync('openssl', args, { cwd: place.path(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** GnuTLS is another implementation than the one of node and openssl. */
function certtool(place: TestPartition, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('certtool', args, { cwd: place.path(), encoding: 'utf8' })
  assert.equal(status, 0, `${args.join(' ')}\n${stdout}${stderr}`)
  return stdout
}

let ready: TestPartition
before(async () => {
  ready = await partition()
  await readyAuthority(ready)
  await signed(ready, 'root', ROOT, 'root.pem')
  mkdirSync(ready.path('out'))
})

const RICH = `${ISSUING}subject = "CN=Example Issuing CA,O=Example Bank,C=DE"
not-before = 2025-11-27T10:00:00+02:00
key-usage = ["cRLSign", "keyCertSign", "digitalSignature"]
extended-key-usage = ["serverAuth", "1.3.6.1.4.1.311.10.3.4"]
names = ["DNS:ca.example.com", "IP:2001:db8::1", "EMAIL:ca@example.com", "URI:http://ca.example.com/"]
policies = ["2.5.29.32.0"]
crl-at = ["http://pki.example.com/root.crl"]
ocsp-at = ["http://ocsp.example.com/"]
issuer-at = ["http://pki.example.com/root.crt"]
serial = "0x0a:bc:de:f0:12:34"
[name-constraints]
permitted = ["IP:10.0.0.0/8", "IP:2001:db8::/32"]
excluded = ["EMAIL:.example.org", "DNS:bad.example.com"]
`

test('openssl and certtool verify root, certificate and lists, and read what was approved', async () => {
  using place = ready.copy()
  await signed(place, 'issue', RICH, 'issuing.pem')
  assert.equal(openssl(place, 'verify', '-x509_strict', '-CAfile', 'root.pem', 'issuing.pem'), 'issuing.pem: OK\n')
  writeFileSync(
    place.path('chain.pem'),
    readFileSync(place.path('issuing.pem'), 'utf8') + readFileSync(place.path('root.pem'), 'utf8'),
  )
  assert.match(certtool(place, '--verify-chain', '--infile', 'chain.pem'), /Verified\. The certificate is trusted/)
  const text = openssl(place, 'x509', '-in', 'issuing.pem', '-noout', '-text')
  for (const said of [
    /Serial Number: 11806310404660|0a:bc:de:f0:12:34/,
    /Not Before: Nov 27 08:00:00 2025 GMT/,
    /Subject: C ?= ?DE, O ?= ?Example Bank, CN ?= ?Example Issuing CA/,
    /Basic Constraints: critical\s+CA:TRUE, pathlen:0/,
    /Key Usage: critical\s+Digital Signature, Certificate Sign, CRL Sign/,
    /Microsoft Encrypted File System, TLS Web Server Authentication/,
    /DNS:ca\.example\.com, email:ca@example\.com, IP Address:2001:DB8:0:0:0:0:0:1, URI:http:\/\/ca\.example\.com\//,
    /Name Constraints: critical\s+Permitted:\s+IP:10\.0\.0\.0\/255\.0\.0\.0\s+IP:2001:DB8:0:0:0:0:0:0\/FFFF:FFFF:0:0:0:0:0:0\s+Excluded:\s+DNS:bad\.example\.com\s+email:\.example\.org/,
    /URI:http:\/\/pki\.example\.com\/root\.crl/,
    /OCSP - URI:http:\/\/ocsp\.example\.com\//,
    /CA Issuers - URI:http:\/\/pki\.example\.com\/root\.crt/,
    /X509v3 Any Policy/,
  ])
    assert.match(text, said)
  const { plan } = place.records().findLast(({ type }) => type === 'intent')
  assert.equal(
    plan.under,
    new X509Certificate(readFileSync(place.path('root.pem'))).fingerprint256.replaceAll(':', '').toLowerCase(),
  )
  assert.equal(plan.certificate.serial, '0abcdef01234')

  const revoked = (more = '') =>
    `${LIST}${more}[[revoked]]\nserial = "0abcdef01234"\ndate = 2025-11-28T00:00:00Z\nreason = "keyCompromise"\n`
  assert.equal((await signed(place, 'crl', LIST, 'empty.crl')).number, 1)
  const old = '[[revoked]]\nserial = "99"\ndate = 2020-01-01T00:00:00Z\nelsewhere = true\n'
  assert.equal((await signed(place, 'crl', `${revoked()}${old}`, 'root.crl')).number, 2)
  for (const file of ['empty.crl', 'root.crl']) {
    assert.match(certtool(place, '--verify-crl', '--load-ca-certificate', 'root.pem', '--infile', file), /Verified/)
    openssl(place, 'crl', '-in', file, '-CAfile', 'root.pem', '-noout')
  }
  assert.match(
    openssl(place, 'crl', '-in', 'root.crl', '-noout', '-text'),
    /Number: 99[\s\S]+Number: 0?ABCDEF01234[\s\S]+Key Compromise/,
  )
  const refusedNow = spawnSync(
    'openssl',
    ['verify', '-crl_check', '-CAfile', 'root.pem', '-CRLfile', 'root.crl', 'issuing.pem'],
    { cwd: place.path(), encoding: 'utf8' },
  )
  assert.match(refusedNow.stdout + refusedNow.stderr, /certificate revoked/)
  assert.equal(
    openssl(place, 'verify', '-crl_check', '-CAfile', 'root.pem', '-CRLfile', 'empty.crl', 'issuing.pem'),
    'issuing.pem: OK\n',
  )

  for (const verb of ['rotate', 'deactivate']) {
    const asked = ['key', verb, 'ca/root', '--reason', 'a test', '--dry-run', '--no-input']
    const { stdout } = await perform(asked, { home: place.home, env: place.folder.env })
    assert.match(
      stdout,
      /ISSUED +1 certificate that is not over, until 2035-11-25: after this no revocation list can name it/,
    )
  }
  const told = async (file: string) => await place.data('inspect', place.path(file))
  const { publicKey } = await told('issuing.csr')
  const issuing = await told('issuing.pem')
  assert.deepEqual([issuing.kind, issuing.serial, issuing.publicKey], ['x509-certificate', '0abcdef01234', publicKey])
  assert.deepEqual([(await told('root.crl')).number, (await told('root.crl')).revoked], [2, 2])
  for (const [kind, file] of [
    ['req', 'issuing.csr'],
    ['x509', 'issuing.pem'],
    ['crl', 'root.crl'],
  ] as const) {
    openssl(place, kind, '-in', file, '-outform', 'DER', '-out', `${file}.der`)
    const { file: _, sha256: __, ...inPem } = await told(file)
    const { file: ___, sha256: ____, ...inDer } = await told(`${file}.der`)
    assert.deepEqual(inDer, inPem)
  }
  openssl(place, 'req', '-x509', '-in', 'issuing.csr', '-key', 'issuing.csr.key', '-out', 'bare.pem')
  const bare = await told('bare.pem')
  assert.deepEqual(
    [bare.unread, bare.subject, bare.issuer, bare.publicKey],
    ['it lacks the extension keyUsage', 'CN=Example Issuing CA,O=Example Bank,C=DE', bare.subject, publicKey],
  )
  assert.match((await told('chain.pem')).unread, /more than one PEM block/)
  writeFileSync(place.path('cut.pem'), readFileSync(place.path('root.pem'), 'utf8').replace(/MII.{60}/, ''))
  assert.equal((await told('cut.pem')).unread, 'it is damaged')

  const records = place.records()
  for (const [text, rule] of [
    [LIST, 'CRL-KEEPS'],
    [revoked(), 'CRL-KEEPS'],
    [`${revoked()}${old.replace('2020', '2021')}`, 'CRL-KEEPS'],
    [`${revoked('number = 2\n')}${old}`, 'CRL-NUMBER'],
    [`${revoked()}${old}${old.replace('99', '9a').replace('elsewhere = true\n', '')}`, 'CRL-KNOWN'],
    [`${revoked()}elsewhere = true\n${old}`, 'CRL-KNOWN'],
    [`${revoked()}${old}${old}`, 'CERT-FITS'],
  ] as const) {
    const { code, json } = await place.keyrite(signing(place, 'crl', text, 'out/crl'))
    assert.deepEqual([code, json.error.code], [3, rule], json.error.message)
  }
  const right = old.replace('2020', '2021')
  for (const [text, more] of [
    [`${revoked()}${right}corrects = 2\n`, []],
    [`${revoked()}${right}corrects = 1\n`, ['--reason', 'the letter came later']],
    [`${revoked()}${old}corrects = 2\n`, ['--reason', 'nothing is wrong']],
  ] as const) {
    const { code, json } = await place.keyrite([...signing(place, 'crl', text, 'out/crl'), ...more])
    assert.deepEqual([code, json.error.code], [3, 'CRL-KEEPS'], json.error.message)
    assert.match(json.error.hint, /where that is wrong, the right date or reason and corrects = 2/)
  }
  assert.deepEqual(place.records(), records)
  const correcting = signing(place, 'crl', `${revoked()}${right}corrects = 2\n`, 'third.crl')
  const reason = ['--reason', 'the letter came later']
  const around = { home: place.home, env: place.folder.env }
  const { stdout } = await perform([...correcting, ...reason, '--dry-run'], around)
  assert.match(
    stdout,
    /CORRECTS +99\s[\s\S]*since 2021-[\s\S]*list 2 says unspecified since 2020-01-01T00:00:00Z: it stays/,
  )
  await place.data(...correcting, ...reason)
  assert.match(
    openssl(place, 'crl', '-in', 'third.crl', '-noout', '-text'),
    /Number: 99\s+Revocation Date: Jan {2}1 .* 2021/,
  )
  await signed(place, 'crl', `${revoked()}${right}`, 'fourth.crl')
  await isWhole(place)
})

for (const [type, ...more] of [['ec-p384'], ['ec-p521'], ['rsa-2048'], ['ed25519', '--no-backup']])
  test(`${type}: a root signs itself and a leaf, and both are verified`, async () => {
    using place = ready.copy()
    await place.data('key', 'generate', 'other', '--type', type!, ...more, ...by(place))
    const own = (text: string) => text.replace('ca/root', 'other').replace('Root CA', 'Other CA')
    await signed(place, 'root', own(ROOT), 'other.pem')
    request(
      place,
      'issuing.csr',
      '/CN=www.example.com',
      '-newkey',
      'rsa:2048',
      '-addext',
      'subjectAltName=DNS:www.example.com',
    )
    const leaf = own(ISSUING).replace('root.pem', 'other.pem').replace('ca = true\npath-length = 0', 'ca = false')
    await signed(
      place,
      'issue',
      `${leaf}key-usage = ["digitalSignature"]\nnames = ["DNS:www.example.com"]\n`,
      'leaf.pem',
    )
    assert.equal(openssl(place, 'verify', '-x509_strict', '-CAfile', 'other.pem', 'leaf.pem'), 'leaf.pem: OK\n')
    assert.match(certtool(place, '--verify', '--load-ca-certificate', 'other.pem', '--infile', 'leaf.pem'), /Verified/)
    assert.match(openssl(place, 'x509', '-in', 'leaf.pem', '-noout', '-text'), /critical\s+CA:FALSE/)
    await isWhole(place)
  })

test('what a profile says wrong is named by its member and line', async () => {
  using place = ready.copy()
  const records = place.records()
  for (const [verb, text, said] of [
    ['root', ROOT.replace('2056-12-01', '2056-02-30'), /line 3: no day is 2056-02-30/],
    ['root', ROOT.replace('2056-12-01T00:00:00Z', '"soon"'), /not-after, line 3: it is a time with its zone/],
    ['root', ROOT.replace('00:00:00Z', '00:00:00'), /not-after, line 3: it is a time with its zone/],
    ['root', ROOT.replace('00:00:00Z', '00:00:00.5Z'), /not-after, line 3: certificates know no fractions/],
    ['root', `${ROOT}valid-for = "1d"\n`, /not-after, line 3: either it or valid-for/],
    ['root', ROOT.replace('path-length = 1', 'path-length = 1.5'), /path-length, line 4: it is a whole number from 0/],
    ['root', ROOT.replace('path-length', 'pathlen'), /pathlen, line 4: no such member is known here/],
    ['root', `${ROOT}key = "other"\n`, /line 6: what is set there was set before/],
    ['root', ROOT.replace('CN=', 'XX='), /subject, line 2: .* is no subject: each part is one of/],
    ['root', ROOT.replace(/subject.*\n/, ''), /subject: it is missing/],
    ['root', `${ROOT}serial = "-5"\n`, /serial, line 6: .* is no serial number/],
    ['root', `${ROOT}key-usage = ["cRLSign"]\n`, /key-usage, line 6: keyCertSign is missing/],
    ['root', `${ROOT}key-usage = ["sign"]\n`, /key-usage, line 6: "sign" is none of digitalSignature/],
    [
      'root',
      `${ROOT}[name-constraints]\npermitted = ["IP:10.0.0.1/8"]\n`,
      /name-constraints.permitted, line 7: .* is no name constraint/,
    ],
    ['root', `${ROOT}[name-constraints]\n`, /name-constraints, line 6: it is empty/],
    ['root', 'key = "ca/root', /line 1: /],
    ['root', `${ROOT}policies = ["1.40.1"]\n`, /policies, line 6: "1.40.1" is no object identifier/],
    [
      'issue',
      `${ISSUING}extended-key-usage = ["0.99999.1"]\n`,
      /extended-key-usage, line 6: .* is no object identifier/,
    ],
    ['root', `${ROOT}policies = ["1.3.6.1.4.1.999999999999999999"]\n`, /policies, line 6: .* is no object identifier/],
    ['crl', `${LIST}number = 4503599627370497\n`, /number, line 4: it is a whole number from 1 to 4503599627370496/],
    ['issue', ISSUING.replace('true', 'false'), /path-length, line 4: it is of a CA, and ca is false/],
    ['issue', ISSUING.replace(/ca = true\n/, ''), /ca: it is missing/],
    // All at once, and nothing that only follows from another.
    [
      'issue',
      `${ISSUING.replace(/ca = true\n/, '')}subjct = "CN=x"\nkey-usage = ["lost"]\n`,
      /ca: it is missing; key-usage, line 6: "lost" is none of [^;]*; subjct, line 5: no such member is known here; did you mean subject\?$/,
    ],
    ...[
      'root.crl',
      'http:///root.crl',
      'http://http://pki.example/root.crl',
      'http://a@pki.example/',
      'http://pki.example:x/',
      'http://pki.example/{ca}.crl',
      'http://pki.example/50%',
      'ftp://pki.example/',
    ].map((uri) => ['issue', `${ISSUING}crl-at = ["${uri}"]\n`, /crl-at, line 6: .* is no address/] as const),
    [
      'crl',
      `${LIST}[[revoked]]\nserial = "99"\ndate = 2025-11-01T00:00:00Z\nreason = "lost"\n`,
      /revoked.1.reason.*: "lost" is none of unspecified/,
    ],
  ] as const) {
    const { code, json } = await place.keyrite(signing(place, verb, text, 'out/file'))
    assert.deepEqual([code, json.error.code, json.error.changed], [2, 'CERT-PROFILE', false], json.error.message)
    assert.match(json.error.message, said)
  }
  const { json } = await place.keyrite(['cert', 'root', 'ca/root', '--out', place.path('out', 'file')])
  assert.match(json.error.message, /"ca\/root" is a key, and this takes a profile/)
  assert.deepEqual(place.records(), records)
  assert.ok(!existsSync(place.path('out', 'file')))
})

/** The root's certificate without its path length, as somebody made it who has not its key: with a name for an issuer, or as it was. */
function falsify(place: TestPartition): void {
  const root = readFileSync(place.path('root.pem'), 'latin1')
  const der = Buffer.from(root.replace(/-.*\n/g, ''), 'base64')
  const limit = der.indexOf(Buffer.from('30060101ff020101', 'hex'))
  der[limit + 7] = 9
  writeFileSync(place.path('changed.pem'), der)
  der.write('Someone', der.indexOf('Example'), 'latin1')
  writeFileSync(place.path('false.pem'), der)
}

/** In the signature, which is the last thing in the file. */
function withoutSignature(place: TestPartition, csr: string): void {
  openssl(place, 'req', '-in', csr, '-outform', 'DER', '-out', 'csr.der')
  const bytes = readFileSync(place.path('csr.der'))
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(place.path(csr), bytes)
}

test('what does not fit the issuer, the request or the ledger is refused', async () => {
  using place = ready.copy()
  const issuer = (file: string, more: string) => signed(place, 'root', `${ROOT}${more}`, file)
  await issuer('constrained.pem', '[name-constraints]\npermitted = ["DNS:example.com"]\nexcluded = ["IP:10.0.0.0/8"]\n')
  await issuer('unable.pem', 'key-usage = ["keyCertSign"]\n')
  await signed(place, 'root', ROOT.replace('path-length = 1', 'path-length = 0'), 'last.pem')
  const { serial } = await signed(place, 'issue', ISSUING, 'issuing.pem')
  await place.data('key', 'generate', 'other', '--type', 'ec-p256', ...by(place))
  await place.data(
    'cert',
    'request',
    'other',
    '--subject',
    'CN=Example Issuing CA',
    '--out',
    place.path('other.csr'),
    ...by(place),
  )
  await place.data('key', 'deactivate', 'other', '--reason', 'it is old', ...by(place))
  await place.data('key', 'generate', 'third', '--type', 'ec-p256', ...by(place))
  falsify(place)
  const under = (file: string) => ISSUING.replace('root.pem', file)
  const records = place.records()
  const cases: [verb: string, text: string, rule: string, said: RegExp][] = [
    ['issue', `${ISSUING}serial = "${serial}"\n`, 'CERT-SERIAL', /was used by record \d+, for CN=Example Issuing CA/],
    ['root', `${ROOT}serial = "${serial}"\n`, 'CERT-SERIAL', /was used by record/],
    ['root', ROOT.replace('2056', '2020'), 'CERT-FITS', /over already/],
    ['root', ROOT.replace('2025', '2057'), 'CERT-FITS', /before it begins/],
    ['root', ROOT.replace('ca/root', 'card'), 'KEY-USAGE', /only a pair/],
    ['issue', ISSUING.replace('3650d', '36500d'), 'CERT-FITS', /not-after is later than that of the issuer/],
    ['issue', `${ISSUING}not-before = 2020-01-01T00:00:00Z\n`, 'CERT-FITS', /not-before is earlier/],
    ['issue', ISSUING.replace('path-length = 0', 'path-length = 1'), 'CERT-FITS', /path length of the issuer is 1/],
    ['issue', ISSUING.replace('path-length = 0\n', ''), 'CERT-FITS', /path length of the issuer is 1/],
    ['issue', under('last.pem'), 'CERT-FITS', /path length of the issuer is 0: it signs no CA/],
    ['issue', `${under('constrained.pem')}names = ["DNS:example.org"]\n`, 'CERT-FITS', /rule out DNS:example.org/],
    ['issue', `${under('constrained.pem')}names = ["IP:10.1.1.1"]\n`, 'CERT-FITS', /rule out IP:10.1.1.1/],
    [
      'issue',
      `${under('constrained.pem')}[name-constraints]\npermitted = ["DNS:org"]\n`,
      'CERT-FITS',
      /rule out DNS:org/,
    ],
    ['issue', ISSUING.replace('ca/root', 'third'), 'CERT-ISSUER', /is not of third#1/],
    ['issue', under('issuing.csr'), 'CERT-ISSUER', /a PEM block of CERTIFICATE REQUEST/],
    ['issue', under('issuing.pem'), 'CERT-ISSUER', /is not of ca\/root#1/],
    ['issue', under('false.pem'), 'CERT-ISSUER', /none that the ledger knows of ca\/root#1/],
    ['issue', under('changed.pem'), 'CERT-ISSUER', /was changed: it is not signed by its own key/],
    ['issue', under('none.pem'), 'FILE-MISSING', /none.pem/],
    ['crl', LIST.replace('root.pem', 'unable.pem'), 'CERT-ISSUER', /lacks cRLSign/],
    [
      'issue',
      `${ISSUING}subject = "CN=Other"\n`,
      'CERT-REQUEST',
      /is for CN=Example Issuing CA.*, and the profile is for CN=Other/,
    ],
  ]
  const leaf = under('constrained.pem').replace('ca = true\npath-length = 0', 'ca = false')
  const server = `${leaf}key-usage = ["digitalSignature"]\nextended-key-usage = ["serverAuth"]\n`
  const refusals = async () => {
    for (const [verb, text, rule, said] of cases.splice(0)) {
      const { code, json } = await place.keyrite(signing(place, verb, text, 'out/file'))
      assert.deepEqual([code, json.error.code], [rule === 'FILE-MISSING' ? 2 : 3, rule], json.error.message)
      assert.match(json.error.message, said)
    }
  }
  await refusals()
  const csr = readFileSync(place.path('issuing.csr'))
  request(place, 'issuing.csr', '/CN=ww*.evil.com')
  cases.push([
    'issue',
    server,
    'CERT-FITS',
    /the CN "ww\*\.evil\.com" is no name of a host, and some programs match it/,
  ])
  await refusals()
  writeFileSync(place.path('issuing.csr'), csr)
  const asked = async (said: RegExp) => {
    cases.push(['issue', ISSUING, 'CERT-REQUEST', said])
    await refusals()
  }
  withoutSignature(place, 'issuing.csr')
  await asked(/is not signed by the key that it is for/)
  for (const [how, said] of [
    [['-newkey', 'rsa:1024'], /weak: its modulus has 1024 bits/],
    [['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1'], /of the type ec secp256k1/],
    [['-newkey', 'rsa:2048', '-sha1'], /is signed by the algorithm 1.2.840.113549.1.1.5/],
  ] as const) {
    request(place, 'issuing.csr', '/CN=a', ...how)
    await asked(said)
  }
  for (const [subject, said] of [
    ['/', /the subject of the request can't be taken over: its name is empty/],
    [
      '/CN=a/emailAddress=a@b.example',
      /can't be taken over: its name has an attribute of the type emailAddress, which no/,
    ],
    ['/CN=a+O=b', /can't be taken over: a part of its name has several values/],
  ] as const) {
    request(place, 'issuing.csr', subject)
    await asked(said)
  }
  const named = [...signing(place, 'issue', `${ISSUING}subject = "CN=A CA"\n`, 'out/file'), '--dry-run']
  const { code, stderr } = await place.keyrite(named)
  assert.equal(code, 0)
  assert.match(stderr, /the request is for CN=a\+O=b; what is signed is for the subject of the profile/)
  for (const [bytes, said] of [
    [readFileSync(place.path('other.csr')), /is for other#1, which is deactivated/],
    ['', /is no PKCS#10 request/],
    ['-----BEGIN CERTIFICATE REQUEST-----\nMII', /no whole PEM/],
    [readFileSync(place.path('root.pem')), /a PEM block of CERTIFICATE, /],
  ] as const) {
    writeFileSync(place.path('issuing.csr'), bytes)
    if (bytes.length > 0) await asked(said)
  }
  assert.deepEqual(place.records(), records)
  await isWhole(place)
})

test('a token that signs with another key is found out before anything is written, and a last list may follow', async () => {
  using place = ready.copy()
  await place.data('key', 'generate', 'other', '--type', 'ec-p256', ...by(place))
  place.useModule(testModule())
  const env = scriptEnv(['C_SignInit * object CKA_LABEL=other#1 if CKA_LABEL=ca/root#1'])
  const { code, json } = await place.keyrite(signing(place, 'crl', LIST, 'out/crl'), { env })
  assert.deepEqual([code, json.error.code, json.error.changed], [5, 'KEY-ANSWERS', false], json.error.message)
  assert.ok(!existsSync(place.path('out', 'crl')))
  place.useModule(softhsm)
  assert.equal((await signed(place, 'crl', LIST, 'out/crl')).number, 2)
  await isWhole(place)
})

test('a list of thousands is signed, which openssl verifies and inspect reads', async () => {
  using place = ready.copy()
  const entries = Array.from(
    { length: 3000 },
    (_, i) =>
      `[[revoked]]\nserial = "${i + 5000}"\ndate = 2025-11-28T00:00:00Z\nreason = "keyCompromise"\nelsewhere = true\n`,
  )
  await signed(place, 'crl', `${LIST}${entries.join('')}`, 'long.crl')
  const text = openssl(place, 'crl', '-in', 'long.crl', '-CAfile', 'root.pem', '-text')
  assert.equal(text.match(/Serial Number/g)?.length, 3000)
  assert.equal((await place.data('inspect', place.path('long.crl'))).revoked, 3000)
})

test('after the highest number that a profile can say there is a next one, and after the highest of all a refusal', async () => {
  using place = ready.copy()
  const most = 2 ** 52
  assert.equal((await signed(place, 'crl', `${LIST}number = ${most}\n`, 'first.crl')).number, most)
  const { code, json } = await place.keyrite(signing(place, 'crl', `${LIST}number = 5\n`, 'out/crl'))
  assert.deepEqual([code, json.error.code], [3, 'CRL-NUMBER'], json.error.message)
  assert.match(json.error.hint, /leave number out of the profile/)
  assert.equal((await signed(place, 'crl', LIST, 'second.crl')).number, most + 1)
  await isWhole(place)

  const { plan } = place.records().findLast((record) => record.plan?.op === 'cert.crl')
  const used = new Certificates()
  used.restore({ issued: [], lists: [], numbers: [['ca/root#1', Number.MAX_SAFE_INTEGER]] })
  assert.match(String(used.broken(plan)), /^CRL-NUMBER,.* the highest number that there is/)
})

const written = ({ name, path }: ProbeEvent): boolean => /rename|link|sync/.test(name) && path.endsWith('/root.pem')

for (const [when, killed, found] of [
  ['it was announced', onDisk, 'partial'],
  ['the file was there', written, 'done'],
] as const)
  test(`killed when ${when}: a recovery finds it ${found}, and its serial number is used`, async () => {
    using place = ready.copy()
    place.useModule(testModule())
    await killedAfter(place, (own) => signing(own, 'root', `${ROOT}serial = "4711"\n`, 'out/root.pem'), killed)
    place.useModule(softhsm)
    assert.equal((await place.data('partition', 'recover', ...by(place))).found, found)
    assert.equal(existsSync(place.path('out', 'root.pem')), found === 'done')
    const { code, json } = await place.keyrite(signing(place, 'root', `${ROOT}serial = "4711"\n`, 'out/again.pem'))
    assert.deepEqual([code, json.error.code], [3, 'CERT-SERIAL'])
    await isWhole(place)
  })

test('whatever a request asks for and does not get is told with its values, and what it gets is not', async () => {
  using place = ready.copy()
  const asks = [
    'basicConstraints=critical,CA:TRUE,pathlen:3',
    'keyUsage=critical,keyCertSign,digitalSignature',
    'extendedKeyUsage=serverAuth,1.2.3',
    'certificatePolicies=1.2.4,1.2.5',
    'nameConstraints=critical,permitted;DNS:example.com',
    'crlDistributionPoints=URI:http://pki.example.com/a.crl',
    'authorityInfoAccess=OCSP;URI:http://ocsp.example.com/',
    'subjectAltName=DNS:a.example.com,DNS:b.example.com',
    '1.3.6.1.4.1.311.20.2=ASN1:BMPSTRING:WebServer',
    'subjectKeyIdentifier=hash',
  ].flatMap((one) => ['-addext', one])
  request(place, 'issuing.csr', '/CN=a', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...asks)
  const granted = 'names = ["DNS:a.example.com"]\npolicies = ["1.2.4"]\nextended-key-usage = ["serverAuth"]\n'
  const { stderr } = await place.keyrite([...signing(place, 'issue', `${ISSUING}${granted}`, 'a.pem'), '--dry-run'])
  const told = stderr.replace(/\s+/g, ' ')
  assert.match(told, /asks for what it does not get:/)
  for (const one of [
    'CA: yes, with at most 3 CAs in a row below it: path length 3 (critical)',
    'key usage: digitalSignature (critical)',
    'extended key usage: 1.2.3',
    'policy: 1.2.5',
    'permitted: DNS:example.com (critical)',
    'CRL at: http://pki.example.com/a.crl',
    'OCSP at: http://ocsp.example.com/',
    'DNS:b.example.com',
    'the extension 1.3.6.1.4.1.311.20.2: "WebServer"',
    'the extension subjectKeyIdentifier: #0414',
  ])
    assert.ok(told.includes(one), `${one}\n${stderr}`)
  for (const one of ['keyCertSign', 'serverAuth', '1.2.4', 'DNS:a.example.com'])
    assert.ok(!told.includes(`: ${one} `) && !told.includes(` ${one} `), `${one}\n${stderr}`)
})
