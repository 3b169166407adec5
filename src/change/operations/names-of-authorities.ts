// The name of a CA is of its key alone: a list by another key of that name would tell programs that nothing is revoked.

import type { Certificate } from '../../domain/certificate-plans.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import type { KeyriteError } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { label } from '../../domain/names.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import { isSameName } from '../../domain/x509/exact-name.ts'
import type { Issuer } from '../../x509/issuer.ts'
import { unfit } from './issuer-limits.ts'

/** CERT-FITS: no other CA key of the ledger that lives has it, nor another version of this one. */
export function checkRootName(subject: string, { spki }: KeyEntry, history: History, now: string): void {
  const taken = authorities(subject, history, now).find((key) => key.spki !== spki)
  if (taken) throw isTaken(subject, taken)
}

/** CERT-FITS: none but a version of that very key gets the name of the issuer, or of a CA key of the ledger that lives. */
export function checkIssuedName(
  { subject, spki }: Pick<Certificate, 'subject' | 'spki'>,
  issuer: Pick<Issuer, 'subject'> & { entry: KeyEntry },
  history: History,
  now: string,
): void {
  const own = pairOf(spki, history.keys)
  const signer = isSameName(subject, issuer.subject) ? [issuer.entry] : []
  const taken = [...signer, ...authorities(subject, history, now)].find(({ name }) => name !== own?.name)
  if (taken) throw isTaken(subject, taken)
}

/** Keys that have this name as a CA, until their certificates are over. */
const authorities = (subject: string, { keys, certificates }: History, now: string): KeyEntry[] =>
  certificates
    .authorities(now, (one) => isSameName(one, subject))
    .flatMap((spki) => pairOf(spki, keys) ?? [])
    .filter(({ state }) => state !== 'destroyed')

/** `spki`: base64url. */
const pairOf = (spki: string, keys: History['keys']): KeyEntry | undefined =>
  keys.pair(pairFingerprint(fromBase64url(spki)))

const isTaken = (subject: string, { name, version }: KeyEntry): KeyriteError =>
  unfit(
    `${subject} is the name of the CA ${label(name, version)}: programs would take the lists of another key for its own`,
  )
