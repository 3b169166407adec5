// A new key that turns out wrong is destroyed again.

import type { KeySpec } from '../../hsm/port.ts'
import type { ObjectHandle } from '../native/values.ts'
import { destroyObject } from './destroy.ts'
import { identityOf } from './identity.ts'
import type { ParallelSession } from './lanes.ts'

/** Destroys what was made when something goes wrong with it. */
export function orDiscard<T>(
  worker: ParallelSession,
  spec: KeySpec,
  objects: readonly ObjectHandle[],
  work: () => T,
): T {
  try {
    return work()
  } catch (error) {
    discard(worker, spec, objects)
    throw error
  }
}

/** What stays all the same has changed the token; and what is another object than the one that was made stays. */
function discard(worker: ParallelSession, spec: KeySpec, objects: readonly ObjectHandle[]): void {
  for (const object of objects) {
    try {
      destroyObject(worker, object, identityOf(spec))
    } catch {
      worker.device.changed()
    }
  }
}
