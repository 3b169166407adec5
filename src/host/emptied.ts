// A token of a library whose C_InitToken takes blank ones alone: its SO gives the user a PIN, who takes away all that is there.
import { deviceFailed } from '../domain/errors.ts'
import { counted } from '../domain/words.ts'
import { destroyObject } from './keys/destroy.ts'
import { isThing, look } from './keys/objects.ts'
import { FLAG } from './native/constants.ts'
import type { Native } from './native/native.ts'
import { asRole } from './native/sessions.ts'
import type { ObjectHandle, Session, Slot } from './native/values.ts'

interface Changing {
  readonly lib: Native
  changing<T>(call: () => T): T
}

/** TOKEN-AS-ASKED. The user has the PIN of the SO then. */
export function emptyOut(device: Changing, slot: Slot, pin: string): void {
  const { lib } = device
  asRole(lib, slot, 'SO', pin, (session) => device.changing(() => lib.initPin(session, pin)))
  asRole(lib, slot, 'USER', pin, (session) => {
    for (const object of thingsIn(lib, session))
      device.changing(() => destroyObject({ lib, session }, object, [[FLAG.TOKEN, true]]))
    const { length } = thingsIn(lib, session)
    if (length > 0) throw deviceFailed('TOKEN-AS-ASKED', `the token still holds ${counted(length, 'object')}`)
  })
}

const thingsIn = (lib: Native, session: Session): ObjectHandle[] =>
  lib.find(session, [[FLAG.TOKEN, true]]).filter((object) => isThing(look(lib, session, object)))
