// keyrite partition adopt: puts a token that holds keys under the control of M of N custodians. Nothing on it is erased.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { adoptableKeys } from '../../change/adoptable.ts'
import { checkAdoptable, clearRemains, ofAdoptedToken, planAdoption } from '../../change/operations/adopt-partition.ts'
import * as init from '../../change/operations/init-partition.ts'
import { ShareIntake } from '../../change/share-intake.ts'
import * as taken from '../../change/taken-token.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, withExamples } from '../../cli/examples.ts'
import { absoluteProfile, type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { acceptOption, ONE_DAY, repeated, withApproval } from '../../cli/options.ts'
import { absolute } from '../../cli/paths.ts'
import { saidFlags } from '../../cli/said-options.ts'
import { everyCustodian } from '../../domain/approvals.ts'
import { checkRecordable } from '../../domain/clock.ts'
import { toHex } from '../../domain/encoding.ts'
import { refused, usage } from '../../domain/errors.ts'
import type { AdoptPlan } from '../../domain/first-plans.ts'
import { loadEverything } from '../../domain/lazily.ts'
import { noted } from '../../domain/module-profile.ts'
import { parseKeyName, parseShortName, type ShortName, stationNameOf } from '../../domain/names.ts'
import { PROBED_WEAKNESSES, type Weakness } from '../../domain/profile.ts'
import { propose } from '../../domain/proposal.ts'
import { rosterWarnings } from '../../domain/roster.ts'
import { saidOf } from '../../domain/said.ts'
import type { Secret } from '../../domain/secret.ts'
import { addressOf, tokenName } from '../../domain/token-address.ts'
import { checkPromising } from '../../domain/token-fit.ts'
import type { Hsm, Pin, TokenFacts } from '../../hsm/port.ts'
import { choosePresentToken } from '../../session/adopted-token.ts'
import { clockImpossible } from '../../session/clock.ts'
import { clearAway, leftOf } from '../../session/free-paths.ts'
import { requestedGroups } from '../../session/groups.ts'
import { hsmOptions } from '../../session/hsm-options.ts'
import { complete } from '../../session/init-prompts.ts'
import { claimed, nearlyMade, unfinished } from '../../session/interrupted-init.ts'
import { approving, issueShares } from '../../session/issue-shares.ts'
import { beginningPaths } from '../../session/planned-paths.ts'
import { presentSoPin, presentUserPin } from '../../session/present-pin.ts'
import { again, type Flags, shareFlags } from '../../session/resume-command.ts'
import { entryPorts } from '../../session/share-entry.ts'
import { shareFiles } from '../../session/share-paths.ts'
import { beginningWith, settledBy } from '../../session/take-token.ts'
import { beginningReport } from '../../views/init-report.ts'
import { beginningView, initView } from '../../views/init-view.ts'
import { type CustodianOptions, custodianFlags, withCustodians } from './custodian-options.ts'

interface Given extends CustodianOptions, ModuleOptions {
  token?: string
  name: [label: string, name: string][]
  leave: string[]
  accept: Weakness[]
  soPinFile?: string
  userPinFile?: string
  dryRun?: boolean
  expires?: number
  reason?: string
}

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withModule(withApproval(parent.command('adopt')), 'the PKCS#11 library (KEYRITE_MODULE)'),
    `keyrite partition adopt pay ${MODULE} --custodian alice --custodian bob --custodian carol --threshold 2 --shares-dir shares --so-pin-file so.pin --user-pin-file user.pin`,
  )
    .summary('bring a token that holds keys under M of N custodians')
    .description(
      'Takes over a token that is initialised and holds keys: nothing on it is erased, and its keys stay as they are. The present SO and user PINs are read once; ' +
        'those of the shares take their place when every custodian has approved the plan, which tells what is weak about each key. ' +
        'A key gets its label for a name where that is one and no other key has it, else its id in hex, unless --name says another. ' +
        'A key that can not be taken refuses the adoption, unless --leave names it.',
    )
    .argument('<name>', 'name of the partition', (text) => parseShortName('partition', text))
    .option('--token <serial>', 'which token, where several are initialised')
    .addOption(
      repeated(
        '--name <label=name>',
        'what a key is to be called, by its label or its id in hex; repeatable',
        parseNaming,
      ),
    )
    .addOption(
      repeated('--leave <object>', 'a key that can not be taken, as the refusal names it: it is let be; repeatable'),
    )
  withCustodians(command)
    .addOption(acceptOption(PROBED_WEAKNESSES))
    .option('--so-pin-file <file>', 'the present SO PIN of the token')
    .option('--user-pin-file <file>', 'the present user PIN of the token')
    .action((name: ShortName, flags: Given, command: Command) => run(name, flags, command, context))
}

/** NAME: `LABEL=NAME`; a label may hold `=` itself. */
function parseNaming(text: string): [string, string] {
  const at = text.lastIndexOf('=')
  if (at < 1) throw usage(`${JSON.stringify(text)} is not a name for a key`, 'write LABEL=NAME, or ID=NAME')
  return [text.slice(0, at), parseKeyName(text.slice(at + 1))]
}

async function run(name: ShortName, flags: Given, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const partition = context.ledgers.partition(globals.home, name)
  const before = unfinished(partition, globals.home, context)
  if (before && before.kind !== 'adopt')
    throw refused('PARTITION-NEW', `${name} is the name of a partition that was begun in another way`)
  const options = await complete(flags, globals, context, terminal)
  const groups = requestedGroups(options)
  const paths = beginningPaths(groups, await leftOf(before, context.quorum), options, context, terminal)
  const path = resolve(options.module)
  const module = await context.inspectModule(path)
  const settledBefore = settledBy(context)
  const inputs = {
    sources: context.sources,
    lifetime: options.expires ?? ONE_DAY,
    module,
    ...settledBefore.inputs,
    ...saidOf(options),
  }
  const settings = settingsFor(path, options, { home: globals.home }, context)
  await using hsm = await context.openHsm(hsmOptions({ ...settings, approved: module.sha256 }, globals, context))
  await loadEverything()
  const pins = { prefix: settings.pinPrefix, accepted: options.accept }
  const there = { partition, pins, globals, context }
  const { slot, token } = choosePresentToken(await hsm.slots(), options.token, there)
  checkPromising(await hsm.foresee(slot))
  for (const warning of rosterWarnings(groups)) terminal.warn(warning)
  checkRecordable(context.sources.clock())
  const wrong = clockImpossible(context.sources.clock())
  if (wrong) terminal.warn(wrong.message, wrong.hint)
  const where = `${token.label}  serial ${token.serial}`
  const view = beginningView({ op: 'partition.adopt', name, groups, module, where, ...saidOf(options) })
  if (options.dryRun) {
    const plan = { op: 'partition.adopt', name, module, token: tokenName(token), groups, ...saidOf(options) }
    return terminal.answer({ data: { plan }, text: view })
  }
  const ports = { hsm, quorum: context.quorum, terminal }
  using user = await presentUserPin(addressOf(token), options, ports)
  using so = await presentSoPin(addressOf(token), user, options, ports)
  using _ = claimed(partition, hsm.pid, before, () => unfinished(partition, globals.home, context))
  const adoptable = await looked(token, asTyped(user), options, before !== undefined, hsm)
  checkAdoptable(adoptable, options.leave)
  await clearAway(before, context.quorum, terminal)
  const sameAgain = again(['partition', 'adopt', name], flagsOf(options, path))
  const { sources, ledgers, quorum } = context
  const beginning = { sources, hsm, approvals: ledgers, partition, pins }
  const begun = taken.beginPending(
    {
      ...{ kind: 'adopt', partition: settledBefore.partition, name, ...noted(settings) },
      ...{ token: tokenName(token), again: sameAgain.run },
    },
    [],
    beginning,
  )
  const tryOut = async () => {
    const { pending } = await taken.takeInitialised(slot, begun, beginning)
    // It is asked beside its keys.
    const profile = await taken.profileAt(addressOf(token), { so: asTyped(so), user: asTyped(user) }, hsm, true)
    return { pending, found: beginningWith(token, profile, options.accept) }
  }
  const { pending, found } = await tryOut().catch((error) => {
    // The token is as it was: there is nothing to go on with, and nothing to give up.
    if (!before && context.changes.inWords === undefined) partition.removePending()
    throw error
  })
  const { groups: roster, shares } = await init.makeGroups(groups, pending, { ...beginning, quorum })
  const station = {
    name: options.station ?? stationNameOf(context.host.name),
    key: partition.createStation(settledBefore.keyFile).key,
  }
  const first = init.planInit(pending, found, roster, station, inputs)
  const proposal = propose<AdoptPlan>(planAdoption(first, adoptable, options.leave))
  const shown = initView(proposal, before !== undefined)
  terminal.show(shown)
  using intake = new ShareIntake(proposal, everyCustodian(roster), roster, quorum)
  await issueShares(
    shares,
    paths,
    options,
    approving(intake, shown, pending, entryPorts(globals, context, terminal), partition),
  )
  context.holdInterrupts()
  const approved = init.approveInit(intake.change, pending, beginning)
  await context.settings.write(globals.home, name, settings)
  const taking = ofAdoptedToken(proposal.plan, async () => asTyped(so))
  const done = await init.finishInit(approved, intake.credentials, beginning, false, taking).catch((error) => {
    throw nearlyMade(error, name)
  })
  const { data, text } = beginningReport(name, done, shareFiles(done.groups, paths))
  terminal.answer({ data: { ...data, keys: proposal.plan.keys }, text })
}

const asTyped = (bytes: Secret): Pin => ({ bytes, form: 'text' })

/** Before anybody is asked: what the token holds. `begun`: what a crash cut off before it had a name goes. */
async function looked(token: TokenFacts, pin: Pin, { name, leave }: Given, begun: boolean, hsm: Hsm) {
  await using session = await hsm.login(addressOf(token), pin)
  if (begun) {
    const named = (await session.scan()).private.filter(({ id }) => id.length > 0)
    await clearRemains(
      leave,
      named.map(({ id }) => ({ id: toHex(id) })),
      session,
    )
  }
  return await adoptableKeys(session, new Map(name), begun)
}

const flagsOf = (options: Given, module: string): Flags => ({
  '--module': module,
  '--profile': absoluteProfile(options.profile),
  '--token': options.token,
  '--name': options.name.map((pair) => pair.join('=')),
  '--leave': options.leave,
  '--accept': options.accept,
  ...custodianFlags(options),
  '--so-pin-file': absolute(options.soPinFile),
  '--user-pin-file': absolute(options.userPinFile),
  ...saidFlags(options),
  ...shareFlags(options),
})
