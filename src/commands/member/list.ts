// keyrite member list: the tokens that hold every key of a partition, and whether each has followed.
import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { memberData, retiredData, standingRun } from '../../views/member-view.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('list')), 'keyrite member list', 'keyrite member list --json')
    .summary('the tokens that hold every key')
    .description(
      `Shows the members of a partition: their tokens, and whether each has followed every change. A partition that was given no other has one, called first. ${SOURCE_CHECKS} ` +
        'Needs no device and no shares.',
    )
    .action((options: SourceOptions, command: Command) => run(options, command, context))
}

async function run(options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, goesOn } = openSource(options, globals, context)
  const { live, retired } = history.members
  const rows = live.map((member) => [
    member.name,
    member.token.serial,
    member.token.label,
    `record ${member.floor.seq}`,
    standingRun(member),
  ])
  const data = { members: live.map(memberData), retired: retired.map(retiredData), ...openOf(history, goesOn) }
  terminalOf(globals, context).answer({ data, text: { head: HEAD, rows } })
}

const HEAD = ['member', 'token', { name: 'label', give: 1 }, 'head', '']
