// keyrite app init: an application of the partition gets a token of its own, and the PIN for it.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { checkNewApplication, initApplication, planApplication } from '../../change/operations/init-application.ts'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { settingsFor, withModule } from '../../cli/module-settings.ts'
import { withPlan } from '../../cli/options.ts'
import type { AppInitPlan } from '../../domain/application-plans.ts'
import { keyrite } from '../../domain/hints.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { chooseNewToken, newToken } from '../../session/new-application.ts'
import { applicationData } from '../../views/application-view.ts'
import { changeReport } from '../../views/report.ts'
import { type NewTokenOptions, pinFileFor, recipientsIn, withNewToken } from './pin-options.ts'

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withModule(
      withMembers(withPlan(parent.command('init'), ['short-pin', 'clock'])),
      'the PKCS#11 library of the token for the application (KEYRITE_MODULE)',
    ),
    `keyrite app init web ${MODULE} --pin-out web.pin ${SHARES}`,
  )
    .summary('give an application a token of its own, and its PIN')
    .description(
      'Initialises a blank token for one application. Both PINs follow from the shares; the user PIN is handed over in a file, for age recipients ' +
        'where some are given, before the token is touched. Then it is tried: a token in which a copy of a key could be read, copied, wrapped out or ' +
        'changed is refused. It holds no key until one is delivered. ' +
        'A token that is initialised is taken with --erase-token alone, since its label and PINs become others, or as it is by app adopt. The library must be one that this host reaches.',
    )
    .argument('<name>', 'name of the application', parseApplicationName)
  withNewToken(command).action((name: string, options: NewTokenOptions, command: Command) =>
    run(name, options, command, context),
  )
}

async function run(name: string, options: NewTokenOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal } = work
  checkNewApplication(name, history)
  const recipients = recipientsIn(options, context.quorum)
  const pinFile = await pinFileFor(name, recipients, options, globals, context, terminal)
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
  const report = changeReport(told(plan, app.token.serial, options.pinOut ?? pinFile), result)
  terminal.answer({ ...report, data: { ...result, application: applicationData(app, history), pinFile } })
  terminal.say({ hint: keyrite('key', 'deliver', 'NAME', '--app', name), indent: '  ' })
}

const told = ({ app, recipients = [] }: AppInitPlan, serial: string, file: string): string => {
  const sealed = recipients.length > 0 ? `, sealed for ${counted(recipients.length, 'recipient')}` : ''
  return `application ${app.name}: its token ${serial} is called ${app.label}, and holds no key yet; its PIN is in ${file}${sealed}`
}
