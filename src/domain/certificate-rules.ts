// How the fields of a certificate, or of a revocation list, have to fit each other and the key that signs: asked of each plan, and of each ledger.
import {
  ALGORITHM_OF,
  type CertCrlPlan,
  type CertIssuePlan,
  type Certificate,
  type CertRootPlan,
} from './certificate-plans.ts'
import { requestInfo } from './certificate-request.ts'
import { fromBase64url, sha256, toHex } from './encoding.ts'
import type { CertRequestPlan } from './outward-plans.ts'
import { pairFingerprint, publicKeyOf } from './public-keys.ts'
import { formatSubject, parseSubject } from './subject.ts'
import { parseConstraint, parseName } from './x509/constraints.ts'
import { isExact } from './x509/exact-name.ts'
import { certificateInfo, crlInfo, keyIdOf } from './x509/write.ts'

/** What is wrong, in words. */
export function wrongRoot(plan: CertRootPlan): string | undefined {
  const { certificate } = plan
  const { issuer, subject, ca, subjectKeyId, authorityKeyId, spki } = certificate
  if (issuer !== subject || subjectKeyId !== authorityKeyId) return 'a root is issued by itself'
  if (!ca) return 'a root is a CA'
  if (fingerprintOf(spki) !== plan.keys[0].fingerprint) return 'a root is of the key that signs it'
  return wrongCertificate(plan)
}

export function wrongIssued(plan: CertIssuePlan): string | undefined {
  if (fingerprintOf(plan.certificate.spki) === plan.keys[0].fingerprint)
    return 'its key is the one that signs: that is a root'
  return wrongCertificate(plan)
}

/** Of a request, which has no issuer. */
export function wrongRequest({ subject, names = [], spki, tbs, keys: [key] }: CertRequestPlan): string | undefined {
  if (fingerprintOf(spki) !== key.fingerprint) return 'a request is of the key that signs it'
  const isSpelled = () => isSubject(subject) && names.every((one) => parseName(one) === one)
  const wanted = () => ({ subject: parseSubject(subject), names, spki: fromBase64url(spki) })
  return wrongBytes(tbs, () => (isSpelled() ? requestInfo(wanted()) : undefined))
}

const fingerprintOf = (spki: string): string => pairFingerprint(fromBase64url(spki))

function wrongCertificate({ certificate, tbs, keys: [{ type }] }: CertRootPlan | CertIssuePlan): string | undefined {
  const { algorithm, notBefore, notAfter, ca, keyUsage, pathLength, permitted, excluded } = certificate
  if (algorithm !== ALGORITHM_OF[type]) return `a key of type ${type} does not sign by ${algorithm}`
  if (notBefore >= notAfter) return `it would end, at ${notAfter}, before it begins, at ${notBefore}`
  if (ca !== keyUsage.includes('keyCertSign')) return 'a CA, and nobody else, has the usage keyCertSign'
  const limits = pathLength !== undefined || permitted || excluded
  if (limits && !ca) return 'path length and name constraints are of a CA'
  return wrongBytes(tbs, () => writtenCertificate(certificate))
}

/** The hash in a plan is of what its fields say, each in its one spelling: whoever approved these approved those bytes. */
function wrongBytes(tbs: string, write: () => Uint8Array | undefined): string | undefined {
  try {
    const info = write()
    return info && toHex(sha256(info)) === tbs ? undefined : 'its hash is not of the bytes that its fields make'
  } catch {
    return 'its fields make nothing that could be signed'
  }
}

function writtenCertificate(certificate: Certificate): Uint8Array | undefined {
  const { issuer, subject, spki, subjectKeyId, names = [], permitted = [], excluded = [] } = certificate
  const spelled =
    isExact(issuer) &&
    isSubject(subject) &&
    names.every((one) => parseName(one) === one) &&
    [...permitted, ...excluded].every((one) => parseConstraint(one) === one)
  const key = fromBase64url(spki)
  const isKey = Buffer.compare(publicKeyOf(key).export({ format: 'der', type: 'spki' }), key) === 0
  return spelled && isKey && keyIdOf(key) === subjectKeyId ? certificateInfo(certificate) : undefined
}

const isSubject = (text: string): boolean => formatSubject(parseSubject(text)) === text

export function wrongList({ crl, tbs, keys: [{ type }] }: CertCrlPlan): string | undefined {
  const { algorithm, thisUpdate, nextUpdate, revoked } = crl
  if (algorithm !== ALGORITHM_OF[type]) return `a key of type ${type} does not sign by ${algorithm}`
  if (thisUpdate >= nextUpdate) return `its next update, at ${nextUpdate}, would be before it, at ${thisUpdate}`
  const early = revoked.find(({ date }) => date > thisUpdate)
  if (early) return `${early.serial} is revoked after it, at ${early.date}`
  return wrongBytes(tbs, () => (isExact(crl.issuer) ? crlInfo(crl) : undefined))
}
