// keyrite member retire: a member ends, with its token erased, or given up as lost.
import type { Command } from 'commander'
import { planMemberRetirement, retireMember } from '../../change/operations/retire-member.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { parseMemberName } from '../../domain/names.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { checkMemberLost } from '../../session/not-lost.ts'
import { readOtherLedger } from '../../session/other-ledger.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions, AbsentOptions {
  lost?: boolean
  otherLedger?: string
  confirm?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('retire'))),
    'keyrite member retire site-b --dry-run',
    `keyrite member retire site-b --confirm site-b --lost --no-checkpoint ${SHARES}`,
  )
    .summary('the end of a member, with its token erased, or lost')
    .description(
      'Erases the token of a member, or, with --lost, gives up one that nobody can reach: it is absent then, and whoever finds it can open it with enough shares of that time. The others go on; the last one ends with the partition.',
    )
    .argument('<name>', 'name of the member', parseMemberName)
    .option('--lost', 'nobody can reach its token any more, or it followed another ledger')
    .option(
      '--other-ledger <file>',
      'with --lost: the ledger that its token follows now, where both went on without each other, or the address of its database; the plan lists what only it holds',
    )
    .option('--confirm <name>', 'the same name again, instead of typing it')
    .action((name: string, options: Options, command: Command) => run(name, options, command, context))
}

async function run(member: string, options: Options, command: Command, context: Context): Promise<void> {
  const { lost = false, otherLedger } = options
  if (otherLedger !== undefined && !lost)
    throw usage('--other-ledger is for a member that is given up as lost', add('--lost'))
  await using work = new ChangeSession(context, globalsOf(command, context))
  // Of one alone it is said that it is the only one.
  const absent = lost && work.history.members.areSeveral ? [...new Set([...options.absent, member])] : options.absent
  const inputs = await work.planInputs(options, { ...options, absent, ...(lost ? {} : { targets: [member] }) })
  const other = otherLedger === undefined ? undefined : await readOtherLedger(otherLedger, member, work)
  const plan = planMemberRetirement({ member, lost, other }, work.history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const { credentials } = approved
  const { sources, settings } = work.context
  const known = work.history.members.named(member)!
  if (lost) await checkMemberLost(known, credentials, work)
  const voided = work.history.requests.openOn(member)
  const result = await approved.carryOut(retireMember(plan, { credentials, sources, tokens: work.members }))
  await settings.writeMember(work.globals.home, work.partition.name, member, undefined)
  const token = lost
    ? `its token ${known.token.serial} is given up as lost`
    : `its token ${known.token.serial} is erased`
  work.terminal.answer(changeReport(`${member} is no member any more, and ${token}`, result))
  for (const { name, type } of voided)
    work.terminal.warn(
      `nothing comes in by the request for ${name} any more: its transport key was on ${member} alone`,
      to('ask for the key anew', keyrite('key', 'import-request', name, '--type', type, '--out', 'FILE')),
    )
  const { live } = work.history.members
  const stale = live.filter(({ standing }) => standing !== 'current')
  if (stale.length === live.length)
    work.terminal.warn(
      'no member that is left is proven to hold every key',
      to('what it has is told by', keyrite('partition', 'check')),
    )
}
