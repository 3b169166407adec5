// What an intent says of what a certification authority signs.
import type { CertCrlPlan, CertIssuePlan, Certificate, CertRootPlan } from '../domain/certificate-plans.ts'
import { fromBase64url } from '../domain/encoding.ts'
import { spkiDigest } from '../domain/public-keys.ts'
import { exactInWords } from '../domain/x509/exact-name.ts'

const certificateIn = (one: Certificate): string[] => [
  `certificate ${one.serial} for ${one.subject} by ${exactInWords(one.issuer)}, ${one.algorithm}`,
  ...spelled(one.issuer),
  `from ${one.notBefore} until ${one.notAfter}`,
  `public key sha256 ${spkiDigest(fromBase64url(one.spki))}, id ${one.subjectKeyId}, its issuer's ${one.authorityKeyId}`,
  [
    one.ca ? `CA, path length ${one.pathLength ?? 'not limited'}` : 'no CA',
    `usage ${[...one.keyUsage, ...(one.extendedKeyUsage ?? [])].join(', ')}`,
  ].join('; '),
  ...listed('names', one.names),
  ...listed('permitted', one.permitted),
  ...listed('excluded', one.excluded),
  ...listed('policies', one.policies),
  ...listed('CRL at', one.crlAt),
  ...listed('OCSP at', one.ocspAt),
  ...listed('issuer at', one.issuerAt),
]

const spelled = (issuer: string): string[] =>
  exactInWords(issuer) === issuer ? [] : [`the issuer spelled as in its own certificate: ${issuer}`]

const listed = (name: string, all: readonly string[] = []): string[] =>
  all.length === 0 ? [] : [`${name} ${all.join(', ')}`]

const written = ({ tbs, file }: { tbs: string; file: string }): string[] => [
  `bytes signed: sha256 ${tbs}`,
  `to ${file}`,
]

export const rootIn = (plan: CertRootPlan): string[] => [...certificateIn(plan.certificate), ...written(plan)]

export const issuedIn = (plan: CertIssuePlan): string[] => [
  ...certificateIn(plan.certificate),
  `request ${plan.request.path}, sha256 ${plan.request.sha256}`,
  `under the certificate sha256 ${plan.under}`,
  ...written(plan),
]

export const listIn = (plan: CertCrlPlan): string[] => {
  const { number, issuer, algorithm, authorityKeyId, thisUpdate, nextUpdate, revoked } = plan.crl
  return [
    `list ${number} by ${exactInWords(issuer)}, id ${authorityKeyId}, ${algorithm}, of ${thisUpdate}, next ${nextUpdate}`,
    ...spelled(issuer),
    ...revoked.map(
      ({ serial, reason, date, elsewhere, corrects }) =>
        `revokes ${serial}: ${reason} since ${date}${elsewhere ? ', issued elsewhere' : ''}${corrects === undefined ? '' : `, which corrects list ${corrects}`}`,
    ),
    `under the certificate sha256 ${plan.under}`,
    ...written(plan),
  ]
}
