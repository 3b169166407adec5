// What is asked of an object of each class: the flags that are shown and recorded, and what tells its type.
import type { Flags } from '../../domain/keys.ts'
import type { ObjectFacts } from '../../hsm/port.ts'
import type { FlagName } from '../native/constants.ts'
import { CKA, CKK, CKO, FLAG } from '../native/constants.ts'

const COMMON: FlagName[] = ['TOKEN', 'PRIVATE', 'MODIFIABLE', 'COPYABLE', 'DESTROYABLE']
const KEPT: FlagName[] = ['SENSITIVE', 'EXTRACTABLE', 'WRAP_WITH_TRUSTED', 'ALWAYS_SENSITIVE', 'NEVER_EXTRACTABLE']

/** The flags of each class that are read, shown and recorded. */
const FLAGS: Record<number, FlagName[]> = {
  [CKO.SECRET_KEY]: [
    ...COMMON,
    ...KEPT,
    'ENCRYPT',
    'DECRYPT',
    'SIGN',
    'VERIFY',
    'WRAP',
    'UNWRAP',
    'DERIVE',
    'TRUSTED',
    'LOCAL',
  ],
  [CKO.PRIVATE_KEY]: [...COMMON, ...KEPT, 'DECRYPT', 'SIGN', 'UNWRAP', 'DERIVE', 'LOCAL'],
  [CKO.PUBLIC_KEY]: [...COMMON, 'ENCRYPT', 'VERIFY', 'WRAP', 'TRUSTED', 'LOCAL'],
}

/** `module`: what a module tells of itself as an object. It can't be made or destroyed, and holds nothing of anybody's. */
export type ClassName = ObjectFacts['class'] | 'module'

const CLASSES: Record<number, ClassName> = {
  [CKO.SECRET_KEY]: 'secret',
  [CKO.PRIVATE_KEY]: 'private',
  [CKO.PUBLIC_KEY]: 'public',
  [CKO.DATA]: 'data',
  [CKO.CERTIFICATE]: 'certificate',
  [CKO.HW_FEATURE]: 'module',
  [CKO.MECHANISM]: 'module',
  [CKO.PROFILE]: 'module',
  [CKO.VALIDATION]: 'module',
}

/** What tells the type apart, and of a public key what it consists of. */
function material(objectClass: number | undefined, keyType: number | undefined): number[] {
  if (objectClass === CKO.SECRET_KEY) return keyType === CKK.DES2 || keyType === CKK.DES3 ? [] : [CKA.VALUE_LEN]
  if (keyType === CKK.RSA) return [CKA.MODULUS, CKA.PUBLIC_EXPONENT]
  if (keyType === CKK.ML_DSA)
    return objectClass === CKO.PUBLIC_KEY ? [CKA.PARAMETER_SET, CKA.VALUE] : [CKA.PARAMETER_SET]
  return objectClass === CKO.PUBLIC_KEY ? [CKA.EC_PARAMS, CKA.EC_POINT] : [CKA.EC_PARAMS]
}

/** `beside`: a private key on a curve tells its public point. */
export function wanted(objectClass: number | undefined, keyType: number | undefined, beside = false): number[] {
  const flags = FLAGS[objectClass ?? -1]
  if (flags === undefined) return [CKA.LABEL, ...(objectClass === CKO.DATA ? [] : [CKA.ID]), FLAG.TOKEN, FLAG.PRIVATE]
  const numbers = flags.map((name) => FLAG[name])
  const point = beside && objectClass === CKO.PRIVATE_KEY && keyType === CKK.EC ? [CKA.NSS_DB] : []
  return [CKA.LABEL, CKA.ID, CKA.KEY_TYPE, ...numbers, ...material(objectClass, keyType), ...point]
}

export function flagsIn(seen: ReadonlyMap<number, Buffer>, objectClass: number | undefined): Flags {
  const flags: Flags = {}
  for (const name of FLAGS[objectClass ?? -1] ?? COMMON) {
    const value = seen.get(FLAG[name])
    if (value?.length === 1) flags[name] = value[0] !== 0
  }
  return flags
}

export const classNamed = (objectClass: number | undefined): ClassName => CLASSES[objectClass ?? -1] ?? 'other'
export const isKeyClass = (objectClass: number | undefined): boolean => FLAGS[objectClass ?? -1] !== undefined
