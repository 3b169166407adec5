// keyrite audit show: the ledger, record by record.

import type { Command } from 'commander'
import { shortCode } from '../../domain/code.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import { label } from '../../domain/names.ts'
import { planCode, plannedKeys } from '../../domain/plan.ts'
import type { Line, Record } from '../../domain/record.ts'
import { type Context, globalsOf, ledgerFile, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { wholeNumber } from '../options.ts'

interface Options {
  from?: number
  last?: number
}

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('show'), 'keyrite audit show --last 10', 'keyrite audit show --from 5 --json')
    .summary('the records of the ledger')
    .description(
      'Shows the records of the ledger in the order in which they stand there. It does not check them: see audit verify.',
    )
    .option('--from <seq>', 'begin at this record', wholeNumber('--from', 0, 1e9))
    .option('--last <n>', 'only the last N records', wholeNumber('--last', 1, 1e9))
    .action((options: Options, command: Command) => run(options, command, context))
}

async function run({ from = 0, last }: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const path = ledgerFile(context.ledgers.choose(globals.home, globals.partition))
  let records: { line: Line; leaf: string }[] = []
  for (const found of context.ledgers.records(path)) {
    if (found.line.record.seq >= from) records.push(found)
    if (last !== undefined && records.length > 2 * last) records = records.slice(-last)
  }
  const shown = last === undefined ? records : records.slice(-last)
  const data = { records: shown.map(({ line, leaf }) => ({ ...line, leaf })) }
  terminalOf(globals, context).answer({ data, text: shown.map(view).join('\n') })
}

const view = ({ line, leaf }: { line: Line; leaf: string }): string => {
  const { record, signature } = line
  const code = shortCode(fromBase64url(leaf))
  const by = signature ? `signed by ${signature.key}` : 'signed with the records after it'
  return `${record.seq}  ${record.time}  ${code}  ${record.type}\n${tell(record)
    .map((text) => `     ${text}\n`)
    .join('')}     ${by}`
}

/** What a record says, in lines. */
function tell(record: Record): string[] {
  switch (record.type) {
    case 'partition.created':
      return [`partition ${record.name} on token ${record.token.serial}`, approved(record)]
    case 'intent':
      return [`${record.plan.op}, plan ${planCode(record.plan)}${names(plannedKeys(record.plan))}`, approved(record)]
    case 'outcome':
      return [
        `${record.result}${names(record.keys)}${record.error ? `: ${record.error.code}, ${record.error.message}` : ''}`,
      ]
    case 'recovered':
      return [`found ${record.found}${names(record.keys)}`]
    case 'denied':
      return [`${record.op} was refused: ${record.reason}${record.custodian ? ` (${record.custodian})` : ''}`]
    case 'note':
      return [record.text]
    case 'drill':
      return [`shares at hand: ${record.custodians.map(({ name }) => name).join(', ')}`]
    default:
      return []
  }
}

const approved = ({ approvals }: { approvals: readonly { custodian: string }[] }): string =>
  `approved by ${approvals.map(({ custodian }) => custodian).join(', ')}`

function names(keys: readonly { name: string; version: number }[]): string {
  const all = keys.map(({ name, version }) => label(name, version))
  return all.length === 0
    ? ''
    : all.length <= 3
      ? ` ${all.join(', ')}`
      : ` ${all[0]} to ${all.at(-1)} (${all.length} keys)`
}
