// Codes about certificates and revocation lists that are signed here. See codes.ts.
import type { CodeTable } from './code-table.ts'

export const AUTHORITY_CODES = {
  'CERT-AS-SIGNED': [[5], 'a certificate or list, read again by another library, says what its plan says'],
  'CERT-FITS': [
    [3],
    'the fields of a certificate fit each other, the certificate of the CA that signs it, and the names of other CAs',
  ],
  'CERT-ISSUER': [[3], 'the certificate of a CA is of the key that signs, whole, made for that, and not revoked'],
  'CERT-PROFILE': [[2], 'a profile has the members that docs/offline-root.md names, each as it is to be'],
  'CERT-REQUEST': [[3], 'a request is whole, for a strong key that nobody else has, and signed by that key'],
  'CERT-SERIAL': [[3, 5], 'no serial number is used twice'],
  'CERT-UNSEEN': [
    [3],
    'what a CA signs of certificates, lists and requests is shown field by field, and is no file of others',
  ],
  'CRL-KEEPS': [[3, 5], 'a list keeps what an earlier one revoked for as long as that could be used'],
  'CRL-KNOWN': [[3, 5], 'a list revokes what the ledger knows to be issued, or says that it was issued elsewhere'],
  'CRL-NUMBER': [[3, 5], 'each list has a higher number than the one before'],
} as const satisfies CodeTable
