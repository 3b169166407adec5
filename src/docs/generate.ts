// Everything that is written from the command tree and the operations, by its path in the repository.

import { SCRIPTS, treeOf } from './completion.ts'
import { manuals } from './man.ts'
import { plans } from './plans.ts'
import { rules } from './rules.ts'
import { pageOf } from './tree.ts'

export { treeOf }

export function generate(version: string): Map<string, string> {
  const root = pageOf(treeOf(version))
  return new Map([
    ...manuals(root, version).map(([name, text]): [string, string] => [`man/${name}`, text]),
    ['docs/plans.md', plans()],
    ['docs/rules.md', rules()],
    ...Object.values(SCRIPTS).map(([name, write]): [string, string] => [`completions/${name}`, write(root)]),
  ])
}
