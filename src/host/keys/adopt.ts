// What a key that others made is asked, and given, when it is taken over: an answer of its private half, and a public half that nobody can exchange.
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import type { KeyType } from '../../domain/keys.ts'
import type { PublicHalf } from '../../hsm/port.ts'
import { createPublicHalf } from '../backup/public-half.ts'
import type { User } from '../user.ts'
import { answers } from './challenge.ts'
import { destroyObject } from './destroy.ts'
import { identityOf } from './identity.ts'
import { withId } from './key-index.ts'
import { look } from './objects.ts'

/** KEY-ABSENT, KEY-TWINS: the one private key of the id, whatever is beside it. */
export function answersAs(user: User, id: Uint8Array, type: KeyType, spki: Uint8Array): boolean {
  const found = withId(user, id).filter((object) => look(user.lib, user.session, object).class === 'private')
  const name = Buffer.from(id).toString('hex')
  if (found.length > 1) throw notVerified('KEY-TWINS', `${found.length} private keys have the id ${name}`)
  if (found[0] === undefined) throw deviceFailed('KEY-ABSENT', `no private key on the token has the id ${name}`)
  return answers(user, found[0], type, spki)
}

/** What a crash left of one goes first: beside the private key nothing of the id was private but what was made here. */
export function addPublicHalf(user: User, key: PublicHalf): void {
  const { lib, session, device } = user
  for (const object of withId(user, key.id))
    if (REMAINS.includes(look(lib, session, object).class))
      device.changing(() => destroyObject(user, object, identityOf(key)))
  device.changing(() => createPublicHalf(user, key))
}

const REMAINS: readonly string[] = ['public', 'other']
