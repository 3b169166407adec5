// A copy of the program as it is installed somewhere: its files in a folder of their own, without node_modules.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { inRepo } from './paths.ts'
import { makeFolder } from './softhsm.ts'

/** The folder; `bin/keyrite` in it starts it. */
export function installed(): string {
  const folder = makeFolder('installed')
  for (const part of ['bin', 'dist', 'native', 'SHA256SUMS'])
    cpSync(inRepo(part), join(folder, part), { recursive: true })
  return folder
}
