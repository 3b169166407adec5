// What a certificate, a request for one or a revocation list says of itself, for people who look into a file: nothing but a request's own signature is checked.
import type { Certificate } from '../domain/certificate-plans.ts'
import { fromBase64url, sha256, toHex } from '../domain/encoding.ts'
import { KeyriteError } from '../domain/errors.ts'
import { spkiDigest } from '../domain/public-keys.ts'
import { exactInWords } from '../domain/x509/exact-name.ts'
import { Unreadable } from './names.ts'
import { derOf } from './pem.ts'
import { outlineOf, outlineOfList, readCertificate, readCrl } from './read.ts'
import { readRequest } from './request.ts'

type Facts = { [name: string]: string | number | undefined }

/** What all of it says; where that can't be told, what every one of its kind says, and why there is no more. */
async function orOutline(all: () => Promise<Facts>, outline: () => Promise<Facts>): Promise<Facts> {
  try {
    return await all()
  } catch (error) {
    if (error instanceof Unreadable) return { ...(await outline()), unread: error.message }
    throw error
  }
}

async function certificate(bytes: Uint8Array): Promise<Facts> {
  const whole = derOf(bytes, ['CERTIFICATE'])
  const hash = { sha256: toHex(sha256(whole)) }
  return orOutline(
    async () => ({ ...certificateFacts(await readCertificate(whole)), ...hash }),
    async () => {
      const { names, spki, ...outline } = await outlineOf(whole)
      return { ...outline, names: listedOrNone(names), publicKey: digestOf(spki), ...hash }
    },
  )
}

const digestOf = (spki: Uint8Array): string => `sha256 ${spkiDigest(spki)}`
const listedOrNone = (all: readonly string[]): string | undefined => all.join(', ') || undefined

const certificateFacts = ({
  subject,
  issuer,
  serial,
  notBefore,
  notAfter,
  spki,
  ca,
  pathLength,
  names = [],
}: Certificate): Facts => ({
  subject: exactInWords(subject),
  issuer: exactInWords(issuer),
  serial,
  notBefore,
  notAfter,
  names: listedOrNone(names),
  ca: ca ? `yes, path length ${pathLength ?? 'not limited'}` : 'no',
  publicKey: digestOf(fromBase64url(spki)),
})

async function request(bytes: Uint8Array, path: string): Promise<Facts> {
  const { subject, spki, asks } = await readRequest(bytes, path)
  return {
    subject: subject || 'none',
    publicKey: digestOf(spki),
    asks: asks.join('; ') || undefined,
    signed: 'by that key',
  }
}

async function list(bytes: Uint8Array): Promise<Facts> {
  const whole = derOf(bytes, ['X509 CRL'])
  return orOutline(
    async () => {
      const { issuer, number, thisUpdate, nextUpdate, revoked } = await readCrl(whole)
      return { issuer: exactInWords(issuer), number, thisUpdate, nextUpdate, revoked: revoked.length }
    },
    () => outlineOfList(whole),
  )
}

const READERS = { 'x509-certificate': certificate, 'x509-request': request, 'x509-crl': list }
type X509Kind = keyof typeof READERS

export const isX509 = (kind: string): kind is X509Kind => Object.hasOwn(READERS, kind)

/** CERT-REQUEST: of a request what is wrong with it. Of others' files it is told that they are not read. */
export async function x509Facts(kind: X509Kind, bytes: Uint8Array, path: string): Promise<Facts> {
  try {
    return await READERS[kind](bytes, path)
  } catch (error) {
    if (error instanceof KeyriteError) throw error
    return { unread: error instanceof Unreadable ? error.message : 'it is damaged' }
  }
}
