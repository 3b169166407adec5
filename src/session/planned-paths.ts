// Where the share files of a new partition will go: asked before the token is touched.
import { dirname } from 'node:path'
import type { GroupRequest } from '../change/operations/init-partition.ts'
import type { Context } from '../cli/context.ts'
import type { Terminal } from '../terminal/port.ts'
import { checkIssue } from './check-issue.ts'
import { checkFree } from './free-paths.ts'
import { type IssueOptions, sharePaths } from './issue-shares.ts'

/** Where the share files will go, when everything that they need is at hand. */
export function pathsFor(
  groups: readonly GroupRequest[],
  left: readonly string[],
  options: IssueOptions & { makesSharesDir: boolean },
  context: Context,
  terminal: Terminal,
): Map<string, string> {
  const custodians = [...new Set(groups.flatMap((group) => group.custodians))]
  checkIssue(custodians, options, context.quorum, terminal)
  const paths = sharePaths(
    groups.map((group) => ({ name: group.name, epoch: 1 })),
    (group) => groups.find(({ name }) => name === group)!.custodians,
    options,
    context.quorum,
  )
  const all = [...paths.values()]
  for (const folder of new Set(all.map(dirname))) {
    const inIt = all.filter((path) => dirname(path) === folder)
    if (!options.makesSharesDir) checkFree(folder, inIt, left)
    context.quorum.checkShareFolder(options.makesSharesDir ? dirname(folder) : folder)
  }
  return paths
}
