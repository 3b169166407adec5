// The soft token of a twin: where its library is, and where it lies.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { refused } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'

/** Where packages put SoftHSM. */
const PLACES = [
  '/usr/lib/softhsm',
  '/usr/lib/x86_64-linux-gnu/softhsm',
  '/usr/lib/aarch64-linux-gnu/softhsm',
  '/usr/lib64/pkcs11',
  '/usr/local/lib/softhsm',
  '/opt/homebrew/lib/softhsm',
].map((folder) => join(folder, 'libsofthsm2.so'))

/** CEREMONY-TWIN */
export function libraryOf(module: string | undefined): string {
  const found = module ?? PLACES.find(existsSync)
  if (found !== undefined) return found
  throw refused('CEREMONY-TWIN', 'a rehearsal wants SoftHSM, and its library was not found', add('--module', 'FILE'))
}

export const confOf = (tokens: string): string =>
  `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`
