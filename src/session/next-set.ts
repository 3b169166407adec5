// A new set of shares for a group, from what was asked for to shares that were handed out.
import { mkdirSync } from 'node:fs'
import type { SetRequest } from '../change/make-set.ts'
import { nextSet } from '../change/operations/stage-quorum.ts'
import { chooseWord } from '../cli/ask.ts'
import type { ChangeOptions } from '../cli/options.ts'
import type { SetOptions } from '../cli/set-options.ts'
import { add } from '../domain/hints.ts'
import { loadEverything } from '../domain/lazily.ts'
import { custodiansOf, rosterWarnings } from '../domain/roster.ts'
import { isBesideSo } from '../domain/roster-rules.ts'
import type { ChangeSession } from './change-session.ts'
import { leftFiles } from './free-paths.ts'
import { askSharesDir } from './init-prompts.ts'
import { type HandedOut, issueSet } from './issue-set.ts'
import { pathsFor } from './planned-paths.ts'
import { askSet } from './set-prompts.ts'
import { settleIssue } from './settle-issue.ts'
import type { IssueOptions } from './share-paths.ts'

interface ForeseenSet<O> {
  request: SetRequest
  /** Where each share will go. */
  paths: Map<string, string>
  /** With the folder that was asked for. */
  options: O
  /** Makes the shares and hands them out. */
  issue(): Promise<HandedOut>
}

/** STAGE-OPEN, ROSTER-..., INPUT-MISSING, SHARES-DIR, FILE-EXISTS: everything that can be known before a share is made. */
export async function foreseeSet<O extends SetOptions & IssueOptions & ChangeOptions>(
  given: O,
  work: ChangeSession,
  mayBeAbsent: boolean,
): Promise<ForeseenSet<O>> {
  const { history, partition, terminal, context } = work
  const { quorum } = context
  const group = given.group ?? (await whichGroup(given, work))
  const parse = mayBeAbsent ? (text: string) => quorum.parseRecipient(text) : undefined
  const wish = await askSet({ ...given, group }, history, terminal, parse)
  const request = nextSet(wish, history)
  const { options, makesSharesDir } = await withFolder(wish, request.custodians, work)
  if (!options.dryRun) await settleIssue(partition, quorum, terminal)
  const before = partition.issue()
  const left = before ? await leftFiles(before, quorum) : []
  const approving = custodiansOf(history.groups)
  const around = { left, makesSharesDir, amongSeveral: history.groups.length > 1, mayBeAbsent, approving }
  const paths = pathsFor([request], options, around, context, terminal)
  for (const warning of rosterWarnings([request])) terminal.warn(warning)
  const issue = async () => {
    partition.stationName(history)
    if (terminal.interactive) await loadEverything()
    if (makesSharesDir) mkdirSync(options.sharesDir[0]!, { mode: 0o700 })
    return await issueSet(request, paths, options, work, mayBeAbsent)
  }
  return { request, paths, options, issue }
}

/** The only one, or the one that is chosen. Of lost shares those with `so` are none. */
async function whichGroup(
  { lost }: SetOptions,
  { history: { groups }, terminal }: ChangeSession,
): Promise<SetRequest['name']> {
  const beside = lost ? groups.filter(({ roles }) => isBesideSo(roles)) : []
  const names = (beside.length > 0 ? beside : groups).map(({ name }) => name)
  const [only, ...others] = names
  if (only !== undefined && others.length === 0) return only
  return await chooseWord('which group:', add('--group', 'NAME'), names, terminal)
}

/** Where the share files go is asked at a terminal; elsewhere the flag is named where it is missing. */
async function withFolder<O extends IssueOptions>(
  options: O,
  custodians: readonly string[],
  { context, terminal }: ChangeSession,
) {
  if (options.sharesDir.length > 0 || !terminal.interactive) return { options, makesSharesDir: false }
  const { sharesDir, makesSharesDir } = await askSharesDir(custodians, context, terminal)
  return { options: { ...options, sharesDir }, makesSharesDir }
}
