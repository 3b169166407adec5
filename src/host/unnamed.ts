// A token that takes no PIN and no name of C_InitToken, which leaves there what anybody can see: it is emptied and gets its PIN in one go.
import { checkHoldsNothing } from '../domain/token-fit.ts'
import { destroyObject } from './keys/destroy.ts'
import { isThing, look } from './keys/objects.ts'
import { FLAG } from './native/constants.ts'
import type { Native } from './native/native.ts'
import { asRole, withSession } from './native/sessions.ts'
import type { ObjectHandle, Session, Slot } from './native/values.ts'

interface Changing {
  readonly lib: Native
  changing<T>(call: () => T): T
}

/** Before it has a user its SO has no PIN. TOKEN-EMPTY: a blank one that holds something is somebody's. */
export function initUnnamed(device: Changing, slot: Slot, pin: string, erases: boolean): void {
  const { lib } = device
  withSession(lib, slot, (session) => {
    const objects = leftIn(lib, session)
    if (!erases) checkHoldsNothing(objects.length)
    for (const object of objects) device.changing(() => destroyObject({ lib, session }, object, [[FLAG.TOKEN, true]]))
  })
  device.changing(() => lib.initToken(slot, pin, ''))
  asRole(lib, slot, 'SO', '', (session) => device.changing(() => lib.initPin(session, pin)))
}

/** What C_InitToken would leave. */
export const leftIn = (lib: Native, session: Session): ObjectHandle[] =>
  lib.find(session, [[FLAG.TOKEN, true]]).filter((object) => isThing(look(lib, session, object)))
