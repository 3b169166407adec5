// Sessions that close themselves, whatever happens: a failed C_Login leaves one open, and the module remembers it.
import { CKR, isCkr } from './ckr.ts'
import { CKF, type CKU } from './constants.ts'
import type { Native } from './native.ts'
import { quietly } from './quietly.ts'
import type { Session, Slot } from './values.ts'

const READ_WRITE = CKF.RW_SESSION | CKF.SERIAL_SESSION

/** For a token on which nothing is changed. */
export const READ_ONLY = CKF.SERIAL_SESSION

/** Read-write where nothing else is said: an SO can't log in while a read-only session is open. */
export function withSession<T>(lib: Native, slot: Slot, run: (session: Session) => T, flags: number = READ_WRITE): T {
  const session = lib.openSession(slot, flags)
  try {
    return run(session)
  } finally {
    quietly(() => lib.closeSession(session))
  }
}

/** Another session of whoever is logged in, or none where the token allows no more. */
export function anotherSession(lib: Native, slot: Slot): Session | undefined {
  try {
    return lib.openSession(slot, READ_WRITE)
  } catch (error) {
    if (isCkr(error, CKR.SESSION_COUNT)) return undefined
    throw error
  }
}

export async function withSessionAsync<T>(lib: Native, slot: Slot, run: (s: Session) => Promise<T>): Promise<T> {
  const session = lib.openSession(slot, READ_WRITE)
  try {
    return await run(session)
  } finally {
    quietly(() => lib.closeSession(session))
  }
}

/** A session that stays open when `prepare` succeeds, and only then. */
export function keptSession(lib: Native, slot: Slot, prepare: (session: Session) => void): Session {
  const session = lib.openSession(slot, READ_WRITE)
  try {
    prepare(session)
    return session
  } catch (error) {
    quietly(() => lib.closeSession(session))
    throw error
  }
}

/** Closing the last session of a token logs out as well, and ends the session's objects. */
export function leave(lib: Native, session: Session): void {
  quietly(() => lib.logout(session))
  quietly(() => lib.closeSession(session))
}

export function asRole<T>(
  lib: Native,
  slot: Slot,
  role: keyof typeof CKU,
  pin: string,
  run: (s: Session) => T,
  flags?: number,
): T {
  const loggedIn = (session: Session): T => {
    lib.login(session, role, pin)
    try {
      return run(session)
    } finally {
      quietly(() => lib.logout(session))
    }
  }
  return withSession(lib, slot, loggedIn, flags)
}

/** Whether this PIN opens the role: false on CKR_PIN_INCORRECT. It costs a try. */
export function opensAs(lib: Native, slot: Slot, role: keyof typeof CKU, pin: string): boolean {
  try {
    asRole(lib, slot, role, pin, () => undefined)
    return true
  } catch (error) {
    if (isCkr(error, CKR.PIN_INCORRECT)) return false
    throw error
  }
}
