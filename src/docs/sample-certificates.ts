// Plans of a certification authority for docs/plans.md, whose root and request are made of numbers that stand for nobody's key.

import { reportOnly } from '../change/key-targets.ts'
import { planCrl, planIssue, planRoot } from '../change/operations/plan-certificate.ts'
import { fromBase64url, sha256, toHex, utf8 } from '../domain/encoding.ts'
import { parseKeyVersion } from '../domain/names.ts'
import type { PlanOf } from '../domain/plan.ts'
import { keyIdOf } from '../domain/x509/write.ts'
import type { Issuer } from '../x509/issuer.ts'
import type { CertificateProfile } from '../x509/profile.ts'
import { type SamplePartition, samplePublicKey } from './sample-partition.ts'

const KEY = parseKeyVersion('sign/statements#1')
const digest = (text: string): string => toHex(sha256(utf8(text)))

const ROOT: CertificateProfile = {
  key: KEY,
  subject: 'CN=Example Root CA,O=Example Bank,C=DE',
  period: { until: '2046-06-01T00:00:00.000Z' },
  limits: { ca: true, keyUsage: ['keyCertSign', 'cRLSign'], pathLength: 1 },
}

const ISSUING: CertificateProfile = {
  key: KEY,
  subject: 'CN=Example Issuing CA,O=Example Bank,C=DE',
  period: { until: 3650 * 86_400_000 },
  limits: {
    ca: true,
    keyUsage: ['keyCertSign', 'cRLSign'],
    pathLength: 0,
    permitted: ['DNS:example.com'],
    crlAt: ['http://pki.example.com/root.crl'],
  },
}

export const rootSample = (partition: SamplePartition): PlanOf<'cert.root'> =>
  planRoot(ROOT, '/srv/root.pem', partition.history, partition.inputs('the new root'))

/** As the certificate of the root says it. */
function issuer({ history }: SamplePartition): Issuer {
  const spki = fromBase64url(history.key(KEY.name, 1)!.spki!)
  return {
    subject: ROOT.subject!,
    spki,
    keyId: keyIdOf(spki),
    notBefore: '2026-01-01T00:00:00.000Z',
    notAfter: '2046-06-01T00:00:00.000Z',
    pathLength: 1,
    keyUsage: ['keyCertSign', 'cRLSign'],
    permitted: [],
    excluded: [],
    sha256: digest('root.pem'),
    tbs: digest('root.pem'),
  }
}

export function issueSample(partition: SamplePartition): PlanOf<'cert.issue'> {
  const request = { subject: ISSUING.subject!, spki: samplePublicKey('issuing'), asks: [] }
  const source = { path: '/srv/issuing.csr', sha256: digest('issuing.csr') }
  const asked = { profile: ISSUING, issuer: issuer(partition), request, source, file: '/srv/issuing.pem' }
  return planIssue(asked, partition.history, partition.inputs('the issuing CA of 2026'))
}

export function crlSample(partition: SamplePartition): PlanOf<'cert.crl'> {
  const plan = issueSample(partition)
  partition.begin(plan)
  const { leaf: intent } = partition.history
  const artefacts = [{ name: 'issuing.pem', sha256: digest('issuing.pem'), bytes: 1021 }]
  const keys = [reportOnly(partition.history.key(KEY.name, 1)!)]
  partition.tell({ type: 'outcome', intent, result: 'done', changed: false, keys, artefacts }).pass(24 * 60)
  const revoked = [
    { serial: plan.certificate.serial, date: '2026-06-12T00:00:00.000Z', reason: 'keyCompromise' as const },
  ]
  const profile = { key: KEY, issuer: 'root.pem', period: { until: 90 * 86_400_000 }, revoked }
  const inputs = partition.inputs('the issuing CA was broken into')
  return planCrl(profile, issuer(partition), '/srv/root.crl', partition.history, inputs)
}
