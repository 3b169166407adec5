// Only the module knows which object a handle means: before an object is changed or destroyed, its own attributes must say which it is.
import { deviceFailed } from '../../domain/errors.ts'
import { escaped } from '../../domain/names.ts'
import type { KeySpec } from '../../hsm/port.ts'
import { attributeName, CKA } from '../native/constants.ts'
import type { ObjectHandle, Template, Value } from '../native/values.ts'
import { fromUlong } from '../native/values.ts'
import type { Place } from './key-index.ts'

/** What must be read of an object, each attribute and to the byte. */
export type Identity = Template

/** Of a key that was just made, or just came: nothing else on the token has its id, whatever label the token gave it. */
export const identityOf = ({ id }: Pick<KeySpec, 'id'>): Identity => [[CKA.ID, id]]

/** OBJECT-ANOTHER: whatever it is, it is left as it was. An error is thrown on: what can't be read is no evidence. */
export function checkIs({ lib, session }: Place, object: ObjectHandle, identity: Identity): void {
  if (identity.length === 0) return
  const seen = lib.read(
    session,
    object,
    identity.map(([type]) => type),
  )
  checkSaid({ lib, session }, object, identity, seen)
}

/** The same of what was read already. */
export function checkSaid(
  { lib, session }: Place,
  object: ObjectHandle,
  identity: Identity,
  seen: ReadonlyMap<number, Buffer>,
): void {
  const wrong = identity.filter(([type, value]) => !isEqual(seen.get(type), value))
  if (wrong.length === 0) return
  const names = wrong.map(([type]) => attributeName(type)).join(', ')
  const label = lib.read(session, object, [CKA.LABEL]).get(CKA.LABEL)?.toString('utf8')
  const what = escaped(label || 'something without a label')
  const why = `the token gave ${what} in place of the object that it made (${names}), and it was left as it is`
  throw deviceFailed('OBJECT-ANOTHER', why)
}

function isEqual(seen: Buffer | undefined, value: Value): boolean {
  if (seen === undefined) return false
  if (typeof value === 'boolean') return seen.length === 1 && (seen[0] !== 0) === value
  if (typeof value === 'number') return seen.length > 0 && fromUlong(seen) === value
  return seen.equals(typeof value === 'string' ? Buffer.from(value) : value)
}
