// Folders of a test's own, on tmpfs where there is one; they go with the test process at the latest.
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Tmpfs where there is one. */
export function temporaryBase(): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}

export const remove = (dir: string) => rmSync(dir, { recursive: true, force: true })

const made = new Set<string>()
process.once('exit', () => made.forEach(remove))

/** An empty folder, mode 0700, on tmpfs where there is one. It goes with the test process at the latest. */
export function makeFolder(name = 'work'): string {
  const dir = mkdtempSync(join(temporaryBase(), `keyrite-${name}-`))
  made.add(dir)
  return dir
}
