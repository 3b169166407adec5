// keyrite manifest diff: what a manifest wants of a partition that is not so, from its ledger alone.
import type { Command } from 'commander'
import { judgedNow } from '../../change/judged-manifest.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { acceptOption, SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { keyrite, to } from '../../domain/hints.ts'
import { parseTimeOrDayEnd, type Time } from '../../domain/names.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { manifestInForce, readManifest } from '../../session/manifest-file.ts'
import { judgementData, judgementView } from '../../views/due-view.ts'
import { dayOf, toTheMinute } from '../../views/words.ts'

interface Options extends SourceOptions {
  by?: Time
  accept: string[]
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('diff')),
    'keyrite manifest diff keys.toml',
    'keyrite manifest diff keys.toml --by 2099-01-01 --json',
    'keyrite manifest diff keys.toml --ledger pay.backup.ledger',
  )
    .summary('what a manifest wants, and is not so')
    .description(
      'Holds the ledger against a manifest (TOML, or JSON of the same members): which keys are missing, which versions are due to be published, ' +
        'promoted, rotated, withdrawn or destroyed, what applications lack or have too much, what is not as its policy has it, which duties are due, ' +
        `and which keys it does not name. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .argument('[file]', 'the manifest; without it the one that is in force')
    .option(
      '--by <time>',
      'the next ceremony: what falls due until this time, or to the end of this day (UTC), is due now',
      parseTimeOrDayEnd,
    )
    .addOption(acceptOption(['unbacked']))
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(file: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const given = file === undefined ? undefined : readManifest(file, context.ledgers)
  const { history, partition, goesOn } = openSource(options, globals, context)
  const manifest = given ?? manifestInForce(history).manifest
  const request = { manifest, by: options.by, destroys: false, accepted: options.accept, without: [] }
  const judged = judgedNow(request, history, context.sources.clock)
  const { now, by, due } = judged
  const apply = to(
    by > now ? `to have all of it done now, also what falls due until ${dayOf(by)}` : 'to have it done',
    keyrite('manifest', 'apply', file ?? 'FILE', ...(options.by ? ['--by', options.by] : [])),
  )
  terminalOf(globals, context).answer({
    data: { now, by, ...judgementData(judged), ...openOf(history, goesOn) },
    text: [
      ...judgementView(judged, toTheMinute(by)),
      ...(partition && due.some(({ waits }) => waits === undefined) ? [{ hint: apply, indent: '' }] : []),
    ],
  })
}
