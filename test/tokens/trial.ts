// One module: its rules by plain calls, then the life of a partition, each on tokens of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, runProgram } from '../support/keyrite.ts'
import { inRepo } from '../support/paths.ts'
import { type Cell, fault } from './cells.ts'
import { type Cells, LIFE, Life } from './life.ts'
import type { TokenModule } from './modules.ts'
import { suiteHere } from './packages.ts'
import { everyRule, RULES, type Rule, type Verdict } from './rules.ts'
import { Workplace } from './workplace.ts'

/** All lines of the matrix, in its order. */
export const LINES: readonly string[] = [...LIFE, ...Object.values(RULES)]

/** Of each Debian its own. */
const trails = () => inRepo('build', 'tokens', suiteHere())

export const tryModule = (module: TokenModule): Promise<Cells> =>
  guarded(module.name, LINES, (trail) => tryOn(module, trail))

/** What was typed is kept, however it ends. */
export async function guarded(
  name: string,
  lines: readonly string[],
  work: (trail: string[]) => Promise<Cells>,
): Promise<Cells> {
  const trail: string[] = []
  const cells = await work(trail).catch((error) => everyLine(fault((error as Error).message.split('\n')[0]!), lines))
  keepTrail(name, trail, cells)
  return cells
}

export const everyLine = (cell: Cell, lines = LINES): Cells => new Map(lines.map((line) => [line, cell]))

async function tryOn(module: TokenModule, trail: string[]): Promise<Cells> {
  await using place = new Workplace(module, trail)
  const rules = await rulesOf(place)
  const life = await new Life(place).live()
  return new Map<string, Cell>([
    ...life,
    ...(Object.keys(RULES) as Rule[]).map((rule) => [RULES[rule], rules[rule]] as const),
  ])
}

async function rulesOf(place: Workplace): Promise<Record<Rule, Verdict>> {
  if (place.module.isSingle) return everyRule({ is: 'none', why: 'it would take the token' })
  await place.newToken()
  const { env, parameters = '' } = place.started
  const { soPin } = place.module
  const args = [process.argv[1]!, 'rules', place.library, parameters, ...(soPin === undefined ? [] : [soPin])]
  const result = await runProgram(process.execPath, args, { env, cwd: place.path() })
  place.trail.push(`rules: exit ${result.code ?? result.signal}\n${result.stdout}\n${result.stderr}`)
  const told = parse(result.stdout) as Record<Rule, Verdict> | undefined
  return told ?? everyRule({ is: 'none', why: `the plain calls ended with ${result.code ?? result.signal}` })
}

/** For whoever wants to know how a cell came about. */
function keepTrail(name: string, trail: readonly string[], cells: Cells): void {
  mkdirSync(trails(), { recursive: true })
  const told = [...cells].map(([line, cell]) => `${line}: ${textOf(cell)}\n`)
  writeFileSync(join(trails(), `${name.replaceAll(' ', '-')}.txt`), [...trail, '', ...told].join('\n'))
}

const textOf = (cell: Cell): string => ('why' in cell ? `${cell.is}, ${cell.why}` : cell.is)
