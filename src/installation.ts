// What this program is on the disk: SHA256SUMS beside it, and whether its files are what that says. The system's own sha256sum is
// the proof; what a program says of itself is a convenience.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Installation } from './cli/context.ts'
import { recordCode } from './domain/code.ts'
import { toBase64url } from './domain/encoding.ts'
import { once } from './domain/once.ts'

/** Every bundle lies in a folder of the program's, such as dist/. */
const ownFolder = once(() => fileURLToPath(new URL('..', import.meta.url)))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

function readOrNothing(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** What the digest of the program, its SHA-256, is made of; undefined where there is none. Reads one small file. */
export const programSums = (folder = ownFolder()): Uint8Array | undefined => readOrNothing(join(folder, 'SHA256SUMS'))

/** The digest as people compare it, and the files that are not what was summed. Reads the whole program. */
export function readInstallation(folder = ownFolder()): Installation | undefined {
  const sums = programSums(folder)
  if (!sums) return undefined
  const digest = sha256(sums)
  return {
    folder,
    sha256: digest.toString('hex'),
    code: recordCode(toBase64url(digest)),
    changed: changedFiles(folder),
  }
}

/** Changed, missing, or not named by it at all. */
function changedFiles(folder: string): string[] {
  const lines = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trimEnd().split('\n')
  const named = new Set(lines.map((line) => line.slice(66)))
  const added = filesIn(folder).filter((file) => !named.has(file))
  const changed = lines.flatMap((line) => {
    const [, wanted, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
    const found = file === undefined ? undefined : readOrNothing(join(folder, file))
    return found && sha256(found).toString('hex') === wanted ? [] : [file ?? line]
  })
  return [...changed, ...added]
}

/** Where the program's files lie, below its folder. */
const PARTS = ['bin', 'dist', 'native']

function filesIn(folder: string): string[] {
  const entries = PARTS.filter((part) => existsSync(join(folder, part))).flatMap((part) =>
    readdirSync(join(folder, part), { recursive: true, withFileTypes: true }),
  )
  return entries.filter((one) => !one.isDirectory()).map((one) => relative(folder, join(one.parentPath, one.name)))
}
