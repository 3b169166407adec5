// A move into a database that is gone before it was done: the ledger stays in the file, once somebody has said so.
import { type Context, type Globals, terminalOf } from '../cli/context.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'
import type { Partition } from '../ledger/port.ts'
import type { AbandonOptions } from './abandon.ts'
import { confirm } from './confirm.ts'

/** Where the database answers, it is asked what became of the move, and nothing is given up. */
export async function stayInFile(
  partition: Partition,
  options: AbandonOptions,
  globals: Globals,
  context: Context,
): Promise<void> {
  const { whereabouts, name } = partition
  const { history } = partition.openLedger()
  // Where it lay in a database before, what this home has is a copy.
  if (!whereabouts.isInDatabase || history.conducted.place !== undefined) return
  const why = options.dryRun ? undefined : await whyAway(partition, history)
  if (why === undefined) return
  const terminal = terminalOf(globals, context)
  const { place } = whereabouts.address
  terminal.show([
    `  ${why}: it is given up only where that database is gone for good`,
    `  the ledger of ${name} stays in the file of this home; giving up its move to ${place} leaves:`,
    '    what that database has of it, which counts for nothing from then on: have it dropped',
    '    a home that has joined there meanwhile, which goes on with a copy of the ledger of this one',
    '',
  ])
  await confirm({ name, given: options.confirm }, terminal)
  using _lock = partition.lock()
  const kept = whereabouts.giveUp()
  terminal.say(
    `the ledger lies in a file${kept === undefined ? '' : `; what could not be sent is kept in ${escaped(kept)}`}`,
  )
}

/** It may be gone, or not let us in: whoever gives the move up is told which. Undefined where it answers. */
async function whyAway({ whereabouts }: Partition, history: History): Promise<string | undefined> {
  try {
    await whereabouts.look(history)
    return undefined
  } catch (error) {
    if (error instanceof KeyriteError && error.code === 'LEDGER-AWAY') return error.message
    throw error
  }
}
