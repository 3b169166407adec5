// keyrite quorum replace: new shares take the place of the old ones. From its intent on it only goes forward.
import type { Command } from 'commander'
import { checkBacked, type NewSet, planReplacement, stagedSet } from '../../change/operations/plan-replacement.ts'
import { replaceLost } from '../../change/replace-lost.ts'
import { replaceQuorum } from '../../change/replace-quorum.ts'
import { type Context, choosePartition, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, ONE_DAY, withPlanAtTerminal } from '../../cli/options.ts'
import { type LastTryOptions, lastTries, lastTryOption, type SetOptions, withNewSet } from '../../cli/set-options.ts'
import { usage } from '../../domain/errors.ts'
import { type QuorumReplacePlan, REPLACE_ACCEPTED, setsUserPin } from '../../domain/quorum-plans.ts'
import type { CarriedCopy } from '../../session/carried-copy.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { foreseeSet } from '../../session/next-set.ts'
import { mayWaitForShares } from '../../session/pending-change.ts'
import { copyFor, replacePorts, tellReplaced } from '../../session/replacement.ts'
import type { IssueOptions } from '../../session/share-paths.ts'
import { verifiedBackup } from '../../session/verified-backup.ts'
import { foreseenStage } from '../../views/stage-view.ts'

interface Options extends ChangeOptions, AbsentOptions, IssueOptions, SetOptions, LastTryOptions {
  in?: string
  copy?: string
  confirm?: string
  lost?: true
}

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withMembers(withPlanAtTerminal(parent.command('replace'), REPLACE_ACCEPTED)),
    'keyrite quorum replace --dry-run',
    `keyrite quorum replace --copy stick ${SHARES}`,
  )
    .summary('put new shares in the place of the old ones')
    .description(
      'Puts the shares that quorum stage made in the place of the old ones: as many custodians of the old set as always, and as many of the new one, approve it. ' +
        'The PINs of the token become those of the new shares; the old secret is kept under the new one, so that every backup and token of before opens with the new shares. ' +
        'From its intent on it only goes forward: what interrupts it is finished by partition recover, with the new shares. It ends with a copy of the ledger elsewhere, ' +
        'without which the new shares open nothing of before, and with the list of the paper that is to be burnt. Where everyone is there it goes without a stage: ' +
        'with --group, --remove, --add or --threshold the new shares are made first, and everyone who gets one approves. ' +
        'Where too few shares of a group are left, --lost has those with the role so approve in their place: of a group with the role user they set the user PIN anew, of one with recovery alone those with user approve too. ' +
        'What only the lost shares opened stays closed, the plan says what, and the ledger shows it from then on.',
    )
    .option('--in <backup>', 'the newest backup, where it is not where it was written')
    .option('--copy <dir>', 'a folder elsewhere, for a copy of the ledger and of its checkpoint')
    .option('--lost', 'too few of the old shares are left: the custodians with the role so approve in their place')
    .addOption(
      lastTryOption(
        'with --lost, where those with the role so are being replaced themselves: so=old or so=new, the SO PIN to be tried, however few tries are left',
      ),
    )
    .option('--confirm <name>', 'the name of the group, instead of typing it')
  withNewSet(command).action((options: Options, command: Command) => run(options, command, context))
}

/** Shares are to be made in this sitting. */
const isOneSitting = ({ group, remove, add, threshold, lost }: SetOptions): boolean =>
  lost === true || group !== undefined || threshold !== undefined || remove.length + add.length > 0

/** USAGE: the SO's PIN is tried where the SO sets another. */
function soTry(options: Options): QuorumReplacePlan['lastTry'] {
  const { so, user } = lastTries(options).lastTry ?? {}
  if (user || (so && !options.lost))
    throw usage('--last-try is of the SO PIN here, and goes with --lost', 'leave it out')
  return so && { so }
}

async function run(given: Options, command: Command, context: Context): Promise<void> {
  const lastTry = soTry(given)
  const globals = globalsOf(command, context)
  const goesOver = given.lost === true && mayWaitForShares(choosePartition(globals, context))
  await using work = new ChangeSession(context, globals, goesOver)
  const options = { ...given, expires: given.expires ?? ONE_DAY }
  const { history, terminal } = work
  work.checkWhole()
  const foreseen = isOneSitting(options) ? await foreseeSet(options, work, false) : undefined
  const set = foreseen ? undefined : stagedSet(history)
  // Those of before open no more.
  const isClosed = options.lost && foreseen?.request.roles.includes('recovery')
  const backup = isClosed ? undefined : verifiedBackup(options.in, history, { backups: context.ledgers, terminal })
  checkBacked(backup, history, { accepted: options.accept }, options.lost && foreseen?.request.roles)
  if (set)
    return await replace(
      set,
      backup,
      options,
      options.dryRun ? undefined : await copyFor(set.group, options, work),
      work,
    )
  const { request, paths, options: more, issue } = foreseen!
  if (more.dryRun) return terminal.answer(foreseenStage('quorum.replace', request, paths, more, history))
  // Before a token is asked for what the new shares are made of.
  await work.members.inputs(options)
  const copy = await copyFor(request, more, work)
  // Everyone of the new set reads their share back, and approves with it when the plan is complete.
  await using handed = await issue()
  const { group, issued } = handed
  await replace(
    { group, issued, lost: options.lost, lastTry },
    backup,
    { ...more, share: [...more.share, ...paths.values()] },
    copy,
    work,
  )
}

async function replace(
  set: NewSet,
  backup: QuorumReplacePlan['backup'],
  options: Options,
  copy: CarriedCopy | undefined,
  work: ChangeSession,
): Promise<void> {
  const { history, partition } = work
  const plan = planReplacement(set, backup, history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const { change, credentials, ports } = approved
  const more = replacePorts(ports, partition)
  const result = setsUserPin(plan)
    ? await replaceLost(change, credentials, { ...more, stations: partition })
    : await replaceQuorum(change, credentials, more)
  tellReplaced(plan.group, result, copy, work)
}
