// One crash: an operation is ended at a step, an operator goes on, and everything is looked at.
import assert from 'node:assert/strict'
import { label } from '../../src/domain/names.ts'
import type { Result } from '../support/keyrite.ts'
import type { ProbeEvent } from '../support/probe.ts'
import { failuresOf, sicknessesOf } from './lies.ts'
import { ObjectFiles } from './object-files.ts'
import { eventsOf, type Operation } from './operation.ts'
import { indexIsNotAhead, judge } from './oracle.ts'
import type { Place, Strike } from './place.ts'
import { goOn, makeRight } from './recovery.ts'
import { fullDisksOf, powerLossesOf, sickDisksOf, strikesOf } from './strikes.ts'
import { tokenSerials } from './token.ts'

export interface Crash {
  operation: Operation
  event: ProbeEvent
  strike: Strike
}

export interface Choice {
  /** Also those that can't leave anything else than another one. */
  all?: boolean
  /** Also faults of the device and the disk that end nothing by themselves, and losses of power. */
  faults?: boolean
}

/** Every crash of an operation. */
export async function crashesOf(operation: Operation, { all = false, faults = false }: Choice = {}): Promise<Crash[]> {
  const events = await eventsOf(operation)
  const more = () => [...failuresOf(events, all), ...sickDisksOf(events), ...powerLossesOf(events)]
  const ends = [...strikesOf(events, all), ...fullDisksOf(events), ...sicknessesOf(events, all)]
  const strikes = faults ? [...ends, ...more()] : ends
  const chosen = operation.sampled && !all ? strikes.filter((_, i) => i % 3 === 1) : strikes
  return chosen.map((strike) => ({ operation, ...strike }))
}

export const titleOf = ({ operation, event, strike }: Crash): string => {
  const path = event.path.replace(/^.*\/(home|tokens|shares|out)(?=\/|$)/, '$1')
  return `${operation.name} ${mannerOf(strike)} ${event.number} ${event.name} ${path}`.trimEnd()
}

export function mannerOf(strike: Strike): string {
  if ('manner' in strike) return strike.manner
  if ('power' in strike) return `power-loss keeps ${strike.unsynced}`
  if ('kill' in strike) return `${strike.whom} ${strike.when}`
  if ('full' in strike) return 'disk-full from'
  return 'eio' in strike ? 'disk-error' : 'disk-read-only from'
}

/** Throws with the whole story when something is not as it must be. */
export async function survive(crash: Crash, turn: number): Promise<void> {
  const { operation, strike } = crash
  using place = await operation.prepare(turn)
  const files = new ObjectFiles(place.tokens)
  const keys = keysIn(place)
  const tokens = tokenSerials(place.folder)
  const killed = await place.keyrite(operation.args(place), strike)
  const claimsNothing = killed.json?.error?.changed === false
  try {
    files.putBack()
    if (claimsNothing) assert.deepEqual(tokenSerials(place.folder), tokens, 'the token was said to be as it was')
    if (operation.name === 'suspend') await indexIsNotAhead(place)
    await goOn(place, operation, tellsTheTruth(killed, crash))
    await makeRight(place, operation)
    const history = await judge(place, killed, operation)
    // A retirement that was only announced is gone through with.
    if (claimsNothing && keys && !history.retired)
      assert.deepEqual(keysIn(place), keys, 'keys were said to be as they were')
    await operation.check?.(history, place)
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${place.trail.join('')}`)
  }
}

/** What a lie leads to may also be a rule that the token doesn't keep, or not what was signed. */
function othersOf(strike: Strike): number[] {
  if ('full' in strike || 'eio' in strike || 'erofs' in strike) return [3, 6]
  return 'manner' in strike && strike.manner === 'liar' ? [3, 4, 5, 6] : [4, 6]
}

/** What the ledger tells of them; the one that the next command made is left out. Undefined where it can't tell of all yet. */
function keysIn({ history }: Place): string[] | undefined {
  if (!history || history.open) return undefined
  const keys = [...history.keys].filter(({ name }) => name !== 'other')
  return keys.map((key) => `${label(key.name, key.version)} ${key.state}`)
}

/** Where the command itself lived on, its exit code answers the first question: did anything change? Gives the hint to follow. */
function tellsTheTruth({ code, signal, json, stderr }: Result, { operation, strike }: Crash): string | undefined {
  if (signal === 'SIGKILL') return undefined
  const usual = operation.exit ?? 0
  assert.ok([usual, ...othersOf(strike)].includes(code!), `exit ${code ?? signal} of a command whose world broke`)
  assert.equal(json.ok, code === 0)
  if ('full' in strike && code !== usual) assert.match(stderr, /the disk is full/)
  return code === 6 ? json.error.hint : undefined
}
