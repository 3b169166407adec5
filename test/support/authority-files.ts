// Profiles of a CA and a request by openssl, in a partition's folder, for those who sign by them.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { TestPartition } from './partition.ts'

export const ROOT = `key = "ca/root"
subject = "CN=Example Root CA,O=Example Bank,C=DE"
not-after = 2056-12-01T00:00:00Z
path-length = 1
not-before = 2025-01-01T00:00:00Z
`

export const ISSUING = `key = "ca/root"
issuer = "root.pem"
ca = true
path-length = 0
valid-for = "3650d"
`

export const LIST = `key = "ca/root"
issuer = "root.pem"
valid-for = "90d"
`

/** A request for the subject, signed by a new key of P-256, or as `how` says. */
export function request(place: TestPartition, file: string, subject: string, ...how: string[]): void {
  const key = how.length > 0 ? how : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
  const made = ['req', '-new', '-nodes', ...key, '-keyout', place.path(`${file}.key`), '-subj', subject]
  execFileSync('openssl', [...made, '-out', place.path(file)], { stdio: 'ignore' })
}

/** A key, the profiles, and a request. */
export async function readyAuthority(
  place: TestPartition,
  type = 'ec-p256',
  by = place.approvedBy('alice', 'bob'),
): Promise<void> {
  await place.data('key', 'generate', 'ca/root', '--type', type, ...(type === 'ed25519' ? ['--no-backup'] : []), ...by)
  for (const [file, text] of [
    ['root.toml', ROOT],
    ['issuing.toml', ISSUING],
    ['crl.toml', LIST],
  ] as const)
    writeFileSync(place.path(file), text)
  request(place, 'issuing.csr', '/C=DE/O=Example Bank/CN=Example Issuing CA')
}
