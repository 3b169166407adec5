// Objects as they are read from a token: one call for what they are, one for everything else about them.
import type { KeyType } from '../../domain/keys.ts'
import type { ObjectFacts } from '../../hsm/port.ts'
import { CKA, CKO } from '../native/constants.ts'
import { typesOf } from '../native/mechanisms.ts'
import type { Native } from '../native/native.ts'
import { spkiOf } from '../native/spki.ts'
import type { ObjectHandle, Session } from '../native/values.ts'
import { fromUlong } from '../native/values.ts'
import { type ClassName, classNamed, flagsIn, isKeyClass, wanted } from './object-kinds.ts'

/** An object that was looked at. */
export interface Seen extends Omit<ObjectFacts, 'handle' | 'class'> {
  object: ObjectHandle
  class: ClassName
  /** It stands for a public half that is not there. */
  isMissing?: true
}

export type ThingSeen = Seen & { class: ObjectFacts['class'] }
/** Not the module itself, as an object. */
export const isThing = (seen: Seen): seen is ThingSeen => seen.class !== 'module'

const number = (value: Buffer | undefined): number | undefined =>
  value === undefined || value.length === 0 ? undefined : fromUlong(value)

export type ObjectKind = readonly [objectClass: number | undefined, keyType: number | undefined]
export const KIND = [CKA.CLASS, CKA.KEY_TYPE] as const

export const kindIn = (seen: ReadonlyMap<number, Buffer>): ObjectKind => [
  number(seen.get(CKA.CLASS)),
  number(seen.get(CKA.KEY_TYPE)),
]
const kindOf = (lib: Native, session: Session, object: ObjectHandle): ObjectKind =>
  kindIn(lib.read(session, object, KIND))

/** Of an object that is known already: one call. */
export function lookAt(
  lib: Native,
  session: Session,
  object: ObjectHandle,
  objectClass: number | undefined,
  keyType: number | undefined,
): Seen {
  const beside = lib.known?.beside === true
  return seenIn(lib.read(session, object, wanted(objectClass, keyType, beside)), object, objectClass, beside)
}

/** The same of what was read. `beside`: private keys tell their public ones. */
export function seenIn(
  seen: ReadonlyMap<number, Buffer>,
  object: ObjectHandle,
  objectClass: number | undefined,
  beside = false,
): Seen {
  const [type, another] = isKeyClass(objectClass) ? typesOf(seen) : []
  const tells = objectClass === CKO.PUBLIC_KEY || (beside && objectClass === CKO.PRIVATE_KEY)
  const spki = type !== undefined && tells ? spkiOf(type, seen) : undefined
  return {
    object,
    class: classNamed(objectClass),
    label: (seen.get(CKA.LABEL) ?? Buffer.alloc(0)).toString('utf8'),
    id: Uint8Array.from(seen.get(CKA.ID) ?? []),
    attributes: flagsIn(seen, objectClass),
    ...(type === undefined ? {} : { type }),
    ...(another === undefined ? {} : { typeGuessed: true as const }),
    ...(spki === undefined ? {} : { spki }),
  }
}

/** Of any object, incomplete ones too: what can't be read is left out. */
export const look = (lib: Native, session: Session, object: ObjectHandle): Seen =>
  lookAt(lib, session, object, ...kindOf(lib, session, object))

export type KeySeen = Seen & { type: KeyType }
export const isWhole = (seen: Seen): seen is KeySeen =>
  seen.type !== undefined && (seen.class !== 'public' || seen.spki !== undefined)
