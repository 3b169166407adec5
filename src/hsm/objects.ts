// Objects as they are read from a token: one call for what they are, one for everything else about them.
import type { Flags, KeyType } from '../domain/keys.ts'
import type { FlagName } from './constants.ts'
import { CKA, CKK, CKO, FLAG } from './constants.ts'
import { typesOf } from './mechanisms.ts'
import type { Native } from './native.ts'
import type { ObjectFacts } from './port.ts'
import { spkiOf } from './spki.ts'
import type { ObjectHandle, Session } from './values.ts'
import { fromUlong } from './values.ts'

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

const CLASSES: Record<number, ObjectFacts['class']> = {
  [CKO.SECRET_KEY]: 'secret',
  [CKO.PRIVATE_KEY]: 'private',
  [CKO.PUBLIC_KEY]: 'public',
  [CKO.DATA]: 'data',
  [CKO.CERTIFICATE]: 'certificate',
}

/** What tells the type apart, and of a public key what it consists of. */
function material(objectClass: number | undefined, keyType: number | undefined): number[] {
  if (objectClass === CKO.SECRET_KEY) return [CKA.VALUE_LEN]
  if (keyType === CKK.RSA) return [CKA.MODULUS, CKA.PUBLIC_EXPONENT]
  return objectClass === CKO.PUBLIC_KEY ? [CKA.EC_PARAMS, CKA.EC_POINT] : [CKA.EC_PARAMS]
}

function wanted(objectClass: number | undefined, keyType: number | undefined): number[] {
  const flags = FLAGS[objectClass ?? -1]
  if (flags === undefined) return [CKA.LABEL, ...(objectClass === CKO.DATA ? [] : [CKA.ID]), FLAG.TOKEN, FLAG.PRIVATE]
  const numbers = flags.map((name) => FLAG[name])
  return [CKA.LABEL, CKA.ID, CKA.KEY_TYPE, ...numbers, ...material(objectClass, keyType)]
}

function flagsIn(seen: ReadonlyMap<number, Buffer>, objectClass: number | undefined): Flags {
  const flags: Flags = {}
  for (const name of FLAGS[objectClass ?? -1] ?? COMMON) {
    const value = seen.get(FLAG[name])
    if (value?.length === 1) flags[name] = value[0] !== 0
  }
  return flags
}

/** An object that was looked at. */
export interface Seen extends Omit<ObjectFacts, 'handle'> {
  object: ObjectHandle
}

const number = (value: Buffer | undefined): number | undefined =>
  value === undefined || value.length === 0 ? undefined : fromUlong(value)

const kindOf = (lib: Native, session: Session, object: ObjectHandle) => {
  const seen = lib.read(session, object, [CKA.CLASS, CKA.KEY_TYPE])
  return [number(seen.get(CKA.CLASS)), number(seen.get(CKA.KEY_TYPE))] as const
}

/** Of an object that is known already: one call. */
export function lookAt(
  lib: Native,
  session: Session,
  object: ObjectHandle,
  objectClass: number | undefined,
  keyType: number | undefined,
): Seen {
  const seen = lib.read(session, object, wanted(objectClass, keyType))
  const [type, another] = FLAGS[objectClass ?? -1] === undefined ? [] : typesOf(seen)
  const spki = type !== undefined && objectClass === CKO.PUBLIC_KEY ? spkiOf(type, seen) : undefined
  return {
    object,
    class: CLASSES[objectClass ?? -1] ?? 'other',
    label: (seen.get(CKA.LABEL) ?? Buffer.alloc(0)).toString('utf8'),
    id: Uint8Array.from(seen.get(CKA.ID) ?? []),
    attributes: flagsIn(seen, objectClass),
    ...(type === undefined ? {} : { type }),
    ...(another === undefined ? {} : { typeGuessed: true as const }),
    ...(spki === undefined ? {} : { spki }),
  }
}

/** Of any object, half-made ones too: what can't be read is left out. */
export const look = (lib: Native, session: Session, object: ObjectHandle): Seen =>
  lookAt(lib, session, object, ...kindOf(lib, session, object))

export type KeySeen = Seen & { type: KeyType }
export const isWhole = (seen: Seen): seen is KeySeen =>
  seen.type !== undefined && (seen.class !== 'public' || seen.spki !== undefined)
