// keyrite share print: a page for a sealed envelope, with the encrypted file as a picture and, where that is asked for, the share to type.

import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { askFile, askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type SourceOptions, withOpeners, withSource } from '../../cli/options.ts'
import { recordCode } from '../../domain/code.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { refused } from '../../domain/errors.ts'
import { add, keyrite, sh, to } from '../../domain/hints.ts'
import type { ShareHints } from '../../quorum/port.ts'
import { entryPorts, type OpenerOptions, openShare } from '../../session/share-entry.ts'
import { ownerOf, rosterFacts, rosters } from '../../session/whose-share.ts'
import { MOST_BYTES, qrSvg } from '../../terminal/qr.ts'
import { type SharePage, sharePage } from '../../views/share-page.ts'

interface Options extends SourceOptions, OpenerOptions {
  out?: string
  bag?: string
  plain?: true
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withOpeners(withSource(parent.command('print'))),
    'keyrite share print shares/alice.share.age --out alice.html --plain',
  )
    .summary('a page for a sealed envelope')
    .description(
      'Writes an HTML page with the encrypted share file as a QR code, whose share it is, and lines for signatures. Only --plain adds the share itself, in rows ' +
        'with check characters that a prompt for a share takes one by one: whoever sees such a page, or a camera in the room, has the share. Needs no device.',
    )
    .argument('[file]', 'the share file')
    .option('--out <file>', 'where the page goes')
    .option('--bag <bag>', 'the number of the bag that it will lie in')
    .option('--plain', 'the share itself too, not encrypted')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { quorum, ledgers } = context
  const file = given ?? (await askFile('the share file:', add('FILE'), context, terminal))
  const out = options.out ?? (await askNewFile('where the page goes:', add('--out', 'FILE'), context, terminal))
  const path = resolve(out)
  ledgers.checkFree([path], globals.home)
  quorum.checkShareFolder(dirname(path))
  const known = rosters(options, globals, context, terminal)
  terminal.hush()
  const { share, hints, protection } = await openShare(file, options, entryPorts(globals, context, terminal))
  using held = share
  if (protection === 'plain' && !options.plain)
    throw refused(
      'SHARE-FILE',
      `${file} is not encrypted: there is nothing to print but the share itself`,
      ENCRYPT(file),
    )
  const page: SharePage = {
    ...factsOf(toBase64url(held.key), hints, known),
    ...(options.bag === undefined ? {} : { bag: options.bag }),
    ...(protection === 'plain' ? {} : { code: await qrSvg(armored(quorum.readShareFile(file), file)) }),
    ...(options.plain ? { rows: quorum.shareRows(held) } : {}),
  }
  ledgers.createFiles([{ path, content: sharePage(page) }])
  const { code: _, rows: __, ...told } = page
  terminal.answer({
    data: { file: path, ...told, plain: options.plain === true },
    text: [
      `${path} is the page of ${page.custodian ?? 'this share'}${options.plain ? ', WITH THE SHARE IN CLEAR' : ''}`,
      { hint: to('when it is printed', sh('rm', path)), indent: '  ' },
    ],
  })
}

const ENCRYPT = (file: string) => keyrite('share', 'passphrase', file, '--out', 'FILE')

/** SHARE-FILE: what a picture can hold. */
function armored(bytes: Uint8Array, file: string): string {
  const text = Buffer.from(bytes).toString('latin1')
  const wrong = !text.startsWith('-----BEGIN AGE')
    ? 'is not armored: a QR code holds text'
    : bytes.length > MOST_BYTES
      ? `has ${bytes.length} bytes, and no QR code that can be read from paper has more than ${MOST_BYTES}`
      : undefined
  if (wrong === undefined) return text
  throw refused('SHARE-FILE', `${file} ${wrong}`, ENCRYPT(file))
}

/** By the roster where it knows the share, else by the file's own lines. */
function factsOf(key: string, hints: ShareHints, known: ReturnType<typeof rosters>): SharePage {
  const found = ownerOf(key, known)
  if (!found) {
    const { partition: uuid, ...told } = hints
    return { partition: 'not known here', ...told, ...(uuid === undefined ? {} : { uuid }) }
  }
  const { name, partition, anchor } = found.history
  return { partition: name, uuid: partition, anchor: recordCode(anchor), ...rosterFacts(found) }
}
