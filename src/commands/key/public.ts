// keyrite key public: the public half of a pair, from the ledger. Nobody approves, and no device is needed.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { findKey } from '../../change/key-targets.ts'
import { askKey } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { oneOf, SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { byEnding } from '../../cli/paths.ts'
import { fromBase64url, toBase64url } from '../../domain/encoding.ts'
import { notVerified, refused, usage } from '../../domain/errors.ts'
import { hintText } from '../../domain/hint-text.ts'
import { add, keyrite } from '../../domain/hints.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { PUBLIC_FORMATS, type PublicFormat, publicKeyIn } from '../../domain/public-formats.ts'
import { writtenAnew } from '../../domain/public-key-file.ts'
import { plainSpki, spkiDigest } from '../../domain/public-keys.ts'
import { readWrittenKey } from '../../domain/wrapping-key.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import type { Terminal } from '../../terminal/port.ts'

interface Options extends SourceOptions {
  format?: PublicFormat
  out?: string
  compare?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('public')),
    'keyrite key public payments/signing',
    'keyrite key public payments/signing --format ssh --out signing.pub',
  )
    .summary('the public key of a pair')
    .description(
      'Prints the public key of a pair, or writes it to a file: NAME for its newest version, NAME#V for another. jwk has the label as kid, ' +
        `ssh as comment. Its SHA-256 in der is the fingerprint. --compare tells whether what a cloud gives out is the same key. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .argument('[name]', 'NAME or NAME#V', parseKeyVersion)
    .option(
      '--format <encoding>',
      `${PUBLIC_FORMATS.join(', ')}; by default that of the ending of --out, else pem`,
      oneOf('format', PUBLIC_FORMATS),
    )
    .option('--out <file>', 'write it to this file, which must not exist')
    .option(
      '--compare <file>',
      'hold the public key in this file against it: DER, PEM, JWK, or the JSON of the tool of a cloud',
    )
    .action((name: KeyVersion | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(
  given: KeyVersion | undefined,
  { format: said, out, compare, ...options }: Options,
  command: Command,
  context: Context,
): Promise<void> {
  const format = said ?? byEnding(out ?? '', PUBLIC_FORMATS) ?? 'pem'
  const globals = globalsOf(command, context)
  // What others are to trust is read from the ledger, not from an index.
  const { history, goesOn } = openSource(options, globals, context, { signatures: 'lines' })
  const terminal = terminalOf(globals, context)
  const name = given ?? (await askKey('public', parseKeyVersion, history, terminal))
  const key = findKey(name, history)
  const content = publicKeyIn(format, spkiOf(key), label(key.name, key.version))
  if (out === undefined && typeof content !== 'string' && !globals.json)
    throw usage('der is no text: it goes into a file', add('--out', 'FILE'), 'INPUT-MISSING')
  if (compare !== undefined) checkEqual(key, compare, context, terminal)
  if (out !== undefined) {
    context.ledgers.checkFree([resolve(out)], globals.home)
    context.ledgers.createFiles([{ path: resolve(out), content }])
  }
  warnOf(key, terminal)
  const { version, type, state, fingerprint } = key
  const publicKey = typeof content === 'string' ? content.trimEnd() : toBase64url(content)
  const file = {
    ...(out === undefined ? {} : { file: resolve(out) }),
    ...(compare === undefined ? {} : { compared: resolve(compare) }),
  }
  const data = {
    name: key.name,
    version,
    type,
    state,
    fingerprint,
    format,
    publicKey,
    ...file,
    ...openOf(history, goesOn),
  }
  const text =
    compare !== undefined
      ? `${compare} holds the public key of ${label(key.name, version)}`
      : out === undefined
        ? { verbatim: publicKey }
        : `${label(key.name, version)}: written to ${out}`
  terminal.answer({ data, text })
}

/** KEY-PUBLIC. */
function spkiOf({ name, version, type, spki }: KeyEntry): Uint8Array {
  if (spki !== undefined) return fromBase64url(spki)
  throw refused(
    'KEY-PUBLIC',
    `${label(name, version)} is ${type}, a secret key: it has no public half`,
    keyrite('key', 'list'),
  )
}

/** PUBLIC-EQUAL: what a cloud has, or anyone, is this very pair, as far as its public half tells. */
function checkEqual(key: KeyEntry, file: string, { ledgers }: Context, terminal: Terminal): void {
  const { spki } = readWrittenKey(ledgers.readBytes(resolve(file)), file)
  const own = spkiOf(key)
  const name = label(key.name, key.version)
  const hashes = `its sha256 is ${spkiDigest(spki)}, the ledger says ${key.fingerprint.slice(7)}`
  if (Buffer.compare(plainSpki(spki), own) !== 0)
    throw notVerified('PUBLIC-EQUAL', `${file} holds another public key than ${name}: ${hashes}`)
  if (Buffer.compare(spki, own) === 0) return
  terminal.warn(`${file} writes the key in another way, with its curve spelled out or its point not whole: ${hashes}`)
  terminal.say(`  ${hintText(writtenAnew(file))}`)
}

/** Whoever is going to trust the key must know. */
function warnOf({ name, version, state }: KeyEntry, terminal: Terminal): void {
  if (state === 'compromised' || state === 'destroyed') terminal.warn(`${label(name, version)} is ${state}`)
}
