// keyrite ceremony rehearse: the same script on a twin, in which nothing is real.
import type { Command } from 'commander'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { add } from '../../domain/hints.ts'
import { checkAtTerminal } from '../../session/ceremony-asking.ts'
import { checkToGoThrough, readScript, readSite } from '../../session/ceremony-files.ts'
import { knownHere } from '../../session/ceremony-lint.ts'
import { rehearse } from '../../session/ceremony-rehearse.ts'

interface Options {
  site?: string
  module?: string
  anew?: true
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('rehearse'),
    'keyrite ceremony rehearse q4.toml',
    'keyrite ceremony rehearse q4.toml --site q4.site.toml --anew',
  )
    .summary('go through a script on a twin: a soft token, with shares that are good for nothing else')
    .description(
      'The very script, step by step as in earnest, in a folder of its own: a SoftHSM token, a partition of the same name with the keys and custodians that the script finds, shares that are not sealed, and other files in the place of those of the site. The real partition is not touched. ' +
        'Every plan, the journal and the record say that it is a rehearsal. One that was broken off goes on with the same command. At its end it leaves FILE.rehearsal beside the script, signed by the station of this machine: a script that requires a rehearsal is run with that alone.',
    )
    .argument('[file]', 'the script')
    .option('--site <file>', 'the site file; without it people and places are those of an example')
    .option('--module <path>', "SoftHSM's library, where it does not lie in the usual place")
    .option('--anew', 'begin again, though an earlier rehearsal of it was broken off')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  checkAtTerminal(terminal)
  const script = readScript(given ?? (await askFile('the script:', add('FILE'), context, terminal)), context.ledgers)
  const site = options.site === undefined ? undefined : readSite(options.site, context.ledgers)
  checkToGoThrough(script, site, context.parseLine, knownHere(script, site, globals, context), terminal)
  await rehearse(script, site?.site, options, globals, context)
}
