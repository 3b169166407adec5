// A certificate that goes to an application's token with its key: any X.509 certificate of that key, in PEM.

import { X509Certificate } from 'node:crypto'
import type { GivenCertificate } from '../change/operations/deliver-keys.ts'
import { toBase64url } from '../domain/encoding.ts'
import { refused } from '../domain/errors.ts'
import { sh } from '../domain/hints.ts'
import type { Files } from '../ledger/port.ts'

/** CERTIFICATE. A chain begins with the key's own, and the rest of it belongs to the client's settings. */
export function readCertificate(path: string, files: Pick<Files, 'readText'>): GivenCertificate {
  const text = files.readText(path)
  try {
    const { raw, publicKey } = new X509Certificate(text)
    return { der: toBase64url(raw), spki: toBase64url(publicKey.export({ format: 'der', type: 'spki' })) }
  } catch {
    const hint = sh('openssl', 'x509', '-inform', 'DER', '-in', path)
    throw refused('CERTIFICATE', `${path} holds no certificate in PEM`, hint)
  }
}
