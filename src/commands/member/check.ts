// keyrite member check: members held against the ledger, each for itself.
import type { Command } from 'commander'
import { planMemberCheck } from '../../change/operations/check-members.ts'
import { MembersCheck } from '../../change/operations/check-partition.ts'
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
}

export function declare(parent: Command, context: Context): void {
  withExamples(withMembers(withPlan(parent.command('check'))), `keyrite member check --all ${SHARES}`)
    .summary('hold members against the ledger')
    .description(
      'Compares each member with the ledger, as partition check does: every key, every flag, and what else is there. Nothing is changed in the end. ' +
        'A difference ends it with 5, and names the member.',
    )
    .argument('[name...]', 'names of members', repeatable(parseMemberName))
    .option('--all', 'every member that is there')
    .action((names: string[] | undefined, options: Options, command: Command) =>
      run(names ?? [], options, command, context),
    )
}

async function run(names: readonly string[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const members = chosenMembers(names, options, work.history, () => true)
  const plan = planMemberCheck(members, work.history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(new MembersCheck(plan))
  work.terminal.answer(changeReport(`${listed(plan.members)}: every key is as the ledger says`, result))
}
