// keyrite member show: one member of a partition, or what is known of one that is none any more.
import type { Command } from 'commander'
import { unknownMember } from '../../change/members/planned-members.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { parseMemberName } from '../../domain/names.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { memberData, memberParts, retiredData, retiredInWords } from '../../views/member-view.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('show')), 'keyrite member show first')
    .summary('one member: its token, and how far it has followed')
    .description(
      `Shows what the ledger knows of a member: its token, the library behind which that was, the newest record whose head it is known to have. ${SOURCE_CHECKS} ` +
        'Needs no device and no shares.',
    )
    .argument('<name>', 'name of the member', parseMemberName)
    .action((name: string, options: SourceOptions, command: Command) => run(name, options, command, context))
}

/** MEMBER-KNOWN. */
async function run(name: string, options: SourceOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, goesOn } = openSource(options, globals, context)
  const terminal = terminalOf(globals, context)
  const member = history.members.named(name)
  const retired = history.members.retired.filter((one) => one.name === name)
  if (!member && retired.length === 0) throw unknownMember(name, history.members)
  const before = retired.length > 0 ? { retired: retired.map(retiredData) } : {}
  const data = { ...(member ? memberData(member) : { name }), ...before, ...openOf(history, goesOn) }
  const parts = member ? memberParts(member, history) : []
  terminal.answer({ data, text: () => [...parts, ...retired.map((one) => `  ${retiredInWords(one)}`)] })
}
