// keyrite audit show: the ledger, record by record.

import type { Command } from 'commander'
import { type Context, choosePartition, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { parseCustodian, SOURCE_CHECKS, type SourceOptions, wholeNumber, withSource } from '../../cli/options.ts'
import { recordCode } from '../../domain/code.ts'
import { bracketed, EXIT, KeyriteError } from '../../domain/errors.ts'
import type { History } from '../../domain/history.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { planSummary, propose } from '../../domain/proposal.ts'
import type { Line, Record } from '../../domain/record.ts'
import type { LedgerSource } from '../../ledger/port.ts'
import { openSource, type Source } from '../../session/ledger-source.ts'
import { linked } from '../../session/linked.ts'
import { type Found, Known } from '../../views/known.ts'
import { factsOf } from '../../views/record-facts.ts'
import { NAMED, tell } from '../../views/record-view.ts'
import { Filter, type FilterOptions, isNamed, parseMoment, parseOperation } from './filter.ts'

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
        `with its outcome. ${SOURCE_CHECKS} Lines that an index spares are read here all the same, and held against their chain. What can be read of a ledger ` +
        'that breaks a rule is shown too, and then the rule is named: who signed a record is said only as far as the ledger holds, and of any other that it is not known to be signed (in JSON vouched: false).',
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

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { known, shown, failure, held } = readAll(options, globals, context)
  const doubt = ({ line }: Found) => (line.record.seq > held.seq ? failure : undefined)
  const data = () => ({ records: shown.map((found) => dataOf(found, doubt(found))) })
  if (failure && globals.json) throw failure.with({ data: data() })
  const text = () =>
    shown.length > 0 ? shown.flatMap((found) => view(found, known, doubt(found), options.key)) : 'no such records'
  if (shown.length > 0 || !failure)
    terminal.answer({
      get data() {
        return data()
      },
      text,
    })
  if (failure) throw failure
}

/** How far a ledger holds: its last record that something vouches for. */
type Held = Pick<History, 'leaf' | 'seq'>

interface Read {
  known: Known
  shown: Found[]
  held: Held
  /** What is wrong with what is behind that. */
  failure: KeyriteError | undefined
}

/** Even of a ledger that breaks a rule, what can be read is shown; the rule is named at the end. */
function readAll(
  { from = 0, last = Number.POSITIVE_INFINITY, ...options }: Options,
  globals: Globals,
  context: Context,
): Read {
  const first = new Gathered(from, last, options)
  let source: Source | undefined
  const failure = failureOf(() => {
    source = openSource(options, globals, context, { signatures: 'chain', seen: (found) => first.add(found) })
  })
  checkAsked(failure)
  if (source?.allSeen) {
    if (!failure) first.checkKnown(source.history)
    return { ...first.told(), held: source.history, failure }
  }
  const { ledgers } = context
  const ledger =
    options.ledger === undefined ? choosePartition(globals, context).ledger : ledgers.copyAt(options.ledger)
  const { held, broken = failure } = source ? { held: source.history } : heldIn(ledger)
  const all = new Gathered(from, last, options)
  const unread = failureOf(() => {
    for (const found of linked({ ledger, history: held })) all.add(found)
  })
  checkAsked(unread)
  if (source && !unread) all.checkKnown(source.history)
  return { ...all.told(), held, failure: broken ?? unread }
}

/** A ledger other than the one that was asked for, or looked at, is not shown. */
function checkAsked(failure: KeyriteError | undefined): void {
  if (failure && /^(ANCHOR-|CHECKPOINT-|LEDGER-CHANGED)/.test(failure.code)) throw failure
}

/** Every rule and signature, from the first record on. */
function heldIn(ledger: LedgerSource): { held: Held; broken?: KeyriteError | undefined } {
  let held: Held = { seq: -1, leaf: '' }
  const broken = failureOf(() =>
    ledger.audit({ checkpoints: [] }, ({ line, leaf }) => {
      // What has no signature of its own waits for the next one that is right.
      if (line.signature) held = { seq: line.record.seq, leaf }
    }),
  )
  return { held, broken }
}

/** Records that go by, as far as they are asked for. */
class Gathered {
  readonly #known = new Known()
  readonly #filter: Filter
  readonly #taken: Found[] = []

  constructor(
    readonly from: number,
    readonly last: number,
    options: FilterOptions,
  ) {
    this.#filter = new Filter(options)
  }

  add(found: Found): void {
    this.#known.learn(found)
    if (this.#filter.takes(found) && found.line.record.seq >= this.from) this.#taken.push(found)
    if (this.#taken.length > 2 * this.last) this.#taken.splice(0, this.#taken.length - this.last)
  }

  checkKnown = (history: History): void => this.#filter.checkKnown(history)

  told = () => ({ known: this.#known, shown: this.#taken.slice(-this.last) })
}

function failureOf(read: () => unknown): KeyriteError | undefined {
  try {
    read()
    return undefined
  } catch (error) {
    if (error instanceof KeyriteError && error.exit === EXIT.verification) return error
    throw error
  }
}

/** With the codes by which people know a record, and a plan. `doubt`: why it is not known to be signed. */
const dataOf = ({ line, leaf }: Found, doubt: KeyriteError | undefined) => ({
  ...line,
  ...(doubt ? { vouched: false } : {}),
  leaf,
  code: recordCode(leaf),
  ...('plan' in line.record ? { plan: planSummary(propose(line.record.plan)) } : {}),
})

function view({ line, leaf }: Found, known: Known, doubt: KeyriteError | undefined, asked?: KeyVersion): string[] {
  const { record } = line
  const by = doubt ? `not known to be signed: ${doubt.message} ${bracketed(doubt.code)}` : signedBy(line, known)
  const lines = [recordCode(leaf), ...tell(record, known), ...among(record, asked), by].map((text) => `     ${text}`)
  return [`${record.seq}  ${record.time}  ${known.title(record)}`, ...lines]
}

const signedBy = ({ signature }: Line, known: Known): string =>
  signature ? `signed by ${known.signer(signature.key)}` : 'signed with the records after it'

/** The key that was asked for, of a record of so many that they are not named one by one. */
function among(record: Record, asked: KeyVersion | undefined): string[] {
  const { keys } = factsOf(record)
  if (asked === undefined || keys.length <= NAMED) return []
  const those = keys.filter((one) => isNamed(one, asked)).map(({ name, version }) => label(name, version))
  return those.length > 0 ? [`among them ${[...new Set(those)].join(', ')}`] : []
}
