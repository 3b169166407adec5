// keyrite app retire: an application has come to its end, with its token or without.
import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { planAppRetirement, retireApplication } from '../../change/operations/retire-application.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, givenPinOption, withPlan } from '../../cli/options.ts'
import { label, parseApplicationName } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ApplicationTokens, inspectingApplications } from '../../session/application-tokens.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  confirm?: string
  lost?: boolean
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('retire'))).addOption(givenPinOption()),
    'keyrite app retire web --dry-run',
    `keyrite app retire web --confirm web --reason 'the service ended' ${SHARES}`,
  )
    .summary('end an application: erase its token, or say that it is lost')
    .description(
      "Erases an application's token, with whatever else is on it, and proves it empty; its SO PIN stays that of the shares, so that app init can take it again. Of a token whose PIN " +
        'its administrator gives only the copies of keys go. With --lost the token is not looked at: the ledger keeps which keys it may still hold. The keys of the partition stay as they are.',
    )
    .argument('<name>', 'name of the application', parseApplicationName)
    .option('--confirm <name>', 'the name of the application, instead of typing it')
    .option('--lost', 'the token is gone: what it holds may still exist')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

async function run(name: string, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal, partition } = work
  const app = knownApplication(name, history)
  const lost = options.lost === true
  const inputs = await work.planInputs(options)
  const { path, sha256 } = app.module
  const module = lost ? { path, sha256 } : await inspectingApplications(work)(name)
  const held = listed(
    [...app.copies.values()].filter(({ state }) => state !== 'absent').map((copy) => label(copy.name, copy.version)),
  )
  const plan = planAppRetirement({ app, module }, lost, history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  await using tokens = new ApplicationTokens(work)
  const { credentials } = approved
  const ending = { credentials, applications: tokens.opened(credentials), library: tokens.library }
  const result = await approved.carryOut(retireApplication(plan, ending))
  await context.settings.writeApplication(globals.home, partition.name, name, undefined)
  const { token } = history.applications.all.findLast((one) => one.name === name)!.retired!
  const became = {
    erased: 'its token is erased',
    left: 'its copies are gone, and the token is left',
    lost: `its token is lost${held === '' ? '' : `, and may still hold ${held}`}`,
  }
  terminal.answer(
    changeReport(`retired ${name}: ${became[token]}`, { ...result, token }, token === 'lost' ? 'warning' : undefined),
  )
}
