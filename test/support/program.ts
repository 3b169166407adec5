// A copy of the program as it is installed somewhere: bin, dist and the native part in a folder of its own, without node_modules.
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inRepo } from './paths.ts'
import { makeFolder } from './softhsm.ts'

const NATIVE = 'node_modules/pkcs11js/build/Release/pkcs11.node'

/** The folder; `bin/keyrite` in it starts it. */
export function installed(): string {
  const folder = makeFolder('installed')
  for (const part of ['bin', 'dist']) cpSync(inRepo(part), join(folder, part), { recursive: true })
  const native = join(folder, 'native', `${process.platform}-${process.arch}`)
  mkdirSync(native, { recursive: true })
  cpSync(inRepo(NATIVE), join(native, 'pkcs11.node'))
  return folder
}
