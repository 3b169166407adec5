// The manifest of a file, and the one in force.
import { KeyriteError, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { type Manifest, parseManifest } from '../domain/manifest.ts'
import type { Files } from '../ledger/port.ts'

/** FILE-MISSING, FILE-TEXT, MANIFEST, TOML, JSON. */
export function readManifest(path: string, files: Pick<Files, 'readText'>): Manifest {
  const text = files.readText(path)
  try {
    return parseManifest(text)
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    throw error.with({ message: `${path}: ${error.message}` })
  }
}

/** MANIFEST-IN-FORCE. */
export function manifestInForce({ conducted: { manifest } }: History) {
  if (manifest) return manifest
  throw refused('MANIFEST-IN-FORCE', 'no manifest is in force: nothing is judged', keyrite('manifest', 'apply', 'FILE'))
}
