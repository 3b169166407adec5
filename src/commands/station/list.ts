// keyrite station list: the machines that may write to the ledger, and those that could once.

import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { stationCode } from '../../domain/station-request.ts'
import type { KnownStation } from '../../domain/stations.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { marked, type Run, whole } from '../../terminal/text.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('list')),
    'keyrite station list',
    'keyrite station list --ledger pay.backup.ledger',
  )
    .summary('the machines that may make changes')
    .description(
      `Shows the stations of a partition, and the codes of their keys. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .action((options: SourceOptions, command: Command) => run(options, command, context))
}

async function run(options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, partition, goesOn } = openSource(options, globals, context)
  const own = partition?.hasStation ? partition.station().key.id : undefined
  const stations = history.stations.all.map((station) => ({
    ...station,
    code: stationCode(station.key),
    ...(station.key.id === own ? { here: true } : {}),
  }))
  terminalOf(globals, context).answer({
    data: { stations, ...openOf(history, goesOn) },
    text: { head: ['station', 'key', 'since record', ''], rows: stations.map(row) },
  })
}

const row = (station: KnownStation & { code: string; here?: boolean }): Run[] => [
  station.name,
  whole(station.code),
  `${station.since}`,
  station.until !== undefined
    ? marked(`taken out by record ${station.until}`, 'dim')
    : station.here
      ? 'this machine'
      : '',
]
