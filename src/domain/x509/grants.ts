// What a certificate grants besides a name and a key, one entry for each, in words for people: so is told what a request asks for, and what of it is not granted.
import type { Certificate } from '../certificate-plans.ts'
import { counted } from '../words.ts'
import { purposeName } from './purposes.ts'

/** The extensions that a profile can speak of. */
export type Granted = Pick<
  Certificate,
  | 'ca'
  | 'pathLength'
  | 'keyUsage'
  | 'extendedKeyUsage'
  | 'policies'
  | 'names'
  | 'permitted'
  | 'excluded'
  | 'crlAt'
  | 'ocspAt'
  | 'issuerAt'
>

export function authorityInWords({ ca, pathLength }: Pick<Certificate, 'ca' | 'pathLength'>): string {
  if (!ca) return 'no'
  if (pathLength === undefined) return 'yes, with any number of CAs below it'
  if (pathLength === 0) return 'yes, with no CA below it: path length 0'
  return `yes, with at most ${counted(pathLength, 'CA')}${pathLength > 1 ? ' in a row' : ''} below it: path length ${pathLength}`
}

export function purposeInWords(oid: string): string {
  const name = purposeName(oid)
  return name === oid ? oid : `${name} (${oid})`
}

const LISTS = {
  keyUsage: 'key usage',
  extendedKeyUsage: 'extended key usage',
  policies: 'policy',
  permitted: 'permitted',
  excluded: 'excluded',
  crlAt: 'CRL at',
  ocspAt: 'OCSP at',
  issuerAt: 'issuer at',
} as const

/** Names stand for themselves. */
export function grantsInWords(granted: Partial<Granted>): string[] {
  const { ca, pathLength, names = [] } = granted
  const lists = (Object.keys(LISTS) as (keyof typeof LISTS)[]).flatMap((member) =>
    (granted[member] ?? []).map(
      (one) => `${LISTS[member]}: ${member === 'extendedKeyUsage' ? purposeInWords(one) : one}`,
    ),
  )
  return [...(ca === undefined ? [] : [`CA: ${authorityInWords({ ca, pathLength })}`]), ...lists, ...names]
}

const CRITICAL = ' (critical)'
export const critical = (text: string): string => `${text}${CRITICAL}`

/** Of what was asked what this grants not, whether it would be critical or not. */
export function notGranted(asked: readonly string[], granted: Granted): string[] {
  const all = new Set(grantsInWords(granted))
  return asked.filter((one) => !all.has(one.endsWith(CRITICAL) ? one.slice(0, -CRITICAL.length) : one))
}
