// How a key may be wrapped for a backup: the blob names its kind, so that it opens wherever that is known.

/** By preference. `kwp`: RFC 5649. `kw`: RFC 3394. `cbc-pad`: AES-CBC with PKCS#7 padding, its random IV before the ciphertext. */
export const WRAP_KINDS = ['kwp', 'kw', 'cbc-pad'] as const
export type WrapKind = (typeof WRAP_KINDS)[number]
