// Wrapping keys for a backup. What can't be wrapped says why, and stops nothing else.
import { deviceFailed, KeyriteError } from '../../domain/errors.ts'
import { type Found, Index } from '../keys/key-index.ts'
import type { Pace } from '../keys/pace.ts'
import { isOfObject } from '../native/ckr.ts'
import { CKO } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'

export type Wrapped = { blob: Uint8Array } | { error: string }

const CLOSED: readonly (number | undefined)[] = [CKO.SECRET_KEY, CKO.PRIVATE_KEY]

/** The secret keys and private halves among objects. */
const closedAmong = (objects: readonly Found[]): ObjectHandle[] =>
  objects.flatMap(({ object, kind: [objectClass] }) => (CLOSED.includes(objectClass) ? [object] : []))

function only(objects: readonly ObjectHandle[]): ObjectHandle {
  if (objects.length === 1) return objects[0]!
  const found = objects.length === 0 ? 'no private key has this id' : `${objects.length} private keys have this id`
  throw deviceFailed(objects.length === 0 ? 'KEY-ABSENT' : 'KEY-TWINS', found)
}

function reason(error: unknown): string {
  if (isOfObject(error) || error instanceof KeyriteError) return error.message
  throw error
}

export function wrapOne(user: User, objects: readonly Found[]): Wrapped {
  const { lib, session, kek } = user
  if (kek === undefined) throw deviceFailed('NO-KEK', 'this session has no backup KEK')
  try {
    const key = only(closedAmong(objects))
    return { blob: Uint8Array.from(lib.wrap(session, kek.mechanism, kek.object, key)) }
  } catch (error) {
    return { error: reason(error) }
  }
}

/** The very objects that were read, where they were: nobody can slip another one in between. */
export async function wrapKeys(user: User, ids: readonly Uint8Array[], pace: Pace): Promise<Wrapped[]> {
  const index = user.index?.covers(ids) ? user.index : await Index.of(user, ids, pace)
  const wrapped: Wrapped[] = []
  for (const id of ids) {
    wrapped.push(wrapOne(user, index.get(id)))
    await pace.step(wrapped.length)
  }
  return wrapped
}
