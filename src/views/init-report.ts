// What partition init reports when it has finished: first the anchor, which people write down.
import type { finishInit } from '../change/operations/init-partition.ts'
import { recordCode } from '../domain/code.ts'
import { fields } from '../terminal/text.ts'

type Begun = Awaited<ReturnType<typeof finishInit>>

export function beginningReport(
  name: string,
  { plan, seq, leaf, partition, groups }: Begun,
  shares: readonly { custodian: string; group: string; file: string }[],
) {
  const anchor = recordCode(leaf)
  const data = { plan, seq, leaf, anchor, name, partition, groups, ...(shares.length > 0 ? { shares } : {}) }
  const text = fields([
    ['partition', `${name}  ${partition}`],
    ['anchor', `${anchor}   write it down and keep it apart from this machine`],
    ...shares.map(({ custodian, file }): [string, string] => ['share', `${custodian}: ${file}`]),
    ['next', shares.length > 0 ? 'give every custodian their file, and remove it from this machine' : undefined],
  ])
  return { data, text }
}
