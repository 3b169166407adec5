// keyrite share passphrase: the same share in a new file, under another passphrase. The old file is its holder's to delete.

import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { askFile, askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { passphraseCost, withOpeners } from '../../cli/options.ts'
import { sameBytes } from '../../domain/encoding.ts'
import { notVerified } from '../../domain/errors.ts'
import { add, sh, to } from '../../domain/hints.ts'
import type { Secret } from '../../domain/secret.ts'
import type { OpenedShare, Quorum } from '../../quorum/port.ts'
import { askPassphrase, chooseSecret, openAsking } from '../../session/passphrases.ts'
import { type OpenerOptions, openShare, turningAway } from '../../session/share-entry.ts'
import type { Terminal } from '../../terminal/port.ts'

interface Options extends OpenerOptions {
  out?: string
  newPassphraseFile?: string
  passphraseCost: number
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withOpeners(parent.command('passphrase')),
    'keyrite share passphrase shares/alice.share.age --out shares/alice.new.share.age',
  )
    .summary('put a share under another passphrase, in a new file')
    .description(
      'Writes the same share into a new file under a passphrase that its holder chooses, opens that file again, and says then which one to delete. ' +
        'An unencrypted share, or one for an age recipient, comes under a passphrase too. Needs no ledger, no device and nobody else.',
    )
    .argument('[file]', 'the share file as it is')
    .option('--out <file>', 'where the new share file goes')
    .option('--new-passphrase-file <file>', 'the new passphrase, instead of typing it')
    .addOption(passphraseCost())
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { quorum, ledgers } = context
  const file = given ?? (await askFile('the share file:', add('FILE'), context, terminal))
  const path = resolve(
    options.out ?? (await askNewFile('where the new one goes:', add('--out', 'FILE'), context, terminal)),
  )
  ledgers.checkFree([path], globals.home)
  quorum.checkShareFolder(dirname(path))
  terminal.hush()
  const opened = await openShare(file, options, context, terminal)
  using share = opened.share
  using passphrase = await newPassphrase(options, quorum, terminal)
  const protection = { kind: 'passphrase', passphrase, cost: options.passphraseCost } as const
  quorum.writeShareFile(path, await quorum.sealShareFile(quorum.formatShareFile(share, opened.hints), protection))
  await readBack(path, opened, options.newPassphraseFile === undefined ? undefined : passphrase, quorum, terminal)
  const { custodian } = opened.hints
  terminal.answer({
    data: { file: path, replaces: resolve(file), ...opened.hints },
    text: [
      `the share${custodian === undefined ? '' : ` of ${custodian}`} is in ${path}, under the new passphrase; it was opened again`,
      { hint: to('what opened the old file still does; delete it, and each copy', sh('rm', file)), indent: '  ' },
    ],
  })
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
  { share }: OpenedShare,
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
  if (sameBytes(read.payload.reveal(), share.payload.reveal())) return
  throw notVerified('SHARE-READ-BACK', `${path} does not hold the share: keep the old file`, sh('rm', path))
}
