// Every PKCS#11 module of this Debian, or those named: `npm run test:tokens -- softhsm nss`. See scripts/tokens.mjs.
import { parseArgs } from 'node:util'
import { groupedBy } from '../../src/domain/grouped.ts'
import { none } from './cells.ts'
import { custom } from './custom.ts'
import { type Column, matrix } from './matrix.ts'
import { MODULES, type TokenModule, whyNot } from './modules.ts'
import { install, shortVersion, suiteHere } from './packages.ts'
import { differences, incomparable, writeTable } from './page.ts'
import { contract, PARTS, type Part } from './parts.ts'
import { tryRules } from './rules.ts'
import { everyLine, LINES, tryModule } from './trial.ts'

const WORKERS = 2
const say = (text: string) => process.stdout.write(`${text}\n`)

interface Chosen {
  modules: readonly TokenModule[]
  parts: readonly Part[]
}

function chosen(names: readonly string[]): Chosen {
  const known = [...MODULES, custom]
  const unknown = names.find((name) => [...known, ...PARTS].every((one) => one.name !== name))
  if (unknown !== undefined)
    throw new Error(
      `nothing is called ${unknown}; there are ${[...known, ...PARTS].map(({ name }) => name).join(', ')}`,
    )
  if (names.length === 0) return { modules: MODULES, parts: PARTS }
  const named = <T extends { name: string }>(all: readonly T[]): T[] => all.filter(({ name }) => names.includes(name))
  const [modules, parts] = [named(known), named(PARTS)]
  return { modules, parts: modules.length > 0 && !parts.includes(contract) ? [contract, ...parts] : parts }
}

const packagesOf = ({ modules, parts }: Chosen): Set<string> =>
  new Set([...modules, ...parts, ...parts.flatMap((part) => part.modules)].flatMap(({ packages }) => packages))

async function columnOf(module: TokenModule): Promise<Column> {
  const without = whyNot(module)
  say(`${module.name}: ${without ?? 'begins'}`)
  const cells = without === undefined ? await tryModule(module) : everyLine(none(without))
  say(`${module.name}: ended`)
  return { name: module.name, version: shortVersion(module), cells }
}

async function runAll(modules: readonly TokenModule[]): Promise<Column[]> {
  const columns: Column[] = []
  let next = 0
  const work = async () => {
    for (let i = next++; i < modules.length; i = next++) columns[i] = await columnOf(modules[i]!)
  }
  await Promise.all(Array.from({ length: WORKERS }, work))
  return columns
}

async function run(args: string[]): Promise<boolean> {
  const options = { write: { type: 'boolean', default: false } } as const
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  const { modules, parts } = chosen(positionals)
  const lacking = incomparable(LINES)?.why
  if (values.write && lacking !== undefined) throw new Error(`--write: ${lacking}`)
  if (values.write && modules.length > 0 && modules !== MODULES) throw new Error('--write wants all modules')
  const told: boolean[] = []
  if (modules.length > 0) told.push(tell('matrix', await runAll(modules), LINES, values.write))
  for (const part of parts) {
    const columns = await part.columns(modules.length > 0 ? modules : part.modules)
    told.push(tell(part.name, columns, part.lines, values.write))
  }
  return told.every(Boolean)
}

/** False where a word is another than on the page, or a FAULT. */
function tell(what: string, columns: readonly Column[], lines: readonly string[], writes: boolean): boolean {
  const [name, table] = [`${what} ${suiteHere()}`, matrix(columns, lines)]
  say(`\n${table}`)
  if (writes) writeTable(name, table)
  const left = incomparable(lines)
  if (left !== undefined) say(`not compared  ${name}: ${left.why}: ${left.lines.join('; ')}`)
  const compared = lines.filter((line) => !left?.lines.includes(line))
  const wasTried = ({ cells }: Column) => [...cells.values()].some(({ is }) => is !== 'none')
  for (const line of notApplicable(columns)) say(line)
  const other = differences(name, matrix(columns.filter(wasTried), compared))
  for (const difference of other) say(`differs  ${difference}`)
  return other.length === 0 && !columns.some(({ cells }) => [...cells.values()].some(({ is }) => is === 'fault'))
}

/** What a module could not be held to, by the reason. */
const notApplicable = (columns: readonly Column[]): string[] =>
  columns.flatMap(({ name, cells }) => {
    const untried = [...cells].flatMap(([line, cell]) => (cell.is === 'none' ? [{ line, why: cell.why }] : []))
    return [...groupedBy(untried, ({ why }) => why)].map(
      ([why, lines]) => `not applicable  ${name}: ${why}: ${lines.map(({ line }) => line).join('; ')}`,
    )
  })

async function main([verb, ...args]: string[]): Promise<boolean> {
  if (verb === 'rules') {
    say(JSON.stringify(tryRules(args)))
    return true
  }
  const names = args.filter((word) => !word.startsWith('-'))
  return verb === 'install' ? install(packagesOf(chosen(names))) : run(args)
}

// Each workplace ends its own daemons, however this ends.
process.setMaxListeners(0)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  process.stderr.write(`tokens: ${(error as Error).message}\n`)
  process.exitCode = 2
}
