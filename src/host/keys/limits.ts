// CKA_ALLOWED_MECHANISMS: what a key of ours may be used by, where the token knows such a limit.
import { CKA } from '../native/constants.ts'
import { type ObjectHandle, type Session, type Template, ulongArray } from '../native/values.ts'
import type { Place } from './key-index.ts'

export const limited = ({ session }: Pick<Place, 'session'>, mechanism: number): Template => [
  [CKA.ALLOWED_MECHANISMS, ulongArray(session.length, mechanism)],
]

export function isLimitedTo({ lib, session }: Place, object: ObjectHandle, mechanism: number): boolean {
  const told = lib.read(session, object, [CKA.ALLOWED_MECHANISMS]).get(CKA.ALLOWED_MECHANISMS)
  return saysLimit(told, session, mechanism)
}

/** A token that knows no such limit says nothing of it. */
export const saysLimit = (told: Buffer | undefined, { length }: Session, mechanism: number): boolean =>
  told === undefined || told.length === 0 || told.equals(ulongArray(length, mechanism))
