// keyrite app sync: the token of an application is made what the ledger wishes.

import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { planSync, vaultGives } from '../../change/operations/deliver-keys.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, givenPinOption, repeatable, withoutOption, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { carryOutWithCopies, reachingFrom } from '../../session/change-with-copies.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  all?: boolean
  without: string[]
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('sync'))),
    'keyrite app sync web --dry-run',
    `keyrite app sync --all ${SHARES}`,
  )
    .summary("make an application's token what the ledger wishes: after anything that was left in part")
    .description(
      'Looks at everything on the token, brings the copies that are missing or changed, destroys those that are not wished, and proves the rest. ' +
        'What is right stays untouched, and so does what is not of this partition; exit code 5 or 6 where that has the class and label of a copy.',
    )
    .argument('[app...]', 'names of applications', repeatable(parseApplicationName))
    .option('--all', 'every application that has a key')
    .addOption(withoutOption())
    .addOption(givenPinOption())
    .action((names: string[] | undefined, options: Options, command: Command) =>
      run(names ?? [], options, command, context),
    )
}

async function run(names: readonly string[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const apps = chosen(names, options, work)
  const reaching = await reachingFrom(apps, options.without, work)
  const plan = planSync(apps, work.history, await work.planInputs(options), reaching)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await carryOutWithCopies(plan, vaultGives(plan.apps), approved, work)
  const reached = plan.apps.filter(({ without }) => !without).map(({ name }) => name)
  work.terminal.answer(changeReport(`${listed(reached)}: every copy is as the ledger wishes`, result))
}

/** USAGE. */
function chosen(names: readonly string[], { all = false }: Options, { history }: ChangeSession) {
  if (all === names.length > 0) {
    const message = all ? 'names and --all: which of the two' : 'which application is to be made right'
    throw usage(message, keyrite('app', 'list'))
  }
  if (!all) return names.map((name) => knownApplication(name, history))
  return history.applications.live.filter(({ copies }) => copies.size > 0)
}
