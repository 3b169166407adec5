// keyrite custodian resume: somebody who was suspended approves again, before the day that was set.

import type { Command } from 'commander'
import { inLedgerAlone } from '../../change/operations/stage-quorum.ts'
import { planResumption } from '../../change/operations/suspend-custodian.ts'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, parseCustodian, withPlan } from '../../cli/options.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withMembers(withPlan(parent.command('resume'))), `keyrite custodian resume carol ${SHARES}`)
    .summary('take approvals from a custodian again')
    .description('Ends a suspension before its day: the shares of this person approve again.')
    .argument('[name]', 'the custodian', parseCustodian)
    .action((name: string | undefined, options: ChangeOptions & AbsentOptions, command: Command) =>
      run(name, options, command, context),
    )
}

async function run(
  given: string | undefined,
  options: ChangeOptions & AbsentOptions,
  command: Command,
  context: Context,
): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const custodian = given ?? (await askFor('who is suspended no more:', 'NAME', parseCustodian, terminal))
  const plan = planResumption(custodian, history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(inLedgerAlone(plan))
  terminal.answer(changeReport(`${custodian} approves again`, { ...result, custodian }))
}
