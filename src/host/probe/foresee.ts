// What a token could do by its list of mechanisms and its library alone: a blank one can be asked no more, and of some nobody can without a login.

import { whyUnfit } from '../../domain/known-libraries.ts'
import { provableTypes } from '../../domain/ml-dsa.ts'
import type { Foreseen } from '../../domain/profile.ts'

import { kindsListed } from '../backup/wraps.ts'
import { Pkcs11Error } from '../native/ckr.ts'
import { CKF, ckmName } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { Native } from '../native/native.ts'
import { ALGORITHMS, mechanismOf, SIGNING_KEY } from '../native/signatures.ts'
import type { Slot } from '../native/values.ts'
import { slotAt, trimmed } from '../tokens.ts'

export function foresee(lib: Native, id: number): Foreseen {
  const slot = slotAt(lib, id)
  const listed = lib.mechanisms(slot)
  const mechanisms = new Set(listed)
  const unfit = whyUnfit(trimmed(lib.info().libraryDescription))
  return {
    ...(unfit !== undefined && { unfit }),
    makes: provableTypes().filter((type) => mechanisms.has(KINDS[type].generate)),
    wraps: kindsListed(mechanisms, (mechanism) => mayWrap(lib, slot, mechanism)),
    audit: ALGORITHMS.filter(
      (alg) => mechanisms.has(KINDS[SIGNING_KEY[alg]].generate) && mechanisms.has(mechanismOf(alg)),
    ),
    mechanisms: listed.map(ckmName).sort(),
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
