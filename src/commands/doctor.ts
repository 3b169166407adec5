// keyrite doctor: what could go wrong, from node to the token. It asks nobody, does not log in, and changes nothing.
import { lstatSync, realpathSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  type Context,
  choosePartition,
  type Globals,
  globalsOf,
  type PartitionSettings,
  terminalOf,
} from '../cli/context.ts'
import { MODULE, withExamples } from '../cli/examples.ts'
import type { MachineFacts } from '../cli/machine-facts.ts'
import { type ModuleOptions, withModule } from '../cli/module-settings.ts'
import { hintText } from '../domain/hint-text.ts'
import { tokenName } from '../domain/token-address.ts'
import type { SlotFacts } from '../hsm/port.ts'
import type { Partition } from '../ledger/port.ts'
import type { Mark } from '../terminal/look.ts'
import { marked, type Part } from '../terminal/text.ts'
import { lookAtApplications } from './doctor/applications.ts'
import { type Check, Checks, ok, skipped } from './doctor/checks.ts'
import { closedToOthers, freeAt, space } from './doctor/files.ts'
import * as machine from './doctor/machine.ts'
import { lookAtMembers, modulesOfMembers } from './doctor/members.ts'
import { lookAtModule } from './doctor/module.ts'
import { lookAtPartition, type PartitionHealth, tokenOf } from './doctor/partition.ts'
import { variables } from './doctor/variables.ts'

export function declare(root: Command, context: Context): void {
  withExamples(
    withModule(root.command('doctor'), 'a PKCS#11 library to look at, beside those of the partitions (KEYRITE_MODULE)'),
    'keyrite doctor',
    'keyrite doctor --ddl',
    `keyrite doctor ${MODULE}`,
  )
    .summary('what stands in the way, and what to do about it')
    .description(
      'Looks at node, the files of the program, the native part, files and ledgers, modules and tokens, and at what the machine does with secrets in memory. ' +
        'Needs no shares, logs in nowhere and changes nothing. The exit code is that of the first problem, and 0 where there are none but warnings.',
    )
    .option('--ddl', 'print what an administrator runs in PostgreSQL for ledgers')
    .action((options: Options, command: Command) => run(options, command, context))
}

interface Options extends ModuleOptions {
  ddl?: true
}

async function run(options: Options, command: Command, context: Context): Promise<void> {
  if (options.ddl) return printScript(globalsOf(command, context), context)
  const module = options.module ?? (context.env.KEYRITE_MODULE || undefined)
  const globals = globalsOf(command, context)
  const profile = options.profile && context.settings.profile(options.profile, context.moduleEnv)
  const checks = new Checks(globals.address)
  const facts = await context.machine()
  await checks.look('node', () => machine.node(facts))
  await checks.look('program', () => machine.program(context.installation()))
  await checks.look('native part', () => native(globals, context))
  const health = await lookAtHome(checks, globals, context, facts)
  await lookAtModules(checks, health, module ? { ...profile, module } : undefined, globals, context, facts)
  await lookAtApplications(checks, health, globals, context)
  await lookAtMachine(checks, health, context, facts)
  report(checks.all, globals, context)
}

async function printScript(globals: Globals, context: Context): Promise<void> {
  const ddl = await context.databaseScript()
  terminalOf(globals, context).answer({ data: { ddl }, text: ddl.trimEnd().split('\n') })
}

async function native({ timeout }: Globals, context: Context) {
  await context.checkNative({ env: context.moduleEnv, timeout })
  return ok('pkcs11js can be loaded')
}

async function lookAtHome(checks: Checks, globals: Globals, context: Context, { uid }: MachineFacts) {
  const { home, partition } = globals
  const { ledgers } = context
  const found = await checks.look('home', () => {
    if (!isThere(home)) return ok(`${home} is not there yet: partition init makes it`)
    ledgers.checkOwn(home)
    return closedToOthers([dirname(resolve(home))], uid, `${home}: closed to others`)
  })
  await checks.look('settings', () => {
    const path = join(home, 'config.json')
    if (!isThere(path)) return ok('none yet')
    ledgers.checkOwn(path)
    context.settings.all(home)
    return ok(`${path}: closed to others`)
  })
  await checks.look('disk', () => {
    const { free, path } = freeAt(home)
    return space(free, path)
  })
  const health: PartitionHealth[] = []
  if (found.failure && found.failure.code !== 'FILE-WRITABLE') {
    await checks.look('partitions', () => skipped('they can only be looked at when the home is in order'))
    return health
  }
  let partitions: Partition[] = []
  let among = 0
  await checks.look('partitions', () => {
    const all = ledgers.partitions(home)
    among = all.length
    partitions = partition === undefined ? all : [choosePartition(globals, context)]
    return ok(partitions.map(({ name }) => name).join(', ') || 'none')
  })
  for (const one of partitions) health.push(await lookAtPartition(checks, one, home, context, among))
  return health
}

async function lookAtModules(
  checks: Checks,
  health: readonly PartitionHealth[],
  given: PartitionSettings | undefined,
  globals: Globals,
  context: Context,
  { uid }: MachineFacts,
): Promise<void> {
  const own = health.flatMap(({ settings }): [string, PartitionSettings][] =>
    settings ? [[settings.module, settings]] : [],
  )
  const all = new Map([...modulesOfMembers(health, globals, context), ...own])
  if (given && ![...all.keys()].some((known) => sameFile(known, given.module))) all.set(given.module, given)
  if (all.size === 0) {
    await checks.look('module', () => skipped('none is known: name one with --module PATH'))
    return
  }
  const ours = health.flatMap(({ history }) => history?.members.live.map(({ token }) => tokenName(token)) ?? [])
  const shown = new Map<string, SlotFacts[]>()
  for (const [path, settings] of all) {
    const suffix = all.size === 1 ? '' : ` of ${path}`
    const partition = health.find((one) => one.settings?.module === path)?.name
    const slots = await lookAtModule(checks, { settings, partition, ours, suffix }, globals, context, uid)
    if (slots) shown.set(path, slots)
  }
  for (const one of health) {
    const { name, history, settings, pending } = one
    if (!history || !settings) continue
    await checks.look(`${name}: token`, () => {
      const slots = shown.get(settings.module)
      return slots ? tokenOf(history, slots, settings.module, pending) : skipped('its module shows no slots')
    })
    await lookAtMembers(checks, one, shown, globals, context)
  }
}

/** A link that leads nowhere is there as well. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

function sameFile(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other)
  } catch {
    return false
  }
}

async function lookAtMachine(
  checks: Checks,
  health: readonly PartitionHealth[],
  context: Context,
  facts: MachineFacts,
) {
  const last = new Map(health.flatMap(({ name, history }) => (history ? [[name, history.time]] : [])))
  await checks.look('clock', () => machine.clock(facts, context.sources.clock(), last))
  await checks.look('swap', () => machine.swap(facts))
  await checks.look('core dumps', () => machine.coreLimit(facts))
  await checks.look('core pattern', () => machine.corePattern(facts))
  await checks.look('ptrace', () => machine.ptrace(facts))
  await checks.look('variables', () => variables(context.moduleEnv))
  await checks.look('terminal', () => machine.terminal(facts, context.moduleEnv))
  await checks.look('locale', () => machine.locale(context.moduleEnv))
  await checks.look('width', () => machine.width(facts))
}

/** The first problem decides the exit code; the others are listed with it. */
function report(checks: readonly Check[], globals: Globals, context: Context): void {
  const terminal = terminalOf(globals, context)
  const data = {
    checks: checks.map(({ failure: _, hint, ...check }) => ({ ...check, ...(hint && { hint: hintText(hint) }) })),
  }
  const problems = checks.filter(({ status }) => status === 'problem')
  const warnings = checks.filter(({ status }) => status === 'warning').length
  const said = warnings === 0 ? 'nothing stands in the way' : `nothing stands in the way; warnings: ${warnings}`
  const [first] = problems
  if (!first || !globals.json) {
    const text = () => [...checks.flatMap((check) => lines(check, checks)), ...(first ? [] : ['', said])]
    terminal.answer({ data, text })
  }
  if (!first) return
  const more = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`
  const message = `${first.name}: ${first.failure!.message}${more}`
  throw first.failure!.with({ message, hint: first.hint, changed: false, data })
}

const MARKS: Partial<Record<Check['status'], Mark>> = { problem: 'bad', warning: 'warning', skipped: 'dim' }

function lines({ name, status, found, hint }: Check, all: readonly Check[]): Part[] {
  const width = Math.max(...all.map((check) => check.name.length))
  const head = [marked(status.padEnd(7), MARKS[status]), `  ${name.padEnd(width)}  `]
  return [{ head, line: [found] }, ...(hint === undefined ? [] : [{ hint, indent: ' '.repeat(9) }])]
}
