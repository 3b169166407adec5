// keyrite key import: a key that was made elsewhere comes to the token. Each way in has a file of its own.

import { type Command, Option } from 'commander'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { NO_BACKUP, typeOption, usageOption } from '../../cli/new-key-options.ts'
import { NEW_KEY_ACCEPTS, repeated, wholeNumber, withPlan } from '../../cli/options.ts'
import { parseCheckValue } from '../../domain/check-values.ts'
import { FEWEST_COMPONENTS, MOST_COMPONENTS } from '../../domain/components.ts'
import { usage } from '../../domain/errors.ts'
import { add } from '../../domain/hints.ts'
import { type KeyName, parseKeyName } from '../../domain/names.ts'
import { ChangeSession } from '../../session/change-session.ts'
import * as components from './import/components.ts'

type Options = components.Options

export function declare(parent: Command, context: Context): void {
  withExamples(
    withPlan(parent.command('import'), NEW_KEY_ACCEPTS),
    'keyrite key import partner/zmk --type tdes-112 --components 3 --component-file one --component-file two --component-file three ' +
      `--kcv ecb3:dda8ba --reason 'the ZMK of the partner' ${SHARES}`,
  )
    .summary('a key that was made elsewhere comes to the token')
    .description(
      'Brings a key that somebody else made, as version 1 of a new name. With --components it is typed by two people or more, one after the other, each alone at the screen: ' +
        'nothing that they type is shown, each hears the check value (KCV) of their component, and types it again where it is another than on their form. The components are joined by ' +
        'XOR on this machine, and the plan shows the check values of all of them and of the key: that is what the custodians approve. For scripts --component-file reads them from ' +
        'files. The token then proves that it has that very key. The key was in the clear in the memory of this machine, which the ledger keeps for good.',
    )
    .argument('[name]', 'name of the key', parseKeyName)
    .addOption(typeOption())
    .addOption(usageOption())
    .addOption(
      new Option('--components <n>', 'join it from so many components').argParser(
        wholeNumber('--components', FEWEST_COMPONENTS, MOST_COMPONENTS),
      ),
    )
    .addOption(
      repeated('--component-file <file>', 'read a component from this file instead; repeatable, in their order'),
    )
    .option('--kcv <method:hex>', 'what the key has to be, by its check value, like cmac5:08793e25ab', parseCheckValue)
    .option(...NO_BACKUP)
    .action((name: KeyName | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: KeyName | undefined, options: Options, command: Command, context: Context): Promise<void> {
  if (options.components === undefined)
    throw usage('nothing says how the key comes', add('--components', 'N'), 'INPUT-MISSING')
  await using work = new ChangeSession(context, globalsOf(command, context))
  const name = given ?? (await askFor('name of the new key:', add('NAME'), parseKeyName, work.terminal))
  await components.run(name, options.components, options, work)
}
