// A request for a certificate that somebody else made (PKCS#10): for whom, for which key, and whether that key signed it.

import { constants, type KeyObject, verify } from 'node:crypto'
import { type BaseBlock, Integer, Null, ObjectIdentifier, type Sequence } from 'asn1js'
import type * as pkijs from 'pkijs'
import { oidOf, parsedDer, partsOf } from '../domain/certificate-request.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import type { Hint } from '../domain/hints.ts'
import { mlDsaIn } from '../domain/ml-dsa.ts'
import { quoted } from '../domain/names.ts'
import { wrongPublicKey } from '../domain/number-checks.ts'
import { isPlainlyWritten, publicKeyOrNone } from '../domain/public-keys.ts'
import { nameInWords } from '../domain/x509/name-words.ts'
import { extensionInWords } from './asked.ts'
import { inLetters } from './in-words.ts'
import { textOfName, Unreadable } from './names.ts'
import { derOf } from './pem.ts'
import { bytesOf, loadPki } from './read.ts'

export interface Requested {
  /** As RFC 4514 has it; empty where it names nobody. */
  subject: string
  /** Why no certificate can have that subject. */
  unfit?: string
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array
  /** What it asks for besides, for people: a CA decides what becomes of it. */
  asks: string[]
}

const wrong = (path: string, why: string, hint: Hint = 'ask whoever sent it for another') =>
  refused('CERT-REQUEST', `the request ${quoted(path)} ${why}`, hint)
const PLAIN_RSA = 'ask whoever sent it for one of a key of plain RSA, which may sign it by PSS'

/** CERT-REQUEST: it is whole, signed by the key that it is for, and that key is strong. */
export async function readRequest(bytes: Uint8Array, path: string): Promise<Requested> {
  const { CertificationRequest } = await loadPki()
  try {
    const whole = derOf(bytes, ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'])
    const parsed = CertificationRequest.fromBER(whole)
    if (Buffer.compare(bytesOf(parsed), whole) !== 0)
      throw new Unreadable('it is not in DER, or something stands behind it')
    checkVersion(parsed)
    const key = keyOf(parsed, path)
    if (!isSignedBy(key, parsed)) throw wrong(path, 'is not signed by the key that it is for')
    const spki = Uint8Array.from(key.export({ format: 'der', type: 'spki' }))
    return { ...subjectOf(bytesOf(parsed.subject)), spki, asks: await asksOf(parsed) }
  } catch (error) {
    if (error instanceof Unreadable) throw wrong(path, `can't be taken: ${error.message}`)
    if (error instanceof KeyriteError) throw error
    throw wrong(path, 'is no PKCS#10 request, or not all of one')
  }
}

function checkVersion({ tbsView }: pkijs.CertificationRequest): void {
  const [version] = (parsedDer(tbsView).result as Sequence).valueBlock.value
  if (version instanceof Integer && version.toBigInt() === 0n) return
  throw new Unreadable('it is of another version than 1 (RFC 2986, 4.1)')
}

/** What can't stand in a certificate here is told all the same: the profile may have another subject. */
function subjectOf(name: Uint8Array): Pick<Requested, 'subject' | 'unfit'> {
  try {
    return { subject: textOfName(name) }
  } catch (error) {
    if (error instanceof Unreadable) return { subject: nameInWords(name), unfit: error.message }
    throw error
  }
}

/** CERT-REQUEST: RSA of 2048 bits or more, the three curves of NIST, or Ed25519, and of none a key that others could find. */
function keyOf({ subjectPublicKeyInfo }: pkijs.CertificationRequest, path: string): KeyObject {
  const spki = bytesOf(subjectPublicKeyInfo)
  const other = (type: string) =>
    wrong(path, `is for a key of the type ${type}: RSA, P-256, P-384, P-521 and Ed25519 get certificates here`)
  const mlDsa = mlDsaIn(spki)
  if (mlDsa) throw other(mlDsa.type)
  const key = publicKeyOrNone(spki)
  if (!key) throw wrong(path, 'is for a public key that is none')
  const { asymmetricKeyType: type = '', asymmetricKeyDetails: { namedCurve = '' } = {} } = key
  if (type === 'rsa-pss')
    throw wrong(
      path,
      'is for an RSA key that is for PSS alone (id-RSASSA-PSS): keys of plain RSA (rsaEncryption) get certificates here',
      PLAIN_RSA,
    )
  const isKnown = ['rsa', 'ed25519'].includes(type) || (type === 'ec' && CURVES.includes(namedCurve))
  if (!isKnown) throw other(`${type} ${namedCurve}`.trim())
  if (type === 'ec' && !(subjectPublicKeyInfo.algorithm.algorithmParams instanceof ObjectIdentifier))
    throw wrong(path, 'is for a key that does not name its curve (RFC 5480, 2.1.1)')
  if (!isPlainlyWritten(key)) throw wrong(path, 'is for a key of which it has not the whole point (RFC 5480, 2.2)')
  const why = wrongPublicKey(Uint8Array.from(key.export({ format: 'der', type: 'spki' })))
  if (why === undefined) return key
  throw wrong(path, `is for a key that is weak: ${why}`)
}

const CURVES = ['prime256v1', 'secp384r1', 'secp521r1']

/** By signature algorithm: whose it is, and its hash; null of Ed25519. SHA-1 is none that proves anything. */
const ALGORITHMS: { readonly [oid: string]: readonly [type: string, hash: string | null] } = {
  '1.2.840.113549.1.1.11': ['rsa', 'sha256'],
  '1.2.840.113549.1.1.12': ['rsa', 'sha384'],
  '1.2.840.113549.1.1.13': ['rsa', 'sha512'],
  '1.2.840.10045.4.3.2': ['ec', 'sha256'],
  '1.2.840.10045.4.3.3': ['ec', 'sha384'],
  '1.2.840.10045.4.3.4': ['ec', 'sha512'],
  '1.3.101.112': ['ed25519', null],
}

function isSignedBy(
  key: KeyObject,
  { tbsView, signatureAlgorithm, signatureValue }: pkijs.CertificationRequest,
): boolean {
  const { algorithmId: id, algorithmParams } = signatureAlgorithm
  const bits = signatureValue.valueBlock.valueHexView
  if (id === RSASSA_PSS) {
    const { hash, saltLength } = pssOf(algorithmParams)
    const padding = constants.RSA_PKCS1_PSS_PADDING
    return key.asymmetricKeyType === 'rsa' && verify(hash, tbsView, { key, padding, saltLength }, bits)
  }
  const [type, hash] = ALGORITHMS[id] ?? []
  if (type === undefined || hash === undefined)
    throw new Unreadable(`it is signed by the algorithm ${id}, which is not taken here`)
  // RFC 4055, 5 and RFC 5758, 3.2: RSA alone has any, and those say nothing.
  if (algorithmParams !== undefined && !(type === 'rsa' && algorithmParams instanceof Null))
    throw new Unreadable(`it is signed by the algorithm ${id} with parameters, which it does not have`)
  return type === key.asymmetricKeyType && verify(hash, tbsView, key, bits)
}

const RSASSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'
const HASHES: { readonly [oid: string]: string } = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

/** RSASSA-PSS-params (RFC 4055, 3.1): where they don't name a hash it is SHA-1. That of the mask has to be the same: node knows no other. */
function pssOf(parameters: unknown): { hash: string; saltLength: number } {
  const said = new Map(partsOf(parameters).map((one) => [one.idBlock.tagNumber, partsOf(one)[0]]))
  const [salt, trailer] = [said.get(2), said.get(3)]
  const [mask, masked] = partsOf(said.get(1))
  const hash = oidOf(partsOf(said.get(0))[0])
  const isSame = oidOf(mask) === MGF1 && oidOf(partsOf(masked)[0]) === hash && trailer === undefined
  const name = HASHES[hash ?? '']
  if (!name || !isSame || !(salt instanceof Integer) || salt.toBigInt() < 0n || salt.toBigInt() > 1024n)
    throw new Unreadable('it is signed by RSA-PSS with SHA-1, two hashes, or other parameters that are not taken here')
  return { hash: name, saltLength: Number(salt.toBigInt()) }
}

/** Names and extensions are told, and a name without form; of other attributes that they are there. */
async function asksOf({ attributes = [] }: pkijs.CertificationRequest): Promise<string[]> {
  const { Extensions } = await loadPki()
  const extensionsIn = (value: unknown) => {
    try {
      return new Extensions({ schema: value as never }).extensions
    } catch {
      throw new Unreadable('the extensions that it asks for are none')
    }
  }
  return attributes.flatMap(({ type, values }) =>
    EXTENSION_REQUESTS.includes(type)
      ? (values as unknown[]).flatMap(extensionsIn).flatMap(extensionInWords)
      : [attributeInWords(type, values as BaseBlock[])],
  )
}

/** A secret between whoever asks and the CA is not shown. */
function attributeInWords(type: string, values: readonly BaseBlock[]): string {
  if (type === CHALLENGE_PASSWORD) return 'a challengePassword, which is not shown'
  return type === UNSTRUCTURED_NAME ? `unstructuredName ${values.map(inLetters).join(' ')}` : `the attribute ${type}`
}

/** Of PKCS#9, and of Microsoft. */
const EXTENSION_REQUESTS = ['1.2.840.113549.1.9.14', '1.3.6.1.4.1.311.2.1.14']
const UNSTRUCTURED_NAME = '1.2.840.113549.1.9.2'
const CHALLENGE_PASSWORD = '1.2.840.113549.1.9.7'
