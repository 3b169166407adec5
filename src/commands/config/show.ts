// keyrite config show: what this host knows of its partitions, such as the library of each.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { fields, type Part } from '../../terminal/text.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('show'), 'keyrite config show')
    .summary('the settings of this host')
    .description(
      'Shows the settings of each partition on this host, from config.json in the home. They hold no secret. Needs no device and no shares.',
    )
    .action((_options, command: Command) => run(command, context))
}

async function run(command: Command, context: Context): Promise<void> {
  const { home, ...globals } = globalsOf(command, context)
  const partitions = context.settings.all(home)
  const views = Object.entries(partitions).flatMap(([name, { module, pinPrefix }]): Part[] => {
    const facts = fields(
      [
        ['module', module],
        ['pin-prefix', pinPrefix],
      ],
      '  ',
    )
    return [name, facts]
  })
  const text = views.length === 0 ? `no settings in ${home}` : views
  terminalOf({ home, ...globals }, context).answer({ data: { partitions }, text })
}
