// The backup KEK: a session object of the SO, trusted and good for wrapping alone. It is in no file and ends with the session.
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import type { Device } from '../device.ts'
import { Dialects, inDialect } from '../keys/dialects.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKO, CKU } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import { keptSession, withSession } from '../native/sessions.ts'
import type { ObjectHandle, Session, Slot, Template } from '../native/values.ts'
import { ulongArray } from '../native/values.ts'
import type { WirePin } from '../pin.ts'
import { User } from '../user.ts'
import { rfc5649 } from './rfc5649.ts'

const NOTHING: Flags = {
  TOKEN: false,
  SENSITIVE: true,
  EXTRACTABLE: false,
  WRAP: false,
  UNWRAP: false,
  ENCRYPT: false,
  DECRYPT: false,
  SIGN: false,
  VERIFY: false,
  DERIVE: false,
  MODIFIABLE: false,
  COPYABLE: false,
}

/** Public, for the SO sees no private objects; trusted, which only the SO can say, and only when making it. */
const WRAPS: Flags = { ...NOTHING, TRUSTED: true, PRIVATE: false, WRAP: true }
const UNWRAPS: Flags = { ...NOTHING, PRIVATE: true, UNWRAP: true }

function createKek(lib: Native, session: Session, value: Uint8Array, mechanism: number, flags: Flags): ObjectHandle {
  const kind: Template = [
    [CKA.CLASS, CKO.SECRET_KEY],
    [CKA.KEY_TYPE, CKK.AES],
    [CKA.VALUE, value],
  ]
  // Some modules don't know this attribute; the flags limit the key anyway.
  const limited: Template = [[CKA.ALLOWED_MECHANISMS, ulongArray(session.length, mechanism)]]
  const template = [...kind, ...flagsTemplate(flags)]
  return new Dialects().try((dialect) => lib.create(session, inDialect(dialect, template, limited)))
}

/** The mechanism to wrap with, or the reason why this token takes no backup. */
export function wrapMechanism(lib: Native, slot: Slot, session: Session): number {
  const mechanism = rfc5649(lib, session, new Set(lib.mechanisms(slot)))
  if (mechanism !== undefined) return mechanism
  throw deviceFailed('NO-KEY-WRAP', 'no mechanism of the token is AES key wrap with padding (RFC 5649)')
}

export function loginWithKek(device: Device, serial: string, so: WirePin, user: WirePin, value: Uint8Array): User {
  const { lib } = device
  const { slot, token } = device.find(serial)
  const [soPin, userPin] = [device.pin(so, token), device.pin(user, token)]
  const mechanism = withSession(lib, slot, (session) => wrapMechanism(lib, slot, session))
  let object: ObjectHandle | undefined
  const session = keptSession(lib, slot, (opened) => {
    lib.login(opened, CKU.SO, soPin)
    object = createKek(lib, opened, value, mechanism, WRAPS)
    lib.logout(opened)
    lib.login(opened, CKU.USER, userPin)
  })
  value.fill(0)
  return new User(device, slot, session, { object: object!, mechanism })
}

/** The second half, for a restore: it only unwraps, and only this user sees it. */
export const unwrappingKek = ({ lib, session }: User, value: Uint8Array, mechanism: number): ObjectHandle =>
  createKek(lib, session, value, mechanism, UNWRAPS)
