// The PINs of both roles, set by the SO; or, on a token that knows no SO once there is a user, that of the user, who then has it alone.
import { deviceFailed } from '../domain/errors.ts'
import { CKR, isCkr } from './native/ckr.ts'
import type { Native } from './native/native.ts'
import { asRole, opensAs } from './native/sessions.ts'
import type { Session, Slot } from './native/values.ts'

interface Changing {
  readonly lib: Native
  /** A failed call may have changed something all the same. */
  changing<T>(call: () => T): T
}

interface NewPins {
  /** The SO's present one; where there is no SO any more, the user's. */
  now: string
  so: string
  user: string
}

/** PIN-AS-ASKED: each new PIN opens its role. That the one before does not is not tried: it would cost a try of the new one. */
export function setPins(device: Changing, slot: Slot, pins: NewPins): void {
  const { lib } = device
  const took = setBySo(device, slot, pins)
  if (took === 'so' && opens(lib, slot, 'SO', pins.so) === false) throw unopened('C_SetPIN', 'SO')
  // A PIN of before that opened the token for an SO would be known to whoever had it.
  if (took === 'none' && opens(lib, slot, 'SO', pins.now) !== undefined)
    throw deviceFailed('PIN-AS-ASKED', 'the token takes no new SO PIN, and may have that of before')
  if (!opens(lib, slot, 'USER', pins.user)) throw unopened('C_InitPIN', 'user')
}

/** PIN-AS-ASKED: that of the user alone, and it opens the token. */
export function setUserPin(device: Changing, slot: Slot, so: string, user: string): void {
  const { lib } = device
  asRole(lib, slot, 'SO', so, (session) => device.changing(() => lib.initPin(session, user)))
  if (!opens(lib, slot, 'USER', user)) throw unopened('C_InitPIN', 'user')
}

/** PIN-AS-ASKED: of one role, by itself. C_SetPIN changes the PIN of whoever is logged in, and without anybody the user's. */
export function changePin(device: Changing, slot: Slot, role: 'SO' | 'USER', now: string, next: string): void {
  const { lib } = device
  asRole(lib, slot, role, now, (session) => device.changing(() => lib.setPin(session, now, next)))
  if (!opens(lib, slot, role, next)) throw unopened('C_SetPIN', role === 'SO' ? 'SO' : 'user')
}

/** Whether the SO has a new PIN, has none, or is not there to set any: then the user has set their own. */
function setBySo(device: Changing, slot: Slot, pins: NewPins): 'so' | 'none' | 'no-so' {
  const { lib } = device
  const { now, so, user } = pins
  try {
    return asRole(lib, slot, 'SO', now, (session) => {
      // Some tokens take no PIN that they have already.
      const took = so === now || takesSoPin(device, session, pins)
      device.changing(() => lib.initPin(session, user))
      return took ? 'so' : 'none'
    })
  } catch (error) {
    if (!isCkr(error, CKR.USER_TYPE_INVALID)) throw error
    asRole(lib, slot, 'USER', now, (session) => {
      if (user !== now) device.changing(() => lib.setPin(session, now, user))
    })
    return 'no-so'
  }
}

/** False where the token has no PIN for an SO: who logs in before there is a user sets that of the user. */
function takesSoPin(device: Changing, session: Session, { now, so }: NewPins): boolean {
  try {
    device.changing(() => device.lib.setPin(session, now, so))
    return true
  } catch (error) {
    if (isCkr(error, CKR.USER_NOT_LOGGED_IN)) return false
    throw error
  }
}

/** Undefined where the token knows no such role. */
function opens(lib: Native, slot: Slot, role: 'SO' | 'USER', pin: string): boolean | undefined {
  try {
    return opensAs(lib, slot, role, pin)
  } catch (error) {
    if (isCkr(error, CKR.USER_TYPE_INVALID)) return undefined
    throw error
  }
}

const unopened = (call: string, whose: string) =>
  deviceFailed(
    'PIN-AS-ASKED',
    `${call}: CKR_OK, but the new ${whose} PIN does not open the token: it may have its PIN of before`,
  )
