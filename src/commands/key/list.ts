// keyrite key list: the keys of a partition, from its ledger alone.
import type { Command } from 'commander'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { FORMATS, type Format, oneOf, SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { holderOf, type ImportRequestNote } from '../../domain/import-requests.ts'
import { standingOf } from '../../domain/keys.ts'
import { label, parseTimeOrDayEnd, quoted } from '../../domain/names.ts'
import { orMeant } from '../../domain/words.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { marked, type Run, type TableSpec, type Text } from '../../terminal/text.ts'
import { detailsOf, type KeyAction, keysNeedingAction, needMark, stateMark } from '../../views/attention.ts'
import { requestInWords } from '../../views/plan-inward.ts'
import { age, shortFingerprint, stateSince } from '../../views/words.ts'
import { type DueOptions, listDue } from './list-due.ts'
import { isSelected, sorted, withSelection } from './select.ts'

interface Options extends DueOptions, SourceOptions {
  due?: boolean
  wide?: boolean
  format?: Format
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(withSelection(parent.command('list'))),
    'keyrite key list',
    'keyrite key list payments/ --state active,suspended --sort age',
    'keyrite key list --due --by 2099-01-01',
    'keyrite key list --ledger pay.backup.ledger -o json',
  )
    .summary('the keys, their states, ages and fingerprints')
    .description(
      'Lists the keys of a partition from its ledger, those that need care first: `needs` is the verb that a key waits for. In a narrow ' +
        `window the fingerprint goes first, then the age; in a pipe neither does, and --wide has more. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .option('-o, --format <format>', `${FORMATS.join(', ')}; json is the same as --json`, oneOf('format', FORMATS))
    .option('-q, --quiet', 'only the names, one a line')
    .option('--due', 'instead what the manifest in force wants done, and since when')
    .option(
      '--by <time>',
      'with --due: what falls due until this time, or to the end of this day (UTC), such as the next ceremony',
      parseTimeOrDayEnd,
    )
    .option('--fail-if-due', 'with --due: end with 5 where there is any, duties aside')
    .option('--wide', 'also what a key was made for, what was accepted for it, its id and its whole fingerprint')
    .action((prefix: string | undefined, options: Options, command: Command) => run(prefix, options, command, context))
}

async function run(prefix = '', options: Options, command: Command, context: Context): Promise<void> {
  const globals = asked(options, globalsOf(command, context))
  const terminal = terminalOf(globals, context)
  checkDue(options)
  const source = openSource(options, globals, context)
  const { history, goesOn } = source
  if (options.due) return listDue(prefix, options, source, globals, context)
  const now = context.sources.clock()
  const keys = sorted(keysNeedingAction(history.keys.select(isSelected(prefix, options)), history, now), options)
  if (options.quiet && !globals.json && keys.length === 0) return
  const data = globals.json ? keys.map((one) => detailsOf(one, history)) : []
  const wanted = history.requests.open.filter(({ name }) => name.startsWith(prefix))
  const requests = wanted.length > 0 ? { requests: wanted.map((one) => opened(one, history)) } : {}
  const text = (): Text =>
    [
      shown(keys, prefix, history, options, now),
      ...(options.quiet ? [] : wanted.map(requestInWords(history)).map(isAsked)),
    ].flat()
  terminal.answer({ data: { keys: data, ...requests, ...openOf(history, goesOn) }, text })
}

/** Of several members with the one that opens it. */
const opened = (request: ImportRequestNote, { members }: History) =>
  members.areSeveral ? { ...request, member: holderOf(request) } : request

/** A key that somebody is to send. */
const isAsked = (request: string): string => `asked for: ${request}`

/** `-o json` is `--json`. */
function asked({ format, quiet, wide }: Options, globals: Globals): Globals {
  const json = globals.json || format === 'json'
  if (json && format !== undefined && format !== 'json') throw usage(`--json and --format ${format}: which of the two`)
  if (quiet && (wide || (format ?? 'table') !== 'table'))
    throw usage('--quiet shows names only', 'leave out --wide and --format')
  return { ...globals, json }
}

/** USAGE: what belongs to --due, and what does not. */
function checkDue({ due, by, failIfDue, wide, sort }: Options): void {
  if (due && (wide || sort))
    throw usage(`--due is given beside ${wide ? '--wide' : '--sort'}: it has columns and an order of its own`)
  if (!due && (by || failIfDue)) throw usage(`${by ? '--by' : '--fail-if-due'} goes with --due`, add('--due'))
}

const nameOf = ({ key }: KeyAction): string => label(key.name, key.version)

/** A mistyped name must not look like a partition without keys. */
function none(prefix: string, { keys }: History): Text {
  const names = [...keys].map(({ name }) => name)
  if (names.length === 0)
    return ['no keys yet', { hint: to('to make one', keyrite('key', 'generate', '--help')), indent: '  ' }]
  if (names.some((name) => name.startsWith(prefix))) return 'no key is like that'
  return `no key's name begins with ${quoted(prefix)}${orMeant(prefix, names)}`
}

function shown(
  keys: readonly KeyAction[],
  prefix: string,
  history: History,
  { quiet, wide }: Options,
  now: Date,
): Text {
  if (quiet) return keys.map(nameOf)
  return keys.length === 0 ? none(prefix, history) : wide ? wideTable(keys, now) : listed(keys, now)
}

function listed(keys: readonly KeyAction[], now: Date): TableSpec {
  const needsAction = keys.some(({ need }) => need !== undefined)
  const head: TableSpec['head'] = [
    { name: 'key', give: 'cut' },
    'type',
    'state',
    ...(needsAction ? ['needs'] : []),
    { name: 'state for', give: 2 },
    { name: 'fingerprint', give: 1 },
  ]
  const rows = keys.map((one): Run[] => [
    nameOf(one),
    one.key.type,
    marked(standingOf(one.key), stateMark(one.key)),
    ...(needsAction ? [needCell(one)] : []),
    marked(age(stateSince(one.key), now), 'dim'),
    marked(shortFingerprint(one.key.fingerprint), 'dim'),
  ])
  return { head, rows }
}

const needCell = ({ need }: KeyAction): Run => (need ? marked(need, needMark(need)) : '')

/** Nothing gives way. */
const wideTable = (keys: readonly KeyAction[], now: Date): TableSpec => ({
  head: ['key', 'type', 'state', 'needs', 'state for', 'made for', 'accepted', 'id', 'fingerprint'],
  rows: keys.map((one) => {
    const { type, usage: made = [], accepted = [], id, fingerprint } = one.key
    const look = marked(standingOf(one.key), stateMark(one.key))
    const since = age(stateSince(one.key), now)
    return [nameOf(one), type, look, needCell(one), since, made.join(','), accepted.join(','), id, fingerprint]
  }),
})
