// One crash: an operation is ended at a step, an operator goes on, and everything is looked at.
import assert from 'node:assert/strict'
import type { Result } from '../support/keyrite.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { ObjectFiles } from './object-files.ts'
import { eventsOf, type Operation } from './operations.ts'
import { judge } from './oracle.ts'
import type { Strike } from './place.ts'
import { goOn } from './recovery.ts'

export interface Crash {
  operation: Operation
  event: ProbeEvent
  strike: Strike
}

/**
 * Every crash of an operation. After a step is before the next one of the same process, so `after` is tried only where another process
 * comes next, or none. What SoftHSM does inside of one call is tried where it changes a file, and only by ending the process that does it.
 */
export async function crashesOf(operation: Operation): Promise<Crash[]> {
  const steps = (await eventsOf(operation)).filter(isStep)
  return steps.flatMap((event, i) => {
    const isLast = steps[i + 1]?.pid !== event.pid
    // SoftHSM writes through streams, unseen, after it has emptied the file.
    const when = isLast || event.name === 'ftruncate' ? (['before', 'after'] as const) : (['before'] as const)
    const whom = isInside(event) ? (['both', 'host'] as const) : (['both', 'host', 'main'] as const)
    return when.flatMap((when) =>
      whom.map((whom) => ({ operation, event, strike: { kill: event.number, when, whom } })),
    )
  })
}

/** A file of the token, which SoftHSM writes. */
const isInside = ({ path }: ProbeEvent): boolean => path.includes('/tokens/')

/** SoftHSM opens a file for each attribute that it sets, and locks it; only emptying it to write it anew changes something. */
const isStep = (event: ProbeEvent, i: number, events: readonly ProbeEvent[]): boolean =>
  !isInside(event) || event.name !== 'open' || events.findIndex(({ path }) => path === event.path) === i

export const titleOf = ({ operation, event, strike }: Crash): string => {
  const path = event.path.replace(/^.*\/(home|tokens|shares|out)(?=\/|$)/, '$1')
  return `${operation.name} ${strike.whom} ${strike.when} ${event.number} ${event.name} ${path}`.trimEnd()
}

/** Throws with the whole story when something is not as it must be. */
export async function survive({ operation, strike }: Crash, turn: number): Promise<void> {
  using place = await operation.prepare(turn)
  const files = new ObjectFiles(place.tokens)
  const killed = await place.keyrite(operation.args(place), strike)
  try {
    files.putBack()
    await goOn(place, operation, tellsTheTruth(killed))
    const history = await judge(place, killed, operation.kept?.())
    operation.check?.(history, place)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${place.trail.join('')}`)
  }
}

/** Where the command itself lived on, its exit code answers the first question: did anything change? Gives the hint to follow. */
function tellsTheTruth({ code, signal, json }: Result): string | undefined {
  if (signal === 'SIGKILL') return undefined
  assert.ok([0, 4, 6].includes(code!), `exit ${code ?? signal} of a command whose module died`)
  assert.equal(json.ok, code === 0)
  return code === 6 ? json.error.hint : undefined
}
