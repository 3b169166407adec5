// keyrite config set: a fact of this host, such as where the library of a partition lies after it was moved.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Context, choosePartition, globalsOf, type PartitionSettings, terminalOf } from '../../cli/context.ts'
import { MODULE_PATH, withExamples } from '../../cli/examples.ts'
import { oneOf } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import { checkTexts } from '../../domain/texts.ts'

export const SETTINGS = ['module', 'pin-prefix'] as const
type Setting = (typeof SETTINGS)[number]

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('set'), `keyrite config set module ${MODULE_PATH}`)
    .summary('change a setting of this host')
    .description(
      'Changes a setting of a partition on this host: module, the path of its PKCS#11 library, kept as it is given, so that it may be a link; ' +
        'pin-prefix, what the device wants before a PIN, such as 0001 on a YubiHSM. Custodians see the library in every plan. Needs no shares.',
    )
    .argument('<setting>', SETTINGS.join(', '), oneOf('setting', SETTINGS))
    .argument('<value>', 'its new value; an empty pin-prefix takes it away')
    .action((setting: Setting, value: string, _options, command: Command) => run(setting, value, command, context))
}

/** MODULE-MISSING, MODULE-INVALID, TEXT: a setting that no command could use is not kept. */
async function run(setting: Setting, value: string, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { settings } = context
  const { name } = choosePartition(globals, context)
  checkTexts(value)
  if (setting === 'module' && value === '')
    throw usage('no path is given', keyrite('token', 'list', '--module', 'PATH'))
  if (setting === 'module') await context.inspectModule(value)
  const before = settings.has(globals.home, name) || setting !== 'module' ? settings.read(globals.home, name) : {}
  const after = changed(setting, value, before)
  context.holdInterrupts()
  await settings.write(globals.home, name, after)
  terminalOf(globals, context).answer({
    data: { name, ...after },
    text: `${name}: ${setting} is ${value || 'not set'}`,
  })
}

function changed(setting: Setting, value: string, before: Partial<PartitionSettings>): PartitionSettings {
  const { pinPrefix: _, ...rest } = before as PartitionSettings
  if (setting === 'module') return { ...(before as PartitionSettings), module: resolve(value) }
  return value === '' ? rest : { ...rest, pinPrefix: value }
}
