// keyrite config set: a fact of this host, such as where the library of a partition lies after it was moved, and how it wants to be spoken to.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { knownApplication } from '../../change/known-application.ts'
import { unknownMember } from '../../change/members/planned-members.ts'
import { openIntent } from '../../change/open-intent.ts'
import { type Context, choosePartition, globalsOf, type PartitionSettings, terminalOf } from '../../cli/context.ts'
import { MODULE_PATH, withExamples } from '../../cli/examples.ts'
import { oneOf } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import { isVariable } from '../../domain/module-profile.ts'
import { parseApplicationName, parseMemberName, quoted } from '../../domain/names.ts'
import { checkTexts } from '../../domain/texts.ts'
import type { Partition } from '../../ledger/port.ts'

type Change = (before: PartitionSettings, value: string, context: Context) => PartitionSettings

/** An empty value takes a setting away. */
const setTo =
  (name: Exclude<keyof PartitionSettings, 'module' | 'env'>, parse: (text: string) => string | number): Change =>
  ({ [name]: _, ...rest }, value) =>
    value === '' ? rest : { ...rest, [name]: parse(value) }

const CHANGES = {
  module: (before, value) => ({ ...before, module: resolve(value) }),
  profile: ({ module }, value, { settings, moduleEnv }) => ({
    ...(value && settings.profile(value, moduleEnv)),
    module,
  }),
  'pin-prefix': setTo('pinPrefix', String),
  'so-type': setTo('soType', userType),
  'user-type': setTo('userType', userType),
  'library-parameters': setTo('libraryParameters', String),
  env: withVariable,
} satisfies Record<string, Change>
type Setting = keyof typeof CHANGES
export const SETTINGS = Object.keys(CHANGES) as Setting[]

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('set'),
    `keyrite config set module ${MODULE_PATH}`,
    'keyrite config set profile yubihsm',
    'keyrite config set env CS_PKCS11_R3_CFG=/etc/utimaco/cs_pkcs11_R3.cfg',
    `keyrite config set module ${MODULE_PATH} --app web`,
  )
    .summary('change a setting of this host')
    .description(
      'Changes a setting of a partition on this host: module, the path of its PKCS#11 library, kept as it is given, so that it may be a link (with --app, the library of the token of that application, with --member that of a member that came later, and so all the others); ' +
        'profile, how that library wants to be spoken to, by a name of keyrite help profiles or from a JSON file: all of the following at once; ' +
        'pin-prefix, what the device wants before a PIN, such as 0001 on a YubiHSM; so-type and user-type, the numbers by which C_Login knows ' +
        'the roles, such as 0x80000001; library-parameters, what C_Initialize is given; ' +
        'env, a variable for the process of the library, as NAME=VALUE. None of them is a place for a secret. ' +
        'Custodians see the library in every plan. Needs no shares.',
    )
    .argument('<setting>', SETTINGS.join(', '), oneOf('setting', SETTINGS))
    .argument('<value>', 'its new value; an empty one takes it away')
    .option('--app <app>', 'of the library of this application, and not of the partition', parseApplicationName)
    .option('--member <member>', 'of the library of this member, and not of the first', parseMemberName)
    .action((setting: Setting, value: string, options: Of, command: Command) =>
      run(setting, value, options, command, context),
    )
}

/** Whose library it is, where it is not that of the partition. */
interface Of {
  app?: string
  member?: string
}

/** MODULE-MISSING, MODULE-INVALID, CONFIG, TEXT: a setting that no command could use is not kept. */
async function run(
  setting: Setting,
  value: string,
  { app, member }: Of,
  command: Command,
  context: Context,
): Promise<void> {
  const globals = globalsOf(command, context)
  const { settings } = context
  const partition = choosePartition(globals, context)
  const { name } = partition
  checkTexts(value)
  if (app !== undefined && member !== undefined) throw usage('--app and --member: which of the two')
  checkKnown({ app, member }, partition)
  if (setting === 'module' && value === '')
    throw usage('no path is given', keyrite('token', 'list', '--module', 'PATH'))
  if (setting === 'module') await context.inspectModule(value)
  const now = reachedNow(globals.home, name, { app, member }, context)
  const before =
    setting === 'module'
      ? (now ?? { module: value })
      : (now ?? nothingSet(globals.home, name, { app, member }, context))
  const after = (CHANGES[setting] as Change)(before, value, context)
  context.holdInterrupts()
  if (app !== undefined) await settings.writeApplication(globals.home, name, app, after)
  else if (member !== undefined) await settings.writeMember(globals.home, name, member, after)
  else await settings.write(globals.home, name, after)
  terminalOf(globals, context).answer({
    data: { name, ...(app === undefined ? {} : { app }), ...(member === undefined ? {} : { member }), ...after },
    text: `${app ?? member ?? name}: ${setting} is ${value || 'not set'}`,
  })
}

/** MEMBER-KNOWN, APP-KNOWN, LEDGER-MISSING: a name that the ledger has, or that a change was to bring that waits to be recovered. */
function checkKnown({ app, member }: Owner, partition: Partition): void {
  if (app === undefined && member === undefined) return
  const { history } = partition.openLedger('newest')
  const begun = openIntent(history)?.plan
  if (app !== undefined && !(begun && 'app' in begun && begun.app.name === app)) knownApplication(app, history)
  if (member === undefined || (begun?.op === 'member.add' && begun.member.name === member)) return
  const found = history.members.named(member)
  if (!found) throw unknownMember(member, history.members)
  if (found.id === undefined)
    throw usage(`the member ${member} is reached by the settings of the partition`, 'the same command without --member')
}

type Owner = { [name in keyof Of]: Of[name] | undefined }

function reachedNow(home: string, name: string, { app, member }: Owner, { settings }: Context) {
  const one = app ?? member
  if (one === undefined) return settings.has(home, name) ? settings.read(home, name) : undefined
  const all = app === undefined ? settings.members(home, name) : settings.applications(home, name)
  return Object.hasOwn(all, one) ? all[one] : undefined
}

/** CONFIG. */
function nothingSet(home: string, name: string, { app, member }: Owner, { settings }: Context): PartitionSettings {
  const [of, one] = app === undefined ? (['member', member] as const) : (['app', app] as const)
  if (one === undefined) return settings.read(home, name)
  const hint = keyrite('config', 'set', 'module', 'PATH', `--${of}`, one)
  throw usage(`no library of the ${of === 'app' ? 'application' : 'member'} ${one} is set`, hint, 'CONFIG')
}

function userType(text: string): number {
  const number = /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? Number(text) : Number.NaN
  if (number <= 0xffff_ffff) return number
  throw usage(`${quoted(text)} is no type of a user`, 'a number of 32 bits, such as 1 or 0x80000001')
}

function withVariable(before: PartitionSettings, text: string): PartitionSettings {
  const [, name = '', value] = /^([^=]*)=(.*)$/s.exec(text) ?? []
  if (!isVariable(name)) throw usage(`${quoted(text)} sets no variable that a library may have`, 'write NAME=VALUE')
  const { env: { [name]: _, ...others } = {}, ...rest } = before
  const env = value ? { ...others, [name]: value } : others
  return Object.keys(env).length === 0 ? rest : { ...rest, env }
}
