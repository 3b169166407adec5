// keyrite partition init: an empty token comes under the care of M of N custodians.
import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { Collection } from '../../ceremony/collection.ts'
import * as init from '../../ceremony/init-partition.ts'
import { everyCustodian } from '../../domain/approvals.ts'
import { shortCode } from '../../domain/code.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import { refused, usage } from '../../domain/errors.ts'
import { parseShortName, type ShortName } from '../../domain/names.ts'
import { rosterWarnings } from '../../domain/roster.ts'
import { Secret } from '../../domain/secret.ts'
import type { TokenFacts } from '../../hsm/port.ts'
import type { Partition, Pending } from '../../ledger/port.ts'
import type { Terminal } from '../../terminal/port.ts'
import { fields } from '../../terminal/text.ts'
import { type Context, globalsOf, terminalOf } from '../context.ts'
import { asIs, ONE_DAY, repeatable, wholeNumber, withPlan } from '../options.ts'
import { initView } from '../views.ts'
import { hsmOptions } from '../work.ts'
import { type GroupOptions, parseGroup, requestedGroups } from './groups.ts'
import { checkIssue, type IssueOptions, issueShares, sharePaths } from './issue.ts'
import { chooseTarget, type Target, type TargetOptions } from './target.ts'

interface Options extends GroupOptions, IssueOptions, TargetOptions {
  module: string
  soPinFile?: string
  dryRun?: boolean
  expires?: number
}

const list = (flags: string, text: string): Option =>
  new Option(flags, text).argParser(repeatable(asIs)).default([], 'none')

export function declare(parent: Command, context: Context): void {
  withPlan(parent.command('init'))
    .summary('bring an empty token under M of N custodians')
    .description(
      'Initialises a blank token, makes the shares, has every custodian read theirs back and approve, and begins the ledger. ' +
        'Keep the anchor that it prints: with it anyone can check the ledger later.',
    )
    .argument('<name>', 'name of the partition', (text) => parseShortName('partition', text))
    .requiredOption('--module <path>', 'the PKCS#11 library')
    .option('--slot <id>', 'slot of the blank token', wholeNumber('--slot', 0, 0xffffffff))
    .addOption(list('--custodian <name>', 'a custodian; repeatable'))
    .option('--threshold <m>', 'how many custodians must agree', wholeNumber('--threshold', 2, 255))
    .addOption(
      new Option('--group <name:roles:m:custodians>', 'a group of its own; repeatable')
        .argParser(repeatable(parseGroup))
        .default([], 'none'),
    )
    .option('--shares-dir <dir>', 'where the share files go')
    .addOption(list('--recipient <name=age1...>', 'make the share of NAME for an age recipient; repeatable'))
    .option('--unsafe-plain-shares', 'write shares that are not encrypted')
    .option('--passphrase-cost <n>', 'scrypt work factor, log2', wholeNumber('--passphrase-cost', 14, 20), 18)
    .option('--erase-token <serial>', 'erase this initialised token and take it')
    .option('--so-pin-file <file>', 'the present SO PIN of the token to erase')
    .action((name: ShortName, options: Options, command: Command) => run(name, options, command, context))
}

async function run(name: ShortName, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const groups = requestedGroups(options)
  const custodians = [...new Set(groups.flatMap((group) => group.custodians))]
  const partition = context.ledgers.partition(globals.home, name)
  const before = unfinished(partition)
  checkIssue(custodians, options, context.quorum, terminal)
  const paths = sharePaths(
    groups.map((group) => ({ name: group.name, epoch: 1 })),
    (group) => groups.find(({ name: other }) => other === group)!.custodians,
    options,
    context.quorum,
  )
  const module = await context.inspectModule(options.module)
  const circumstances = { chance: context.chance, lifetime: options.expires ?? ONE_DAY, module }
  await using hsm = await context.openHsm(hsmOptions({ module: module.path }, globals, context))
  const slots = await hsm.slots()
  const target = chooseTarget(slots, options, before, name)
  for (const warning of rosterWarnings(groups)) terminal.warn(warning)
  if (options.dryRun) {
    const data = {
      plan: { op: 'partition.init', name, module, slot: target.slot, groups, shares: Object.fromEntries(paths) },
    }
    return terminal.answer({
      data,
      text: initView({ name, groups, module: module.path, where: `slot ${target.slot}` }),
    })
  }
  partition.make()
  using lock = partition.lock()
  lock.adopt(hsm.pid)
  const again = unfinished(partition)
  if (again && again.temporaryPin !== before?.temporaryPin)
    throw refused('LOCKED', 'another keyrite began this partition meanwhile')
  const ports: init.InitPorts = {
    chance: context.chance,
    hsm,
    ledgers: context.ledgers,
    partition,
    quorum: context.quorum,
  }
  if (target.kind === 'unfinished') await checkStillEmpty(before!, target, ports)
  clearAway(before, [...paths.values()], terminal)
  const pending = init.beginPending(
    name,
    module.path,
    slots.flatMap(({ token }) => (token?.initialised ? [token.serial] : [])),
    ports,
    before,
  )
  const token = await takeToken(target, name, pending, options, ports, context)
  const { groups: roster, shares } = await init.makeGroups(groups, pending, ports)
  const plan = init.planInit(pending, init.tokenOf(token), roster, partition.createStation().key, circumstances)
  terminal.say(initView({ name, groups, module: module.path, where: `serial ${token.serial}`, plan }))
  using collection = new Collection(plan, everyCustodian(roster), roster, context.quorum)
  await issueShares(shares, paths, plan, collection, options, { quorum: context.quorum, terminal, partition, pending })
  collection.check()
  init.approveInit(plan, collection.approvals(), pending, partition)
  await context.settings.write(globals.home, name, { module: module.path })
  context.holdInterrupts()
  const done = await init.finishInit(pending, collection, ports)
  const shareFiles = shares.map(({ custodian, group }) => ({
    custodian,
    group: group.name,
    file: paths.get(`${group.name}/${custodian}`)!,
  }))
  terminal.answer(beginningReport(name, done, shareFiles))
}

/** PARTITION-NEW: a partition begins once. Gives what an interrupted beginning left. */
function unfinished(partition: Partition): Pending | undefined {
  if (!partition.exists) return undefined
  partition.check()
  const pending = partition.pending()
  if (partition.begun && !pending)
    throw refused('PARTITION-NEW', `partition ${partition.name} exists already`, 'keyrite partition show')
  if (partition.begun) throw needsRecovery(partition)
  return pending
}

const needsRecovery = ({ name }: Partition) =>
  refused(
    'PARTITION-FINISHED',
    `partition ${name} was approved by everyone and is nearly made`,
    `keyrite --partition ${name} partition recover`,
  )

/** The temporary PIN still opens: no share has become a PIN yet, and the token is empty. */
async function checkStillEmpty(
  pending: Pending,
  { serial }: Target,
  { hsm, partition }: init.InitPorts,
): Promise<void> {
  using pin = new Secret(fromBase64url(pending.temporaryPin))
  if (!(await hsm.pinOpens(serial, 'so', { bytes: pin, form: 'derived' }))) throw needsRecovery(partition)
}

/** Share files of the beginning before are useless now: those that are still as they were written go. FILE-EXISTS for others. */
function clearAway(before: Pending | undefined, paths: readonly string[], terminal: Terminal): void {
  for (const { path, sha256 } of before?.files ?? []) {
    if (hashOf(path) !== sha256) continue
    rmSync(path)
    terminal.say(`  removed ${path}: it is of the beginning that was interrupted`)
  }
  const taken = paths.find((path) => hashOf(path) !== undefined)
  if (taken) throw refused('FILE-EXISTS', `${taken} exists already`, 'move it away, or choose another --shares-dir')
}

function hashOf(path: string): string | undefined {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : ''
  }
}

async function takeToken(
  target: Target,
  label: string,
  pending: Pending,
  options: Options,
  ports: init.InitPorts,
  context: Context,
): Promise<TokenFacts> {
  if (target.kind !== 'erase') return init.initialiseToken(target.slot, label, pending, ports)
  if (options.soPinFile === undefined)
    throw usage('erasing a token needs its present SO PIN', '--so-pin-file FILE', 'INPUT-MISSING')
  using present = context.quorum.readSecretFile(options.soPinFile, 'SO PIN file')
  return init.eraseToken(target.slot, label, { bytes: present, form: 'text' }, pending, ports)
}

type Begun = Awaited<ReturnType<typeof init.finishInit>>

export function beginningReport(
  name: string,
  { plan, seq, leaf, partition, groups }: Begun,
  shares: readonly { custodian: string; group: string; file: string }[],
) {
  const anchor = shortCode(fromBase64url(leaf))
  const data = { plan, seq, leaf, anchor, name, partition, groups, ...(shares.length > 0 ? { shares } : {}) }
  const text = fields([
    ['partition', `${name}  ${partition}`],
    ['anchor', `${anchor}   write it down and keep it apart from this machine`],
    ...shares.map(({ custodian, file }): [string, string] => ['share', `${custodian}: ${file}`]),
  ])
  return { data, text }
}
