// keyrite partition show: what the ledger says of a partition. Needs no device.
import type { Command } from 'commander'
import { recordCode } from '../../domain/code.ts'
import type { Ledger, Partition } from '../../ledger/port.ts'
import { type Fields, fields, marked } from '../../terminal/text.ts'
import type { Address } from '../address.ts'
import { type Context, globalsOf, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { readLedger } from '../older-copy.ts'
import { hinted, recordsInWords, withoutOutcome } from '../views.ts'
import { unfinishedRestore } from './standing.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('show'), 'keyrite partition show', 'keyrite --partition pay partition show --json')
    .summary('token, anchor, groups and ledger of a partition')
    .description('Shows what the ledger says of a partition. Needs no device and no shares.')
    .action((_options, command: Command) => run(command, context))
}

async function run(command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const opened = readLedger(globals, context)
  const found = describeOf(opened)
  const terminal = terminalOf(globals, context)
  terminal.answer({ data: found, text: view(found, globals.address) })
  const restore = unfinishedRestore(opened.partition, globals, context)
  if (restore && !globals.json) terminal.warn(restore.message, restore.hint)
}

type Description = ReturnType<typeof describe>

export const describe = (partition: Partition) => describeOf({ partition, ledger: partition.openLedger() })

function describeOf({ partition, ledger: { history, tree } }: { partition: Partition; ledger: Ledger }) {
  const { name, partition: uuid, created, token, groups, auditKey, stationKey, open } = history
  return {
    name,
    partition: uuid,
    created,
    anchor: recordCode(history.anchor),
    token,
    groups,
    auditKey,
    stationKey,
    keys: history.keys.size,
    ledger: { records: tree.size, seq: history.seq, leaf: history.leaf, path: partition.path },
    ...(open ? { open: { op: open.plan.op, seq: open.seq } } : {}),
  }
}

const view = (found: Description, address: Address): Fields =>
  fields([
    ['partition', `${found.name}  ${found.partition}`],
    ['created', found.created],
    ['anchor', found.anchor],
    ['token', `${found.token.label}  serial ${found.token.serial}`],
    ['model', `${found.token.model}, ${found.token.manufacturer}`],
    ...found.groups.map(({ name, roles, threshold, custodians, epoch }): [string, string] => [
      'group',
      `${name}: ${threshold} of ${custodians.length} (${custodians.map((member) => member.name).join(', ')}), epoch ${epoch}, ${roles.join(' and ')}`,
    ]),
    ['keys', `${found.keys}`],
    ['ledger', recordsInWords(found.ledger.records, found.ledger)],
    ['open', found.open && marked(hinted(withoutOutcome(found.open, address)), 'bad')],
    ['folder', found.ledger.path],
  ])
