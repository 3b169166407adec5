// Copies that take the place of others on an application's token, one after the other: each label is absent for a moment only.
import type { CopyFacts, CopyName, Exchange } from '../../hsm/port.ts'
import { answersStill } from '../keys/destroy.ts'
import type { Place } from '../keys/key-index.ts'
import type { Throttle } from '../keys/pace.ts'
import { inSecondSession } from '../keys/second-look.ts'
import type { User } from '../user.ts'
import type { CopyIndex } from './copy-index.ts'
import { confirmGone, destroyCopyObject, notGone } from './destroy-copies.ts'
import { withSeating } from './seat.ts'

/** What is there is looked through at the beginning, and by another session in the end: in between each object is asked for by its handle. */
export const exchangeCopies = (
  user: User,
  value: Uint8Array,
  exchanges: readonly Exchange[],
  throttle: Throttle,
): Promise<CopyFacts[]> =>
  withSeating(user, value, throttle, (seating, index) =>
    inSecondSession(user, async (place) => {
      const seated: CopyFacts[] = []
      for (const { destroy, seat } of exchanges) {
        for (const copy of destroy) takeAway(user, copy, index, place)
        seated.push(seating.seat(seat))
        await throttle.step(seated.length)
      }
      await confirmGone(
        place,
        exchanges.flatMap(({ destroy }) => destroy),
        throttle,
      )
      return seated
    }),
  )

/** COPY-GONE. An error of the token says nothing here: in the end everything is looked through. */
function takeAway(user: User, copy: CopyName, index: CopyIndex, place: Place): void {
  for (const { object } of index.take(copy)) {
    user.device.changing(() => destroyCopyObject(user, object, copy))
    if (answersStill(place, object)) throw notGone([copy])
  }
}
