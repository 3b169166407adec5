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

/** Where each share will go, by `GROUP/CUSTODIAN`. `amongSeveral`: the partition has more groups than one, and the files say which. */
export function sharePaths(
  sets: readonly IssuedSet[],
  amongSeveral: boolean,
  options: IssueOptions,
  quorum: Pick<Quorum, 'shareFileName'>,
): Map<string, string> {
  const paths = new Map<string, string>()
  for (const { name, epoch, custodians } of sets) {
    for (const custodian of custodians) {
      const group = amongSeveral ? name : undefined
      const file = quorum.shareFileName(custodian, group, epoch, isPlain(custodian, options))
      paths.set(`${name}/${custodian}`, resolve(folderOf(custodian, options), file))
    }
  }
  return paths
}

/** A custodian's own folder takes precedence over the common one. */
function folderOf(custodian: string, { sharesDir }: IssueOptions): string {
  const given = sharesDir.map(parseFor)
  const found = given.find((one) => one.custodian === custodian) ?? given.find((one) => one.custodian === undefined)
  if (found) return found.value
  const own = sharesDir.length > 0
  const what = own ? `where the share file of ${custodian} should go` : 'where the share files should go'
  throw usage(
    `${what} is not given`,
    own ? add('--shares-dir', `${custodian}=DIR`) : add('--shares-dir', 'DIR'),
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
