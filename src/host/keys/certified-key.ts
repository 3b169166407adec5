// Whose certificate it is: read by node:crypto, and nothing of it believed but the key that it names.
import { X509Certificate } from 'node:crypto'

/** The public key of a certificate, as SPKI (DER); undefined for what is none. */
export function certifiedKey(certificate: Uint8Array): Buffer | undefined {
  try {
    return new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  } catch {
    return undefined
  }
}
