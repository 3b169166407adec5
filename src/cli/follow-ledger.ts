// A ledger that lies in a database is caught up with before a command begins; whoever only reads goes on from the copy where that can't be done.

import type { Command } from 'commander'
import type { KeyriteError } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { counted, roughly } from '../domain/words.ts'
import type { Partition } from '../ledger/port.ts'
import { type Context, type Globals, globalsOf, terminalOf } from './context.ts'

/** LEDGER-AWAY, DATABASE-..., and every rule that a record breaks: of a change, and of audit verify. */
export function followsLedger(root: Command, context: Context): void {
  root.hook('preAction', async (_root, command) => {
    if (!readsLedger(command)) return
    const globals = globalsOf(command, context)
    const partition = theOnly(globals, command, context)
    if (!partition?.whereabouts.isInDatabase) return
    const terminal = terminalOf(globals, context)
    try {
      for (const line of await partition.whereabouts.refresh(isAudit(command))) terminal.say(line)
      // Nobody is to recover what somebody else is at work with.
      if (isChange(command) && partition.whereabouts.isInDatabase) await partition.whereabouts.checkLeft()
    } catch (error) {
      const failure = failureFrom(error)
      // Whoever is at work in this home keeps the copy up.
      if (failure.code === 'LOCKED') return
      // What is given up because the database is gone can't hang on it.
      const stops = isAudit(command) || (isChange(command) && command.opts<{ abandon?: true }>().abandon !== true)
      if (stops) throw wayOn(failure, partition)
      terminal.warn(
        `${failure.message}; this is from the copy of the ledger, ${agedBy(partition, context)}`,
        failure.hint,
      )
    }
  })
}

/** A move into a database that is gone for good has another end than its recovery. */
function wayOn(failure: KeyriteError, partition: Partition): KeyriteError {
  if (failure.code !== 'LEDGER-AWAY') return failure
  const { unfinished, conducted } = partition.openLedger().history
  if (unfinished?.plan.op !== 'partition.move' || conducted.place !== undefined) return failure
  return failure.with({
    hint: to('where it is gone for good, the ledger stays in the file', keyrite('partition', 'recover', '--abandon')),
  })
}

const NOUNS = [
  'partition',
  'key',
  'app',
  'cert',
  'manifest',
  'backup',
  'quorum',
  'custodian',
  'share',
  'station',
  'member',
  'audit',
  'report',
  'plan',
]
const OTHERS = [
  'partition init',
  'partition adopt',
  'partition list',
  'partition join',
  'plan approve',
  'report verify',
]

/** Its ledger is caught up with first. */
export const readsLedger = (command: Command): boolean =>
  NOUNS.includes(command.parent?.name() ?? '') &&
  !OTHERS.includes(`${command.parent?.name()} ${command.name()}`) &&
  command.opts<{ ledger?: string }>().ledger === undefined

const isAudit = (command: Command): boolean => command.parent?.name() === 'audit' && command.name() === 'verify'

export const isChange = (command: Command): boolean =>
  command.options.some(({ long }) => long === '--dry-run') && command.opts<{ dryRun?: true }>().dryRun !== true

/** What a command will choose; where it can't, it says so itself. */
function theOnly({ home, partition }: Globals, command: Command, { ledgers }: Context): Partition | undefined {
  const [first] = command.parent?.name() === 'partition' ? command.args : []
  const all = ledgers.partitions(home)
  const name = first ?? partition
  return name === undefined && all.length === 1 ? all[0] : all.find((one) => one.name === name)
}

function agedBy({ whereabouts: { seen } }: Partition, { sources }: Context): string {
  const minutes = Math.max(0, Math.floor((sources.clock().getTime() - seen.getTime()) / 60_000))
  return `as the database had it ${counted(...roughly(minutes))} ago (${seen.toISOString()})`
}
