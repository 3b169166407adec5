// A change that is crashed: where it begins, what is typed, and what must be so in the end.
import assert from 'node:assert/strict'
import type { History } from '../../src/domain/history.ts'
import { ObjectFiles } from './object-files.ts'
import type { Kept } from './oracle.ts'
import type { Place, Strike } from './place.ts'
import type { Prepared } from './prepared.ts'

export interface Operation {
  name: string
  /** A workplace to crash in. `turn`: which custodians will come. */
  prepare(turn: number): Promise<Place>
  args(place: Place): string[]
  /** How it ends when nothing interrupts it, where that is not 0. */
  exit?: number
  /** A key that was there before. */
  kept?(): Kept
  /** It takes a spare token, which holds nothing in the end, or of which the ledger says that nobody knows. */
  takesSpare?: true
  /** What must be so of a token that it was to take for an application, where that did not come to have it. */
  unclaimed?(place: Place, serial: string): void
  /** What had gone away comes back once the partition itself is right again. */
  back?(place: Place): void
  /** What is typed then, where nothing came of it, and things can't be right without it. */
  afterwards?(place: Place): Promise<string[] | undefined>
  /** A restore that waits for it, and is started again once it is through. */
  restores?(place: Place): string[]
  /** It differs little from another: each third of its crashes is enough. */
  sampled?: boolean
  /** What is particular about it, once everything is recovered. */
  check?(history: History, place: Place): void | Promise<void>
}

export const on = (
  prepared: Prepared,
  name: string,
  args: Operation['args'],
  check?: Operation['check'],
): Operation => ({
  name,
  prepare: (turn) => prepared.copy(turn),
  kept: prepared.kept,
  args,
  ...(check ? { check } : {}),
})

/** Who comes differs from past to past; more of them would tell nothing new. */
const PASTS = 3

/** A recovery that is crashed in its turn: `first` has been ended before the last step that fits, or before the one of this number. */
export const again = (name: string, first: Operation, fits: RegExp, args: Operation['args'], which = -1): Operation => {
  const pasts = new Map<number, (turn: number) => Place>()
  const begin = async (past: number) => {
    const strike = await strikeAt(first, fits, which)
    using place = await first.prepare(past)
    const files = new ObjectFiles(place.tokens)
    await place.keyrite(first.args(place), strike)
    files.putBack()
    return place.keep()
  }
  return {
    ...first,
    name,
    async prepare(turn) {
      const past = turn % PASTS
      if (!pasts.has(past)) pasts.set(past, await begin(past))
      return pasts.get(past)!(turn)
    },
    args,
  }
}

/** Ends both processes before that step, as a run without a crash counts them. */
async function strikeAt(operation: Operation, fits: RegExp, which: number): Promise<Strike> {
  const events = await eventsOf(operation)
  const event = events.filter(({ name, path }) => fits.test(`${name} ${path}`)).at(which)
  assert.ok(event, `${operation.name} has no step like ${fits}`)
  return { kill: event.number, when: 'before', whom: 'both' }
}

const counted = new Map<Operation, Promise<Place['events']>>()

/** The steps of an operation that nothing interrupts. */
export function eventsOf(operation: Operation): Promise<Place['events']> {
  const known = counted.get(operation) ?? count(operation)
  counted.set(operation, known)
  return known
}

async function count(operation: Operation): Promise<Place['events']> {
  using place = await operation.prepare(0)
  const { code, stderr } = await place.keyrite(operation.args(place), 'count')
  assert.equal(code, operation.exit ?? 0, `${operation.name} without a crash: ${stderr}`)
  return place.events
}

export const states =
  (name: string, version: number, ...allowed: string[]) =>
  (history: History) =>
    assert.ok(
      allowed.includes(history.key(name, version)!.state),
      `${name}#${version} is ${history.key(name, version)!.state}`,
    )

export const sampled = (operation: Operation): Operation => ({ ...operation, sampled: true })
