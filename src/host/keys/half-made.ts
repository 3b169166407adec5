// Incomplete objects, left by a module that was killed while making them. They have no name yet, so they are nobody's.
import { deviceFailed } from '../../domain/errors.ts'
import type { KnownKey } from '../../hsm/port.ts'
import { LABEL as AUDIT_KEY } from '../audit-key.ts'
import { LABEL as HEAD } from '../heads.ts'
import { CKR, isCkr } from '../native/ckr.ts'
import { CKA, FLAG } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { destroyObject } from './destroy.ts'
import { Index, type Place, withId } from './key-index.ts'
import type { Throttle } from './pace.ts'
import { inSecondSession } from './second-look.ts'

/** What of ours has no id that the ledger knows. */
const OURS = [AUDIT_KEY, HEAD]
const NAMES = [CKA.LABEL, CKA.ID, FLAG.TOKEN]

/** It answers, and says that it has neither a name nor a place on the token: those come together and last. A data object has no id at all. */
function saysNameless({ lib, session }: Place, object: ObjectHandle): boolean {
  const seen = lib.read(session, object, NAMES)
  const isNameless = seen.get(CKA.LABEL)?.length === 0 && (seen.get(CKA.ID)?.length ?? 0) === 0
  return isNameless && seen.get(FLAG.TOKEN)?.[0] === 0
}

/** SoftHSM 2.6.1, of an object that was cut off before it had a class: this error to each question, and to no question about another object. */
function saysNothing({ lib, session }: Place, object: ObjectHandle): boolean {
  return [CKA.CLASS, ...NAMES].every((type) => {
    try {
      lib.readAlone(session, object, type)
      return false
    } catch (error) {
      if (isCkr(error, CKR.ATTRIBUTE_VALUE_INVALID)) return true
      if (isCkr(error, CKR.ATTRIBUTE_TYPE_INVALID, CKR.ATTRIBUTE_SENSITIVE)) return false
      throw error
    }
  })
}

const isIncomplete = (place: Place, object: ObjectHandle): boolean =>
  saysNameless(place, object) || saysNothing(place, object)

const among = (objects: readonly ObjectHandle[], one: ObjectHandle): boolean =>
  objects.some((other) => other.equals(one))

/**
 * To be asked before this session has made objects of its own, a backup KEK excepted. Only what is nameless in two sessions goes, so
 * nothing where the token allows one. Says how many went. TWO-LOOKS: what is found by the name of something of ours has one.
 */
export async function clearIncompleteObjects(
  user: User,
  known: readonly KnownKey[],
  throttle: Throttle,
): Promise<number> {
  const ours = user.kek === undefined ? [] : [user.kek.object, user.kek.opens]
  const found = user.lib.find(user.session, []).filter((object) => !among(ours, object) && isIncomplete(user, object))
  const confirmed = found.length === 0 ? [] : await confirmedOf(user, found)
  if (confirmed.length === 0) return 0
  const named = await namedOf(user, known, throttle)
  if (confirmed.some((object) => among(named, object)))
    throw deviceFailed(
      'TWO-LOOKS',
      'the token contradicts itself: it finds an object by its name, and says that it has none',
    )
  for (const [i, object] of confirmed.entries()) {
    user.device.changing(() => destroyNameless(user, object))
    await throttle.step(i + 1)
  }
  return confirmed.length
}

/** TWO-LOOKS: it still has no name. */
function destroyNameless(user: User, object: ObjectHandle): void {
  if (!isIncomplete(user, object))
    throw deviceFailed('TWO-LOOKS', 'the token contradicts itself: an object that had no name has one now')
  destroyObject(user, object, [])
}

/** What a search by a name finds, however little it then says of itself: the audit key, heads, and keys that no object says to be. */
async function namedOf(user: User, known: readonly KnownKey[], throttle: Throttle): Promise<ObjectHandle[]> {
  const index = await Index.of(
    user,
    known.map(({ id }) => id),
    throttle,
  )
  // What a search finds may say nothing of itself, and so is no proof that the key is another object.
  const unnamed = known.filter(({ id, objects }) => index.get(id).filter(({ isNamed }) => isNamed).length < objects)
  const labels = OURS.map((label) => user.lib.find(user.session, [[CKA.LABEL, label]]))
  const labelledHeads = user.lib.find(user.session, [[CKA.ID, Buffer.from(HEAD)]])
  return [...labels, labelledHeads, ...unnamed.map(({ id }) => withId(user, id))].flat()
}

const confirmedOf = (user: User, found: readonly ObjectHandle[]): Promise<ObjectHandle[]> =>
  inSecondSession(user, async (place, alone) => {
    if (alone) return []
    const listed = place.lib.find(place.session, [])
    return found.filter((object) => among(listed, object) && isIncomplete(place, object))
  })
