// Everything on the token, whole or not, and whoever put it there.

import type { ObjectFacts } from '../../hsm/port.ts'
import { CKA } from '../native/constants.ts'
import { fromUlong } from '../native/values.ts'
import type { User } from '../user.ts'
import { certifiedKey } from './certified-key.ts'
import { isThing, look, type Seen, type ThingSeen } from './objects.ts'
import type { Throttle } from './pace.ts'

function facts(user: User, { object, ...seen }: ThingSeen): ObjectFacts {
  const spki = seen.class === 'certificate' ? keyCertifiedBy(user, object) : undefined
  return { handle: fromUlong(object), ...seen, ...(spki ? { spki } : {}) }
}

function keyCertifiedBy({ lib, session }: User, object: ThingSeen['object']): Uint8Array | undefined {
  const spki = certifiedKey(lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE) ?? new Uint8Array())
  return spki && Uint8Array.from(spki)
}

/** The KEK's two objects are the session's and ours. An incomplete object may deny to be on the token, and yet it is. */
const isOurs = ({ kek }: User, { object }: Seen): boolean =>
  kek !== undefined && (kek.object.equals(object) || kek.opens.equals(object))

interface Scan {
  private: ObjectFacts[]
  public: ObjectFacts[]
}

export async function scan(user: User, throttle: Throttle): Promise<Scan> {
  const found: Scan = { private: [], public: [] }
  for (const [i, object] of user.lib.find(user.session, []).entries()) {
    const seen = look(user.lib, user.session, object)
    // What doesn't say that it is public may be private, and counts as that.
    const side = seen.attributes.PRIVATE === false ? found.public : found.private
    if (isThing(seen) && !isOurs(user, seen)) side.push(facts(user, seen))
    await throttle.step(i + 1)
  }
  return found
}
