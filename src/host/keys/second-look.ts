// A second look, in a session of its own: what the first one did not find is absent only when the second agrees.
import { deviceFailed } from '../../domain/errors.ts'
import { quietly } from '../native/quietly.ts'
import { anotherSession } from '../native/sessions.ts'
import type { User } from '../user.ts'
import { type Found, Index, type Place } from './key-index.ts'
import type { Throttle } from './pace.ts'
import { keysAmong, lookAtAll } from './whole-keys.ts'

/** Work in a second session. `alone`: the token allows one only, and the work is done in the first one again. */
export async function inSecondSession<T>(user: User, work: (place: Place, alone: boolean) => Promise<T>): Promise<T> {
  const { lib, slot } = user
  const other = anotherSession(lib, slot)
  try {
    return await work({ lib, session: other ?? user.session }, other === undefined)
  } finally {
    if (other !== undefined) quietly(() => lib.closeSession(other))
  }
}

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex')

/** TWO-LOOKS: a token that contradicts itself is believed in neither answer. */
export const twoLooks = (id: Uint8Array, first: number, second: number) =>
  deviceFailed(
    'TWO-LOOKS',
    `the token contradicts itself: of the id ${hex(id)} it showed ${first} and then ${second} objects`,
    'try again; where it stays so, have the HSM looked at',
  )

/** The objects of these ids once more; they make no whole key now either. */
export const confirmNotWhole = (
  user: User,
  ids: readonly Uint8Array[],
  first: Index,
  throttle: Throttle,
): Promise<void> =>
  inSecondSession(user, async (place) => {
    const second = await Index.again(place, ids, throttle)
    for (const id of ids) {
      const [one, two] = [first.get(id), second.get(id)]
      if (one.length !== two.length) throw twoLooks(id, one.length, two.length)
      if (isWholeIn(place, two))
        throw deviceFailed('TWO-LOOKS', `the token contradicts itself: the key ${hex(id)} is whole now`)
      await throttle.step(0)
    }
  })

const isWholeIn = (place: Place, objects: readonly Found[]): boolean =>
  keysAmong(place, lookAtAll(place, objects)).length > 0
