// keyrite app init: an application of the partition gets a token of its own, and the PIN for it.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { checkNewApplication, initApplication, planApplication } from '../../change/operations/init-application.ts'
import { askNewFile, moduleFrom } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { type ChangeOptions, wholeNumber, withPlan } from '../../cli/options.ts'
import type { AppInitPlan } from '../../domain/application-plans.ts'
import { add, keyrite } from '../../domain/hints.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { chooseNewToken, newToken } from '../../session/new-application.ts'
import { applicationData } from '../../views/application-view.ts'
import { changeReport } from '../../views/report.ts'
import { type PinOptions, recipientsIn, withPinFile } from './pin-options.ts'

interface Options extends ChangeOptions, ModuleOptions, PinOptions {
  slot?: number
  eraseToken?: string
  soPinFile?: string
  confirm?: string
}

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withModule(
      withPlan(parent.command('init'), ['short-pin', 'clock']),
      'the PKCS#11 library of the token for the application (KEYRITE_MODULE)',
    ),
    `keyrite app init web ${MODULE} --pin-out web.pin ${SHARES}`,
  )
    .summary('give an application a token of its own, and its PIN')
    .description(
      'Initialises a blank token for one application. Both PINs follow from the shares; the user PIN is handed over in a file, for age recipients ' +
        'where some are given, before the token is touched. Then it is tried: a token in which a copy of a key could be read, copied, wrapped out or ' +
        'changed is refused. It holds no key until one is delivered. The library must be one that this host reaches.',
    )
    .argument('<name>', 'name of the application', parseApplicationName)
    .option('--slot <id>', 'slot of the blank token, where there are several', wholeNumber('--slot', 0, 0xffffffff))
    .option('--erase-token <serial>', 'erase this initialised token and take it')
    .option('--so-pin-file <file>', 'the present SO PIN of the token to erase, or of a blank one that has one already')
    .option('--confirm <name>', 'the name of the application, to erase a token without being asked')
  withPinFile(command).action((name: string, options: Options, command: Command) =>
    run(name, options, command, context),
  )
}

async function run(name: string, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal } = work
  checkNewApplication(name, history)
  const recipients = recipientsIn(options, context.quorum)
  const file =
    options.pinOut ??
    (await askNewFile(`the file for the PIN of ${name}:`, add('--pin-out', 'FILE'), context, terminal))
  const pinFile = resolve(file)
  context.ledgers.checkFree([pinFile], globals.home)
  context.quorum.checkPinFolder(pinFile, recipients)
  const path = resolve(await moduleFrom(options.module, globals, context, terminal))
  const inputs = await work.planInputs(options)
  const reached = settingsFor(path, options, globals, context)
  await using chosen = await chooseNewToken(reached, options, work)
  const plan = planApplication({ name, ...chosen, pinFile, recipients }, history, inputs)
  using given = options.dryRun ? undefined : await chosen.present()
  using approved = await work.approve(plan, options)
  if (!approved) return
  const token = newToken(plan, approved.credentials, { ...chosen, reached, given }, work)
  const result = await approved.carryOut(initApplication(token))
  const app = history.applications.named(name)!
  const report = changeReport(told(plan, app.token.serial, file), result)
  terminal.answer({ ...report, data: { ...result, application: applicationData(app, history), pinFile } })
  terminal.say({ hint: keyrite('key', 'deliver', 'NAME', '--app', name), indent: '  ' })
}

const told = ({ app, recipients = [] }: AppInitPlan, serial: string, file: string): string => {
  const sealed = recipients.length > 0 ? `, sealed for ${counted(recipients.length, 'recipient')}` : ''
  return `application ${app.name}: its token ${serial} is called ${app.label}, and holds no key yet; its PIN is in ${file}${sealed}`
}
