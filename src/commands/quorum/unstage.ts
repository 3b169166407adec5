// keyrite quorum unstage: the set that is staged is given up. Its shares never opened anything, and never will.
import type { Command } from 'commander'
import { inLedgerAlone, planUnstage } from '../../change/operations/stage-quorum.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlanAtTerminal } from '../../cli/options.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlanAtTerminal(parent.command('unstage'))),
    'keyrite quorum unstage --dry-run',
    `keyrite quorum unstage --reason 'dan is not to join after all' ${SHARES}`,
  )
    .summary('give up new shares that were staged')
    .description(
      'Gives up the set that quorum stage made: its shares open nothing, and can be destroyed. The shares of today count on as they did. The number of its ' +
        'epoch is not used again.',
    )
    .action((options: ChangeOptions, command: Command) => run(options, command, context))
}

async function run(options: ChangeOptions, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const plan = planUnstage(history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(inLedgerAlone(plan))
  const { name, epoch } = plan.group
  const text = `the shares of ${name}, epoch ${epoch}, are given up: destroy every copy of them`
  terminal.answer(changeReport(text, { ...result, group: name, epoch }))
}
