// keyrite quorum show: who the custodians are, what they can do together, and what is unwise about it.

import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { holderOf, rosterWarnings } from '../../domain/roster.ts'
import type { Group } from '../../domain/shapes.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { fields, line, marked, type Part } from '../../terminal/text.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('show')),
    'keyrite quorum show',
    'keyrite quorum show --ledger pay.backup.ledger',
  )
    .summary('groups, thresholds, custodians, roles')
    .description(
      `Shows the groups of a partition: who holds shares, how many must agree, and to what. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .action((options: SourceOptions, command: Command) => run(options, command, context))
}

async function run(options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history } = openSource(options, globals, context)
  const { groups } = history
  const warnings = rosterWarnings(groups)
  const text: Part[] = [
    ...groups.flatMap(view),
    soNote(groups),
    ...warnings.flatMap((warning) => ['', line(marked('warning:', 'warning'), ` ${warning}`)]),
  ]
  terminalOf(globals, context).answer({ data: { groups, warnings, ...openOf(history) }, text })
}

const view = ({ name, roles, threshold, custodians, epoch }: Group): Part[] => [
  name,
  fields(
    [
      ['needs', `${threshold} of ${custodians.length} custodians`],
      ['custodians', custodians.map((custodian) => custodian.name).join(', ')],
      ['roles', roles.join(', ')],
      ['epoch', `${epoch}`],
    ],
    '  ',
  ),
  '',
]

const soNote = (groups: readonly Group[]): string =>
  `${holderOf('so', groups).name} holds so: it can set the user PIN anew, so it counts as holding every role`
