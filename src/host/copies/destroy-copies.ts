// Takes copies away from an application's token, with everything that goes by their id and label, and looks again in another session.
import { deviceFailed, type KeyriteError } from '../../domain/errors.ts'
import type { CopyName } from '../../hsm/port.ts'
import { destroyObject } from '../keys/destroy.ts'
import type { Place } from '../keys/key-index.ts'
import type { Throttle } from '../keys/pace.ts'
import { inSecondSession } from '../keys/second-look.ts'
import { CKA } from '../native/constants.ts'
import type { User } from '../user.ts'
import { CopyIndex } from './copy-index.ts'

export async function destroyCopies(user: User, copies: readonly CopyName[], throttle: Throttle): Promise<number> {
  const index = await CopyIndex.of(user, throttle)
  let gone = 0
  for (const [i, copy] of copies.entries()) {
    for (const { object } of index.take(copy)) {
      user.device.changing(() => destroyCopyObject(user, object, copy))
      gone++
    }
    await throttle.step(i + 1)
  }
  await inSecondSession(user, (place) => confirmGone(place, copies, throttle))
  return gone
}

export const destroyCopyObject = (
  user: User,
  object: Parameters<typeof destroyObject>[1],
  { id, label }: CopyName,
): void =>
  destroyObject(user, object, [
    [CKA.ID, id],
    [CKA.LABEL, label],
  ])

/** COPY-GONE: by everything that another session finds. */
export async function confirmGone(place: Place, copies: readonly CopyName[], throttle: Throttle): Promise<void> {
  const index = await CopyIndex.of(place, throttle)
  const left = copies.filter((copy) => index.at(copy).length > 0)
  if (left.length > 0) throw notGone(left)
}

export const notGone = (left: readonly CopyName[]): KeyriteError =>
  deviceFailed(
    'COPY-GONE',
    `the token said that it destroyed ${left.map(({ label }) => label).join(', ')}, and another session finds it`,
  )
