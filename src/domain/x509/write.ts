// Certificates and revocation lists in DER (RFC 5280): what a key signs, field by field as a plan has it, and the whole of it.

import {
  BitString,
  Boolean as Bool,
  Constructed,
  Enumerated,
  fromBER,
  Integer,
  Null,
  OctetString,
  Primitive,
  Sequence,
} from 'asn1js'
import {
  ALGORITHM_OIDS,
  type CertAlgorithm,
  type Certificate,
  type Crl,
  KEY_USAGES,
  REASONS,
  type Revoked,
} from '../certificate-plans.ts'
import {
  type Asn1,
  der,
  ecdsaInDer,
  generalName,
  inContext,
  nameOf,
  oid,
  parsedDer,
  publicBits,
  sequence,
} from '../certificate-request.ts'
import { fromBase64url, fromHex, sha256, toHex } from '../encoding.ts'
import { parseSubject } from '../subject.ts'
import { rangeOf } from './constraints.ts'
import { exactName } from './exact-name.ts'
import { ACCESS, EXTENSIONS } from './extensions.ts'

/** RSA alone has a parameter. */
const algorithmOf = (name: CertAlgorithm): Sequence =>
  sequence(oid(ALGORITHM_OIDS[name]), ...(name.startsWith('rsa') ? [new Null()] : []))

const universal = (tagNumber: number, value: Uint8Array): Primitive =>
  new Primitive({ idBlock: { tagClass: 1, tagNumber }, valueHex: value })
const inside = (tagNumber: number, ...value: Asn1[]): Constructed =>
  new Constructed({ idBlock: inContext(tagNumber), value: value as never })
const bare = (tagNumber: number, value: Uint8Array): Primitive =>
  new Primitive({ idBlock: inContext(tagNumber), valueHex: value })

/** Until 2049 in two digits of the year, and then in four (4.1.2.5). */
function timeOf(time: string): Primitive {
  const digits = `${time.slice(0, 19).replace(/[-T:]/g, '')}Z`
  const isShort = time >= '1950' && time < '2050'
  return universal(isShort ? 23 : 24, Buffer.from(isShort ? digits.slice(2) : digits, 'latin1'))
}

const numberOf = (hex: string): Integer => Integer.fromBigInt(BigInt(`0x${hex}`))

const extension = (id: string, isCritical: boolean, value: { toBER(): ArrayBuffer }): Sequence =>
  new Sequence({
    value: [oid(id), ...(isCritical ? [new Bool({ value: true })] : []), new OctetString({ valueHex: der(value) })],
  })

/** The bits up to the last that is set: DER has no zeros behind it. */
function usageBits(usage: Certificate['keyUsage']): BitString {
  const bits = KEY_USAGES.map((one) => (usage.includes(one) ? '1' : '0'))
    .join('')
    .replace(/0+$/, '')
  const unusedBits = 8 - bits.length
  return new BitString({ unusedBits, valueHex: Uint8Array.of(Number.parseInt(bits.padEnd(8, '0'), 2)) })
}

function constraintOf(text: string): Sequence {
  const [kind, value] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]
  return sequence(kind === 'IP' ? bare(7, rangeOf(value)!) : generalName(text))
}

const uri = (address: string): Primitive => generalName(`URI:${address}`)

/** DistributionPoint: one full name. */
const placeOf = (address: string): Sequence => sequence(inside(0, inside(0, uri(address))))

const authorityKey = (id: string): Sequence =>
  extension(EXTENSIONS.authorityKeyId, false, sequence(bare(0, fromHex(id))))

/** In this order; what a certificate has not is left out, but that it is no CA is said. */
function extensionsOf(certificate: Certificate): Sequence[] {
  const { ca, pathLength, keyUsage, subjectKeyId, authorityKeyId, permitted = [], excluded = [] } = certificate
  const { extendedKeyUsage = [], policies = [], names = [], crlAt = [], ocspAt = [], issuerAt = [] } = certificate
  const basic = [
    ...(ca ? [new Bool({ value: true })] : []),
    ...(pathLength === undefined ? [] : [new Integer({ value: pathLength })]),
  ]
  const trees = [permitted, excluded].flatMap((all, tag) =>
    all.length > 0 ? [inside(tag, ...all.map(constraintOf))] : [],
  )
  const access = [
    ...ocspAt.map((at) => sequence(oid(ACCESS.ocsp), uri(at))),
    ...issuerAt.map((at) => sequence(oid(ACCESS.issuer), uri(at))),
  ]
  const some = (id: string, isCritical: boolean, values: Asn1[]): Sequence[] =>
    values.length > 0 ? [extension(id, isCritical, sequence(...values))] : []
  return [
    extension(EXTENSIONS.basicConstraints, true, new Sequence({ value: basic })),
    extension(EXTENSIONS.keyUsage, true, usageBits(keyUsage)),
    ...some(EXTENSIONS.extendedKeyUsage, false, extendedKeyUsage.map(oid)),
    extension(EXTENSIONS.subjectKeyId, false, new OctetString({ valueHex: fromHex(subjectKeyId) })),
    authorityKey(authorityKeyId),
    ...some(
      EXTENSIONS.policies,
      false,
      policies.map((one) => sequence(oid(one))),
    ),
    ...some(EXTENSIONS.names, false, names.map(generalName)),
    ...some(EXTENSIONS.nameConstraints, true, trees),
    ...some(EXTENSIONS.crlAt, false, crlAt.map(placeOf)),
    ...some(EXTENSIONS.access, false, access),
  ]
}

/** RFC 7093, 2 (1): the first 160 bits of SHA-256 of the public key. */
export const keyIdOf = (spki: Uint8Array): string => toHex(sha256(publicBits(spki))).slice(0, 40)

/** TBSCertificate. */
export function certificateInfo(certificate: Certificate): Uint8Array {
  const { serial, algorithm, issuer, notBefore, notAfter, subject, spki } = certificate
  const parts = [
    inside(0, new Integer({ value: 2 }) as never),
    numberOf(serial),
    algorithmOf(algorithm),
    exactName(issuer),
    sequence(timeOf(notBefore), timeOf(notAfter)),
    nameOf(parseSubject(subject)),
    fromBER(fromBase64url(spki)).result,
    inside(3, sequence(...extensionsOf(certificate))),
  ]
  return der(new Sequence({ value: parts }))
}

function entryOf({ serial, date, reason }: Revoked): Sequence {
  const code = new Enumerated({ value: REASONS[reason] })
  const why = reason === 'unspecified' ? [] : [sequence(extension(EXTENSIONS.reason, false, code))]
  return new Sequence({ value: [numberOf(serial), timeOf(date), ...why] })
}

/** TBSCertList. */
export function crlInfo({
  algorithm,
  issuer,
  authorityKeyId,
  thisUpdate,
  nextUpdate,
  number,
  revoked,
}: Crl): Uint8Array {
  const extensions = [
    authorityKey(authorityKeyId),
    extension(EXTENSIONS.crlNumber, false, Integer.fromBigInt(BigInt(number))),
  ]
  const parts = [
    new Integer({ value: 1 }),
    algorithmOf(algorithm),
    exactName(issuer),
    timeOf(thisUpdate),
    timeOf(nextUpdate),
    ...(revoked.length > 0 ? [sequence(...revoked.map(entryOf))] : []),
    inside(0, sequence(...extensions)),
  ]
  return der(new Sequence({ value: parts }))
}

/** The whole of it. `signature`: over `info`, as a token gives it. */
export function signedWhole(info: Uint8Array, algorithm: CertAlgorithm, signature: Uint8Array): Uint8Array {
  const valueHex = algorithm.startsWith('ecdsa') ? ecdsaInDer(signature) : signature
  return der(new Sequence({ value: [parsedDer(info).result, algorithmOf(algorithm), new BitString({ valueHex })] }))
}

/** What is signed, and the signature, DER where it is ECDSA; undefined where it is none of ours. */
export function partsOf(whole: Uint8Array): { info: Uint8Array; signature: Uint8Array } | undefined {
  const { offset, result } = parsedDer(whole)
  if (offset !== whole.length || !(result instanceof Sequence)) return undefined
  const [info, , bits] = result.valueBlock.value
  if (!(info instanceof Sequence) || !(bits instanceof BitString)) return undefined
  return { info: der(info), signature: bits.valueBlock.valueHexView }
}
