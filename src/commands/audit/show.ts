// keyrite audit show: the ledger, record by record.

import type { Command } from 'commander'
import { recordCode } from '../../domain/code.ts'
import { escaped, label, parseKeyVersion, parseShortName } from '../../domain/names.ts'
import { broughtStation, planCode, plannedKeys } from '../../domain/plan.ts'
import type { Line, Record } from '../../domain/record.ts'
import type { Approval, Artefact } from '../../domain/shapes.ts'
import { type Context, type Globals, globalsOf, ledgerFile, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { auditSource, type Source, type SourceOptions, withSource } from '../ledger-source.ts'
import { warnOfOlderCopy } from '../older-copy.ts'
import { wholeNumber } from '../options.ts'
import { Filter, type FilterOptions, parseMoment, parseOperation } from './filter.ts'

interface Options extends SourceOptions, FilterOptions {
  from?: number
  last?: number
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('show')),
    'keyrite audit show --last 10',
    'keyrite audit show --key payments/card-dek --since 2026-01-01 --json',
    'keyrite audit show --ledger pay.backup.ledger --by alice',
  )
    .summary('the records of the ledger')
    .description(
      'Shows the records of the ledger in the order in which they stand there. The code below each is that of the record, which nobody ' +
        'can change without changing its code; that of record 0 is the anchor. Filters leave out what is not asked for; a change is shown ' +
        'with its outcome. The records are not checked, unless --anchor or --checkpoint is given: see audit verify.',
    )
    .option('--from <seq>', 'begin at this record', wholeNumber('--from', 0, 1e9))
    .option('--last <n>', 'only the last N records', wholeNumber('--last', 1, 1e9))
    .option('--key <name>', 'only what concerns this key: NAME or NAME#V', parseKeyVersion)
    .option('--by <custodian>', 'only what this custodian approved, or was refused', parseCustodian)
    .option('--op <operation>', 'only this operation, such as key.rotate, or rotate', parseOperation)
    .option('--since <time>', 'only from this time or day (UTC) on, such as 2026-12-01', parseMoment('since'))
    .option('--until <time>', 'only to this time, or to the end of this day (UTC)', parseMoment('until'))
    .action((options: Options, command: Command) => run(options, command, context))
}

const parseCustodian = (text: string) => parseShortName('custodian', text)

async function run({ from = 0, last, ...options }: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { path, partition } = recordsOf(options, globals, context)
  const known = new Known()
  const filter = new Filter(options)
  let records: Found[] = []
  let count = 0
  for (const found of context.ledgers.records(path)) {
    count++
    known.learn(found)
    if (filter.takes(found) && found.line.record.seq >= from) records.push(found)
    if (last !== undefined && records.length > 2 * last) records = records.slice(-last)
  }
  if (partition) warnOfOlderCopy(partition, count, terminal)
  const shown = last === undefined ? records : records.slice(-last)
  const data = { records: shown.map(({ line, leaf }) => ({ ...line, leaf })) }
  if (shown.length === 0) return terminal.answer({ data, text: 'no such records' })
  terminal.answer({ data, text: () => shown.flatMap((found) => view(found, known)) })
}

/** A ledger that breaks a rule can be looked at too: it is held against the rules where there is a proof to hold it against. */
function recordsOf(options: SourceOptions, globals: Globals, context: Context): Pick<Source, 'path' | 'partition'> {
  if (options.anchor !== undefined || options.checkpoint.length > 0) return auditSource(options, globals, context)
  if (options.ledger !== undefined) return { path: options.ledger }
  const partition = context.ledgers.choose(globals.home, globals.partition)
  return { path: ledgerFile(partition), partition }
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
        ...(record.plan.op === 'backup.restore' ? files([record.plan.backup]) : []),
        ...(record.plan.reason ? [`reason: ${escaped(record.plan.reason)}`] : []),
        approved(record),
      ]
    case 'outcome':
      return [
        `${record.result}${names(record.keys)}${record.error ? `: ${record.error.code}, ${record.error.message}` : ''}`,
        ...files(record.artefacts),
      ]
    case 'recovered':
      return [`found ${record.found}${names(record.keys)}`, ...files(record.artefacts)]
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

/** What was made or used beside the token: whoever has such a file can tell whether it is this one. */
const files = (artefacts: readonly Pick<Artefact, 'name' | 'sha256'>[] = []): string[] =>
  artefacts.map(({ name, sha256 }) => `file ${name}, sha256 ${sha256}`)

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
