// keyrite app adopt: a token whose administrator gives its PINs becomes an application's.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { adoptApplication, leftThere, planAppAdoption } from '../../change/operations/adopt-application.ts'
import { checkNewApplication } from '../../change/operations/init-application.ts'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { parseApplicationName } from '../../domain/names.ts'
import type { Secret } from '../../domain/secret.ts'
import { addressOf, tokenName } from '../../domain/token-address.ts'
import type { Hsm, SlotFacts, TokenFacts } from '../../hsm/port.ts'
import { choosePresentToken } from '../../session/adopted-token.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { hsmOptions } from '../../session/hsm-options.ts'
import { checkNobodys } from '../../session/other-partitions.ts'
import { presentUserPin } from '../../session/present-pin.ts'
import { applicationData } from '../../views/application-view.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends Omit<ChangeOptions, 'userPinFile'>, ModuleOptions {
  token?: string
  givenPin?: boolean
  userPinFile?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(withMembers(withPlan(parent.command('adopt'))), 'the PKCS#11 library of the token (KEYRITE_MODULE)'),
    `keyrite app adopt batch ${MODULE} --given-pin --user-pin-file user.pin ${SHARES}`,
  )
    .summary('take in a token whose administrator gives its PIN')
    .description(
      'Takes in a token, or a partition of a network HSM, whose PINs are given by its administrator: it is tried as app init does, nothing on it is changed, and what is there stays. ' +
        'The PIN is asked for whenever keys are brought there, and kept nowhere.',
    )
    .argument('<name>', 'name of the application', parseApplicationName)
    .option('--token <serial>', 'which token, where several are initialised')
    .option('--given-pin', 'its PIN stays that of its administrator')
    .option('--user-pin-file <file>', 'the user PIN of the token')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

async function run(name: string, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal, partition, lock } = work
  checkNewApplication(name, history)
  if (!options.givenPin)
    throw usage('the PIN of a token that is taken in stays that of its administrator: say so', add('--given-pin'))
  const path = resolve(await moduleFrom(options.module, globals, context, terminal))
  const inputs = await work.planInputs({ ...options, userPinFile: [] })
  const reached = settingsFor(path, options, globals, context)
  const module = await context.inspectModule(path)
  await using hsm = await context.openHsm(hsmOptions({ ...reached, approved: module.sha256 }, globals, context, lock))
  const pins = { prefix: undefined, accepted: ['short-pin'] }
  const slots = options.token === undefined ? (await hsm.slots()).filter(isNobodys(history)) : await hsm.slots()
  const { token } = choosePresentToken(slots, options.token, { partition, pins, globals, context })
  checkNobodys(tokenName(token), work)
  using pin = await presentUserPin(addressOf(token), options, { hsm, quorum: context.quorum, terminal })
  const leaves = await seenThere(token, pin, hsm)
  const plan = planAppAdoption({ name, token, module, leaves }, history, inputs)
  const { userPinFile: _, ...asked } = options
  using approved = await work.approve(plan, asked)
  if (!approved) return
  const adoption = { open: async () => hsm, user: () => ({ bytes: pin.clone(), form: 'text' as const }) }
  const result = await approved.carryOut(adoptApplication(plan, adoption))
  await context.settings.writeApplication(globals.home, partition.name, name, reached)
  const app = history.applications.named(name)!
  const told = `application ${name}: its token ${app.token.serial} is taken in, with the PIN of its administrator`
  terminal.answer({ ...changeReport(told, result), data: { ...result, application: applicationData(app, history) } })
}

/** None of this partition's own. */
const isNobodys =
  ({ token: own, applications }: History) =>
  ({ token }: SlotFacts): boolean =>
    !token || ![own, ...applications.live.map((app) => app.token)].some((one) => tokenName(one) === tokenName(token))

async function seenThere(token: TokenFacts, pin: Secret, hsm: Hsm): Promise<string[]> {
  await using session = await hsm.login(addressOf(token), { bytes: pin, form: 'text' })
  return leftThere(await session.scan())
}
