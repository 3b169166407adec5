// Two modules at work for one partition: the one that it begins on, and another beside it.
import type { Result } from '../support/keyrite.ts'
import { type Cell, none } from './cells.ts'
import type { Cells } from './life.ts'
import type { TokenModule } from './modules.ts'
import { accepting, begin } from './newcomer.ts'
import { Workplace } from './workplace.ts'

interface Two {
  place: Workplace
  other: Workplace
  cells: Cells
}

/** What came of each line; one that was not come to says so. */
export async function tryTwo(
  lines: readonly string[],
  [own, beside]: readonly [TokenModule, TokenModule],
  trail: string[],
  work: (two: Two) => Promise<void>,
): Promise<Cells> {
  await using place = new Workplace(own, trail)
  await using other = new Workplace(beside, trail)
  const cells: Cells = new Map()
  await work({ place, other, cells })
  return new Map(lines.map((line) => [line, cells.get(line) ?? none('what it needs was refused')]))
}

/** A partition on the first, and a new token of the other within its reach. */
export async function beginBeside({ place, other }: Two): Promise<Cell> {
  await place.newToken()
  place.clear()
  const begun = await begin(place)
  await other.newToken()
  place.started = { ...place.started, env: { ...other.started.env, ...place.started.env } }
  return begun
}

/** Takes the token of the other by what refusals say: what has to be accepted, and the PIN that it has from its maker. */
export async function taking({ place, other }: Omit<Two, 'cells'>, ...words: string[]): Promise<[Result, string[]]> {
  const take = (...pin: string[]) => accepting((...more) => place.approved(...words, ...other.behind, ...pin, ...more))
  const first = await take()
  return `${first[0].json?.error?.hint}`.includes('--so-pin-file') ? await take(...other.presentPin()) : first
}
