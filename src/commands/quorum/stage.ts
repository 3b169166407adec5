// keyrite quorum stage: new shares for a whole group are made and handed out. They open nothing until the custodians are replaced.

import { mkdirSync } from 'node:fs'
import type { Command } from 'commander'
import type { SetRequest } from '../../change/make-set.ts'
import { inLedgerAlone, nextSet, planStage } from '../../change/operations/stage-quorum.ts'
import { chooseWord } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import {
  type ChangeOptions,
  parseCustodian,
  repeated,
  wholeNumber,
  withIssue,
  withPlanAtTerminal,
} from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import { loadEverything } from '../../domain/lazily.ts'
import { parseShortName } from '../../domain/names.ts'
import { rosterWarnings } from '../../domain/roster.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { leftFiles } from '../../session/free-paths.ts'
import { askSharesDir } from '../../session/init-prompts.ts'
import { issueSet } from '../../session/issue-set.ts'
import { pathsFor } from '../../session/planned-paths.ts'
import { settleIssue } from '../../session/settle-issue.ts'
import { type IssueOptions, shareFiles } from '../../session/share-paths.ts'
import { foreseenStage, stageReport } from '../../views/stage-view.ts'

interface Options extends ChangeOptions, IssueOptions {
  group?: string
  remove: string[]
  add: string[]
  threshold?: number
}

export function declare(parent: Command, context: Context): void {
  const command = withExamples(
    withPlanAtTerminal(parent.command('stage'), ['clock', 'no-spare']),
    'keyrite quorum stage --remove carol --add dan --shares-dir new --dry-run',
    `keyrite quorum stage --remove carol --add dan --shares-dir new ${SHARES}`,
  )
    .summary('make new shares for a group, which open nothing yet')
    .description(
      'Makes a new secret and new shares for everyone of a group, whoever stays, comes or goes. Who is here reads the share back; who is not gets one ' +
        'for an age recipient, and confirms it later (quorum confirm). The shares of today count on, and other work goes on, until quorum replace puts ' +
        'the new ones in their place. One set is staged at a time; quorum unstage gives it up.',
    )
    .option('--group <name>', 'which group, where there are several', (text) => parseShortName('group', text))
    .addOption(repeated('--remove <name>', 'a custodian who gets no new share; repeatable', parseCustodian))
    .addOption(repeated('--add <name>', 'somebody who joins; repeatable', parseCustodian))
    .option('--threshold <m>', 'how many must agree from then on, by default as many as now', threshold)
  withIssue(command).action((options: Options, command: Command) => run(options, command, context))
}

const threshold = wholeNumber('--threshold', 2, 255)

async function run(given: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, partition, terminal } = work
  const { quorum } = context
  const group = given.group ?? (await whichGroup(work))
  const request = nextSet({ ...given, group }, history)
  const { options, makesSharesDir } = await withFolder(given, work)
  if (!options.dryRun) await settleIssue(partition, quorum, terminal)
  const before = partition.issue()
  const around = {
    left: before ? await leftFiles(before, quorum) : [],
    ...{ makesSharesDir, amongSeveral: history.groups.length > 1, mayBeAbsent: true },
  }
  const paths = pathsFor([request], options, around, context, terminal)
  const inputs = await work.planInputs(options)
  for (const warning of rosterWarnings([request])) terminal.warn(warning)
  if (options.dryRun) return terminal.answer(foreseenStage(request, paths, options, history))
  partition.stationName(history)
  if (terminal.interactive) await loadEverything()
  if (makesSharesDir) mkdirSync(options.sharesDir[0]!, { mode: 0o700 })
  await using handed = await issueSet(request, paths, options, work, true)
  const plan = planStage(handed.group, handed.issued, history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(inLedgerAlone(false))
  terminal.answer(stageReport(plan, shareFiles([plan.group], paths), result))
}

/** The only one, or the one that is chosen. */
async function whichGroup({ history: { groups }, terminal }: ChangeSession): Promise<SetRequest['name']> {
  const names = groups.map(({ name }) => name)
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  return await chooseWord('which group:', add('--group', 'NAME'), names, terminal)
}

/** Where the share files go is asked at a terminal; elsewhere the flag is named where it is missing. */
async function withFolder(options: Options, { context, terminal }: ChangeSession) {
  if (options.sharesDir.length > 0 || !terminal.interactive) return { options, makesSharesDir: false }
  const { sharesDir, makesSharesDir } = await askSharesDir(context, terminal)
  return { options: { ...options, sharesDir }, makesSharesDir }
}
