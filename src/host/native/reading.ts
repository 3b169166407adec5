// Reading attributes: all in one call, and one by one only where the object lacks some or hides them.
import { CKR, isCkr } from './ckr.ts'
import { CKA } from './constants.ts'

type Batch = (types: readonly number[]) => { type: number; value?: Buffer }[]
type Found = Map<number, Buffer>

/** These alone say that an object has no such attribute, or does not show it. Any other error is a failed call, and stops. */
const saysAbsent = (error: unknown) => isCkr(error, CKR.ATTRIBUTE_TYPE_INVALID, CKR.ATTRIBUTE_SENSITIVE)

const asMap = (attributes: { type: number; value?: Buffer }[]): Found => {
  const present: Found = new Map()
  for (const { type, value } of attributes) if (value !== undefined) present.set(type, value)
  return present
}

const orIf = <T>(expected: (error: unknown) => boolean, read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (expected(error)) return undefined
    throw error
  }
}

/**
 * SoftHSM 2.6.1 answers CKR_ATTRIBUTE_VALUE_INVALID to every question about an object whose making was cut off before it had a class,
 * and to no other: nothing can be read of it. The class is asked alone to tell that from a failed call.
 */
function withoutClass(batch: Batch, error: unknown): boolean {
  const saysInvalid = (other: unknown) => isCkr(other, CKR.ATTRIBUTE_VALUE_INVALID)
  return saysInvalid(error) && orIf(saysInvalid, () => batch([CKA.CLASS])) === undefined
}

/** pkcs11js fails whole when one attribute is missing; single reads cost almost three times as much. */
export function readAttributes(batch: Batch, types: readonly number[]): Found {
  try {
    return asMap(batch(types))
  } catch (error) {
    if (saysAbsent(error)) return readSingly(batch, types)
    if (withoutClass(batch, error)) return new Map()
    throw error
  }
}

function readSingly(batch: Batch, types: readonly number[]): Found {
  const found: Found = new Map()
  for (const type of types)
    for (const [key, value] of orIf(saysAbsent, () => asMap(batch([type]))) ?? []) found.set(key, value)
  return found
}
