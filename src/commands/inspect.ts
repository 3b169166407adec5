// keyrite inspect: what a file is, and what it says of itself. It asks nobody and tells no secret.

import type { Command } from 'commander'
import { askFile } from '../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../cli/context.ts'
import { withExamples } from '../cli/examples.ts'
import { add, keyrite, type Run, to } from '../domain/hints.ts'
import type { Inspected } from '../ledger/port.ts'
import { readScript, readSite } from '../session/ceremony-files.ts'
import { type Field, fields, type Part } from '../terminal/text.ts'
import { aloud } from '../views/plan-outward.ts'
import { isX509, x509Facts } from '../x509/facts.ts'

export function declare(root: Command, context: Context): void {
  withExamples(
    root.command('inspect'),
    'keyrite inspect pay.backup',
    'keyrite inspect shares/alice.share.age',
    'keyrite inspect zmk.block',
    'keyrite inspect q4.toml',
  )
    .summary('what a file is')
    .description(
      'Says what a file is, a share, backup, ledger, checkpoint, certificate, plan, request of a station, challenge or answer, plan or contribution from afar, a key block (X9.143, before that TR-31), a script, site file, journal or record of a ceremony, a signature of a witness, a report, a manifest of keys, the profile of a certificate, the index beside a ledger, or a certificate, a request for one or a revocation list (PEM or DER), and what it says of itself. A share stays closed, ' +
        'and nothing secret is shown. Nothing is checked: it ends with the command that does. Needs no home, no device and no shares.',
    )
    .argument('[file]', 'the file, or the folder of a record; - is standard input')
    .action((file: string | undefined, _options, command: Command) => run(file, command, context))
}

async function run(given: string | undefined, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the file:', add('FILE'), context, terminal))
  const { kind, what, facts } = context.ledgers.inspect(file)
  const told = isX509(kind)
    ? await x509Facts(kind, await bytesOf(kind, file, context), file)
    : kind === 'share'
      ? await shareFacts(file, context)
      : (scriptFacts(kind, file, context) ?? facts)
  const next = NEXT[kind]?.(file, told)
  const text: Part[] = [
    `${file} is ${what}`,
    fields(
      Object.entries(told).flatMap(([name, value]): Field[] =>
        kind === 'import-request' && name === 'sha256'
          ? aloud(`${value}`, 'of the key that wraps: COMPARE IT with what whoever asks for the key says')
          : [[LABELS[name] ?? name, value === undefined ? value : `${value}`]],
      ),
      '  ',
    ),
    ...(next ? [{ hint: to('nothing of it was checked', next), indent: '  ' }] : []),
  ]
  terminal.answer({ data: { file, kind, ...told }, text })
}

/** A revocation list of a large CA is longer than any key, request or certificate. */
async function bytesOf(kind: string, file: string, { ledgers }: Context): Promise<Uint8Array> {
  if (kind !== 'x509-crl') return ledgers.readBytes(file)
  const pieces: Uint8Array[] = []
  for await (const piece of ledgers.chunks(file)) pieces.push(Uint8Array.from(piece))
  return Buffer.concat(pieces)
}

/** CEREMONY-SCRIPT, CEREMONY-SITE: of files that people write, what they say. */
function scriptFacts(kind: string, file: string, { ledgers }: Context): Inspected['facts'] | undefined {
  if (kind === 'ceremony-script') {
    const { script, code, sha256 } = readScript(file, ledgers)
    const { name, version, title, partition, steps } = script
    return { name, version, title, partition, steps: steps.length, code, sha256 }
  }
  if (kind !== 'ceremony-site') return undefined
  const { site, sha256 } = readSite(file, ledgers)
  return { place: site.place, people: site.people.length, sha256 }
}

/** What an unencrypted file says beside its share; of an encrypted one what opens it. SHARE-...: what is wrong with it. */
async function shareFacts(file: string, { quorum }: Context): Promise<Inspected['facts']> {
  const bytes = quorum.readShareFile(file)
  const protection = await quorum.shareFileProtection(bytes)
  if (protection !== 'plain') return { protection }
  const { share, hints } = await quorum.openShareFile(bytes, { passphrases: [], identities: [] })
  share[Symbol.dispose]()
  return { protection: 'none', ...hints }
}

/** Where the name of a fact says too little. */
const LABELS: { readonly [name: string]: string } = { unread: 'not read, since' }

/** What checks it, or goes on with it. */
const NEXT: { readonly [kind in Inspected['kind']]?: (file: string, facts: Inspected['facts']) => Run | undefined } = {
  backup: (file) => keyrite('backup', 'verify', file),
  ledger: (file) => keyrite('audit', 'verify', '--ledger', file),
  checkpoint: (file) => keyrite('audit', 'verify', '--checkpoint', file),
  certificate: (file) => keyrite('audit', 'verify', '--certificate', file),
  pending: () => keyrite('partition', 'recover'),
  settings: () => keyrite('config', 'show'),
  report: (file) => keyrite('report', 'verify', file),
  manifest: (file) => keyrite('manifest', 'diff', file),
  'certificate-profile': () => keyrite('help', 'cert', 'issue'),
  challenge: (file) => keyrite('quorum', 'drill', '--challenge', file),
  answer: (file) => keyrite('quorum', 'drill', '--in', file),
  proposal: (file) => keyrite('plan', 'show', file, '--ledger', 'COPY', '--anchor', 'CODE'),
  'ceremony-script': (file) => keyrite('ceremony', 'lint', file),
  'ceremony-site': (file) => keyrite('ceremony', 'lint', 'SCRIPT', '--site', file),
  'ceremony-record': (file) => keyrite('ceremony', 'verify', file, '--ledger', 'FILE'),
  'witness-signature': (file) => keyrite('ceremony', 'sign', 'NAME', '--role', 'ROLE', '--signature', file),
  // The code of its key is that which the new machine said.
  'station-request': (file) => keyrite('station', 'add', 'NAME', '--in', file),
  // Plans of that kind, with their codes.
  plan: (_, { op }) => (op === undefined ? undefined : keyrite('audit', 'show', '--op', `${op}`)),
}
