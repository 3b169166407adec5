// Wraps keys for a backup and checks the result. A key that can't be wrapped gets its reason, and does not stop the others.
import { deviceFailed, KeyriteError } from '../../domain/errors.ts'
import { kindIn, WRAP_NAMES, type WrapKinds } from '../../domain/wrap-kinds.ts'
import type { Wrapped } from '../../hsm/port.ts'
import type { Found } from '../keys/key-index.ts'
import type { Throttle } from '../keys/pace.ts'
import { type KeyObjects, keysAmong, ownObjects, seenAmong } from '../keys/whole-keys.ts'
import { isRefused } from '../native/ckr.ts'
import type { Kek, User } from '../user.ts'
import { fingerprintIn } from './open-blob.ts'
import { kindsFor, takes, wrapBy } from './wraps.ts'

function only(user: User, objects: readonly Found[]): KeyObjects {
  const keys = keysAmong(user, seenAmong(user, objects))
  if (keys.length === 1 && objects.length === ownObjects(user, keys[0]!)) return keys[0]!
  if (objects.length === 0) throw deviceFailed('KEY-ABSENT', 'no private key has this id')
  if (keys.length === 0) throw deviceFailed('KEY-INCOMPLETE', 'only a part of it is on the token')
  throw deviceFailed('KEY-TWINS', `${objects.length} private objects have this id`)
}

/** What the token refuses lies with the key; a call that fails otherwise ends the backup. */
function reason(error: unknown): string {
  if (isRefused(error) || error instanceof KeyriteError) return error.message
  throw error
}

function wrapOne(user: User, kek: Kek, objects: readonly Found[], wraps?: WrapKinds): Wrapped {
  try {
    return wrapWhole(user, kek, only(user, objects), wraps)
  } catch (error) {
    return { error: reason(error) }
  }
}

/**
 * As `wraps` says; without it by the first kind of which the token takes the key and opens it again, and what it says of the one that we
 * would rather have is told where there is none.
 */
function wrapWhole(
  user: User,
  kek: Kek,
  { keyObject: { object, type }, publicHalf }: KeyObjects,
  wraps?: WrapKinds,
): Wrapped {
  const spki = publicHalf?.spki === undefined ? {} : { spki: publicHalf.spki }
  const wanted = wraps && kindIn(wraps, type)
  const fit = kek.wraps.filter((wrap) => (wanted ? wrap.kind.name === wanted : takes(wrap, type)))
  const reasons: string[] = []
  for (const wrap of fit) {
    try {
      const blob = wrapBy(user, wrap, kek.object, object)
      const fingerprint = fingerprintIn(user, kek, { wrap: wrap.kind.name, blob, type, ...spki })
      return { wrap: wrap.kind.name, blob, fingerprint }
    } catch (error) {
      reasons.push(reason(error))
    }
  }
  const lacks = wanted ? WRAP_NAMES[wanted] : kindsFor(type).join(' and no ')
  return { error: reasons[0] ?? `the token has no ${lacks}` }
}

/** The very objects that were read, where they were: nobody can slip another one in between. */
export async function wrapKeys(
  user: User,
  ids: readonly Uint8Array[],
  throttle: Throttle,
  wraps?: WrapKinds,
): Promise<Wrapped[]> {
  const { kek } = user
  if (kek === undefined) throw deviceFailed('NO-KEK', 'this session has no backup KEK')
  const index = await user.indexFor(ids, throttle)
  const wrapped: Wrapped[] = []
  for (const id of ids) {
    wrapped.push(wrapOne(user, kek, index.get(id), wraps))
    await throttle.step(wrapped.length)
  }
  return wrapped
}
