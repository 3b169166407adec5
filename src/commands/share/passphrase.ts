// keyrite share passphrase: the same share in a new file, under another passphrase or for a card. The old file is its holder's to delete.

import { dirname, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { askNewFile } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { passphraseCost, withOpeners } from '../../cli/options.ts'
import { sameBytes, toBase64url } from '../../domain/encoding.ts'
import { notVerified, usage } from '../../domain/errors.ts'
import { add, sh, to } from '../../domain/hints.ts'
import type { Secret } from '../../domain/secret.ts'
import type { OpenedShare, Quorum, Share, ShareHints } from '../../quorum/port.ts'
import { checkReadable } from '../../session/check-issue.ts'
import { askPassphrase, chooseSecret, openAsking } from '../../session/passphrases.ts'
import {
  type EntryPorts,
  entryPorts,
  givenShare,
  type OpenerOptions,
  openShare,
  turningAway,
} from '../../session/share-entry.ts'
import { ownerOf, rosterFacts, rosters } from '../../session/whose-share.ts'
import type { Terminal } from '../../terminal/port.ts'

interface Options extends OpenerOptions {
  out?: string
  recipient?: string
  newPassphraseFile?: string
  passphraseCost: number
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withOpeners(parent.command('passphrase')),
    'keyrite share passphrase shares/alice.share.age --out shares/alice.new.share.age',
  )
    .summary('put a share under another passphrase, or onto a card, in a new file')
    .description(
      'Writes the same share into a new file under a passphrase that its holder chooses, opens that file again, and says then which one to delete. ' +
        'An unencrypted share, one that is typed from paper, or one for an age recipient or a card, comes under a passphrase too; with --recipient it is for that one instead, and what opens ' +
        'it is given to read it back: --card for age1tag1..., else --identity. Needs no ledger, no HSM and nobody else.',
    )
    .argument('[file]', 'the share file as it is; without it, it is asked for, or the share itself')
    .option('--out <file>', 'where the new share file goes')
    .option('--new-passphrase-file <file>', 'the new passphrase, instead of typing it')
    .addOption(new Option('--recipient <recipient>', 'for an age recipient or a card, instead of a passphrase'))
    .addOption(passphraseCost())
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { quorum, ledgers } = context
  const path = resolve(
    options.out ?? (await askNewFile('where the new one goes:', add('--out', 'FILE'), context, terminal)),
  )
  ledgers.checkFree([path], globals.home)
  quorum.checkShareFolder(dirname(path))
  if (options.recipient !== undefined) checkRecipient(options.recipient, options, quorum)
  terminal.hush()
  const ports = entryPorts(globals, context, terminal)
  const opened = await givenShare(given, options, ports)
  using share = opened.share
  const hints = opened.hints ?? known(share, globals, context, terminal)
  const text = quorum.formatShareFile(share, hints)
  const under =
    options.recipient === undefined
      ? await underPassphrase(path, text, opened, options, ports)
      : await forRecipient(path, text, opened, { ...options, recipient: options.recipient }, ports)
  const { custodian } = hints
  const { file } = opened
  terminal.answer({
    data: { file: path, ...(file === undefined ? {} : { replaces: resolve(file) }), ...hints },
    text: [
      `the share${custodian === undefined ? '' : ` of ${custodian}`} is in ${path}, ${under}; it was opened again`,
      {
        hint:
          file === undefined
            ? 'whoever has the paper has the share still: seal it in again, or destroy it'
            : to('what opened the old file still does; delete it, and each copy', sh('rm', file)),
        indent: '  ',
      },
    ],
  })
}

/** Of a share that is typed nothing stands beside it: what the ledgers here know of it. */
function known(share: Share, globals: Globals, context: Context, terminal: Terminal): ShareHints {
  const owned = ownerOf(toBase64url(share.key), rosters({ checkpoint: [] }, globals, context, terminal))
  if (!owned) return {}
  const { group, epoch, custodian } = rosterFacts(owned)
  return { partition: owned.history.partition, group, epoch, custodian }
}

/** USAGE, INPUT-MISSING. */
function checkRecipient(recipient: string, options: Options, quorum: Quorum): void {
  if (options.newPassphraseFile !== undefined)
    throw usage('--recipient and --new-passphrase-file are two ways to seal one share', 'give one of them')
  checkReadable('whoever has the recipient', quorum.parseRecipient(recipient), options, quorum)
}

/** Gives how it is sealed, in words. */
async function underPassphrase(
  path: string,
  text: string,
  opened: Pick<OpenedShare, 'share'>,
  options: Options,
  { quorum, terminal }: EntryPorts,
): Promise<string> {
  using passphrase = await newPassphrase(options, quorum, terminal)
  const protection = { kind: 'passphrase', passphrase, cost: options.passphraseCost } as const
  quorum.writeShareFile(path, await quorum.sealShareFile(text, protection))
  await readBack(path, opened, options.newPassphraseFile === undefined ? undefined : passphrase, quorum, terminal)
  return 'under the new passphrase'
}

/** SHARE-READ-BACK, and what the card or the identity refuses: the file is there then, and the old one too. */
async function forRecipient(
  path: string,
  text: string,
  { share }: Pick<OpenedShare, 'share'>,
  options: Options & { recipient: string },
  ports: EntryPorts,
): Promise<string> {
  const { quorum } = ports
  const { recipient } = options
  quorum.writeShareFile(path, await quorum.sealShareFile(text, { kind: 'recipient', recipient }))
  const again = await openShare(path, options, ports).catch((error) => {
    // A file that nobody was seen to open is no share to keep.
    quorum.removeShareFile(path)
    throw error
  })
  using read = again.share
  checkSame(path, read, share)
  return quorum.isForCard(recipient) ? `for the card of ${recipient}` : `for ${recipient}`
}

async function newPassphrase(
  { newPassphraseFile: file }: Options,
  quorum: Quorum,
  terminal: Terminal,
): Promise<Secret> {
  const flag = add('--new-passphrase-file', 'FILE')
  if (file === undefined) return chooseSecret('the new passphrase:', flag, terminal, quorum)
  const passphrase = quorum.readSecretFile(file)
  quorum.checkPassphrase(passphrase, file)
  return passphrase
}

/** SHARE-READ-BACK: the new file is opened by its path, as its holder will open it. `given`: the passphrase, where it is not typed. */
async function readBack(
  path: string,
  { share }: Pick<OpenedShare, 'share'>,
  given: Secret | undefined,
  quorum: Quorum,
  terminal: Terminal,
): Promise<void> {
  const turnAway = turningAway(terminal)
  const ask = async () =>
    given
      ? given.clone()
      : askPassphrase(
          'the new passphrase once more, to read the share back:',
          add('--new-passphrase-file', 'FILE'),
          terminal,
        )
  const again = await openAsking(quorum.readShareFile(path), ask, quorum, (failure) => turnAway(failure))
  using read = again.share
  checkSame(path, read, share)
}

/** SHARE-READ-BACK. */
function checkSame(path: string, read: Share, share: Share): void {
  if (sameBytes(read.payload.reveal(), share.payload.reveal())) return
  throw notVerified('SHARE-READ-BACK', `${path} does not hold the share: keep the old file`, sh('rm', path))
}
