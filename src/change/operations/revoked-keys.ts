// A key that somebody else has got gets no certificate, and what is revoked issues none: the lists of this ledger say so.

import { toBase64url } from '../../domain/encoding.ts'
import { refused } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { label } from '../../domain/names.ts'
import type { Issuer } from '../../x509/issuer.ts'

/** CERT-REQUEST: no list of this ledger says that somebody else has its key. */
export function checkNotCompromised(spki: Uint8Array, { certificates }: History): void {
  const lost = certificates.of(toBase64url(spki)).find(({ compromised }) => compromised !== undefined)
  if (lost === undefined) return
  throw refused(
    'CERT-REQUEST',
    `list ${lost.compromised} of ${lost.by} revokes ${lost.serial} of this very key as compromised: somebody else may have it`,
    'have a request made for a new key',
  )
}

/** CERT-ISSUER: neither the certificate that it signs under, if there is one, was revoked, nor its key given away. A last list it may sign. */
export function checkStands(
  under: Pick<Issuer, 'tbs'> | undefined,
  { name, version, spki }: KeyEntry,
  history: History,
): void {
  const { certificates } = history
  for (const one of certificates.of(spki!)) {
    const { number, reason } = certificates.revocation(one) ?? { number: one.compromised, reason: 'keyCompromise' }
    if (number === undefined || (one.tbs !== under?.tbs && one.compromised === undefined)) continue
    throw refused(
      'CERT-ISSUER',
      `list ${number} of ${one.by} revokes the certificate ${one.serial} of ${label(name, version)} as ${reason}: nobody would accept what it issues`,
      one.compromised === undefined ? 'have another certificate made' : 'make another key, and have a certificate made',
    )
  }
}
