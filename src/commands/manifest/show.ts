// keyrite manifest show: the manifest that is in force, as its custodians approved it.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { manifestInForce } from '../../session/manifest-file.ts'
import { jsonRows } from '../../terminal/render.ts'
import { manifestDigest } from '../../views/manifest-words.ts'
import { toTheMinute } from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('show')), 'keyrite manifest show', 'keyrite manifest show --json')
    .summary('the manifest that is in force')
    .description(
      `Prints the manifest by which lists and duties judge: the last one that custodians approved and that was carried out, as JSON, which is a manifest too. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .action((options: SourceOptions, command: Command) => run(options, command, context))
}

async function run(options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, goesOn } = openSource(options, globals, context)
  const { manifest, seq, time } = manifestInForce(history)
  const terminal = terminalOf(globals, context)
  const digest = manifestDigest(manifest)
  terminal.say(`in force since ${toTheMinute(time)}, by record ${seq}; sha256 ${digest}`)
  const data = { manifest, seq, time, sha256: digest, ...openOf(history, goesOn) }
  terminal.answer({ data, text: { verbatim: jsonRows(manifest) } })
}
