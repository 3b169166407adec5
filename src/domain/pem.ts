// PEM (RFC 7468) as we write it: lines of 64 characters, each of which ends with LF, and nothing around the block.

export type PemKind = 'CERTIFICATE' | 'CERTIFICATE REQUEST' | 'PUBLIC KEY' | 'X509 CRL'

export function toPem(kind: PemKind, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g)!
  return `${[`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`].join('\n')}\n`
}

/** What a text of ours holds; undefined where it is none. */
export function derInPem(kind: PemKind, text: string): Uint8Array | undefined {
  const [, base64] =
    text.match(new RegExp(`^-----BEGIN ${kind}-----\n([A-Za-z0-9+/=\n]+)\n-----END ${kind}-----\n$`)) ?? []
  const der = base64 === undefined ? undefined : Uint8Array.from(Buffer.from(base64, 'base64'))
  return der && toPem(kind, der) === text ? der : undefined
}
