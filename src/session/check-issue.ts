// What issuing shares will need, checked before the token is touched.
import { existsSync } from 'node:fs'
import type { ShareOptions } from '../cli/options.ts'
import { usage } from '../domain/errors.ts'
import { add } from '../domain/hints.ts'
import { custodiansOf } from '../domain/roster.ts'
import type { Group } from '../domain/shapes.ts'
import { orMeant } from '../domain/words.ts'
import type { Quorum } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import { type Owned, owned, warnOfOne } from './issue-shares.ts'
import { ownerOf, parseFor } from './passphrases.ts'
import { type IssueOptions, recipientOf } from './share-paths.ts'

/** INPUT-MISSING: what somebody will have to give, said before the token is touched. `mayBeAbsent`: whoever has a recipient need not be there to read the share back. */
export function checkIssue(
  custodians: readonly string[],
  options: IssueOptions,
  quorum: Quorum,
  terminal: Terminal,
  { mayBeAbsent = false, approving = [] }: { mayBeAbsent?: boolean | undefined; approving?: readonly string[] } = {},
): void {
  checkNames(options.recipient, custodians, '--recipient')
  checkNames(options.sharesDir, custodians, '--shares-dir')
  checkNames(options.passphraseFile, [...new Set([...custodians, ...approving])], PASSPHRASE_FILE)
  const files: Owned[] = []
  for (const custodian of custodians) {
    const recipient = recipientOf(custodian, options)
    if (recipient !== undefined) {
      quorum.parseRecipient(recipient)
      if (!mayBeAbsent) checkReadable(custodian, recipient, options, quorum)
    }
    if (recipient === undefined && !options.unsafePlainShares)
      files.push(...checkPassphrase(custodian, options, quorum, terminal))
  }
  warnOfOne(files, terminal)
  for (const file of options.identity) quorum.readIdentityFile(file)[Symbol.dispose]()
}

/** Of `NAME=VALUE` the name is that of a custodian: with a slip in it the value would be nobody's. */
export function checkNames(given: readonly string[], custodians: readonly string[], option?: string): void {
  const unknown = given
    .map(parseFor)
    .find(({ custodian }) => custodian !== undefined && !custodians.includes(custodian))
  if (unknown?.custodian === undefined) return
  const meant = orMeant(unknown.custodian, custodians)
  // A passphrase may have been given in place of its file.
  const isNamed = meant !== '' || option !== PASSPHRASE_FILE || existsSync(unknown.value)
  const shown = isNamed ? unknown.custodian : 'a name that was given'
  const of = option === undefined ? '' : `${option}: `
  throw usage(`${of}${shown} is not a custodian of this partition${meant}`, `custodians: ${custodians.join(', ')}`)
}

const PASSPHRASE_FILE = '--passphrase-file'

/** The same of passphrases for shares that are presented: a file of another name is opened by the passphrase of that name. */
export const checkPassphraseNames = ({ passphraseFile, share }: ShareOptions, groups: readonly Group[]): void =>
  checkNames(
    passphraseFile.filter((text) => !share.map(ownerOf).includes(parseFor(text).custodian ?? '')),
    [...new Set(custodiansOf(groups))],
    PASSPHRASE_FILE,
  )

/** INPUT-MISSING: what the share will be read back with. */
export function checkReadable(
  whose: string,
  recipient: string,
  { identity, card }: Pick<IssueOptions, 'identity' | 'card'>,
  { isForCard }: Pick<Quorum, 'isForCard'>,
): void {
  const by = isForCard(recipient)
    ? { given: card, what: 'card', flag: ['--card', 'MODULE'] }
    : { given: identity, what: 'age identity', flag: ['--identity', 'FILE'] }
  if (by.given.length > 0) return
  throw usage(`${whose} will have to read the share back, which takes the ${by.what}`, add(...by.flag), 'INPUT-MISSING')
}

function checkPassphrase(
  custodian: string,
  options: IssueOptions,
  quorum: Quorum,
  terminal: Terminal,
): readonly Owned[] {
  const given = options.passphraseFile
    .map(parseFor)
    .filter((file) => file.custodian === undefined || file.custodian === custodian)
  const found = given.map(({ value }) => {
    using passphrase = quorum.readSecretFile(value)
    quorum.checkPassphrase(passphrase, value)
    return owned(custodian, passphrase)
  })
  if (given.length > 0 || terminal.interactive) return found.slice(0, 1)
  throw usage(
    `no passphrase is given for the share of ${custodian}`,
    add('--passphrase-file', `${custodian}=FILE`),
    'INPUT-MISSING',
  )
}
