// keyrite monitor: what programs that watch over machines should know of the partitions, from their ledgers alone.
import type { Command } from 'commander'
import { type Context, type Globals, globalsOf, terminalOf } from '../cli/context.ts'
import { withExamples } from '../cli/examples.ts'
import { MONITOR_FORMATS, type MonitorFormat, oneOf, type SourceOptions, withSource } from '../cli/options.ts'
import { usage } from '../domain/errors.ts'
import { hintText } from '../domain/hint-text.ts'
import { addressed } from '../domain/hints.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { counted } from '../domain/words.ts'
import { type Seen, unseen, watchedAt } from '../session/watched.ts'
import { marked, type Part } from '../terminal/text.ts'
import { numbersOf, prometheus } from '../views/monitor/metrics.ts'
import { NAGIOS, nagios, plain } from '../views/monitor/nagios.ts'

interface Options extends SourceOptions {
  format?: MonitorFormat
}

export function declare(root: Command, context: Context): void {
  withExamples(
    withSource(root.command('monitor')),
    'keyrite monitor',
    'keyrite monitor --format prometheus',
    'keyrite monitor --ledger pay.backup.ledger --checkpoint carried-away.checkpoint --json',
  )
    .summary('what should be known of the partitions, for Prometheus and Nagios')
    .description(
      'With --format nagios its exit codes are those of Nagios plugins, 0 OK, 1 WARNING, 2 CRITICAL and 3 UNKNOWN; no other command has them. ' +
        'Tells of each partition of the home what somebody should know: a ledger that breaks a rule, a change that was interrupted, keys that wait for somebody, what the manifest in force wants done and duties that were missed, copies that are not proven and PINs ' +
        'of earlier shares, certificates and revocation lists that end soon, shares that nobody has seen for a year, custodians who leave, a ceremony that has begun and has no end. prometheus has numbers, none of a single key. Reads ledgers alone: of its own ' +
        'what came after their index is held against every rule and the newest signatures are checked, a copy (--ledger) against every signature. Needs no device and no shares, and logs in nowhere.',
    )
    .option(
      '--format <form>',
      `${MONITOR_FORMATS.join(', ')}; json is the same as --json`,
      oneOf('format', MONITOR_FORMATS),
    )
    .action((options: Options, command: Command) => run(options, command, context))
}

function run(options: Options, command: Command, context: Context): void {
  const globals = asked(options, globalsOf(command, context))
  if (options.format === 'nagios') return asPlugin(options, globals, context)
  const all = whateverIsSeen(options, globals, context)
  const now = context.sources.clock()
  const partitions = all.map((one) => dataOf(one, globals, now))
  const data = { partitions }
  const failure = all.find((one) => one.failure)?.failure?.with({ data, changed: false })
  const text = () =>
    options.format === 'prometheus' ? { verbatim: prometheus(partitions).join('\n') } : all.flatMap((one) => view(one))
  if (!failure || !globals.json) terminalOf(globals, context).answer({ data, text })
  if (failure) throw failure
}

/** Numbers that are missing look like numbers that are well: where nothing can be read at all, that is one. */
function whateverIsSeen(options: Options, globals: Globals, context: Context): Seen[] {
  try {
    return watchedAt(options, globals, context)
  } catch (error) {
    if (options.format !== 'prometheus') throw error
    return [unseen(globals.partition ?? 'unknown', failureFrom(error))]
  }
}

/** Whatever goes wrong is said in the plugin's way. */
function asPlugin(options: Options, globals: Globals, context: Context): void {
  const say = (lines: string[], code: 0 | 1 | 2 | 3) => {
    terminalOf(globals, context).answer({ data: undefined, text: { verbatim: lines.join('\n') } })
    context.endWith(code)
  }
  try {
    const { lines, code } = nagios(watchedAt(options, globals, context))
    say(lines, code)
  } catch (error) {
    say([`KEYRITE UNKNOWN - ${plain(failureFrom(error).message)}`], NAGIOS.unknown)
  }
}

/** `--format json` is `--json`. */
function asked({ format }: Options, globals: Globals): Globals {
  if (globals.json && format !== undefined && format !== 'json')
    throw usage(`--json and --format ${format}: which of the two`)
  return { ...globals, json: globals.json || format === 'json' }
}

const dataOf = (one: Seen, { address }: Globals, now: Date) => ({
  name: one.name,
  ...(one.history ? { partition: one.history.partition, seq: one.history.seq, leaf: one.history.leaf } : {}),
  findings: one.findings.map(({ hint, ...finding }) => ({
    ...finding,
    ...(hint === undefined ? {} : { hint: hintText(addressed(hint, address)) }),
  })),
  numbers: numbersOf(one, now),
})

function view({ name, history, findings }: Seen): Part[] {
  const told = history
    ? `${counted(history.keys.size, 'key')}, ${counted(history.seq + 1, 'record')}`
    : 'not to be relied on'
  const state = findings.length === 0 ? (history?.retired ? '; retired' : '; nothing waits for anybody') : ''
  return [
    `${name}: ${told}${state}`,
    ...findings.flatMap(({ severity, message, hint }): Part[] => [
      { head: [`  ${severity.padEnd(8)}  `], line: [marked(message, severity === 'critical' ? 'bad' : 'warning')] },
      ...(hint === undefined ? [] : [{ hint, indent: ' '.repeat(12) }]),
    ]),
  ]
}
