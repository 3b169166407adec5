// Several sessions work in parallel: a token behind a network waits most of the time, and one on this machine has several cores.
import { quietly } from '../native/quietly.ts'
import { anotherSession } from '../native/sessions.ts'
import type { Session } from '../native/values.ts'
import type { User } from '../user.ts'
import type { Throttle } from './pace.ts'

/** Node has this many threads for calls like these. */
const MOST_SESSIONS = 4

/** A session of the user's, and what is known about the token. */
export type ParallelSession = Pick<User, 'device' | 'lib' | 'session' | 'checkValues' | 'dialect'>

/**
 * Does the work for every item and gives the results in the order of the items. After a failure, or when the parent is gone, nothing more
 * is started, and what was started is completed. Nobody may search the token meanwhile: SoftHSM 2.6.1 then fails to make objects.
 */
export async function inParallelSessions<I, O>(
  user: User,
  items: readonly I[],
  work: (worker: ParallelSession, item: I) => Promise<O>,
  throttle: Throttle,
): Promise<O[]> {
  const results: O[] = []
  const left = items.entries()
  // The first failure: later ones may follow from it.
  let failure: { error: unknown } | undefined
  const run = async (worker: ParallelSession): Promise<void> => {
    for (const [i, item] of left) {
      if (failure || throttle.isAlone) return
      try {
        results[i] = await work(worker, item)
      } catch (error) {
        failure ??= { error }
      }
    }
  }
  const others = sessionsBeside(user, Math.min(MOST_SESSIONS, items.length) - 1)
  try {
    await Promise.all([user, ...others.map((session) => ({ ...user, session }))].map(run))
    if (failure) throw (failure as { error: unknown }).error
    return results
  } finally {
    for (const session of others) quietly(() => user.lib.closeSession(session))
    throttle.leaveIfAlone()
  }
}

/** A token may allow few sessions: then there are fewer. They are logged in as the user's own is; where that is logged out now and then, there are none. */
function sessionsBeside({ lib, slot }: User, most: number): Session[] {
  if (lib.known?.room !== undefined) return []
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
