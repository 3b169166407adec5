// The certificate of the CA that signs: its name as it has to stand below, and the limits that it was given itself.
import { X509Certificate } from 'node:crypto'
import type { BitString, OctetString } from 'asn1js'
import type * as pkijs from 'pkijs'
import type { CertKeyUsage } from '../domain/certificate-plans.ts'
import { sha256, toHex } from '../domain/encoding.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { quoted } from '../domain/names.ts'
import { publicKeyOf } from '../domain/public-keys.ts'
import { EXTENSIONS } from '../domain/x509/extensions.ts'
import { keyIdOf } from '../domain/x509/write.ts'
import { textOfSigner, Unreadable } from './names.ts'
import { derOf } from './pem.ts'
import { bytesOf, checkDer, Extensions, hexOf, loadPki, pathLengthOf, subtrees, timeOf, usagesOf } from './read.ts'

export interface Issuer {
  subject: string
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array
  keyId: string
  notBefore: string
  notAfter: string
  pathLength?: number | undefined
  keyUsage: readonly CertKeyUsage[]
  /** What it is for, and whatever it issues; absent, anything. */
  extendedKeyUsage?: readonly string[] | undefined
  permitted: readonly string[]
  excluded: readonly string[]
  /** Of the whole certificate, and of what of it is signed. */
  sha256: string
  tbs: string
}

const wrong = (path: string, why: string, hint = 'name the certificate of the key that signs, as its profile has it') =>
  refused('CERT-ISSUER', `${quoted(path)} ${why}`, hint)

/** CERT-ISSUER: it is the certificate of a CA, and can be read as far as what is below it depends on it. */
export async function readIssuer(bytes: Uint8Array, path: string): Promise<Issuer> {
  const { Certificate } = await loadPki()
  try {
    const whole = derOf(bytes, ['CERTIFICATE'])
    return issuerOf(Certificate.fromBER(whole), whole, path)
  } catch (error) {
    if (error instanceof Unreadable) throw wrong(path, `can't be taken: ${error.message}`)
    if (error instanceof KeyriteError) throw error
    throw wrong(path, 'is no X.509 certificate, or not all of one')
  }
}

function issuerOf(cert: pkijs.Certificate, whole: Uint8Array, path: string): Issuer {
  checkDer(cert, whole)
  const extensions = new Extensions(cert.extensions ?? [])
  const basic = extensions.take<pkijs.BasicConstraints>(EXTENSIONS.basicConstraints)
  if (!basic?.cA) throw wrong(path, 'is no certificate of a CA')
  const key = publicKeyOf(bytesOf(cert.subjectPublicKeyInfo))
  const usage = extensions.take<BitString>(EXTENSIONS.keyUsage)
  const own = extensions.take<OctetString>(EXTENSIONS.subjectKeyId)
  const { keyIdentifier: signer } = extensions.take<pkijs.AuthorityKeyIdentifier>(EXTENSIONS.authorityKeyId) ?? {}
  checkSelf(whole, own && signer && { own: hexOf(own), signer: hexOf(signer) }, path)
  const purposes = extensions.take<pkijs.ExtKeyUsage>(EXTENSIONS.extendedKeyUsage)
  const trees = extensions.take<pkijs.NameConstraints>(EXTENSIONS.nameConstraints)
  extensions.end('critical')
  return {
    subject: textOfSigner(bytesOf(cert.subject)),
    spki: Uint8Array.from(key.export({ format: 'der', type: 'spki' })),
    keyId: own ? hexOf(own) : keyIdOf(bytesOf(cert.subjectPublicKeyInfo)),
    notBefore: timeOf(cert.notBefore),
    notAfter: timeOf(cert.notAfter),
    pathLength: pathLengthOf(basic),
    keyUsage: usage ? usagesOf(usage) : ['keyCertSign', 'cRLSign'],
    extendedKeyUsage: purposes?.keyPurposes,
    permitted: subtrees(trees?.permittedSubtrees) ?? [],
    excluded: subtrees(trees?.excludedSubtrees) ?? [],
    sha256: toHex(sha256(whole)),
    tbs: toHex(sha256(cert.tbsView)),
  }
}

/** Who signs itself vouches for what stands in it. A new key may have been signed by the old one of the same name (RFC 5280, 3.2), and says so. */
function checkSelf(whole: Uint8Array, keys: { own: string; signer: string } | undefined, path: string): void {
  const cert = new X509Certificate(whole)
  if (cert.raw.length !== whole.length) throw new Unreadable('something stands behind it')
  if (cert.subject !== cert.issuer || cert.verify(cert.publicKey)) return
  if (keys === undefined)
    throw wrong(
      path,
      'is signed by another key than its own, and does not say by which: it was changed, or an older key of that CA signed it',
      'take the certificate in which the key that signs now has signed itself, or one with the identifiers of both keys',
    )
  if (keys.own === keys.signer) throw wrong(path, 'was changed: it is not signed by its own key')
}
