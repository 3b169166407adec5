// The parts of the page beside the matrix of all modules: each a table of its own, by its word: `npm run test:tokens -- across`.
import { ACROSS, tryAcross } from './across.ts'
import { ADOPTED, FILLERS, tryAdoption } from './adopted.ts'
import { none } from './cells.ts'
import { CONTRACT, tryContract } from './contract.ts'
import type { Cells } from './life.ts'
import type { Column } from './matrix.ts'
import { TOGETHER, tryTogether } from './members.ts'
import { MODULES, type TokenModule, whyNot } from './modules.ts'
import { shortVersion } from './packages.ts'
import { SEATS, trySeat } from './seats.ts'
import { everyLine, guarded } from './trial.ts'

export interface Part {
  name: string
  lines: readonly string[]
  modules: readonly TokenModule[]
  /** Programs that it needs of Debian. */
  packages: readonly string[]
  /** `modules`: those that were named, or all. */
  columns(modules: readonly TokenModule[]): Promise<Column[]>
}

const named = (...names: string[]): TokenModule[] => names.map((name) => MODULES.find((one) => one.name === name)!)
const PAIR = named('softhsm', 'opencryptoki')

async function columnOf(
  part: string,
  name: string,
  modules: readonly TokenModule[],
  lines: readonly string[],
  work: (trail: string[]) => Promise<Cells>,
): Promise<Column> {
  const without = modules.map(whyNot).find((why) => why !== undefined)
  process.stdout.write(`${part} ${name}: ${without ?? 'begins'}\n`)
  const cells = without === undefined ? await guarded(`${part} ${name}`, lines, work) : everyLine(none(without), lines)
  return { name, version: modules.map(shortVersion).join(', '), cells }
}

/** One after the other: a module with daemons is there once. */
async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<Column>): Promise<Column[]> {
  const columns: Column[] = []
  for (const item of items) columns.push(await work(item))
  return columns
}

/** One of the pair with the other, and the other with the one. `between`: in the column's name. */
const bothWays = (
  part: string,
  between: string,
  lines: readonly string[],
  work: (one: TokenModule, other: TokenModule, trail: string[]) => Promise<Cells>,
): Promise<Column[]> =>
  inTurn([PAIR, PAIR.toReversed()], (pair) => {
    const [one, other] = pair as [TokenModule, TokenModule]
    return columnOf(part, `${one.name}${between}${other.name}`, pair, lines, (trail) => work(one, other, trail))
  })

const across: Part = {
  name: 'across',
  lines: ACROSS,
  modules: PAIR,
  packages: [],
  columns: () => bothWays('across', ' to ', ACROSS, tryAcross),
}

const members: Part = {
  name: 'members',
  lines: TOGETHER,
  modules: PAIR,
  packages: ['opensc', 'python3'],
  columns: () => bothWays('members', ', ', TOGETHER, tryTogether),
}

const adopt: Part = {
  name: 'adopt',
  lines: ADOPTED,
  modules: PAIR,
  packages: ['opensc', 'gnutls-bin'],
  columns: () =>
    inTurn(
      PAIR.flatMap((module) => FILLERS.map((filler) => ({ module, filler }))),
      ({ module, filler }) =>
        columnOf('adopt', `${module.name} by ${filler.name}`, [module], ADOPTED, (trail) =>
          tryAdoption(module, filler, trail),
        ),
    ),
}

const [OWN] = PAIR as [TokenModule]

const apps: Part = {
  name: 'apps',
  lines: SEATS,
  modules: MODULES,
  packages: [],
  columns: () =>
    inTurn(MODULES, (module) => columnOf('apps', module.name, [module], SEATS, (trail) => trySeat(module, OWN, trail))),
}

export const contract: Part = {
  name: 'contract',
  lines: CONTRACT,
  modules: MODULES,
  packages: [],
  columns: (modules) =>
    inTurn(modules, (module) =>
      columnOf('contract', module.name, [module], CONTRACT, (trail) => tryContract(module, trail)),
    ),
}

export const PARTS: readonly Part[] = [contract, across, members, adopt, apps]
