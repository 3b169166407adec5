// keyrite token profile: what is known of a token and its library, as a file that can be sent with a bug report.

import type { Command } from 'commander'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, withExamples } from '../../cli/examples.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { wholeNumber } from '../../cli/options.ts'
import { deviceFailed } from '../../domain/errors.ts'
import { hsmOptions } from '../../session/hsm-options.ts'
import { ownersIn, withOwner } from '../../session/token-owners.ts'
import { Library, triedSlots } from '../../session/tried-slots.ts'
import { jsonRows } from '../../terminal/render.ts'

interface ProfileOptions extends ModuleOptions {
  slot?: number
  redact?: boolean
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(parent.command('profile'), 'the PKCS#11 library (KEYRITE_MODULE)'),
    `keyrite token profile ${MODULE} --redact`,
    `keyrite token profile ${MODULE} --slot 1`,
  )
    .summary('what is known of a module and its tokens, for a bug report')
    .description(
      'Prints as JSON what a PKCS#11 module and its tokens say of themselves, what can be tried of each without a login, and of the token of a ' +
        'partition what was found when the partition began on it. It changes nothing, and holds no key, PIN or name of a key; with --redact ' +
        'no serial number, label, name or path either.',
    )
    .option('--slot <id>', 'of this slot alone', wholeNumber('--slot', 0, 0xffffffff))
    .option('--redact', 'without serial numbers, labels, names and paths')
    .action((options: ProfileOptions, command: Command) => run(options, command, context))
}

/** NO-SLOT. */
async function run(options: ProfileOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const path = await moduleFrom(options.module, globals, context, terminal)
  const settings = settingsFor(path, options, globals, context)
  await using library = await Library.open(() => context.openHsm(hsmOptions(settings, globals, context)))
  const module = await library.hsm.module()
  const owners = ownersIn(globals, context)
  const slots = (await triedSlots(library, options.slot)).map((slot) => withOwner(slot, owners))
  if (options.slot !== undefined && slots.length === 0)
    throw deviceFailed('NO-SLOT', `the module has no slot ${options.slot}`)
  const { version, platform, arch, node } = context.program
  const found = { program: { version, platform, arch, node }, module, slots }
  const data = options.redact ? redacted(found) : found
  terminal.answer({ data, text: { verbatim: jsonRows(data) } })
}

/** What tells whose it is, or where, and is not to leave the house. */
const PRIVATE: readonly string[] = ['serial', 'label', 'path', 'description', 'name']
const KEPT: readonly string[] = ['module']

function redacted(value: unknown, at = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => redacted(one, at))
  // What a dying library said last may name a file.
  if (typeof value === 'string') return value.replaceAll(/\/[\w.-]+\/\S+/g, '...')
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, isPrivate(name, at) ? '...' : redacted(one, name)]),
  )
}

/** What a library is called is known to everybody. */
const isPrivate = (name: string, at: string): boolean =>
  PRIVATE.includes(name) && !(name === 'description' && KEPT.includes(at))
