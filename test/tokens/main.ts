// Every PKCS#11 module of this Debian, or those named: `npm run test:tokens -- softhsm nss`. See scripts/tokens.mjs.
import { parseArgs } from 'node:util'
import { none } from './cells.ts'
import { custom } from './custom.ts'
import { type Column, matrix } from './matrix.ts'
import { isPrivate, libraryOf, MODULES, type TokenModule } from './modules.ts'
import { install, suiteHere, versionOf } from './packages.ts'
import { differences, writeMatrix } from './page.ts'
import { tryRules } from './rules.ts'
import { everyLine, LINES, tryModule } from './trial.ts'

const WORKERS = 2
const say = (text: string) => process.stdout.write(`${text}\n`)

function chosen(names: readonly string[]): TokenModule[] {
  const known = [...MODULES, custom]
  const unknown = names.find((name) => known.every((module) => module.name !== name))
  if (unknown !== undefined)
    throw new Error(`no module is called ${unknown}; there are ${known.map(({ name }) => name).join(', ')}`)
  return names.length === 0 ? [...MODULES] : known.filter(({ name }) => names.includes(name))
}

async function columnOf(module: TokenModule): Promise<Column> {
  const version = versionOf(module.packages[0] ?? '')?.replace(/^\d+:|-[^-]*$/g, '') ?? '-'
  const without = whyNot(module)
  say(`${module.name}: ${without ?? 'begins'}`)
  const cells = without === undefined ? await tryModule(module) : everyLine(none(without))
  say(`${module.name}: ended`)
  return { name: module.name, version, cells }
}

function whyNot(module: TokenModule): string | undefined {
  if (libraryOf(module) === undefined) return `left out: ${module.library} is not there`
  if (module.wantsPrivacy && !isPrivate())
    return 'left out: it needs root and unshare, so that the token of this machine is left alone'
  return undefined
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
  if (values.write && positionals.length > 0) throw new Error('--write wants all modules')
  const columns = await runAll(chosen(positionals))
  const [suite, table] = [suiteHere(), matrix(columns, LINES)]
  say(`\n${table}`)
  if (values.write) writeMatrix(suite, table)
  const wasTried = ({ cells }: Column) => [...cells.values()].some(({ is }) => is !== 'none')
  const other = differences(suite, matrix(columns.filter(wasTried), LINES))
  for (const difference of other) say(`differs  ${difference}`)
  return other.length === 0 && !columns.some(({ cells }) => [...cells.values()].some(({ is }) => is === 'fault'))
}

async function main([verb, ...args]: string[]): Promise<boolean> {
  if (verb === 'rules') {
    say(JSON.stringify(tryRules(args)))
    return true
  }
  const names = args.filter((word) => !word.startsWith('-'))
  return verb === 'install' ? install(chosen(names)) : run(args)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
} catch (error) {
  process.stderr.write(`tokens: ${(error as Error).message}\n`)
  process.exitCode = 2
}
