// Where new share files will go, and whether everything that they need is at hand: asked before a token is touched.
import { dirname } from 'node:path'
import type { GroupRequest } from '../change/operations/init-partition.ts'
import type { Context } from '../cli/context.ts'
import type { Terminal } from '../terminal/port.ts'
import { checkIssue } from './check-issue.ts'
import { checkFree } from './free-paths.ts'
import { everyoneIn, type IssuedSet, type IssueOptions, sharePaths } from './share-paths.ts'

interface Surroundings {
  /** Files of an issue that was interrupted, which are no obstacle. */
  left: readonly string[]
  /** The folder is not there yet, and will be made. */
  makesSharesDir?: boolean
  /** The partition has more groups than those that get shares. */
  amongSeveral: boolean
  /** Whoever has a recipient need not be there. */
  mayBeAbsent?: boolean
  /** Who approves with other shares than the new ones, and may be leaving. */
  approving?: readonly string[]
}

/** By `GROUP/CUSTODIAN`. FILE-EXISTS, SHARES-DIR, INPUT-MISSING: a name that is taken would stop it half way. */
export function pathsFor(
  sets: readonly IssuedSet[],
  options: IssueOptions,
  { left, makesSharesDir = false, amongSeveral, ...people }: Surroundings,
  { quorum }: Pick<Context, 'quorum'>,
  terminal: Terminal,
): Map<string, string> {
  checkIssue(everyoneIn(sets), options, quorum, terminal, people)
  const paths = sharePaths(sets, amongSeveral, options, quorum)
  const all = [...paths.values()]
  for (const folder of new Set(all.map(dirname))) {
    const inIt = all.filter((path) => dirname(path) === folder)
    if (!makesSharesDir) checkFree(folder, inIt, left)
    quorum.checkShareFolder(makesSharesDir ? dirname(folder) : folder)
  }
  return paths
}

/** Of a partition that begins: everyone of every group. */
export const beginningPaths = (
  groups: readonly GroupRequest[],
  left: readonly string[],
  options: IssueOptions & { makesSharesDir: boolean },
  context: Context,
  terminal: Terminal,
): Map<string, string> =>
  pathsFor(
    groups.map((group) => ({ ...group, epoch: 1 })),
    options,
    { left, makesSharesDir: options.makesSharesDir, amongSeveral: groups.length > 1 },
    context,
    terminal,
  )
