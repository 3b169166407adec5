// keyrite ceremony run: a script, step by step, with the people of the day.
import type { Command } from 'commander'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { add } from '../../domain/hints.ts'
import { checkAtTerminal } from '../../session/ceremony-asking.ts'
import { checkToGoThrough, readScript, readSite } from '../../session/ceremony-files.ts'
import { knownHere } from '../../session/ceremony-lint.ts'
import { openCeremony } from '../../session/ceremony-open.ts'
import { rehearsalBeside } from '../../session/ceremony-rehearsed.ts'
import { goThrough } from '../../session/ceremony-run.ts'

interface Options {
  site?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('run'), 'keyrite ceremony run q4.toml --site q4.site.toml')
    .summary('go through a script, step by step, with witnesses')
    .description(
      'Looks at the script as ceremony lint does, has everyone named and the clock read, and goes through the steps: Enter when one is done, e for what is not as the script has it, p for a break, ? for why. ' +
        'A command of the script is the real one, with its own questions for shares. Each step is on the disk before the next, in a journal that the station signs; the plans that custodians approve name the step and the journal so far. ' +
        'What a crash or a closed terminal ended goes on with ceremony resume.',
    )
    .argument('[file]', 'the script')
    .option('--site <file>', 'the site file: who takes part, and where things are')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  checkAtTerminal(terminal)
  const script = readScript(given ?? (await askFile('the script:', add('FILE'), context, terminal)), context.ledgers)
  const site = readSite(
    options.site ?? (await askFile('the site file:', add('--site', 'FILE'), context, terminal)),
    context.ledgers,
  )
  checkToGoThrough(script, site, context.parseLine, knownHere(script, site, globals, context), terminal)
  using work = await openCeremony(script, site, rehearsalBeside(script.file, context), globals, context)
  await goThrough(work)
}
