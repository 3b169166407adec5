// What a certificate is for, besides its key usage.

/** The purposes of RFC 5280, 4.2.1.12, by name. */
export const PURPOSES: { readonly [name: string]: string } = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
  emailProtection: '1.3.6.1.5.5.7.3.4',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  OCSPSigning: '1.3.6.1.5.5.7.3.9',
}

/** anyExtendedKeyUsage: none is ruled out. */
export const ANY_PURPOSE = '2.5.29.37.0'

/** By its name, where it has one. */
export const purposeName = (oid: string): string => Object.keys(PURPOSES).find((name) => PURPOSES[name] === oid) ?? oid
