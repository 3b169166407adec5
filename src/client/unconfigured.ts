// A library that does not find its configuration answers its first call with a mere CKR: what to do is known of SoftHSM, which everybody begins with.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { KeyriteError } from '../domain/errors.ts'
import { type Hint, sh, to } from '../domain/hints.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Of C_Initialize: throws it again, with a hint. */
export const unconfigured =
  (module: string, env: Environment) =>
  (error: unknown): never => {
    if (!(error instanceof KeyriteError) || !error.code.startsWith('CKR_') || !/softhsm/i.test(module)) throw error
    throw error.with({ hint: softHsmHint(env) })
  }

/** It reads the file that SOFTHSM2_CONF names, else one below the user's home where there is one, else the machine's, whose tokens are not everybody's. */
function softHsmHint({ SOFTHSM2_CONF: named, HOME: home = '/root' }: Environment): Hint {
  const folder = join(home, '.config', 'softhsm2')
  const own = join(folder, 'softhsm2.conf')
  const file = named || (existsSync(own) ? own : undefined)
  if (file !== undefined)
    return { lines: [sh('grep', 'tokendir', file)], after: 'the folder that it names must be there and yours' }
  const tokens = join(folder, 'tokens')
  return to(
    'to give SoftHSM a folder of your own for its tokens',
    sh('mkdir', '-p', '-m', '700', tokens),
    sh('echo', `directories.tokendir = ${tokens}`, '>', own),
  )
}
