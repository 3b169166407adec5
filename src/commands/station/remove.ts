// keyrite station remove: nothing more that a machine signs is accepted.
import type { Command } from 'commander'
import { moveStation, planStationRemoval } from '../../change/operations/move-station.ts'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { parseStationName } from '../../domain/names.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  confirm?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('remove'))),
    'keyrite station remove laptop --dry-run',
    `keyrite station remove laptop --confirm laptop --reason 'it was stolen' ${SHARES}`,
  )
    .summary('accept nothing more from a machine')
    .description(
      'Takes a station out: what its key signs after that is not accepted, and what it has written stays. Neither its name nor its key ' +
        'comes back: the machine may ask anew. A station is removed at another one.',
    )
    .argument('[name]', 'the station', parseStationName)
    .option('--confirm <name>', 'the same name again, instead of typing it')
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, partition, terminal } = work
  const name = given ?? (await askFor('which station:', 'NAME', parseStationName, terminal))
  const here = partition.stationName(history)
  const plan = planStationRemoval(name, here, history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(moveStation(plan))
  terminal.answer(changeReport(`${name} is no longer a station`, result))
}
