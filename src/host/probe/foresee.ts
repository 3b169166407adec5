// What a token could do by its list of mechanisms and its library alone: a blank one can be asked no more, and of some nobody can without a login.

import { provableTypes } from '../../domain/ml-dsa.ts'
import type { Foreseen } from '../../domain/profile.ts'

import { kindsListed } from '../backup/wraps.ts'
import { Pkcs11Error } from '../native/ckr.ts'
import { CKF, ckmName } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { Native } from '../native/native.ts'
import { READ_ONLY, withSession } from '../native/sessions.ts'
import { ALGORITHMS, mechanismOf, SIGNING_KEY } from '../native/signatures.ts'
import type { Slot } from '../native/values.ts'
import { slotAt, tokenIn } from '../tokens.ts'
import { leftIn } from '../unnamed.ts'

export function foresee(lib: Native, id: number): Foreseen {
  const slot = slotAt(lib, id)
  const listed = lib.mechanisms(slot)
  const mechanisms = new Set(listed)
  const { why: unfit, needs } = lib.known ?? {}
  return {
    ...(unfit !== undefined && { unfit }),
    ...(needs && { needs: [...needs] }),
    ...(lib.has('unnamed') && heldBy(lib, slot)),
    ...(lib.known?.once && { once: true as const }),
    makes: provableTypes().filter((type) => mechanisms.has(KINDS[type].generate)),
    wraps: kindsListed(mechanisms, (mechanism) => mayWrap(lib, slot, mechanism)),
    audit: ALGORITHMS.filter(
      (alg) => mechanisms.has(KINDS[SIGNING_KEY[alg]].generate) && mechanisms.has(mechanismOf(alg)),
    ),
    mechanisms: listed.map(ckmName).sort(),
  }
}

/** Of one that is in use nobody is asked. */
function heldBy(lib: Native, slot: Slot): { holds?: number } {
  if (tokenIn(lib, slot)?.initialised !== false) return {}
  try {
    const holds = withSession(lib, slot, (session) => leftIn(lib, session).length, READ_ONLY)
    return holds > 0 ? { holds } : {}
  } catch (error) {
    // What gives no session is looked at once it is taken.
    if (error instanceof Pkcs11Error) return {}
    throw error
  }
}

/** One that is listed may be there to encrypt alone: its flags tell, where they tell anything. */
function mayWrap(lib: Native, slot: Slot, mechanism: number): boolean {
  try {
    const { flags } = lib.mechanismInfo(slot, mechanism)
    return flags === 0 || (flags & (CKF.WRAP | CKF.UNWRAP)) !== 0
  } catch (error) {
    if (error instanceof Pkcs11Error) return true
    throw error
  }
}
