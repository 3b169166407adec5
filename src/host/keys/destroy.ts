// Destroys one object. CKR_OK is no proof: an object that still answers is still there.
import { badData } from '../native/answers.ts'
import { Pkcs11Error } from '../native/ckr.ts'
import { CKA } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import { checkIs, type Identity } from './identity.ts'
import type { Place } from './key-index.ts'

/** Only an answer counts: tokens have several errors for the handle of a destroyed object. */
export function answersStill({ lib, session }: Place, object: ObjectHandle): boolean {
  // An error is what is expected: nobody reads where it was thrown, and to tell that takes longer than the call.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return lib.read(session, object, [CKA.CLASS]).size > 0
  } catch (error) {
    if (error instanceof Pkcs11Error) return false
    throw error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** An object of the session that has said that it is one: it is gone with the session at the latest, and is asked nothing more. */
export const dropPassing = ({ lib, session }: Place, object: ObjectHandle): void => lib.destroy(session, object)

/** OBJECT-ANOTHER. An object that was cut off before it had a name can't be asked for one: then its search is the evidence. */
export function destroyObject(place: Place, object: ObjectHandle, identity: Identity): void {
  checkIs(place, object, identity)
  place.lib.destroy(place.session, object)
  if (answersStill(place, object)) throw badData('C_DestroyObject', 'left the object where it was')
}
