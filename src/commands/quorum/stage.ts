// keyrite quorum stage: new shares for a whole group are made and handed out. They open nothing until the custodians are replaced.

import type { Command } from 'commander'
import { inLedgerAlone, planStage } from '../../change/operations/stage-quorum.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlanAtTerminal } from '../../cli/options.ts'
import { type SetOptions, withNewSet } from '../../cli/set-options.ts'
import { STAGE_ACCEPTED } from '../../domain/quorum-plans.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { foreseeSet } from '../../session/next-set.ts'
import { type IssueOptions, shareFiles } from '../../session/share-paths.ts'
import { foreseenStage, stageReport } from '../../views/stage-view.ts'

type Options = ChangeOptions & IssueOptions & SetOptions

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withMembers(withPlanAtTerminal(parent.command('stage'), STAGE_ACCEPTED)),
    'keyrite quorum stage --remove carol --add dan --shares-dir new --dry-run',
    `keyrite quorum stage --remove carol --add dan --shares-dir new ${SHARES}`,
  )
    .summary('make new shares for a group, which open nothing yet')
    .description(
      'Makes a new secret and new shares for everyone of a group, whoever stays, comes or goes. Who is here reads the share back; who is not gets one ' +
        'for an age recipient, and confirms it later (quorum confirm). The shares of today count on, and other work goes on, until quorum replace puts ' +
        'the new ones in their place. One set is staged at a time; quorum unstage gives it up.',
    )
  withNewSet(command).action((options: Options, command: Command) => run(options, command, context))
}

async function run(given: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const { request, paths, options, issue } = await foreseeSet(given, work, true)
  const inputs = await work.planInputs(options)
  if (options.dryRun) return terminal.answer(foreseenStage('quorum.stage', request, paths, options, history))
  await using handed = await issue()
  const plan = planStage(handed.group, handed.issued, history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(inLedgerAlone(plan))
  terminal.answer(stageReport(plan, shareFiles([plan.group], paths), result, history.rosters.stage!.leaf))
}
