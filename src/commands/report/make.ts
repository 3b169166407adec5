// keyrite report evidence, keys, dual-control, custodians, backups, destruction, access: what a ledger shows to people who were not there.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import {
  oneOf,
  REPORT_FORMATS,
  type ReportFormat,
  type SourceOptions,
  wholeNumber,
  withSource,
} from '../../cli/options.ts'
import { byEnding } from '../../cli/paths.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import { type KeyVersion, label, parseKeyVersion, type Time } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { isToCome, reportOf } from '../../session/reported.ts'
import { writtenAs } from '../../views/reports/forms.ts'
import type { Report, ReportKind } from '../../views/reports/shape.ts'
import { parseMoment } from '../audit/filter.ts'

interface Options extends SourceOptions {
  since?: Time
  until?: Time
  asOf?: Time
  through?: number
  format?: ReportFormat
  out?: string
}

interface Kind {
  summary: string
  about: string
  examples: readonly string[]
}

const KINDS: { readonly [kind in ReportKind]: Kind } = {
  evidence: {
    summary: 'everything that the other reports tell, in one',
    about:
      'Keys, who can use and who can act on them, every change with its approvals, custodians, backups, destruction and duties.',
    examples: [
      'keyrite report evidence --out evidence.html',
      'keyrite report evidence --ledger pay.backup.ledger --since 2026-01-01',
    ],
  },
  keys: {
    summary: 'every key, and what its policy wants of it',
    about: 'Each version of each key: what it may, its state, how it came to be, where it is, what is due of it.',
    examples: ['keyrite report keys', 'keyrite report keys --out keys.csv'],
  },
  'dual-control': {
    summary: 'every change, and who approved it',
    about: 'Each change and each refusal with the plan, the people whose shares signed it, and how many had to.',
    examples: ['keyrite report dual-control --since 2026-01-01'],
  },
  custodians: {
    summary: 'who holds shares, and when each was last seen',
    about: 'Groups, custodians, every set of shares that there was, and what custodians have signed of their shares.',
    examples: ['keyrite report custodians'],
  },
  backups: {
    summary: 'what is in which backup, and whether it was tested',
    about:
      'Backups with what each holds and lacks, tests of them, keys that are in none, and the tokens that there were.',
    examples: ['keyrite report backups'],
  },
  destruction: {
    summary: 'keys that are gone, and what may still hold them',
    about:
      'Keys that were destroyed, who approved it, which certificate says so, and what may still hold what is gone.',
    examples: ['keyrite report destruction --since 2026-01-01'],
  },
  access: {
    summary: 'who can use a key, who can act on it, what was done with it',
    about:
      'Of one key: what it is and was, which applications have copies, who can act on it, where else it is, and each change of it with its approvals. Without a name the applications and groups of all keys.',
    examples: [
      'keyrite report access payments/card-dek',
      'keyrite report access payments/card-dek#1 --out access.html',
    ],
  },
}

const SAME =
  'A report is made of the ledger alone, as it was at the time of --as-of, every signature checked: whoever has the ledger gets the same bytes, and report verify shows that. It begins ' +
  'with what was found, judges by the manifest that was in force then, and ends with what no ledger can show, as boxes for people to mark. Needs no device and no shares.'

export function declare(parent: Command, context: Context): void {
  for (const [kind, { summary, about, examples }] of Object.entries(KINDS) as [ReportKind, Kind][]) {
    const command = withExamples(withSource(parent.command(kind)), ...examples)
      .summary(summary)
      .description(`${about} ${SAME}`)
      .option('--since <time>', 'what was done from this time or day (UTC) on', parseMoment('since'))
      .option('--until <time>', 'what was done to this time, or to the end of this day (UTC)', parseMoment('until'))
      .option(
        '--as-of <time>',
        'as the ledger was at this time, or at the end of this day (UTC); by default now',
        parseMoment('until'),
      )
      .option(
        '--through <seq>',
        'with --as-of: the last record, where others that came after it have that very time',
        wholeNumber('through', 0, 9_999_999_999),
      )
      .option(
        '--format <writing>',
        `${REPORT_FORMATS.join(', ')}; by default that of the ending of --out, else md`,
        oneOf('format', REPORT_FORMATS),
      )
      .option('--out <file>', 'write it to this new file')
    if (kind === 'access')
      command
        .argument('[name#v]', 'a key, or one version of it', parseKeyVersion)
        .action((key: KeyVersion | undefined, options: Options, self: Command) =>
          run(kind, key, options, self, context),
        )
    else command.action((options: Options, self: Command) => run(kind, undefined, options, self, context))
  }
}

async function run(
  kind: ReportKind,
  key: KeyVersion | undefined,
  { since, until, asOf, through, format, out, ...source }: Options,
  command: Command,
  context: Context,
): Promise<void> {
  const globals = globalsOf(command, context)
  if (since !== undefined && since > (until ?? asOf ?? since)) throw usage('--since lies behind the end of the period')
  if (asOf !== undefined && through === undefined && asOf > context.sources.clock().toISOString())
    throw usage(`${asOf} is to come: nobody knows yet what the ledger will say`, 'leave --as-of out')
  if (through !== undefined && asOf === undefined) throw usage('--through goes with --as-of', add('--as-of', 'TIME'))
  if (globals.json && format !== undefined && out === undefined && format !== 'json')
    throw usage(`--json and --format ${format}: which of the two`)
  if (out !== undefined) context.ledgers.checkFree([resolve(out)], globals.home)
  const asked = {
    kind,
    ...(key === undefined ? {} : { key: key.version === undefined ? key.name : label(key.name, key.version) }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(through === undefined ? {} : { through }),
  }
  const { report } = reportOf({ ...asked, asOf }, source, globals, context)
  const terminal = terminalOf(globals, context)
  if (report.asOf > context.sources.clock().toISOString()) terminal.warn(isToCome(report.asOf))
  if (out !== undefined)
    return write(report, resolve(out), format ?? byEnding(out, REPORT_FORMATS) ?? 'md', globals, context)
  if (globals.json) return terminal.answer({ data: report, text: [] })
  await terminal.stream(writtenAs(report, format ?? 'md'))
}

function write(report: Report, path: string, format: ReportFormat, globals: Globals, context: Context): void {
  const [file] = context.ledgers.createFiles([{ path, content: writtenAs(report, format) }])
  const { findings, digest, asOf, records } = report
  const data = { kind: report.kind, format, file: path, sha256: file!.sha256, asOf, records, findings, digest }
  const found = findings.length === 0 ? 'nothing was found' : counted(findings.length, 'finding')
  const text = `${path}: ${found}, ${counted(records, 'record')} as of ${asOf}`
  terminalOf(globals, context).answer({ data, text: [text, `sha256 ${file!.sha256}`] })
}
