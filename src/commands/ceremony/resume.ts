// keyrite ceremony resume: goes on with a ceremony after a break, or where the program ended.
import type { Command } from 'commander'
import { nextStep } from '../../ceremony/verify/steps.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { parseCeremonyName } from '../../domain/names.ts'
import { checkAtTerminal } from '../../session/ceremony-asking.ts'
import { noteOpening } from '../../session/ceremony-open.ts'
import { resumeAll } from '../../session/ceremony-resume.ts'
import { goThrough } from '../../session/ceremony-run.ts'
import { ceremonyUnderWay } from '../../session/ceremony-work.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('resume'), 'keyrite ceremony resume', 'keyrite ceremony resume q4')
    .summary('go on with a ceremony after a break, or where the program ended')
    .description(
      'Everyone is named again, the numbers of bags that were sealed are compared, and the code of the journal so far is read again. A change that was cut off is recovered first, as a step of its own. ' +
        'The ceremony goes on with the script that it began with.',
    )
    .argument('[name]', 'the ceremony, where there are several', parseCeremonyName)
    .action((name: string | undefined, _: object, command: Command) => run(name, command, context))
}

async function run(name: string | undefined, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  checkAtTerminal(terminalOf(globals, context))
  using work = ceremonyUnderWay(name, globals, context)
  await noteOpening(work)
  work.terminal.say(`  the ceremony ${work.given.opened.name} goes on at step ${nextStep(work.given)}`)
  await resumeAll(work)
  await goThrough(work)
}
