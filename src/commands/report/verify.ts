// keyrite report verify: whether a report is what the ledger gives.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type SourceOptions, withSource } from '../../cli/options.ts'
import { counted } from '../../domain/words.ts'
import { levelOf } from '../../session/ledger-source.ts'
import { isToCome, verifyReport } from '../../session/reported.ts'
import { fields, marked } from '../../terminal/text.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('verify')),
    'keyrite report verify evidence.html',
    'keyrite report verify evidence.html --ledger pay.backup.ledger',
  )
    .summary('check that a report is what the ledger gives')
    .argument('<file>', 'a report, in any of its forms')
    .description(
      'Makes the report again, by the command that stands in it, and compares it byte for byte. Every rule and signature of the ledger is checked; with --anchor and --checkpoint also that it is ' +
        'the right one, and whole. A report that was changed, that is of another ledger, or that leaves something out, differs. Needs no device and no shares.',
    )
    .action((file: string, options: SourceOptions, command: Command) => run(file, options, command, context))
}

function run(file: string, options: SourceOptions, command: Command, context: Context): void {
  const globals = globalsOf(command, context)
  const { form, report, later } = verifyReport(file, options, globals, context)
  const { kind, key, since, until, asOf, through, records, digest, anchor, last } = report
  const verified = levelOf(options)
  const terminal = terminalOf(globals, context)
  if (later > 0)
    terminal.warn(
      `${counted(later, 'record')} of that very time came after record ${last.seq}, and ${later === 1 ? 'is' : 'are'} not in it`,
    )
  else if (asOf > context.sources.clock().toISOString()) terminal.warn(isToCome(asOf))
  const data = {
    file,
    format: form,
    kind,
    ...(key === undefined ? {} : { key }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    asOf,
    ...(through === undefined ? {} : { through, later }),
    records,
    digest,
    verified,
  }
  terminal.answer({
    data,
    text: () =>
      fields([
        ['report', marked(`${file} is what the ledger gives, byte for byte`, 'proven')],
        ['as of', asOf],
        ['ledger', verified],
        ['anchor', anchor.code],
        ['records', `${records}, the last is record ${last.seq}  ${last.code}`],
        ['digest', digest],
      ]),
  })
}
