// Where new share files go, and for whom each is made: by options that every command has which hands out shares.
import { resolve } from 'node:path'
import type { ShareOptions } from '../cli/options.ts'
import { usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import type { Quorum } from '../quorum/port.ts'
import { parseFor } from './passphrases.ts'

export interface IssueOptions extends ShareOptions {
  /** `DIR`, or `NAME=DIR` for the share of one custodian. */
  sharesDir: string[]
  recipient: string[]
  unsafePlainShares?: boolean
  passphraseCost: number
}

/** A set of shares that is to be made. */
export interface IssuedSet {
  name: string
  epoch: number
  custodians: readonly string[]
}

/** Each once, whatever the number of their shares. */
export const everyoneIn = (sets: readonly Pick<IssuedSet, 'custodians'>[]): string[] => [
  ...new Set(sets.flatMap(({ custodians }) => custodians)),
]

/** Where each share will go, by `GROUP/CUSTODIAN`. `amongSeveral`: the partition has more groups than one, and the files say which. */
export function sharePaths(
  sets: readonly IssuedSet[],
  amongSeveral: boolean,
  options: IssueOptions,
  quorum: Pick<Quorum, 'shareFileName'>,
): Map<string, string> {
  checkAllHaveFolders(everyoneIn(sets), options)
  const paths = new Map<string, string>()
  for (const { name, epoch, custodians } of sets) {
    for (const custodian of custodians) {
      const group = amongSeveral ? name : undefined
      const file = quorum.shareFileName(custodian, group, epoch, isPlain(custodian, options))
      paths.set(`${name}/${custodian}`, resolve(folderOf(custodian, options)!, file))
    }
  }
  return paths
}

/** A custodian's own folder takes precedence over the common one. */
function folderOf(custodian: string, { sharesDir }: Pick<IssueOptions, 'sharesDir'>): string | undefined {
  const given = sharesDir.map(parseFor)
  return (given.find((one) => one.custodian === custodian) ?? given.find((one) => one.custodian === undefined))?.value
}

/** INPUT-MISSING: of all who have none at once. */
export function checkAllHaveFolders(custodians: readonly string[], options: Pick<IssueOptions, 'sharesDir'>): void {
  const without = custodians.filter((name) => folderOf(name, options) === undefined)
  if (without.length === 0) return
  const own = options.sharesDir.length > 0
  const whose = without.length === 1 ? `the share file of ${without[0]}` : `the share files of ${without.join(', ')}`
  throw usage(
    `where ${own ? whose : 'the share files'} should go is not given`,
    own ? add(...without.flatMap((name) => ['--shares-dir', `${name}=DIR`])) : add('--shares-dir', 'DIR'),
    'INPUT-MISSING',
  )
}

export const recipientOf = (custodian: string, { recipient }: IssueOptions): string | undefined =>
  recipient.map(parseFor).find((given) => given.custodian === custodian)?.value

export const isPlain = (custodian: string, options: IssueOptions): boolean =>
  options.unsafePlainShares === true && recipientOf(custodian, options) === undefined

/** Where each share went, for the report. `paths`: by `GROUP/CUSTODIAN`. */
export const shareFiles = (
  groups: readonly { name: string; custodians: readonly { name: string }[] }[],
  paths: Map<string, string>,
) =>
  groups.flatMap(({ name: group, custodians }) =>
    custodians.map(({ name }) => ({ custodian: name, group, file: paths.get(`${group}/${name}`)! })),
  )
