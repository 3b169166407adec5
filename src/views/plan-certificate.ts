// What is shown of a certificate or a revocation list before it is signed: each field of it, as it will stand there.
import {
  ALGORITHM_NAMES,
  type CertCrlPlan,
  type CertIssuePlan,
  type Certificate,
  type CertRootPlan,
  type Crl,
} from '../domain/certificate-plans.ts'
import { fromBase64url } from '../domain/encoding.ts'
import type { History } from '../domain/history.ts'
import { label } from '../domain/names.ts'
import { publicKeyOf, spkiDigest } from '../domain/public-keys.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import { counted } from '../domain/words.ts'
import { exactInWords } from '../domain/x509/exact-name.ts'
import { authorityInWords, critical, purposeInWords } from '../domain/x509/grants.ts'
import { type Field, marked, whole } from '../terminal/text.ts'
import { aloud } from './plan-outward.ts'

const DAY = 86_400_000

const second = (time: string): string => time.replace('.000Z', 'Z')

const daysBetween = (from: string, until: string): string =>
  counted(Math.round((Date.parse(until) - Date.parse(from)) / DAY), 'day')

export const rootFields = (plan: CertRootPlan): Field[] => [
  ['signs', marked('a certificate of its own: whoever trusts it trusts all that this key ever signs', 'bad')],
  ...certificateFields(plan.certificate),
  ...endOf(plan),
]

export const issueFields = (plan: CertIssuePlan): Field[] => [
  ['signs', plan.certificate.ca ? marked('a certificate of another CA', 'bad') : 'a certificate'],
  ['request', plan.request.path],
  ['', whole(`sha256 ${plan.request.sha256}`)],
  ...certificateFields(plan.certificate),
  ...under(plan),
  ...endOf(plan),
]

const under = ({ under }: { under: string }): Field[] => [['under', whole(`the certificate with sha256 ${under}`)]]

const endOf = ({ tbs, file }: { tbs: string; file: string }): Field[] => [
  ['bytes', whole(`to be signed: sha256 ${tbs}`)],
  ['file', file],
]

/** The name before the first, and then none. */
const listOf = (name: string, all: readonly string[] = []): Field[] =>
  all.map((one, i): Field => [i === 0 ? name : '', one])

function certificateFields(certificate: Certificate): Field[] {
  const { serial, algorithm, issuer, subject, notBefore, notAfter, spki, subjectKeyId, authorityKeyId } = certificate
  const { keyUsage, extendedKeyUsage = [], permitted, excluded, names, policies, crlAt, ocspAt, issuerAt } = certificate
  const key = fromBase64url(spki)
  return [
    ['version', '3'],
    ['serial', whole(serial)],
    ['by', ALGORITHM_NAMES[algorithm]],
    ...issuerFields(issuer),
    ['subject', marked(subject, 'warning')],
    ['from', second(notBefore)],
    ['until', `${second(notAfter)}, ${daysBetween(notBefore, notAfter)}`],
    ...publicKeyFields(key),
    ['CA', authorityField(certificate)],
    ['key usage', critical(keyUsage.join(', '))],
    ...listOf('extended', extendedKeyUsage.map(purposeInWords)),
    ['subject id', whole(subjectKeyId)],
    ['issuer id', whole(authorityKeyId)],
    ...listOf('policies', policies),
    ...listOf('names', names),
    ...listOf('permitted', permitted?.map(critical)),
    ...listOf('excluded', excluded?.map(critical)),
    ...listOf('CRL at', crlAt),
    ...listOf('OCSP at', ocspAt),
    ...listOf('issuer at', issuerAt),
  ]
}

/** In letters, and where it is spelled otherwise than names are here, as it will stand there byte by byte. */
function issuerFields(issuer: string): Field[] {
  const words = inWordsOrSo(issuer)
  return [
    ['issuer', words],
    ['', words === issuer ? undefined : ['spelled as in its own certificate: ', whole(issuer)]],
  ]
}

/** Who signs, in letters; absent where nothing is signed so. */
export function issuerNamed(plan: object): string | undefined {
  const { certificate, crl } = plan as { certificate?: Partial<Certificate>; crl?: Partial<Crl> }
  const { issuer } = crl ?? (typeof certificate === 'object' ? certificate : {})
  return issuer && inWordsOrSo(issuer)
}

/** Who is shown somebody's plan may be shown what is no name. */
function inWordsOrSo(name: string): string {
  try {
    return exactInWords(name)
  } catch {
    return name
  }
}

/** In rows of their own, so that they can be read aloud: whoever exchanges a request gets the certificate. */
function publicKeyFields(spki: Uint8Array): Field[] {
  const digest = spkiDigest(spki)
  const what = kindOf(spki)
  return [
    ['public key', what],
    ...aloud(digest, 'of its SubjectPublicKeyInfo: COMPARE IT with what the owner of that key says'),
  ]
}

/** Who is shown somebody's plan may be shown what is no key. */
function kindOf(spki: Uint8Array): string {
  try {
    const { asymmetricKeyType = '', asymmetricKeyDetails: { modulusLength, namedCurve = '' } = {} } = publicKeyOf(spki)
    return modulusLength ? `RSA-${modulusLength}` : (CURVES[namedCurve] ?? asymmetricKeyType)
  } catch {
    return 'NONE that can be read'
  }
}

const CURVES: { readonly [name: string]: string } = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

function authorityField(certificate: Certificate) {
  const text = critical(authorityInWords(certificate))
  return certificate.ca && certificate.pathLength === undefined ? marked(text, 'warning') : text
}

/** Who ends the use of a CA's key is told what that leaves behind. */
export function issuedFields(
  { name, version }: Pick<KeyTarget, 'name' | 'version'>,
  history: History,
  now: Date,
): Field[] {
  const left = history.certificates.issuedBy(label(name, version), now.toISOString())
  if (left.length === 0) return []
  const last = left
    .map(({ notAfter }) => notAfter)
    .toSorted()
    .at(-1)!
  const what = `${counted(left.length, 'certificate')} that ${left.length === 1 ? 'is' : 'are'} not over, until ${last.slice(0, 10)}`
  return [
    [
      'ISSUED',
      marked(`${what}: after this no revocation list can name ${left.length === 1 ? 'it' : 'any of them'}`, 'bad'),
    ],
  ]
}

export function crlFields(plan: CertCrlPlan, history: History): Field[] {
  const { algorithm, issuer, authorityKeyId, thisUpdate, nextUpdate, number, revoked } = plan.crl
  return [
    ['signs', 'a revocation list'],
    ['version', '2'],
    ['number', `${number}`],
    ['by', ALGORITHM_NAMES[algorithm]],
    ...issuerFields(issuer),
    ['from', second(thisUpdate)],
    ['next', `${second(nextUpdate)}, after ${daysBetween(thisUpdate, nextUpdate)}`],
    ['issuer id', whole(authorityKeyId)],
    ['revokes', revoked.length === 0 ? 'nothing' : counted(revoked.length, 'certificate')],
    ...revoked.flatMap((one) => revokedFields(one, plan, history)),
    ...under(plan),
    ...endOf(plan),
  ]
}

/** What it revokes for the first time stands out, and what an earlier list says otherwise. */
function revokedFields(one: Crl['revoked'][number], { keys: [key] }: CertCrlPlan, history: History): Field[] {
  const { serial, reason, elsewhere, corrects } = one
  const before = history.certificates.lastList(label(key.name, key.version))?.revoked
  const old = before?.find((known) => known.serial === serial)
  const isNew = corrects === undefined && old?.reason !== reason
  const whose = elsewhere
    ? marked('UNKNOWN to the ledger: issued elsewhere, or before', 'warning')
    : (history.certificates.issued(serial)?.subject ?? 'unknown')
  return [
    [corrects === undefined ? (isNew ? 'NEW' : '') : 'CORRECTS', whole(serial)],
    ['', whose],
    ['', isNew || corrects !== undefined ? marked(sinceWhen(one), 'bad') : sinceWhen(one)],
    [
      '',
      corrects !== undefined
        ? marked(`list ${corrects} says ${old ? sinceWhen(old) : 'nothing of it'}${COUNTS}`, 'bad')
        : undefined,
    ],
  ]
}

const COUNTS = ': it stays revoked, and the ledger keeps both'
const sinceWhen = ({ reason, date }: Pick<Crl['revoked'][number], 'reason' | 'date'>): string =>
  `${reason} since ${second(date)}`
