// keyrite custodian suspend: somebody on leave, or under suspicion, approves nothing until a day.

import type { Command } from 'commander'
import { inLedgerAlone } from '../../change/operations/stage-quorum.ts'
import { planSuspension } from '../../change/operations/suspend-custodian.ts'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, parseCustodian, withPlan } from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import { parseTimeOrDay } from '../../domain/names.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'
import { toTheMinute } from '../../views/words.ts'

interface Options extends ChangeOptions, AbsentOptions {
  until?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('suspend'))),
    'keyrite custodian suspend carol --until 2099-01-31 --dry-run',
    `keyrite custodian suspend carol --until 2099-01-31 --reason 'on leave' ${SHARES}`,
  )
    .summary('take no approval from a custodian until a day')
    .description(
      'Until that day the shares of this person approve nothing here, in whatever group; on that day (UTC) they do again. It is a rule of this ledger by the ' +
        'clock of the machine, and not of mathematics: together with others the share still opens backups and the token. Where it must not, replace the ' +
        'custodians (quorum stage). M + 1 others of each group have to be able to approve meanwhile.',
    )
    .argument('[name]', 'the custodian', parseCustodian)
    .option('--until <day>', 'the day, such as 2026-12-31, or the time on which it ends', parseTimeOrDay)
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const custodian = given ?? (await askFor('who is suspended:', 'NAME', parseCustodian, terminal))
  const ask = () => askFor('until when, such as 2026-12-31:', add('--until', 'DATE'), parseTimeOrDay, terminal)
  const plan = planSuspension(custodian, options.until ?? (await ask()), history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(inLedgerAlone(plan))
  const text = `${custodian} approves nothing until ${toTheMinute(plan.until)}`
  terminal.answer(changeReport(text, { ...result, custodian, until: plan.until }))
}
