// keyrite config show: what this host knows of its partitions, such as the library of each.
import type { Command } from 'commander'
import { type Context, globalsOf, type PartitionSettings, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type Field, fields, type Part } from '../../terminal/text.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('show'), 'keyrite config show')
    .summary('the settings of this host')
    .description(
      'Shows the settings of each partition on this host, of its members and of its applications, from config.json in the home. They hold no secret. Needs no device and no shares.',
    )
    .action((_options, command: Command) => run(command, context))
}

async function run(command: Command, context: Context): Promise<void> {
  const { home, ...globals } = globalsOf(command, context)
  const { settings } = context
  const partitions = Object.fromEntries(
    Object.entries(settings.all(home)).map(([name, own]) => [
      name,
      {
        ...own,
        ...someOf({ members: settings.members(home, name), applications: settings.applications(home, name) }),
      },
    ]),
  )
  const views = Object.entries(partitions).flatMap(([name, own]): Part[] => [
    name,
    fields(facts(own), '  '),
    ...owned('member', own.members),
    ...owned('application', own.applications),
  ])
  const text = views.length === 0 ? `no settings in ${home}` : views
  terminalOf({ home, ...globals }, context).answer({ data: { partitions }, text })
}

type Reached = Record<string, PartitionSettings>

/** Those of which there are some. */
const someOf = (all: { members: Reached; applications: Reached }): Partial<typeof all> =>
  Object.fromEntries(Object.entries(all).filter(([, ones]) => Object.keys(ones).length > 0))

const owned = (kind: string, all: Reached = {}): Part[] =>
  Object.entries(all).flatMap(([name, one]): Part[] => [`  ${kind} ${name}`, fields(facts(one), '    ')])

const hex = (number: number | undefined) => (number === undefined ? undefined : `0x${number.toString(16)}`)

const facts = ({ module, pinPrefix, soType, userType, libraryParameters, env = {} }: PartitionSettings): Field[] => [
  ['module', module],
  ['pin-prefix', pinPrefix],
  ['so-type', hex(soType)],
  ['user-type', hex(userType)],
  ['library-parameters', libraryParameters],
  ...Object.entries(env).map(([name, value]): Field => ['env', `${name}=${value}`]),
]
