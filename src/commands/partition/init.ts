// keyrite partition init: puts an empty token under the control of M of N custodians.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import * as init from '../../change/operations/init-partition.ts'
import type { PlanInputs } from '../../change/plan-header.ts'
import { ShareIntake } from '../../change/share-intake.ts'
import * as taken from '../../change/taken-token.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, withExamples } from '../../cli/examples.ts'
import { absoluteProfile, type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { acceptOption, ONE_DAY, wholeNumber, withApproval } from '../../cli/options.ts'
import { absolute } from '../../cli/paths.ts'
import { saidFlags } from '../../cli/said-options.ts'
import { everyCustodian } from '../../domain/approvals.ts'
import { checkRecordable } from '../../domain/clock.ts'
import { interrupted } from '../../domain/errors.ts'
import type { InitPlan } from '../../domain/first-plans.ts'
import { loadEverything } from '../../domain/lazily.ts'
import { noted } from '../../domain/module-profile.ts'
import { parseShortName, type ShortName, stationNameOf } from '../../domain/names.ts'
import type { TakenPending } from '../../domain/pending.ts'
import { WEAKNESSES, type Weakness } from '../../domain/profile.ts'
import { propose } from '../../domain/proposal.ts'
import { rosterWarnings } from '../../domain/roster.ts'
import { saidOf } from '../../domain/said.ts'
import { tokenName } from '../../domain/token-address.ts'
import { checkErasable, checkPartitionable } from '../../domain/token-fit.ts'
import type { Partition } from '../../ledger/port.ts'
import type { Quorum } from '../../quorum/port.ts'
import { blank, chooseTarget, type Target, type TargetOptions, tokenOf } from '../../session/choose-token.ts'
import { clockImpossible } from '../../session/clock.ts'
import { confirm } from '../../session/confirm.ts'
import type { Consented } from '../../session/consent.ts'
import { clearAway, leftOf } from '../../session/free-paths.ts'
import { requestedGroups } from '../../session/groups.ts'
import { hsmOptions } from '../../session/hsm-options.ts'
import { askName, type Completed, chooseSlot, complete, settleGuided } from '../../session/init-prompts.ts'
import { claimed, nearlyMade, settle, tokenTaken, unfinished } from '../../session/interrupted-init.ts'
import { approving, issueShares } from '../../session/issue-shares.ts'
import { beginningPaths } from '../../session/planned-paths.ts'
import { orWrongPreset, pinOf } from '../../session/present-pin.ts'
import { again, type Flags, shareFlags } from '../../session/resume-command.ts'
import { type EntryPorts, entryPorts } from '../../session/share-entry.ts'
import { shareFiles } from '../../session/share-paths.ts'
import { beginningOn, checkRulesSeen, settledBy, takeToken } from '../../session/take-token.ts'
import type { Terminal } from '../../terminal/port.ts'
import { beginningReport } from '../../views/init-report.ts'
import { beginningView, initView } from '../../views/init-view.ts'
import { tokenInWords } from '../../views/words.ts'
import { type CustodianOptions, custodianFlags, withCustodians } from './custodian-options.ts'

interface Given extends CustodianOptions, TargetOptions, ModuleOptions {
  soPinFile?: string
  confirm?: string
  dryRun?: boolean
  expires?: number
  reason?: string
  accept: Weakness[]
}

type Options = Completed<Given>

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withModule(withApproval(parent.command('init')), 'the PKCS#11 library (KEYRITE_MODULE)'),
    `keyrite partition init pay ${MODULE} --custodian alice --custodian bob --custodian carol --threshold 2 --shares-dir shares`,
    `keyrite partition init pay ${MODULE} --group officers:so,recovery:2:alice,bob,carol --group operators:user:2:dan,erin,frank --shares-dir shares`,
  )
    .summary('bring an empty token under M of N custodians')
    .description(
      'Initialises a blank token, tries out what it can do, makes the shares, has every custodian read theirs back and approve, and begins the ledger. ' +
        'Keep the anchor that it prints: with it anyone can check the ledger later. At a terminal it asks for what no flag says.',
    )
    .argument('[name]', 'name of the partition', (text) => parseShortName('partition', text))
    .option('--slot <id>', 'slot of the blank token', wholeNumber('--slot', 0, 0xffffffff))
  withCustodians(command)
    .addOption(acceptOption(WEAKNESSES))
    .option('--erase-token <serial>', 'erase this initialised token and take it')
    .option('--so-pin-file <file>', 'the present SO PIN of the token to erase, or of a blank one that has one already')
    .option('--confirm <name>', 'the name of the partition, to erase a token without being asked')
    .action((name: ShortName | undefined, flags: Given, command: Command) => run(name, flags, command, context))
}

type Ports = init.InitPorts & taken.TakingPorts & { partition: Partition; quorum: Quorum }

/** The request, checked before anything is touched. */
interface Request {
  name: ShortName
  groups: init.GroupRequest[]
  /** Where each share goes, by `GROUP/CUSTODIAN`. */
  paths: Map<string, string>
  options: Options
  /** Of this machine, in the ledger. */
  station: string
  inputs: PlanInputs
  /** Of the key that this station is to have, where there is one. */
  keyFile: string | undefined
  /** It resumes an init that was interrupted. */
  resumes: boolean
  /** By which each share is read back. */
  opening: EntryPorts
}

async function run(given: ShortName | undefined, flags: Given, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const name = given ?? (await askName(terminal))
  const partition = context.ledgers.partition(globals.home, name)
  const before = unfinished(partition, globals.home, context)
  const options = await complete(flags, globals, context, terminal)
  const guided = options.guided || given === undefined
  const groups = requestedGroups(options)
  const paths = beginningPaths(groups, await leftOf(before, context.quorum), options, context, terminal)
  // The settings keep the path as it was given: an upgrade may put another file behind a link.
  const path = resolve(options.module)
  const module = await context.inspectModule(path)
  const { partition: uuid, keyFile, inputs: first } = settledBy(context)
  const inputs = {
    sources: context.sources,
    lifetime: options.expires ?? ONE_DAY,
    module,
    ...first,
    ...saidOf(options),
  }
  const station = options.station ?? stationNameOf(context.host.name)
  const opening = entryPorts(globals, context, terminal)
  const request: Request = {
    name,
    groups,
    paths,
    options,
    station,
    inputs,
    keyFile,
    resumes: before !== undefined,
    opening,
  }
  const settings = settingsFor(path, options, { home: globals.home }, context)
  await using hsm = await context.openHsm(hsmOptions({ ...settings, approved: module.sha256 }, globals, context))
  await loadEverything()
  const slots = await hsm.slots()
  const asks = guided && !before && options.slot === undefined && options.eraseToken === undefined
  const slot = asks ? await chooseSlot(slots, terminal) : undefined
  const pins = { prefix: settings.pinPrefix, accepted: options.accept }
  const target = chooseTarget(slots, slot === undefined ? options : { ...options, slot }, before, name, pins)
  const foreseen = await hsm.foresee(target.slot)
  if (target.kind === 'erase') checkErasable(foreseen)
  checkPartitionable(foreseen, options.accept)
  for (const warning of rosterWarnings(groups)) terminal.warn(warning)
  checkRecordable(context.sources.clock())
  const wrong = clockImpossible(context.sources.clock())
  if (wrong) terminal.warn(wrong.message, wrong.hint)
  if (options.dryRun) return terminal.answer(dryRunReport(request, target))
  if (guided)
    await settleGuided(
      beginningView({ name, groups, module, where: tokenInWords(tokenOf(target)), ...saidOf(options) }),
      options,
      terminal,
    )
  if (target.kind !== 'unfinished') await checkRulesSeen(target, options.accept, hsm)
  if (target.kind === 'erase') await confirm({ name, given: options.confirm }, terminal)
  using present = await pinOf(target, options, { hsm, quorum: context.quorum, terminal })
  using _ = claimed(partition, hsm.pid, before, () => unfinished(partition, globals.home, context))
  const { sources, ledgers, quorum } = context
  const ports: Ports = { sources, hsm, approvals: ledgers, partition, quorum, pins }
  const settled = before ? await settle(target, before, () => blank(slots, options.slot, pins), ports) : target
  await clearAway(before, context.quorum, terminal)
  const there = slots.flatMap(({ token }) => (token?.initialised ? [tokenName(token)] : []))
  const sameAgain = again(['partition', 'init', name], flagsOf(options, path))
  const pending = taken.beginPending(
    {
      ...{ kind: 'init', partition: uuid, name, ...noted(settings), token: tokenOf(settled) },
      ...{ again: sameAgain.run, asked: present !== undefined },
    },
    there,
    ports,
    before,
  )
  const fresh = settled.kind === 'blank'
  const taking = await takeToken(settled, pending, present, ports).catch((error) => {
    if (context.changes.inWords !== undefined) throw tokenTaken(error, sameAgain, fresh)
    if (!before) partition.removePending()
    throw target.kind === 'blank' ? orWrongPreset(error, target.slot, options, present !== undefined) : error
  })
  context.interruptionMeans(() => tokenTaken(interrupted(), sameAgain, fresh))
  using consented = await issue(request, taking, ports, terminal).catch((error) => {
    throw tokenTaken(error, sameAgain, fresh)
  })
  context.holdInterrupts()
  const done = await finish(taking.pending, consented, ports, () =>
    context.settings.write(globals.home, name, settings),
  ).catch((error) => {
    throw nearlyMade(error, name)
  })
  terminal.answer(beginningReport(name, done, shareFiles(done.groups, paths)))
}

/** What was asked for, and what was answered, as flags. */
const flagsOf = (options: Options, module: string): Flags => ({
  '--module': module,
  '--profile': absoluteProfile(options.profile),
  '--slot': options.slot,
  ...custodianFlags(options),
  '--accept': options.accept,
  '--erase-token': options.eraseToken,
  '--so-pin-file': absolute(options.soPinFile),
  '--confirm': options.confirm,
  ...saidFlags(options),
  ...shareFlags(options),
})

function dryRunReport({ name, groups, paths, options, inputs: { module } }: Request, target: Target) {
  const plan = {
    op: 'partition.init',
    name,
    module,
    slot: target.slot,
    groups,
    shares: Object.fromEntries(paths),
    ...saidOf(options),
  }
  const where = tokenInWords(tokenOf(target))
  return { data: { plan }, text: beginningView({ name, groups, module, where, ...saidOf(options) }) }
}

/** Makes the shares and hands them out; all are taken in, each read back by its custodian. */
async function issue(
  { groups, paths, options, station: name, inputs, keyFile, resumes, opening }: Request,
  taking: taken.Taken,
  ports: Ports,
  terminal: Terminal,
): Promise<Consented<InitPlan>> {
  const { partition, quorum } = ports
  const { pending } = taking
  const beginning = await beginningOn(taking, options.accept, ports)
  const { groups: roster, shares } = await init.makeGroups(groups, pending, ports)
  const station = { name, key: partition.createStation(keyFile).key }
  const plan = init.planInit(pending, beginning, roster, station, inputs)
  const proposal = propose(plan)
  const view = initView(proposal, resumes)
  terminal.show(view)
  const intake = new ShareIntake(proposal, everyCustodian(roster), roster, quorum)
  try {
    await issueShares(shares, paths, options, approving(intake, view, pending, opening, partition))
    return intake
  } catch (error) {
    intake[Symbol.dispose]()
    throw error
  }
}

/** From the approvals on: nothing more is asked. */
async function finish(
  pending: TakenPending,
  { change, credentials }: Consented<InitPlan>,
  ports: Ports,
  writeSettings: () => Promise<void>,
) {
  const approved = init.approveInit(change, pending, ports)
  await writeSettings()
  return init.finishInit(approved, credentials, ports, false)
}
