// The certificate that stands beside a key: some clients show a private key only where there is one under its id.
import { notVerified } from '../../domain/errors.ts'
import type { CopySpec } from '../../hsm/port.ts'
import { certifiedKey } from '../keys/certified-key.ts'
import { destroyObject } from '../keys/destroy.ts'
import type { Throttle } from '../keys/pace.ts'
import { CKA, CKO, FLAG } from '../native/constants.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { User } from '../user.ts'
import { CopyIndex } from './copy-index.ts'

/** CKC_X_509. */
const X_509 = 0

const isOf = ({ spki }: CopySpec, certificate: Uint8Array): boolean =>
  spki !== undefined && certifiedKey(certificate)?.equals(spki) === true

/** Any certificate of this key will do: it is renewed without a quorum. */
export function lacksCertificate({ lib, session }: User, spec: CopySpec, index: CopyIndex): boolean {
  if (spec.certificate === undefined) return false
  const value = (object: ObjectHandle) => lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)
  return !index.certificates(spec.id).some((object) => isOf(spec, value(object) ?? new Uint8Array()))
}

/** COPY-EQUAL: asked before anything is changed. */
export function checkCertificate(spec: CopySpec): void {
  if (spec.certificate === undefined || isOf(spec, spec.certificate)) return
  throw notVerified('COPY-EQUAL', `the certificate for ${spec.label} is not of its key`)
}

/** One of another key under the id and label goes. */
export function seatCertificate(user: User, spec: CopySpec, index: CopyIndex): boolean {
  const { certificate, label, id } = spec
  if (certificate === undefined || !lacksCertificate(user, spec, index)) return false
  const { lib, session, device } = user
  const identity: Template = [
    [CKA.ID, id],
    [CKA.LABEL, label],
  ]
  for (const { object, kind } of index.at(spec))
    if (kind[0] === CKO.CERTIFICATE) device.changing(() => destroyObject(user, object, identity))
  const object = device.changing(() => lib.create(session, [...templateOf(certificate), ...identity]))
  index.add(spec, { object, kind: [CKO.CERTIFICATE, undefined] })
  return true
}

export async function seatCertificates(user: User, copies: readonly CopySpec[], throttle: Throttle): Promise<number> {
  for (const copy of copies) checkCertificate(copy)
  const index = await CopyIndex.of(user, throttle)
  return copies.filter((copy) => seatCertificate(user, copy, index)).length
}

function templateOf(certificate: Uint8Array): Template {
  const { serial, issuer, subject } = namesIn(Buffer.from(certificate))
  return [
    [CKA.CLASS, CKO.CERTIFICATE],
    [CKA.CERTIFICATE_TYPE, X_509],
    [FLAG.TOKEN, true],
    [FLAG.PRIVATE, false],
    [CKA.VALUE, certificate],
    [CKA.SUBJECT, subject],
    [CKA.ISSUER, issuer],
    [CKA.SERIAL_NUMBER, serial],
  ]
}

/** RFC 5280, section 4.1: whole DER elements, as PKCS#11 wants them. The certificate was read by node before. */
function namesIn(der: Buffer): { serial: Buffer; issuer: Buffer; subject: Buffer } {
  const tbs = elements(contents(elements(contents(der))[0]!))
  const [serial, , issuer, , subject] = tbs[0]![0] === VERSION ? tbs.slice(1) : tbs
  return { serial: serial!, issuer: issuer!, subject: subject! }
}

/** Its tag: [0], and absent in certificates of version 1. */
const VERSION = 0xa0

/** Bytes before the contents: the tag, and the length, which may be long. */
const headOf = (der: Buffer): number => (der[1]! < 0x80 ? 2 : 2 + (der[1]! & 0x7f))
const lengthOf = (der: Buffer): number => (der[1]! < 0x80 ? der[1]! : der.readUIntBE(2, der[1]! & 0x7f))
const contents = (der: Buffer): Buffer => der.subarray(headOf(der), headOf(der) + lengthOf(der))

function elements(der: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let left = der; left.length > 1; ) {
    const length = headOf(left) + lengthOf(left)
    found.push(left.subarray(0, length))
    left = left.subarray(length)
  }
  return found
}
