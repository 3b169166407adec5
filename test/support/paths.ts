// Where the repository is, seen from a bundled test.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder))
}

export const root = findRoot(dirname(fileURLToPath(import.meta.url)))

/** A path inside the repository. */
export const inRepo = (...parts: string[]) => join(root, ...parts)
