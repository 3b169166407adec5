// A new key that turns out wrong is taken away again.
import type { ObjectHandle } from '../native/values.ts'
import { destroyObject } from './destroy.ts'
import type { Lane } from './lanes.ts'

/** Takes what was made away again when something goes wrong with it. */
export function orDiscard<T>(lane: Lane, objects: readonly ObjectHandle[], work: () => T): T {
  try {
    return work()
  } catch (error) {
    discard(lane, ...objects)
    throw error
  }
}

/** What stays all the same has changed the token. */
export function discard(lane: Lane, ...objects: ObjectHandle[]): void {
  for (const object of objects) {
    try {
      destroyObject(lane, object)
    } catch {
      lane.device.changed()
    }
  }
}
