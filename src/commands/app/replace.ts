// keyrite app replace: the token of an application died; another one gets everything that it had.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { broughtInWords, planReplacement, replaceApplication } from '../../change/operations/replace-application.ts'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { settingsFor, withModule } from '../../cli/module-settings.ts'
import { withPlan } from '../../cli/options.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { Secret } from '../../domain/secret.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { chooseNewToken, newToken } from '../../session/new-application.ts'
import { applicationData } from '../../views/application-view.ts'
import { changeReport } from '../../views/report.ts'
import { type NewTokenOptions, pinFileFor, recipientsIn, withNewToken } from './pin-options.ts'

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withModule(
      withMembers(withPlan(parent.command('replace'), ['short-pin', 'clock'])),
      'the PKCS#11 library of the new token (KEYRITE_MODULE)',
    ),
    `keyrite app replace web ${MODULE} --pin-out web-new.pin --confirm web ${SHARES}`,
  )
    .summary('give an application another token, with all its keys, for one that died')
    .description(
      'Initialises a blank token for an application whose token died or was lost, as app init does, with a PIN of its own, and brings every key to it that the application is to ' +
        'have. What the token of before may still hold stays in the ledger, and in key show.',
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
  const app = knownApplication(name, history)
  const recipients = recipientsIn(options, context.quorum)
  const pinFile = await pinFileFor(name, recipients, options, globals, context, terminal)
  const path = resolve(await moduleFrom(options.module, globals, context, terminal))
  const inputs = await work.planInputs(options)
  const reached = settingsFor(path, options, globals, context)
  await using chosen = await chooseNewToken(reached, { ...options, of: name }, work)
  const plan = planReplacement(app, { name, ...chosen, pinFile, recipients }, history, inputs)
  using given = options.dryRun ? undefined : await chosen.present()
  using approved = await work.approve(plan, options)
  if (!approved) return
  using transfer = new Secret(context.sources.random(32))
  const token = newToken(plan, approved.credentials, { ...chosen, reached, given }, work)
  const result = await approved.carryOut(replaceApplication(plan, token, transfer))
  const now = history.applications.named(name)!
  const keys = broughtInWords(plan)
  const told = `application ${name} has the token ${now.token.serial}, with ${counted(keys.length, 'key')}; its PIN is in ${options.pinOut ?? pinFile}`
  terminal.answer({
    ...changeReport(told, result),
    data: { ...result, application: applicationData(now, history), pinFile },
  })
}
