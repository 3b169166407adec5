// keyrite ceremony status: which ceremonies this machine has, and how far each has come.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { recordCode } from '../../domain/code.ts'
import { exceptionsIn, stepsIn } from '../../domain/journal.ts'
import { parseCeremonyName } from '../../domain/names.ts'
import { toTheMinute } from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('status'), 'keyrite ceremony status', 'keyrite ceremony status q4 --json')
    .summary('the ceremonies of this machine, and how far each has come')
    .argument('[name]', 'of one alone', parseCeremonyName)
    .action((name: string | undefined, _: object, command: Command) => run(name, command, context))
}

function run(name: string | undefined, command: Command, context: Context): void {
  const globals = globalsOf(command, context)
  const ceremonies = context.ledgers
    .ceremoniesIn(globals.home)
    .filter(
      (kept) =>
        (name === undefined || kept.name === name) &&
        (globals.partition === undefined || kept.partition === globals.partition),
    )
    .map(({ name, partition, lines, signatures }) => {
      const { entry, leaf } = lines.at(-1)!
      const state = entry.type === 'closed' || entry.type === 'aborted' || entry.type === 'paused' ? entry.type : 'open'
      const [steps, exceptions] = [stepsIn(lines), exceptionsIn(lines)]
      return {
        name,
        partition,
        state,
        began: lines[0]!.entry.time,
        last: entry.time,
        steps,
        exceptions,
        signatures: signatures.length,
        journal: leaf,
        code: recordCode(leaf),
      }
    })
  terminalOf(globals, context).answer({
    data: { ceremonies },
    text:
      ceremonies.length === 0
        ? 'there is no ceremony'
        : {
            head: [
              'ceremony',
              'partition',
              'state',
              'began',
              'steps',
              'exceptions',
              'signatures',
              { name: 'journal', give: 'wrap' },
            ],
            rows: ceremonies.map(({ name, partition, state, began, steps, exceptions, signatures, code }) => [
              name,
              partition,
              state,
              toTheMinute(began),
              `${steps}`,
              `${exceptions}`,
              `${signatures}`,
              code,
            ]),
          },
  })
}
