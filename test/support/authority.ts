// What a CA signs in stories and samples: plans whose hash is of what their fields make.
import { createECDH, createHash } from 'node:crypto'
import type { Certificate, Crl } from '../../src/domain/certificate-plans.ts'
import { requestInfo } from '../../src/domain/certificate-request.ts'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { parseSubject } from '../../src/domain/subject.ts'
import { certificateInfo, crlInfo, keyIdOf } from '../../src/domain/x509/write.ts'

/** SubjectPublicKeyInfo of P-256, by 32 bytes of a private key. */
export function spkiOfP256(secret: Uint8Array): Buffer {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(secret)
  return Buffer.concat([
    Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
    pair.getPublicKey(),
  ])
}

const hashed = (info: Uint8Array): string => createHash('sha256').update(info).digest('hex')
const ROOT = 'CN=Example Root CA,O=Example Bank,C=DE'
const CAS: Pick<Certificate, 'ca' | 'keyUsage'> = { ca: true, keyUsage: ['keyCertSign', 'cRLSign'] }
const OTHER = spkiOfP256(Buffer.alloc(32, 7))

/** The plan's hash becomes that of its fields. */
export function rehash(plan: { tbs: string; certificate?: Certificate; crl?: Crl }): void {
  plan.tbs = hashed(plan.crl ? crlInfo(plan.crl) : certificateInfo(plan.certificate!))
}

const whole = <P extends { certificate?: Certificate; crl?: Crl }>(plan: P): P & { tbs: string } => {
  const planned = { ...plan, tbs: '' }
  rehash(planned)
  return planned
}

/** Own members of plans by this key. */
export function rootOf(key: KeyReport) {
  const keyId = keyIdOf(Buffer.from(key.spki!, 'base64url'))
  const certificate: Certificate = {
    ...CAS,
    serial: '4a01',
    algorithm: 'ecdsa-sha256',
    issuer: ROOT,
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2056-01-01T00:00:00.000Z',
    subject: ROOT,
    spki: key.spki!,
    subjectKeyId: keyId,
    authorityKeyId: keyId,
    pathLength: 1,
  }
  return whole({ file: '/srv/root.pem', certificate })
}

/** Members of a plan to ask for a certificate of this key. */
export function requestFor(key: Pick<KeyReport, 'spki'>) {
  const [subject, names, spki] = ['CN=pay', ['DNS:pay'], key.spki!]
  const info = requestInfo({ subject: parseSubject(subject), names, spki: Buffer.from(spki, 'base64url') })
  return { file: '/srv/pay.csr', subject, names, spki, tbs: hashed(info) }
}

export const CERTIFICATE: Certificate = {
  ...CAS,
  serial: '4a02',
  algorithm: 'ecdsa-sha256',
  issuer: ROOT,
  notBefore: '2026-01-01T00:00:00.000Z',
  notAfter: '2036-01-01T00:00:00.000Z',
  subject: 'CN=Issuing CA\\, 1,O=Example Bank,C=DE',
  spki: OTHER.toString('base64url'),
  subjectKeyId: keyIdOf(OTHER),
  authorityKeyId: '0102030405',
  pathLength: 0,
  extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
  names: ['DNS:ca.example.com', 'IP:2001:db8:0:0:0:0:0:1'],
  permitted: ['DNS:example.com', 'IP:10.0.0.0/8'],
  excluded: ['EMAIL:example.org'],
  policies: ['2.5.29.32.0'],
  crlAt: ['http://pki.example.com/root.crl'],
  ocspAt: ['http://ocsp.example.com'],
  issuerAt: ['http://pki.example.com/root.crt'],
}

export const issuance = (certificate = CERTIFICATE) =>
  whole({
    file: '/srv/issuing.pem',
    certificate,
    under: 'cd'.repeat(32),
    request: { path: '/srv/issuing.csr', sha256: 'ef'.repeat(32) },
  })

export const listing = (number = 1) => {
  const crl: Crl = {
    algorithm: 'ecdsa-sha256',
    issuer: ROOT,
    authorityKeyId: '0102030405',
    thisUpdate: '2026-02-01T00:00:00.000Z',
    nextUpdate: '2026-05-01T00:00:00.000Z',
    number,
    revoked: [
      { serial: '99', date: '2025-12-01T00:00:00.000Z', reason: 'unspecified', elsewhere: true },
      { serial: '4a02', date: '2026-01-20T00:00:00.000Z', reason: 'keyCompromise' },
    ],
  }
  return whole({ file: '/srv/root.crl', crl, under: 'cd'.repeat(32) })
}
