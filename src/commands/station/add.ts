// keyrite station add: one more machine may make changes from now on.

import type { Command } from 'commander'
import { moveStation, planStationAdd } from '../../change/operations/move-station.ts'
import { askFile, askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { refused } from '../../domain/errors.ts'
import { add, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { parseStationName } from '../../domain/names.ts'
import type { StationRequest } from '../../domain/station-request.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  in?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('add'))),
    'keyrite station add laptop --in laptop.request --dry-run',
    `keyrite station add laptop --in laptop.request ${SHARES}`,
  )
    .summary('let a machine in, by its request')
    .description(
      'Lets the machine in that made the request: from then on what it signs is accepted, and changes may be made there. ' +
        'Compare the code of its key with what station request showed there. Then give it the new ledger.jsonl and checkpoint.',
    )
    .argument('[name]', 'what it is called in the ledger', parseStationName)
    .option('--in <file>', 'the request')
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const file = options.in ?? (await askFile('the request:', add('--in', 'FILE'), context, terminal))
  const request = context.ledgers.readRequest(file)
  checkOurs(request, file, history)
  const name = given ?? (await askFor('name of the station:', 'NAME', parseStationName, terminal))
  const plan = planStationAdd(name, request.key, history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(moveStation(plan))
  const copy = work.partition.whereabouts.isInDatabase
    ? ''
    : `; give it this ledger.jsonl and checkpoint: ${work.partition.path}`
  const text = `${name} is a station${copy}`
  terminal.answer(changeReport(text, result))
}

/** STATION-REQUEST. */
function checkOurs({ partition, anchor }: StationRequest, file: string, history: History): void {
  if (partition === history.partition && anchor === history.anchor) return
  throw refused('STATION-REQUEST', `${file} asks for another partition`, keyrite('partition', 'list'))
}
