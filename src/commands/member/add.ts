// keyrite member add: one more token becomes a holder of every key, as an equal.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { addMember, planMember } from '../../change/operations/add-member.ts'
import { moduleFrom } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { type ChangeOptions, wholeNumber, withPlanAtTerminal } from '../../cli/options.ts'
import { keyrite } from '../../domain/hints.ts'
import { parseMemberName } from '../../domain/names.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import type { NewTokenOptions } from '../../session/chosen-token.ts'
import { chooseMember, newMemberPorts } from '../../session/new-member.ts'
import { memberData } from '../../views/member-view.ts'
import { changeReport } from '../../views/report.ts'

type Options = Omit<NewTokenOptions, 'accept'> & ModuleOptions & ChangeOptions & AbsentOptions & { confirm?: string }

const ACCEPTS = ['wrap-with-trusted', 'no-so', 'not-extractable', 'short-pin', 'user-trusted', 'clock'] as const

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(
      withMembers(withPlanAtTerminal(parent.command('add'), ACCEPTS)),
      'the PKCS#11 library of the new token (KEYRITE_MODULE)',
    ),
    `keyrite member add site-b ${MODULE} --dry-run`,
    `keyrite member add site-b ${MODULE} ${SHARES}`,
  )
    .summary('one more token that holds every key')
    .description(
      'Initialises a blank token and brings every key of the partition to it, each proved. From then on the partition has several members: equals, of which ' +
        'each change is carried out on all that are there. Its PINs follow from the same shares, and open no other token; its audit key is let in by the custodians. ' +
        'Keys go from one token to the other under a key that both have as long as this lasts; one that may not leave the token keeps a partition from having several. ' +
        'The plan names what is refused while there are several.',
    )
    .argument('<name>', 'name of the member', parseMemberName)
    .option(
      '--slot <id>',
      'the slot of the blank token, where several are there',
      wholeNumber('--slot', 0, 0xffff_ffff),
    )
    .option('--token <serial>', 'the serial of the blank token, where it has one')
    .option('--erase-token <serial>', 'take this token, which is initialised, and erase it')
    .option('--so-pin-file <file>', 'the present SO PIN of a token that is erased, or that has one from its maker')
    .option('--confirm <name>', 'the same name again, instead of typing it, where a token is erased')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

async function run(name: string, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { history, terminal } = work
  const path = resolve(await moduleFrom(options.module, globals, context, terminal))
  const inputs = await work.planInputs(options)
  const reached = settingsFor(path, options, globals, context)
  await using chosen = await chooseMember(reached, options, work)
  const { slot, module, erases } = chosen
  const wanted = { name, slot, module, accepted: options.accept, ...(erases === undefined ? {} : { erases }) }
  const plan = planMember(wanted, history, inputs)
  using given = options.dryRun ? undefined : await chosen.present()
  using approved = await work.approve(plan, options)
  if (!approved) return
  const ports = newMemberPorts(plan, { ...chosen, given, reached }, approved, work)
  const result = await approved.carryOut(addMember(plan, ports))
  const member = history.members.named(name)!
  const told = `${name} is a member: its token ${member.token.serial} is called ${member.token.label}, and holds ${counted(plan.included, 'key')}, each proved equal`
  terminal.answer({ ...changeReport(told, result), data: { ...result, member: memberData(member) } })
  terminal.say({ hint: keyrite('member', 'list'), indent: '  ' })
}
