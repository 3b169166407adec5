// A logged-in user on one token: the session, and what was learned about the token on the way in.
import { CKU } from './constants.ts'
import type { Device } from './device.ts'
import { CheckValues } from './fingerprint.ts'
import type { Native } from './native.ts'
import type { Seen } from './objects.ts'
import type { WirePin } from './pin.ts'
import { keptSession, leave } from './sessions.ts'
import { Dialects } from './templates.ts'
import type { ObjectHandle, Session, Slot } from './values.ts'

/** The backup KEK on the token, and the mechanism that is RFC 5649 there. */
export interface Kek {
  object: ObjectHandle
  mechanism: number
}

export class User {
  readonly lib: Native
  readonly checkValues: CheckValues
  readonly secrets = new Dialects()
  readonly pairs = new Dialects()
  /** Audit keys by their SPKI in hex, once they were found. */
  readonly auditKeys = new Map<string, Seen>()

  constructor(
    readonly device: Device,
    readonly slot: Slot,
    readonly session: Session,
    /** Absent after a plain login. */
    readonly kek?: Kek,
  ) {
    this.lib = device.lib
    this.checkValues = new CheckValues(this.lib, new Set(this.lib.mechanisms(slot)))
  }

  close = (): void => leave(this.lib, this.session)
}

export function login(device: Device, serial: string, pin: WirePin): User {
  const { slot, token } = device.find(serial)
  const text = device.pin(pin, token)
  const session = keptSession(device.lib, slot, (opened) => device.lib.login(opened, CKU.USER, text))
  return new User(device, slot, session)
}
