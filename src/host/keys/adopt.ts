// What a key that others made is asked, and given, when it is taken over: an answer of its private half, and a public half that nobody can exchange.
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import type { Challenged, PublicHalf } from '../../hsm/port.ts'
import { createPublicHalf } from '../backup/public-half.ts'
import { CKO } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { answers } from './challenge.ts'
import { destroyObject } from './destroy.ts'
import { identityOf } from './identity.ts'
import { type Found, Index, withId } from './key-index.ts'
import { look } from './objects.ts'
import type { Throttle } from './pace.ts'

export async function answersOf(user: User, keys: readonly Challenged[], throttle: Throttle): Promise<boolean[]> {
  const ids = keys.map(({ id }) => id)
  const index = await Index.of(user, ids, throttle)
  const answered: boolean[] = []
  for (const { id, type, spki } of keys) {
    answered.push(answers(user, onlyPrivate(index.get(id), id), type, spki))
    await throttle.step(answered.length)
  }
  return answered
}

/** KEY-ABSENT, KEY-TWINS: the one private key of the id, whatever is beside it. */
function onlyPrivate(objects: readonly Found[], id: Uint8Array): ObjectHandle {
  const [key, ...others] = objects.filter(({ kind: [kind] }) => kind === CKO.PRIVATE_KEY)
  const name = Buffer.from(id).toString('hex')
  if (others.length > 0) throw notVerified('KEY-TWINS', `${others.length + 1} private keys have the id ${name}`)
  if (key === undefined) throw deviceFailed('KEY-ABSENT', `no private key on the token has the id ${name}`)
  return key.object
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
