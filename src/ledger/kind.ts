// What a file is that was named where another belongs: told by how it begins.
import { openRegular } from '../disk/files.ts'
import { readLines } from './lines.ts'

const KINDS: readonly (readonly [begins: RegExp, kind: string])[] = [
  [/^\{"header":/, 'a backup'],
  [/^\{"record":/, 'a ledger'],
  [/^keyrite\/[0-9a-f-]{36}$/, 'a checkpoint'],
  [/^\{"statement":|^CERTIFICATE OF DESTRUCTION/i, 'a certificate of destruction'],
  [/^-----BEGIN AGE|^age-encryption\.org|^krs1/, 'a share file'],
]

/** Undefined where it is nothing of ours. */
export function kindOf(path: string): string | undefined {
  const [first] = readLines(openRegular(path))
  const begins = first?.bytes.subarray(0, 64).toString('latin1') ?? ''
  return KINDS.find(([pattern]) => pattern.test(begins))?.[1]
}

/** `pay.txt is not a backup`, or what it is instead. */
export const notThat = (path: string, kind: string | undefined, wanted: string): string =>
  kind === undefined ? `${path} is not ${wanted}` : `${path} is ${kind}, not ${wanted}`
