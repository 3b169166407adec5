// keyrite audit show: the ledger, record by record.

import type { Command } from 'commander'
import { recordCode } from '../../domain/code.ts'
import { escaped, label } from '../../domain/names.ts'
import { broughtStation, planCode, plannedKeys } from '../../domain/plan.ts'
import type { Line, Record } from '../../domain/record.ts'
import type { Approval } from '../../domain/shapes.ts'
import { type Context, globalsOf, ledgerFile, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { warnOfOlderCopy } from '../older-copy.ts'
import { wholeNumber } from '../options.ts'

interface Options {
  from?: number
  last?: number
}

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('show'), 'keyrite audit show --last 10', 'keyrite audit show --from 5 --json')
    .summary('the records of the ledger')
    .description(
      'Shows the records of the ledger in the order in which they stand there. The code below each is that of the record, which nobody ' +
        'can change without changing its code; that of record 0 is the anchor. It does not check them: see audit verify.',
    )
    .option('--from <seq>', 'begin at this record', wholeNumber('--from', 0, 1e9))
    .option('--last <n>', 'only the last N records', wholeNumber('--last', 1, 1e9))
    .action((options: Options, command: Command) => run(options, command, context))
}

async function run({ from = 0, last }: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const partition = context.ledgers.choose(globals.home, globals.partition)
  const path = ledgerFile(partition)
  const known = new Known()
  let records: Found[] = []
  let count = 0
  for (const found of context.ledgers.records(path)) {
    count++
    known.learn(found)
    if (found.line.record.seq >= from) records.push(found)
    if (last !== undefined && records.length > 2 * last) records = records.slice(-last)
  }
  warnOfOlderCopy(partition, count, terminal)
  const shown = last === undefined ? records : records.slice(-last)
  const data = { records: shown.map(({ line, leaf }) => ({ ...line, leaf })) }
  terminal.answer({ data, text: () => shown.flatMap((found) => view(found, known)) })
}

interface Found {
  line: Line
  leaf: string
}

/** What earlier records tell of a later one: whose its signing key is, and which change it ends. */
class Known {
  readonly #keys = new Map<string, string>()
  readonly #intents = new Map<string, string>()

  learn({ line: { record }, leaf }: Found): void {
    if ('auditKey' in record)
      this.#keys.set(record.auditKey.id, `the audit key of token ${escaped(record.token.serial)}`)
    const station = 'stationKey' in record ? record.stationKey : 'plan' in record && broughtStation(record.plan)
    if (station) this.#keys.set(station.id, 'the station key of the host')
    if (record.type === 'intent') this.#intents.set(leaf, `${record.plan.op}, record ${record.seq}`)
  }

  signer(id: string): string {
    const name = this.#keys.get(id)
    return name === undefined ? `a key that is not known here (${id})` : `${name} (${id.slice(0, 8)})`
  }

  /** `outcome of key.rotate, record 5`. */
  title(record: Record): string {
    const intent = 'intent' in record ? this.#intents.get(record.intent) : undefined
    return intent === undefined ? record.type : `${record.type} of ${intent}`
  }
}

function view({ line: { record, signature }, leaf }: Found, known: Known): string[] {
  const by = signature ? `signed by ${known.signer(signature.key)}` : 'signed with the records after it'
  const lines = [recordCode(leaf), ...tell(record), by].map((text) => `     ${text}`)
  return [`${record.seq}  ${record.time}  ${known.title(record)}`, ...lines]
}

/** What a record says, in lines. */
function tell(record: Record): string[] {
  switch (record.type) {
    case 'partition.created':
      return [
        `partition ${record.name} on token ${escaped(record.token.serial)}; the code of this record is the anchor`,
        approved(record),
      ]
    case 'intent':
      return [
        `${record.plan.op}, plan ${planCode(record.plan)}${names(plannedKeys(record.plan))}`,
        ...(record.plan.reason ? [`reason: ${escaped(record.plan.reason)}`] : []),
        approved(record),
      ]
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

/** How a share was given. */
const VIA: { [via in Approval['via']]: string } = {
  prompt: 'at the terminal',
  file: 'from a file',
  fd: 'from a descriptor',
  contribution: 'by contribution',
}

const approved = ({ approvals }: { approvals: readonly Pick<Approval, 'custodian' | 'via'>[] }): string =>
  `approved by ${approvals.map(({ custodian, via }) => `${custodian} (${VIA[via]})`).join(', ')}`

function names(keys: readonly { name: string; version: number }[]): string {
  const all = keys.map(({ name, version }) => label(name, version))
  return all.length === 0
    ? ''
    : all.length <= 3
      ? ` ${all.join(', ')}`
      : ` ${all[0]} to ${all.at(-1)} (${all.length} keys)`
}
