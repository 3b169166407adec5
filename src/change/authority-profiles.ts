// What a profile says, by the command that signs by it: the key, and the serial number where it is given.
import type { KeyVersion } from '../domain/names.ts'
import { readCrlProfile, readIssueProfile, readRootProfile } from '../x509/profile.ts'

type ReadProfile = (text: string, file: string) => { key: KeyVersion; serial?: string }

/** CERT-PROFILE. */
export const profileReaders: { readonly [path: string]: ReadProfile } = {
  'cert root': readRootProfile,
  'cert issue': readIssueProfile,
  'cert crl': readCrlProfile,
}
