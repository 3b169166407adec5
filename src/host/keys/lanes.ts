// Several sessions at work at a time: a token behind a network waits most of the time, and one on this machine has several cores.
import { quietly } from '../native/quietly.ts'
import { anotherSession } from '../native/sessions.ts'
import type { Session } from '../native/values.ts'
import type { User } from '../user.ts'
import type { Pace } from './pace.ts'

/** As many as node has threads for calls like these. */
const MOST_LANES = 4

/** A session of the user's, and what is known about the token. */
export type Lane = Pick<User, 'device' | 'lib' | 'session' | 'checkValues' | 'secrets' | 'pairs'>

/**
 * Does the work for every item and gives the results in the order of the items. After a failure, or when the parent is gone, nothing more
 * is begun, and what was begun comes to its end. Nobody may search the token meanwhile: SoftHSM 2.6.1 then fails to make objects.
 */
export async function inLanes<I, O>(
  user: User,
  items: readonly I[],
  work: (lane: Lane, item: I) => Promise<O>,
  pace: Pace,
): Promise<O[]> {
  const results: O[] = []
  const left = items.entries()
  // The first in time: what fails after it may fail because of it.
  let failure: { error: unknown } | undefined
  const run = async (lane: Lane): Promise<void> => {
    for (const [i, item] of left) {
      if (failure || pace.isAlone) return
      try {
        results[i] = await work(lane, item)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  const others = sessionsBeside(user, Math.min(MOST_LANES, items.length) - 1)
  try {
    await Promise.all([user, ...others.map((session) => ({ ...user, session }))].map(run))
    if (failure) throw (failure as { error: unknown }).error
    return results
  } finally {
    for (const session of others) quietly(() => user.lib.closeSession(session))
    pace.leaveIfAlone()
  }
}

/** A token may allow few sessions: then there are fewer. They are logged in as the user's own is. */
function sessionsBeside({ lib, slot }: User, most: number): Session[] {
  const opened: Session[] = []
  try {
    for (let one: Session | undefined; opened.length < most; opened.push(one)) {
      one = anotherSession(lib, slot)
      if (one === undefined) break
    }
    return opened
  } catch (error) {
    for (const session of opened) quietly(() => lib.closeSession(session))
    throw error
  }
}
