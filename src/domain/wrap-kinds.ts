// How a key may be wrapped for a backup: the blob names its kind, so that it opens wherever that is known.
import { classOf, type KeyType } from './keys.ts'

/** By preference. `kwp`: RFC 5649. `kw`: RFC 3394, of secret keys. `cbc-pad`: AES-CBC with PKCS#7 padding, its random IV before the ciphertext. */
export const WRAP_KINDS = ['kwp', 'kw', 'cbc-pad'] as const
export type WrapKind = (typeof WRAP_KINDS)[number]

export const WRAP_NAMES: Record<WrapKind, string> = {
  kwp: 'AES key wrap with padding (RFC 5649)',
  kw: 'AES key wrap (RFC 3394)',
  'cbc-pad': 'AES-CBC with padding',
}

/** What a PKCS#8 that is no whole blocks would become under RFC 3394 is each module's own idea. */
export const takesType = (kind: WrapKind, type: KeyType): boolean => kind !== 'kw' || classOf(type) === 'secret'

/** Of the keys of a type; where nothing is said it is `kwp`. */
export type WrapKinds = { readonly [type in KeyType]?: WrapKind | undefined }
export const kindIn = (wraps: WrapKinds | undefined, type: KeyType): WrapKind => wraps?.[type] ?? 'kwp'

/** The ways in which something wraps the keys of a type, or why it has none. */
export type Ways = (type: KeyType) => readonly WrapKind[] | { lacks: string }

/** The way that both have, the better one where there are several, or why there is none: what the one wraps so the other opens. */
export function commonWrap(type: KeyType, one: Ways, other: Ways): WrapKind | { lacks: string } {
  const [ours, theirs] = [one(type), other(type)]
  if ('lacks' in ours) return ours
  if ('lacks' in theirs) return theirs
  const found = WRAP_KINDS.find((kind) => ours.includes(kind) && theirs.includes(kind))
  return found ?? { lacks: `no ${ours.map((kind) => WRAP_NAMES[kind]).join(' and no ')}` }
}

/** Such as `kwp (12), cbc-pad (2)`. Nothing where there is no key. */
export function wrapsInWords(wraps: Iterable<string>): string | undefined {
  const counts = new Map<string, number>()
  for (const wrap of wraps) counts.set(wrap, (counts.get(wrap) ?? 0) + 1)
  if (counts.size <= 1) return [...counts.keys()][0]
  return [...counts].map(([wrap, count]) => `${wrap} (${count})`).join(', ')
}
