// keyrite app show: one application, and how its programs name each key that it has.
import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { parseApplicationName } from '../../domain/names.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { applicationData, applicationView } from '../../views/application-view.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('show')), 'keyrite app show web')
    .summary('one application: token, PIN, keys and their PKCS#11 URIs')
    .description(
      'Shows what the ledger knows of an application: its token, when its PIN was handed over and to whom, each key that it is to have, whether that was ' +
        `proved, and the PKCS#11 URI (RFC 7512) by which programs name it. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .argument('<name>', 'name of the application', parseApplicationName)
    .action((name: string, options: SourceOptions, command: Command) => run(name, options, command, context))
}

async function run(name: string, options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, goesOn } = openSource(options, globals, context)
  const app = knownApplication(name, history)
  const data = { ...applicationData(app, history), ...openOf(history, goesOn) }
  terminalOf(globals, context).answer({ data, text: () => applicationView(app, history) })
}
