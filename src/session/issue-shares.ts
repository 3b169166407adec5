// Hands out new shares: each custodian alone at the screen gets a file, and reads it back.

import { createHash } from 'node:crypto'
import type { NewShare } from '../change/make-set.ts'
import { noteFile } from '../change/operations/init-partition.ts'
import type { ShareIntake } from '../change/share-intake.ts'
import { sameBytes } from '../domain/encoding.ts'
import { KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { groupedBy } from '../domain/grouped.ts'
import { add } from '../domain/hints.ts'
import type { TakenPending } from '../domain/pending.ts'
import type { Secret } from '../domain/secret.ts'
import type { PendingNote } from '../ledger/port.ts'
import type { OpenedShare, Protection, Share } from '../quorum/port.ts'
import type { Terminal } from '../terminal/port.ts'
import type { Part } from '../terminal/text.ts'
import { openByCard } from './cards.ts'
import { askPassphrase, chooseSecret, hasPassphrase, openAsking, openersFor, PASSPHRASE_LENGTH } from './passphrases.ts'
import { type EntryPorts, pauseAfter, turningAway } from './share-entry.ts'
import { type IssueOptions, isPlain, recipientOf } from './share-paths.ts'

interface Issuing extends EntryPorts {
  /** The partition that they are of. */
  partition: string
  /** What is beginning, in words: each custodian sees it. */
  view: readonly Part[]
  /** Notes a file before it is written. */
  note(path: string, content: Uint8Array): void
  /** What a custodian does by reading the share back: `approves CODE`, and `you approve CODE`. */
  does: string
  youDo: string
  /** Takes a share that was read back from its file. */
  readBack(made: NewShare, share: Share): void
  /** A share for a recipient who is not there to open it. Without this everyone reads theirs back. */
  absent?(made: NewShare, recipient: string): void
}

/** Of a beginning: whoever reads the share back approves the plan by it. */
export const approving = (
  intake: ShareIntake,
  view: readonly Part[],
  pending: TakenPending,
  ports: EntryPorts,
  partition: PendingNote,
): Issuing => ({
  ...ports,
  view,
  partition: pending.partition,
  note: (path, content) => noteFile(path, content, pending, partition),
  does: `approves ${intake.proposal.code}`,
  youDo: `you approve ${intake.proposal.code}`,
  readBack: (_, share) => {
    intake.present(share, 'file')
  },
})

/** Passphrases that were typed, and what was said of those before. */
interface Sitting {
  chosen: Owned[]
  said: string[]
}

/** Every custodian in turn. */
export async function issueShares(
  shares: readonly NewShare[],
  paths: Map<string, string>,
  options: IssueOptions,
  issuing: Issuing,
): Promise<void> {
  const { terminal } = issuing
  const sitting: Sitting = { chosen: [], said: [] }
  terminal.hush()
  for (const made of shares) {
    const path = paths.get(`${made.group.name}/${made.custodian}`)!
    const alone = isAsked(made.custodian, path, options, issuing)
    if (alone) await makeRoom(made.custodian, sitting, issuing)
    await issueOne(made, path, options, issuing, sitting)
    const line = await handOut(made, path, alone, options, issuing)
    if (alone) terminal.clear()
    sitting.said.push(line)
    terminal.say(line)
    made.share[Symbol.dispose]()
  }
  warnOfOne(sitting.chosen, terminal)
}

/** Gives what is said of it. Never that a person has read what only the program opened. */
async function handOut(
  made: NewShare,
  path: string,
  alone: boolean,
  options: IssueOptions,
  issuing: Issuing,
): Promise<string> {
  const { custodian } = made
  const share = await readBack(made, path, options, issuing)
  if (share === undefined) {
    issuing.absent!(made, recipientOf(custodian, options)!)
    return `  ${custodian}: the file is sealed for the recipient, who can open it elsewhere`
  }
  issuing.readBack(made, share)
  const how = alone ? `${custodian} has read the share back and` : `${custodian}: the file was opened again; its share`
  return `  ${how} ${issuing.does}`
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
function isAsked(custodian: string, path: string, options: IssueOptions, { terminal, quorum }: Issuing): boolean {
  if (!terminal.interactive) return false
  const recipient = recipientOf(custodian, options)
  if (recipient !== undefined)
    return quorum.isForCard(recipient) && options.card.length > 0 && options.cardPinFile.length === 0
  return !isPlain(custodian, options) && !hasPassphrase(path, options)
}

/** The next custodian says when the previous one has left the screen. */
async function makeRoom(custodian: string, { said }: Sitting, { terminal, view }: Issuing): Promise<void> {
  terminal.clear()
  terminal.show([...view, ...said, ''])
  using _ = await terminal.askSecret(`${custodian}, press enter when you are alone at the screen:`, 'every passphrase')
}

async function issueOne(
  { custodian, group, share }: NewShare,
  path: string,
  options: IssueOptions,
  issuing: Issuing,
  sitting: Sitting,
): Promise<void> {
  const { quorum, terminal, partition } = issuing
  const protection = await protectionFor(custodian, path, options, issuing, sitting)
  const { length } = group.custodians
  const hints = {
    partition,
    group: group.name,
    epoch: group.epoch,
    custodian,
    threshold: `${group.threshold}/${length}`,
  }
  const content = await quorum.sealShareFile(quorum.formatShareFile(share, hints), protection)
  if (protection.kind === 'passphrase') protection.passphrase[Symbol.dispose]()
  issuing.note(path, content)
  quorum.writeShareFile(path, content)
  terminal.show(`  ${custodian}: your share is in ${path}${protection.kind === 'plain' ? ', NOT encrypted' : ''}`)
}

async function protectionFor(
  custodian: string,
  path: string,
  options: IssueOptions,
  issuing: Issuing,
  sitting: Sitting,
): Promise<Protection> {
  const recipient = recipientOf(custodian, options)
  if (recipient !== undefined) return { kind: 'recipient', recipient: issuing.quorum.parseRecipient(recipient) }
  if (isPlain(custodian, options)) return { kind: 'plain' }
  return {
    kind: 'passphrase',
    passphrase: await passphraseFor(custodian, path, options, issuing, sitting),
    cost: options.passphraseCost,
  }
}

async function passphraseFor(
  custodian: string,
  path: string,
  options: IssueOptions,
  { quorum, terminal }: Issuing,
  { chosen }: Sitting,
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

/** SHARE-READ-BACK: the file is opened anew by its path, and holds the share that was made. Undefined where only an absent recipient could open it. */
async function readBack(
  { custodian, share }: NewShare,
  path: string,
  options: IssueOptions,
  issuing: Issuing,
): Promise<Share | undefined> {
  const { quorum } = issuing
  const bytes = quorum.readShareFile(path)
  const openers = openersFor(path, options, quorum)
  const protection = await quorum.shareFileProtection(bytes)
  if (protection === 'recipient' && openers.identities.length === 0) {
    if (issuing.absent) return undefined
    throw refused(
      'SHARE-READ-BACK',
      `${custodian} can't read the share back without an identity`,
      add('--identity', 'FILE'),
    )
  }
  const asks = protection === 'passphrase' && openers.passphrases.length === 0
  const opened = asks
    ? await openAgain(custodian, bytes, issuing)
    : await (protection === 'card'
        ? openOnCard(custodian, path, bytes, options, issuing)
        : quorum.openShareFile(bytes, openers)
      ).catch((error) => orAbsent(error, issuing))
  if (opened === undefined) return undefined
  if (sameBytes(opened.share.payload.reveal(), share.payload.reveal())) return opened.share
  throw notVerified('SHARE-READ-BACK', `${path} does not hold the share that was made for ${custodian}`)
}

/** The identities and cards that were given may be those of others. */
function orAbsent(error: unknown, { absent }: Issuing): undefined {
  if (absent && error instanceof KeyriteError && NOT_THEIRS.includes(error.code)) return undefined
  throw error
}

const NOT_THEIRS = ['SHARE-IDENTITY', 'SHARE-CARD', 'CARD-PRESENT', 'CARD-KEY']

async function openOnCard(
  custodian: string,
  path: string,
  bytes: Uint8Array,
  options: IssueOptions,
  issuing: Issuing,
): Promise<OpenedShare> {
  const { terminal } = issuing
  if (isAsked(custodian, path, options, issuing))
    terminal.show(`  now it is read back with your card; with that ${issuing.youDo}`)
  return openByCard(path, bytes, options, issuing, turningAway(terminal))
}

/** A mistyped passphrase is asked for again: the others are waiting. */
async function openAgain(custodian: string, bytes: Uint8Array, issuing: Issuing): Promise<OpenedShare> {
  const { quorum, terminal } = issuing
  terminal.show(`  now it is read back; with that ${issuing.youDo}`)
  let refusals = 0
  const ask = () => askPassphrase(`${custodian}, your passphrase again:`, '--passphrase-file', terminal)
  return openAsking(bytes, ask, quorum, async ({ message }) => {
    terminal.show(`  ${message}; try again`)
    await pauseAfter(++refusals, terminal)
  })
}
