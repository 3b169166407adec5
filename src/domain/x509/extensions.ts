// The extensions of certificates and revocation lists that are written and read here (RFC 5280, 4.2 and 5.2).
export const EXTENSIONS = {
  basicConstraints: '2.5.29.19',
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  subjectKeyId: '2.5.29.14',
  authorityKeyId: '2.5.29.35',
  policies: '2.5.29.32',
  names: '2.5.29.17',
  nameConstraints: '2.5.29.30',
  crlAt: '2.5.29.31',
  access: '1.3.6.1.5.5.7.1.1',
  crlNumber: '2.5.29.20',
  reason: '2.5.29.21',
} as const

/** What an access of a certificate leads to (RFC 5280, 4.2.2.1). */
export const ACCESS = { ocsp: '1.3.6.1.5.5.7.48.1', issuer: '1.3.6.1.5.5.7.48.2' } as const

/** As openssl calls them, for people. */
const EXTENSION_NAMES: { readonly [id: string]: string } = {
  [EXTENSIONS.basicConstraints]: 'basicConstraints',
  [EXTENSIONS.keyUsage]: 'keyUsage',
  [EXTENSIONS.extendedKeyUsage]: 'extendedKeyUsage',
  [EXTENSIONS.subjectKeyId]: 'subjectKeyIdentifier',
  [EXTENSIONS.policies]: 'certificatePolicies',
  [EXTENSIONS.nameConstraints]: 'nameConstraints',
  [EXTENSIONS.authorityKeyId]: 'authorityKeyIdentifier',
  [EXTENSIONS.names]: 'subjectAltName',
  [EXTENSIONS.crlAt]: 'cRLDistributionPoints',
  [EXTENSIONS.access]: 'authorityInfoAccess',
  [EXTENSIONS.crlNumber]: 'cRLNumber',
  '2.5.29.16': 'privateKeyUsagePeriod',
  '2.5.29.18': 'issuerAltName',
  '2.5.29.27': 'deltaCRLIndicator',
  '2.5.29.28': 'issuingDistributionPoint',
  '2.5.29.33': 'policyMappings',
  '2.5.29.36': 'policyConstraints',
  '2.5.29.46': 'freshestCRL',
  '2.5.29.54': 'inhibitAnyPolicy',
}

export const extensionName = (id: string): string => EXTENSION_NAMES[id] ?? id
