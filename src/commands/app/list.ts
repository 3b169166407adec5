// keyrite app list: the applications of a partition, and how their tokens agree with what they are to have.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { applicationData, applicationRow } from '../../views/application-view.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('list')), 'keyrite app list', 'keyrite app list --ledger pay.backup.ledger')
    .summary('the applications, and what their tokens hold')
    .description(
      `Shows the applications that use keys of a partition: their tokens, how many copies each is to have and has, and what is not proven. ${SOURCE_CHECKS} ` +
        'Needs no device and no shares.',
    )
    .action((options: SourceOptions, command: Command) => run(options, command, context))
}

async function run(options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, goesOn } = openSource(options, globals, context)
  const { live } = history.applications
  const rows = live.map((app) => applicationRow(app, history))
  const text = rows.length === 0 ? `no application uses keys of ${history.name}` : { head: HEAD, rows }
  const data = { applications: live.map((app) => applicationData(app, history)), ...openOf(history, goesOn) }
  terminalOf(globals, context).answer({ data, text })
}

const HEAD = ['application', 'token', { name: 'label', give: 1 }, 'copies', 'looked at', '']
