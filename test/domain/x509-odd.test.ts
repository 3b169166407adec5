// Certificates, lists and requests of others that are not as RFC 5280 has them: nothing is read out of them that does not stand there, and no limit in them is passed over.
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { fromBER, ObjectIdentifier } from 'asn1js'
import { der, requestInfo, requestPem } from '../../src/domain/certificate-request.ts'
import { parseSubject } from '../../src/domain/subject.ts'
import { certificateInfo, crlInfo, signedWhole } from '../../src/domain/x509/write.ts'
import { x509Facts } from '../../src/x509/facts.ts'
import { readIssuer } from '../../src/x509/issuer.ts'
import { readCertificate, readCrl } from '../../src/x509/read.ts'
import { readRequest } from '../../src/x509/request.ts'
import { CERTIFICATE, listing } from '../support/authority.ts'

const SIGNATURE = new Uint8Array(64).fill(1)
const issuer = signedWhole(certificateInfo(CERTIFICATE), CERTIFICATE.algorithm, SIGNATURE)

/** The same with other bytes at one place: as many. */
function bent(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1')
  assert.ok(text.includes(from) && from.length === to.length, from)
  return Uint8Array.from(Buffer.from(text.replace(from, to), 'latin1'))
}

const ROWS: readonly [what: string, from: string, to: string, said: RegExp][] = [
  ['a day that is none', '360101000000Z', '360230000000Z', /not in DER/],
  ['a month that is none', '360101000000Z', '361301000000Z', /not in DER/],
  ['an hour that is none', '360101000000Z', '360101240000Z', /not in DER/],
  ['a time that is none', '360101000000Z', 'in ten years.', /./],
  ['a time with a zone', '360101000000Z', '36010100+0100', /./],
  ['a serial number with a zero too much', '\x02\x02\x4a\x02', '\x02\x02\x00\x02', /./],
  ['a path of -1', '\xff\x02\x01\x00', '\xff\x02\x01\xff', /path length is -1/],
  ['key usage that is no bits', '\x03\x02\x01\x06', '\x04\x02\x01\x06', /key usage is none/],
  ['a critical extension that is not known', '\x55\x1d\x0f', '\x55\x1d\x36', /inhibitAnyPolicy is not known/],
  ['an extension twice', '\x55\x1d\x20', '\x55\x1d\x25', /stands twice/],
  ['name constraints that are none', '\x30\x0d\x82\x0b', '\x31\x0d\x82\x0b', /nameConstraints is no DER/],
  ['a constraint of wildcards', '\x0bexample.com', '\x0b*.ample.com', /"DNS:\*\.ample\.com" can't be kept/],
  ['a constraint with a dot behind it', '\x0bexample.com', '\x0bexample.co.', /can't be kept/],
  ['a constraint of addresses in URIs', '\x82\x0bexample.com', '\x86\x0bexample.com', /can't be kept/],
  [
    'a network with the bits of a host',
    '\x08\x0a\0\0\0\xff',
    '\x08\x0a\0\0\x01\xff',
    /"IP:10\.0\.0\.1\/8" can't be kept/,
  ],
]

test('the certificate of a CA whose limits can not be told is not taken', async () => {
  for (const [what, from, to, said] of ROWS)
    await assert.rejects(
      readIssuer(bent(issuer, from, to), 'ca.pem'),
      (error: Error & { code?: string }) => error.code === 'CERT-ISSUER' && said.test(error.message),
      what,
    )
})

test('a constraint is kept in whatever case it is spelled', async () => {
  const { permitted } = await readIssuer(bent(issuer, '\x0bexample.com', '\x0bExample.COM'), 'ca.pem')
  assert.deepEqual(permitted, CERTIFICATE.permitted)
})

test('numbers that would be told as others are not told', async () => {
  await assert.rejects(readCertificate(bent(issuer, '\x02\x02\x4a\x02', '\x02\x02\xca\x02')), /below 0/)
  const { crl } = listing(2 ** 52)
  const list = signedWhole(crlInfo(crl), crl.algorithm, SIGNATURE)
  assert.equal((await readCrl(list)).number, 2 ** 52)
  for (const first of ['\x7f', '\xf0'])
    await assert.rejects(readCrl(bent(list, '\x02\x07\x10\0', `\x02\x07${first}\0`)), /number is below 0, or too high/)
  await assert.rejects(readCrl(Buffer.concat([list, Buffer.of(0)])), /something stands behind it/)
})

test('inspect: what every certificate and list says is told of those that are not read in full', async () => {
  const unknown = (bytes: Uint8Array) => bent(bytes, '\x55\x1d\x23', '\x55\x1d\x36')
  const { unread, subject, issuer: by, serial, names } = await x509Facts('x509-certificate', unknown(issuer), 'a')
  assert.deepEqual(
    [unread, subject, by, serial, names],
    [
      'its extension inhibitAnyPolicy is not known here',
      CERTIFICATE.subject,
      CERTIFICATE.issuer,
      CERTIFICATE.serial,
      CERTIFICATE.names!.join(', '),
    ],
  )
  const { crl } = listing()
  const list = unknown(signedWhole(crlInfo(crl), crl.algorithm, SIGNATURE))
  assert.deepEqual(await x509Facts('x509-crl', list, 'a'), {
    issuer: crl.issuer,
    thisUpdate: crl.thisUpdate,
    nextUpdate: crl.nextUpdate,
    revoked: 2,
    unread: 'its extension inhibitAnyPolicy is not known here',
  })
  assert.deepEqual(await x509Facts('x509-crl', list.subarray(0, -1), 'a'), { unread: 'it is damaged' })
})

const pairOf = (paramEncoding: 'named' | 'explicit') =>
  generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding })
const { privateKey, publicKey } = pairOf('named')
const infoOf = (key: KeyObject) =>
  requestInfo({
    subject: parseSubject('CN=test'),
    names: ['DNS:a.example'],
    spki: key.export({ format: 'der', type: 'spki' }),
  })
const requested = (info: Uint8Array, key: KeyObject = privateKey) =>
  requestPem(info, 'ec-p256', sign('sha256', info, { key, dsaEncoding: 'ieee-p1363' }))
const read = (text: string) => readRequest(Buffer.from(text), 'their.csr')

test('no name that a request asks for can be taken for another, or for two', async () => {
  for (const [from, to, told] of [
    ['a.example', 'a,DNS:b.c', 'DNS "a,DNS:b.c"'],
    ['a.example', 'a"\\xample', 'DNS "a\\"\\\\xample"'],
    ['a.example', 'a\0example', 'DNS #820961006578616d706c65'],
    ['a.example', '\x1b[31mabcd', 'DNS #82091b5b33316d61626364'],
  ] as const)
    assert.deepEqual((await read(requested(bent(infoOf(publicKey), from, to)))).asks, [told], from)
  await assert.rejects(
    read(requested(bent(infoOf(publicKey), '\x30\x0b\x82\x09', '\x05\x0b\x82\x09'))),
    (error: Error & { code?: string }) =>
      error.code === 'CERT-REQUEST' && /the names that it asks for are none/.test(error.message),
  )
})

test('a key that writes its curve out is none that gets a certificate', async () => {
  const other = pairOf('explicit')
  await assert.rejects(read(requested(infoOf(other.publicKey), other.privateKey)), /does not name its curve/)
})

test('the names that Microsoft asks for are told, and blanks behind lines are passed over, also in UTF-16', async () => {
  const info = fromBER(infoOf(publicKey)).result as unknown as {
    valueBlock: { value: { valueBlock: { value: { valueBlock: { value: unknown[] } }[] } }[] }
    toBER(): ArrayBuffer
  }
  const [attribute] = info.valueBlock.value[3]!.valueBlock.value
  attribute!.valueBlock.value[0] = new ObjectIdentifier({ value: '1.3.6.1.4.1.311.2.1.14' })
  const text = requested(der(info)).replaceAll('\n', '  \r\n')
  for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
    const { asks, subject } = await readRequest(bytes, 'their.csr')
    assert.deepEqual([asks, subject], [['DNS:a.example'], 'CN=test'])
  }
})
