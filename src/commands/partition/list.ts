// keyrite partition list: the partitions of this home. Needs no device.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import type { Partition } from '../../ledger/port.ts'
import { workIn } from '../../session/at-work.ts'
import { olderCopy } from '../../session/older-copy.ts'
import { blockedBy, warnOfRestore } from '../../session/pending-change.ts'
import type { Mark } from '../../terminal/look.ts'
import { marked, type TableSpec } from '../../terminal/text.ts'
import { describe } from './show.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('list'), 'keyrite partition list')
    .summary('the partitions of this home')
    .description(
      'Lists the partitions of this home with their tokens and keys, from their ledgers. Needs no device and no shares.',
    )
    .action((_options, command: Command) => run(command, context))
}

async function run(command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const partitions = context.ledgers.partitions(globals.home).map((found) => row(found, globals.home, context))
  const rows = partitions.map((found) => [
    found.name,
    marked(found.state, stateMark(found.state)),
    found.token?.label ?? '',
    found.token?.serial ?? '',
    `${found.keys ?? ''}`,
  ])
  const head: TableSpec['head'] = [
    'name',
    { name: 'state', give: 'wrap' },
    { name: 'token', give: 2 },
    { name: 'serial', give: 1 },
    'keys',
  ]
  const text = rows.length === 0 ? `no partition in ${globals.home}` : { head, rows }
  terminalOf(globals, context).answer({ data: { partitions }, text })
  const isUsable = ({ state }: { state: string }) => !state.startsWith('not usable')
  const usable = partitions.filter(isUsable).map(({ name }) => context.ledgers.partition(globals.home, name))
  if (!globals.json) for (const one of usable) warnOfRestore(one, globals, context)
}

const stateMark = (state: string): Mark | undefined =>
  state === 'ready' ? undefined : state.startsWith('not usable') ? 'bad' : 'warning'

const notUsable = ({ message }: Error): string => `not usable: ${message}`

/** A partition that is not finished or not usable is listed too, and says so. */
function row(partition: Partition, home: string, context: Context) {
  try {
    partition.check()
    const atWork = workIn(partition)
    if (blockedBy(partition, home, context)) return { name: partition.name, state: 'not finished' }
    const { name, token, keys, open, ledger, retired } = describe(partition)
    const older = olderCopy(partition, ledger.records)
    const left = open && (atWork() ? 'at work' : 'interrupted')
    const state = older ? notUsable(older) : retired ? 'retired' : (left ?? 'ready')
    return { name, token, keys, state }
  } catch (error) {
    return { name: partition.name, state: notUsable(error as Error) }
  }
}
