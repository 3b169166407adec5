// keyrite partition move: the ledger goes into a database, where several workstations reach it, or back into a file.
import type { Command } from 'commander'
import { moveLedger, planMove } from '../../change/operations/move-ledger.ts'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { type DatabaseAddress, parseDatabaseAddress } from '../../domain/ledger-place.ts'
import { parseShortName, type ShortName } from '../../domain/names.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

type Destination = 'file' | DatabaseAddress

interface Options extends ChangeOptions {
  to?: Destination
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('move'))),
    `keyrite partition move pay --to 'postgresql://pay@db.example/keyrite?sslrootcert=/etc/db-ca.pem' ${SHARES}`,
    `keyrite partition move pay --to file ${SHARES}`,
  )
    .summary('keep the ledger in PostgreSQL, or in a file again')
    .description(
      'Brings every record into a database that an administrator has prepared (doctor --ddl), and goes on there; the file of this home is a copy from then ' +
        'on, which every command catches up. Or ends that: --to file. What the ledger leaves takes no record afterwards. An address is postgresql://USER@HOST:PORT/DATABASE?sslrootcert=FILE; the ' +
        'server is always verified. A password comes from PGPASSFILE or ~/.pgpass, or sslcert and sslkey in the address name a client certificate.',
    )
    .argument('[name]', 'name of the partition', (text) => parseShortName('partition', text))
    .option('--to <place>', 'file, or the address of a database', parseDestination)
    .action((name: ShortName | undefined, options: Options, command: Command) => run(name, options, command, context))
}

const parseDestination = (text: string): Destination => (text === 'file' ? text : parseDatabaseAddress(text))

async function run(name: ShortName | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, name === undefined ? globals : { ...globals, partition: name })
  const { history, terminal, partition } = work
  const { whereabouts } = partition
  const to = options.to ?? (await askFor('file, or the address of a database:', '--to', parseDestination, terminal))
  const plan = planMove(to === 'file' ? to : to.place, history, await work.planInputs(options))
  work.checkWhole()
  const station = partition.stationName(history)
  if (to !== 'file' && !options.dryRun) await whereabouts.check(to.url, history, station)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(
    moveLedger(async () => {
      if (to !== 'file') await whereabouts.enter(to.url, history, station)
    }),
  )
  if (to === 'file') whereabouts.leave()
  const where = to === 'file' ? `a file again: ${partition.ledger.source}` : `${to.place}; the file here is a copy`
  terminal.answer(changeReport(`the ledger of ${history.name} lies in ${where}`, result))
}
