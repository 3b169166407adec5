// How a key may be wrapped for a backup: the blob names its kind, so that it opens wherever that is known.

/** By preference. `kwp`: RFC 5649. `kw`: RFC 3394. `cbc-pad`: AES-CBC with PKCS#7 padding, its random IV before the ciphertext. */
export const WRAP_KINDS = ['kwp', 'kw', 'cbc-pad'] as const
export type WrapKind = (typeof WRAP_KINDS)[number]

/** Such as `kwp (12 keys), cbc-pad (2)`. Nothing where there is no key. */
export function wrapsInWords(wraps: Iterable<string>): string | undefined {
  const counts = new Map<string, number>()
  for (const wrap of wraps) counts.set(wrap, (counts.get(wrap) ?? 0) + 1)
  if (counts.size <= 1) return [...counts.keys()][0]
  return [...counts].map(([wrap, count]) => `${wrap} (${count})`).join(', ')
}
