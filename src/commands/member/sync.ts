// keyrite member sync: a member is made what the ledger says.
import type { Command } from 'commander'
import { planMemberSync, syncMembers } from '../../change/operations/sync-members.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, repeatable, withPlan } from '../../cli/options.ts'
import { parseMemberName } from '../../domain/names.ts'
import { listed } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { chosenMembers } from '../../session/chosen-members.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  all?: boolean
  rolledBack?: boolean
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('sync'))),
    'keyrite member sync site-b --dry-run',
    `keyrite member sync --all ${SHARES}`,
  )
    .summary('make a member what the ledger says: after it was absent, or failed')
    .description(
      'Brings a member the keys that it missed, from one that is proven to hold them, sets the usage of the others, and destroys what the ledger says is destroyed, or was never made. ' +
        'It follows the ledger, and never what another token has: a destroyed key does not come back. What is unknown to the ledger is let be.',
    )
    .argument('[name...]', 'names of members', repeatable(parseMemberName))
    .option('--all', 'every member that has missed something')
    .option('--rolled-back', 'an older copy of the token was put back, and it is known who did that')
    .action((names: string[] | undefined, options: Options, command: Command) =>
      run(names ?? [], options, command, context),
    )
}

async function run(names: readonly string[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const targets = chosenMembers(names, options, work.history, ({ standing }) => standing !== 'current')
  const inputs = await work.planInputs(options, { ...options, targets })
  const plan = planMemberSync({ members: targets, rolledBack: options.rolledBack === true }, work.history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(syncMembers)
  work.terminal.answer(changeReport(`${listed(plan.members)}: every key is as the ledger says, and proved`, result))
}
