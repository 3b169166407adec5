// What a token must be able to do before a key that was made elsewhere comes to it.
import { deviceFailed } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { KeyType } from '../domain/keys.ts'
import type { Abilities } from './abilities.ts'
import { checkAbility } from './operations/generate-keys.ts'

interface Wanted {
  type: KeyType
  backup: boolean
  accepted: readonly string[]
}

/** MECHANISM, WRAP-WITH-TRUSTED: a key comes in as a backup brings it, so that a token which can't wrap its type can't take it either. */
export function checkCanTake(wanted: Wanted, can: Abilities): void {
  const wrap = can.wrap[wanted.type] ?? { lacks: 'no way to wrap it' }
  if (wrap !== true) {
    const message = `the token can't take in a key of type ${wanted.type} that was made elsewhere: ${wrap.lacks}`
    throw deviceFailed('MECHANISM', message, to('make one on the token instead', keyrite('key', 'generate', '--help')))
  }
  checkAbility(wanted, can)
}
