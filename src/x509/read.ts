// Certificates and revocation lists, read from DER by another library than they are written with: so that what was signed is held against its plan.
import { BitString, Enumerated, Integer, OctetString } from 'asn1js'
import type * as pkijs from 'pkijs'
import {
  ALGORITHM_OIDS,
  CERT_ALGORITHMS,
  type CertAlgorithm,
  type Certificate,
  type CertKeyUsage,
  type Crl,
  KEY_USAGES,
  REASON_NAMES,
  REASONS,
} from '../domain/certificate-plans.ts'
import { parsedDer } from '../domain/certificate-request.ts'
import { toBase64url, toHex } from '../domain/encoding.ts'
import { lazily } from '../domain/lazily.ts'
import { ACCESS, EXTENSIONS, extensionName } from '../domain/x509/extensions.ts'
import { nameInWords } from '../domain/x509/name-words.ts'
import { namesInWords } from './in-words.ts'
import { textOfConstraint, textOfGeneralName, textOfSigner, Unreadable } from './names.ts'

export const loadPki = lazily(() => import('pkijs'))

export const bytesOf = (value: { toSchema(): { toBER(): ArrayBuffer } }): Uint8Array =>
  new Uint8Array(value.toSchema().toBER())

/** In DER, with nothing behind it: what the parser made of it says every byte of it. It takes the 30th of February for the 2nd of March, and `abc` for a time. */
export function checkDer(parsed: { toSchema(isAnew: boolean): { toBER(): ArrayBuffer } }, whole: Uint8Array): void {
  if (Buffer.compare(new Uint8Array(parsed.toSchema(true).toBER()), whole) !== 0)
    throw new Unreadable('it is not in DER, or something stands behind it')
}

export function timeOf({ value }: pkijs.Time): string {
  const text = value.toISOString()
  if (!text.endsWith('.000Z')) throw new Unreadable('it has a time with a fraction of a second')
  return text
}

/** Without the zero byte that keeps a number positive. */
function serialOf(number: Integer): string {
  if (number.toBigInt() < 0n) throw new Unreadable('it has a serial number below 0')
  return toHex(new Uint8Array(number.valueBlock.valueHexView)).replace(/^00(?=..)/, '')
}

function algorithmOf({ algorithmId }: pkijs.AlgorithmIdentifier): CertAlgorithm {
  const known = CERT_ALGORITHMS.find((one) => ALGORITHM_OIDS[one] === algorithmId)
  if (known) return known
  throw new Unreadable(`it is signed by the algorithm ${algorithmId}, which is not known here`)
}

/** The extensions, each once and taken once; what is left over nobody was shown. */
export class Extensions {
  readonly #left: Map<string, pkijs.Extension>

  constructor(all: readonly pkijs.Extension[]) {
    this.#left = new Map(all.map((one) => [one.extnID, one]))
    if (this.#left.size !== all.length) throw new Unreadable('an extension stands twice in it')
  }

  take<T>(id: string, isCritical?: boolean): T | undefined {
    const found = this.#left.get(id)
    this.#left.delete(id)
    if (!found) return undefined
    if (isCritical !== undefined && found.critical !== isCritical)
      throw new Unreadable(`its extension ${extensionName(id)} is ${found.critical ? '' : 'not '}critical`)
    const value = found.parsedValue as (T & { parsingError?: string }) | undefined
    if (value === undefined || value.parsingError) throw new Unreadable(`its extension ${extensionName(id)} is no DER`)
    return value
  }

  /** `critical`: of those alone that nobody may pass over. */
  end(which?: 'critical'): void {
    for (const [id, { critical }] of this.#left)
      if (critical || which === undefined) throw new Unreadable(`its extension ${extensionName(id)} is not known here`)
  }
}

export function hexOf(value: OctetString): string {
  const hex = value instanceof OctetString ? toHex(new Uint8Array(value.valueBlock.valueHexView)) : ''
  if (hex.length === 0 || hex.length > 128) throw new Unreadable('it has a key identifier that is none')
  return hex
}

export function usagesOf(bits: BitString): CertKeyUsage[] {
  if (!(bits instanceof BitString)) throw new Unreadable('its key usage is none')
  const { valueHexView, unusedBits } = bits.valueBlock
  const text = [...valueHexView].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  const set = [...text.slice(0, text.length - unusedBits)].flatMap((bit, i) => (bit === '1' ? [i] : []))
  return set.map((i) => {
    const usage = KEY_USAGES[i]
    if (usage === undefined) throw new Unreadable(`its key usage has bit ${i}, which is not known here`)
    return usage
  })
}

export function pathLengthOf({ pathLenConstraint: length }: pkijs.BasicConstraints): number | undefined {
  const number = length instanceof Integer ? Number(length.toBigInt()) : length
  if (number !== undefined && !(Number.isSafeInteger(number) && number >= 0))
    throw new Unreadable(`its path length is ${number}`)
  return number
}

export function subtrees(all: readonly pkijs.GeneralSubtree[] | undefined): string[] | undefined {
  return all?.map(({ base, minimum, maximum }) => {
    if (Number(minimum) !== 0 || maximum !== undefined) throw new Unreadable('its name constraints have distances')
    return textOfConstraint(base)
  })
}

const addressesOf = (names: readonly pkijs.GeneralName[]): string[] =>
  names.map((one) => textOfGeneralName(one).replace(/^URI:/, ''))

export function pointsOf(points: readonly pkijs.DistributionPoint[]): string[] {
  return points.flatMap(({ distributionPoint, reasons, cRLIssuer }) => {
    if (!Array.isArray(distributionPoint) || reasons || cRLIssuer)
      throw new Unreadable('its lists are told in a way that is not known here')
    return addressesOf(distributionPoint)
  })
}

const sorted = (all: readonly string[] | undefined): string[] | undefined => all?.toSorted()

export function policiesOf({ certificatePolicies }: pkijs.CertificatePolicies): string[] {
  return certificatePolicies.map(({ policyIdentifier, policyQualifiers }) => {
    if (policyQualifiers?.length) throw new Unreadable('a policy in it has qualifiers')
    return policyIdentifier
  })
}

export function accessOf(access: pkijs.InfoAccess | undefined): Pick<Certificate, 'ocspAt' | 'issuerAt'> {
  const of = (method: string) =>
    access?.accessDescriptions.filter(({ accessMethod }) => accessMethod === method).map((one) => one.accessLocation)
  const [ocsp, issuer] = [of(ACCESS.ocsp) ?? [], of(ACCESS.issuer) ?? []]
  if (ocsp.length + issuer.length !== (access?.accessDescriptions.length ?? 0))
    throw new Unreadable('it tells of an access that is not known here')
  return {
    ...(ocsp.length > 0 ? { ocspAt: addressesOf(ocsp).toSorted() } : {}),
    ...(issuer.length > 0 ? { issuerAt: addressesOf(issuer).toSorted() } : {}),
  }
}

const lacking = (extension: string): Unreadable => new Unreadable(`it lacks the extension ${extension}`)

async function certificateIn(whole: Uint8Array): Promise<pkijs.Certificate> {
  const { Certificate: Parsed } = await loadPki()
  const cert = Parsed.fromBER(whole)
  checkDer(cert, whole)
  return cert
}

/** What an X.509 certificate says, each field of it, in the members that plans have. Throws Unreadable. */
export async function readCertificate(whole: Uint8Array): Promise<Certificate> {
  const cert = await certificateIn(whole)
  if (cert.version !== 2 || cert.issuerUniqueID || cert.subjectUniqueID) throw new Unreadable('it is not of version 3')
  const extensions = new Extensions(cert.extensions ?? [])
  const basic = extensions.take<pkijs.BasicConstraints>(EXTENSIONS.basicConstraints, true)
  const usage = extensions.take<BitString>(EXTENSIONS.keyUsage, true)
  const purposes = extensions.take<pkijs.ExtKeyUsage>(EXTENSIONS.extendedKeyUsage, false)
  const own = extensions.take<OctetString>(EXTENSIONS.subjectKeyId, false)
  const signers = extensions.take<pkijs.AuthorityKeyIdentifier>(EXTENSIONS.authorityKeyId, false)
  const policies = extensions.take<pkijs.CertificatePolicies>(EXTENSIONS.policies, false)
  const names = extensions.take<pkijs.AltName>(EXTENSIONS.names, false)
  const trees = extensions.take<pkijs.NameConstraints>(EXTENSIONS.nameConstraints, true)
  const points = extensions.take<pkijs.CRLDistributionPoints>(EXTENSIONS.crlAt, false)
  const access = extensions.take<pkijs.InfoAccess>(EXTENSIONS.access, false)
  extensions.end()
  if (!basic) throw lacking('basicConstraints')
  if (!usage) throw lacking('keyUsage')
  if (!own) throw lacking('subjectKeyIdentifier')
  if (!signers?.keyIdentifier) throw lacking('authorityKeyIdentifier')
  return present({
    serial: serialOf(cert.serialNumber),
    algorithm: algorithmOf(cert.signature),
    issuer: textOfSigner(bytesOf(cert.issuer)),
    notBefore: timeOf(cert.notBefore),
    notAfter: timeOf(cert.notAfter),
    subject: textOfSigner(bytesOf(cert.subject)),
    spki: toBase64url(bytesOf(cert.subjectPublicKeyInfo)),
    subjectKeyId: hexOf(own),
    authorityKeyId: hexOf(signers.keyIdentifier),
    ca: basic.cA,
    pathLength: pathLengthOf(basic),
    keyUsage: usagesOf(usage),
    extendedKeyUsage: sorted(purposes?.keyPurposes),
    names: sorted(names?.altNames.map(textOfGeneralName)),
    permitted: sorted(subtrees(trees?.permittedSubtrees)),
    excluded: sorted(subtrees(trees?.excludedSubtrees)),
    policies: sorted(policies && policiesOf(policies)),
    crlAt: sorted(points && pointsOf(points.distributionPoints)),
    ...accessOf(access),
  })
}

/** What every certificate says, for people: not enough to judge it by. Throws Unreadable. */
export async function outlineOf(whole: Uint8Array) {
  const cert = await certificateIn(whole)
  const names = cert.extensions?.find(({ extnID }) => extnID === EXTENSIONS.names)?.extnValue.valueBlock.valueHexView
  return {
    subject: nameInWords(bytesOf(cert.subject)),
    issuer: nameInWords(bytesOf(cert.issuer)),
    serial: serialOf(cert.serialNumber),
    notBefore: timeOf(cert.notBefore),
    notAfter: timeOf(cert.notAfter),
    names: names ? namesInWords(new Uint8Array(names)) : [],
    spki: bytesOf(cert.subjectPublicKeyInfo),
  }
}

/** Without the members that are not there. */
function present(members: { [name in keyof Certificate]: Certificate[name] | undefined }): Certificate {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Certificate
}

function entryOf({ userCertificate, revocationDate, crlEntryExtensions }: pkijs.RevokedCertificate) {
  const extensions = new Extensions(crlEntryExtensions?.extensions ?? [])
  const code = extensions.take<Enumerated>(EXTENSIONS.reason, false)
  extensions.end()
  const number = code instanceof Enumerated ? code.valueBlock.valueDec : 0
  const reason = REASON_NAMES.find((one) => REASONS[one] === number)
  if (reason === undefined) throw new Unreadable(`it has a reason ${number}, which is not known here`)
  return { serial: serialOf(userCertificate), date: timeOf(revocationDate), reason }
}

async function listIn(whole: Uint8Array): Promise<pkijs.CertificateRevocationList> {
  const { CertificateRevocationList: Parsed } = await loadPki()
  const { offset, result } = parsedDer(whole)
  if (offset < 0) throw new Error(result.error)
  const list = new Parsed({ schema: result })
  checkDer(list, whole)
  return list
}

/** What a revocation list says, but for what the ledger alone knows. Throws Unreadable. */
export async function readCrl(whole: Uint8Array): Promise<Crl> {
  const list = await listIn(whole)
  if (list.version !== 1 || !list.nextUpdate) throw new Unreadable('it is not of version 2')
  const extensions = new Extensions(list.crlExtensions?.extensions ?? [])
  const signers = extensions.take<pkijs.AuthorityKeyIdentifier>(EXTENSIONS.authorityKeyId, false)
  const number = extensions.take<Integer>(EXTENSIONS.crlNumber, false)
  extensions.end()
  if (!signers?.keyIdentifier) throw lacking('authorityKeyIdentifier')
  if (!number) throw lacking('cRLNumber')
  if (!(number instanceof Integer) || number.toBigInt() < 0n || number.toBigInt() > Number.MAX_SAFE_INTEGER)
    throw new Unreadable('its number is below 0, or too high to be told')
  return {
    algorithm: algorithmOf(list.signature),
    issuer: textOfSigner(bytesOf(list.issuer)),
    authorityKeyId: hexOf(signers.keyIdentifier),
    thisUpdate: timeOf(list.thisUpdate),
    nextUpdate: timeOf(list.nextUpdate),
    number: Number(number.toBigInt()),
    revoked: (list.revokedCertificates ?? []).map(entryOf),
  }
}

/** The same of a list. */
export async function outlineOfList(whole: Uint8Array) {
  const list = await listIn(whole)
  return {
    issuer: nameInWords(bytesOf(list.issuer)),
    thisUpdate: timeOf(list.thisUpdate),
    nextUpdate: list.nextUpdate && timeOf(list.nextUpdate),
    revoked: list.revokedCertificates?.length ?? 0,
  }
}
