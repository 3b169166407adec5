// Hands out new shares: each custodian alone at the screen gets a file, reads it back, and approves the plan with what was read.

import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { type NewShare, noteFile } from '../change/operations/init-partition.ts'
import type { ShareIntake } from '../change/share-intake.ts'
import type { ShareOptions } from '../cli/options.ts'
import { sameBytes } from '../domain/encoding.ts'
import { notVerified, refused, usage } from '../domain/errors.ts'
import { groupedBy } from '../domain/grouped.ts'
import { add } from '../domain/hints.ts'
import type { TakenPending } from '../domain/pending.ts'
import type { Secret } from '../domain/secret.ts'
import type { Group } from '../domain/shapes.ts'
import type { Partition } from '../ledger/port.ts'
import type { OpenedShare, Protection, Quorum, Share } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Part } from '../terminal/text.ts'
import {
  askPassphrase,
  chooseSecret,
  hasPassphrase,
  openAsking,
  openersFor,
  PASSPHRASE_LENGTH,
  parseFor,
} from './passphrases.ts'
import { pauseAfter } from './share-entry.ts'

export interface IssueOptions extends ShareOptions {
  /** `DIR`, or `NAME=DIR` for the share of one custodian. */
  sharesDir: string[]
  recipient: string[]
  unsafePlainShares?: boolean
  passphraseCost: number
}

interface Issuing {
  quorum: Quorum
  terminal: Terminal
  partition: Partition
  pending: TakenPending
  /** The plan in words: each custodian sees it before they approve. */
  view: readonly Part[]
  /** Passphrases that were typed. */
  chosen: Owned[]
}

/** Where each share will go. FILE-EXISTS, before anything is made: a name that is taken would stop the init half way. */
export function sharePaths(
  groups: readonly Pick<Group, 'name' | 'epoch'>[],
  custodians: (group: string) => string[],
  options: IssueOptions,
  quorum: Quorum,
): Map<string, string> {
  const paths = new Map<string, string>()
  for (const { name, epoch } of groups) {
    for (const custodian of custodians(name)) {
      const file = quorum.shareFileName(
        custodian,
        groups.length > 1 ? name : undefined,
        epoch,
        isPlain(custodian, options),
      )
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

const isPlain = (custodian: string, options: IssueOptions): boolean =>
  options.unsafePlainShares === true && recipientOf(custodian, options) === undefined

/** Every custodian in turn. All shares are taken in as they were read back. */
export async function issueShares(
  shares: readonly NewShare[],
  paths: Map<string, string>,
  intake: ShareIntake,
  options: IssueOptions,
  issuing: Issuing,
): Promise<void> {
  const { code } = intake.proposal
  const approved: string[] = []
  issuing.terminal.hush()
  for (const made of shares) {
    const { custodian, group } = made
    const path = paths.get(`${group.name}/${custodian}`)!
    const alone = isAsked(custodian, path, options, issuing)
    if (alone) await makeRoom(custodian, approved, issuing)
    await issueOne(made, path, options, issuing)
    intake.present(await readBack(made, path, code, options, issuing), 'file')
    if (alone) issuing.terminal.clear()
    // Never say that a person has read what only the program opened.
    const how = alone
      ? `${custodian} has read the share back and`
      : `${custodian}: the file was opened again; its share`
    const line = `  ${how} approves ${code}`
    approved.push(line)
    issuing.terminal.say(line)
    made.share[Symbol.dispose]()
  }
  warnOfOne([...issuing.chosen], issuing.terminal)
}

/** Whoever knows a passphrase can open every share encrypted with it. */
export function warnOfOne(passphrases: readonly Owned[], terminal: Terminal): void {
  for (const owners of groupedBy(passphrases, ({ digest }) => digest).values()) {
    if (owners.length < 2) continue
    const names = owners.map(({ custodian }) => custodian)
    const whose = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
    const hint = 'give each their own: --passphrase-file NAME=FILE'
    terminal.warn(`the shares of ${whose} are under one passphrase: whoever knows it opens them all`, hint)
  }
}

/** Whose passphrase it is, and what tells it from others. */
export interface Owned {
  custodian: string
  digest: string
}

export const owned = (custodian: string, passphrase: Secret): Owned => ({
  custodian,
  digest: createHash('sha256').update(passphrase.reveal()).digest('hex'),
})

/** No custodian is called to the screen where flags say everything. */
const isAsked = (custodian: string, path: string, options: IssueOptions, { terminal }: Issuing): boolean =>
  terminal.interactive &&
  recipientOf(custodian, options) === undefined &&
  !isPlain(custodian, options) &&
  !hasPassphrase(path, options)

/** The next custodian says when the previous one has left the screen. */
async function makeRoom(custodian: string, approved: readonly string[], { terminal, view }: Issuing): Promise<void> {
  terminal.clear()
  terminal.show([...view, ...approved, ''])
  using _ = await terminal.askSecret(`${custodian}, press enter when you are alone at the screen:`, 'every passphrase')
}

async function issueOne(
  { custodian, group, share }: NewShare,
  path: string,
  options: IssueOptions,
  issuing: Issuing,
): Promise<void> {
  const { quorum, terminal, partition, pending } = issuing
  const protection = await protectionFor(custodian, path, options, issuing)
  const { length } = group.custodians
  const hints = {
    partition: pending.partition,
    group: group.name,
    epoch: group.epoch,
    custodian,
    threshold: `${group.threshold}/${length}`,
  }
  const content = await quorum.sealShareFile(quorum.formatShareFile(share, hints), protection)
  if (protection.kind === 'passphrase') protection.passphrase[Symbol.dispose]()
  noteFile(path, content, pending, partition)
  quorum.writeShareFile(path, content)
  terminal.show(`  ${custodian}: your share is in ${path}${protection.kind === 'plain' ? ', NOT encrypted' : ''}`)
}

async function protectionFor(
  custodian: string,
  path: string,
  options: IssueOptions,
  issuing: Issuing,
): Promise<Protection> {
  const recipient = recipientOf(custodian, options)
  if (recipient !== undefined) return { kind: 'recipient', recipient: issuing.quorum.parseRecipient(recipient) }
  if (isPlain(custodian, options)) return { kind: 'plain' }
  return {
    kind: 'passphrase',
    passphrase: await passphraseFor(custodian, path, options, issuing),
    cost: options.passphraseCost,
  }
}

async function passphraseFor(
  custodian: string,
  path: string,
  options: IssueOptions,
  { quorum, terminal, chosen }: Issuing,
): Promise<Secret> {
  const [given] = openersFor(path, { ...options, identity: [] }, quorum).passphrases
  if (given) return given
  terminal.show(`  choose a passphrase for your share, ${PASSPHRASE_LENGTH} characters or more; it is not shown.`)
  terminal.show('  you type it twice, and once again to read your share back')
  const passphrase = await chooseSecret(
    `passphrase for ${custodian}:`,
    add('--passphrase-file', `${custodian}=FILE`),
    terminal,
    quorum,
  )
  chosen.push(owned(custodian, passphrase))
  return passphrase
}

/** SHARE-READ-BACK: the file is opened anew by its path, and holds the share that was made. */
async function readBack(
  { custodian, share }: NewShare,
  path: string,
  code: string,
  options: IssueOptions,
  { quorum, terminal }: Issuing,
): Promise<Share> {
  const bytes = quorum.readShareFile(path)
  const openers = openersFor(path, options, quorum)
  const protection = await quorum.shareFileProtection(bytes)
  if (protection === 'recipient' && openers.identities.length === 0) {
    throw refused(
      'SHARE-READ-BACK',
      `${custodian} can't read the share back without an identity`,
      add('--identity', 'FILE'),
    )
  }
  const opened =
    protection === 'passphrase' && openers.passphrases.length === 0
      ? await openAgain(custodian, code, bytes, { quorum, terminal })
      : await quorum.openShareFile(bytes, openers)
  if (sameBytes(opened.share.payload.reveal(), share.payload.reveal())) return opened.share
  throw notVerified('SHARE-READ-BACK', `${path} does not hold the share that was made for ${custodian}`)
}

/** A mistyped passphrase is asked for again: the token is taken already, and the others are waiting. */
async function openAgain(
  custodian: string,
  code: string,
  bytes: Uint8Array,
  { quorum, terminal }: Pick<Issuing, 'quorum' | 'terminal'>,
): Promise<OpenedShare> {
  terminal.show(`  now it is read back; with that you approve ${code}`)
  let refusals = 0
  const ask = () => askPassphrase(`${custodian}, your passphrase again:`, '--passphrase-file', terminal)
  return openAsking(bytes, ask, quorum, async ({ message }) => {
    terminal.show(`  ${message}; try again`)
    await pauseAfter(++refusals, terminal)
  })
}

/** Where each share went, for the report. `paths`: by `GROUP/CUSTODIAN`. */
export const shareFiles = (groups: readonly Group[], paths: Map<string, string>) =>
  groups.flatMap(({ name: group, custodians }) =>
    custodians.map(({ name }) => ({ custodian: name, group, file: paths.get(`${group}/${name}`)! })),
  )
