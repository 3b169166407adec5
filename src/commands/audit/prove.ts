// keyrite audit prove: the records of one key for whoever is to see no others, or that a ledger has only grown, for a witness.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { findKey } from '../../change/key-targets.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type SourceOptions, wholeNumber, withSource } from '../../cli/options.ts'
import { checkpointSize } from '../../domain/checkpoint-size.ts'
import { fromBase64url } from '../../domain/encoding.ts'
import { refused, usage } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { WholeTree } from '../../domain/merkle-proofs.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import type { Record } from '../../domain/record.ts'
import { counted, listed } from '../../domain/words.ts'
import { newestNote } from '../../session/checkpoint-file.ts'
import { recordsOf, treeOf } from '../../session/exported.ts'
import { type Audited, auditSource } from '../../session/ledger-source.ts'
import type { Terminal } from '../../terminal/port.ts'
import type { Found } from '../../views/known.ts'
import { formatProof, formatWitnessRequest } from '../../views/proof-file.ts'
import { factsOf } from '../../views/record-facts.ts'
import { Filter } from './filter.ts'

interface Options extends SourceOptions {
  old?: number
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('prove')),
    'keyrite audit prove payments/card-dek --out card-dek.proof',
    'keyrite audit prove --old 3 --out witness.request',
  )
    .summary('proof of the records of one key, or that the ledger only grew')
    .description(
      'Writes the records of a key into a file, NAME for all its versions or NAME#V, each with its proof that it is in the newest checkpoint (RFC 6962), and with those that say which keys sign. ' +
        'Whoever has the anchor checks it without the ledger: docs/formats.md tells how. The records are whole: other keys that they name can be read. It proves what it holds, and not ' +
        'that nothing is left out. With --old it writes instead that the first N records, which a witness saw, are still there: a request as C2SP tlog-witness has it, for audit witness --in. Every ' +
        'rule and signature is checked first. Needs no device and no shares.',
    )
    .argument('[name]', 'NAME or NAME#V', parseKeyVersion)
    .option('--old <n>', 'how many records the witness has seen, instead of a key', wholeNumber('--old', 0, 1e9))
    .option('--out <file>', 'the new file')
    .action((name: KeyVersion | undefined, options: Options, command: Command) => run(name, options, command, context))
}

function run(key: KeyVersion | undefined, options: Options, command: Command, context: Context): void {
  const { old, out, ...given } = options
  if (out === undefined) throw usage('no file was named', add('--out', 'FILE'), 'INPUT-MISSING')
  if ((key === undefined) === (old === undefined))
    throw usage(
      key ? 'a key and --old are two different proofs' : 'neither a key nor --old says what is to be proved',
      keyrite('audit', 'prove', '--help'),
    )
  const globals = globalsOf(command, context)
  const file = resolve(out)
  context.ledgers.checkFree([file], globals.home)
  const source = auditSource(given, globals, context)
  const note = newestNote(given.checkpoint, source.partition, context.ledgers)
  if (key) findKey(key, source.history)
  const proof = key ? proofOf(key, source, note) : growthOf(old!, source, note)
  context.ledgers.createFiles([{ path: file, content: proof.content }])
  const terminal = terminalOf(globals, context)
  if (proof.others.length > 0)
    terminal.warn(`these records name other keys too, which can be read there: ${listed(proof.others)}`)
  if (proof.newer > 0) sayNewer(proof.newer, source.history, terminal)
  const data = {
    file,
    checkpoint: checkpointSize(note),
    records: proof.records,
    newer: proof.newer,
    others: proof.others,
  }
  const what = key ? counted(proof.records, 'record') : `that the first ${counted(old!, 'record')} are those`
  terminal.answer({
    data,
    text: `${what} of the ${checkpointSize(note)} that the checkpoint covers: written to ${file}`,
  })
}

const sayNewer = (newer: number, { retired }: History, terminal: Terminal): void =>
  retired
    ? terminal.warn('the record that ended the partition is left out: no checkpoint covers it', WITH_THE_LEDGER)
    : terminal.warn(
        `${counted(newer, 'record')} of it ${newer === 1 ? 'is' : 'are'} newer than the checkpoint, and left out`,
        keyrite('audit', 'checkpoint'),
      )

const WITH_THE_LEDGER = to('it is in the ledger itself', keyrite('audit', 'verify'))

interface Proof {
  content: string
  records: number
  /** Records that the checkpoint does not cover. */
  newer: number
  /** Labels. */
  others: string[]
}

function proofOf(key: KeyVersion, source: Audited, checkpoint: string): Proof {
  const size = checkpointSize(checkpoint)
  const filter = new Filter({ key })
  const leaves: Uint8Array[] = []
  const taken: Found[] = []
  for (const found of recordsOf(source)) {
    leaves.push(fromBase64url(found.leaf))
    if (filter.takes(found) || tellsOfKeys(found.line.record)) taken.push(found)
  }
  const tree = new WholeTree(leaves)
  const covered = taken.filter(({ line }) => line.record.seq < size)
  const { partition, name, anchor } = source.history
  const content = formatProof(
    { partition, name, anchor, key, checkpoint, records: covered.length },
    covered.map(({ line }) => ({ line, path: tree.inclusion(line.record.seq, size) })),
  )
  const seen = covered.flatMap(({ line }) => factsOf(line.record).keys)
  const others = seen.filter((one) => one.name !== key.name).map((one) => label(one.name, one.version))
  return { content, records: covered.length, newer: taken.length - covered.length, others: [...new Set(others)] }
}

/** Without these nobody can tell by whom a checkpoint, and what is approved, was signed. */
const tellsOfKeys = ({ type }: Record): boolean =>
  type === 'partition.created' || type === 'token.replaced' || type === 'quorum.replaced'

function growthOf(old: number, source: Audited, checkpoint: string): Proof {
  const size = checkpointSize(checkpoint)
  if (old > size)
    throw refused(
      'CHECKPOINT-BEHIND',
      `the newest checkpoint covers ${size} records, and the witness saw ${old}`,
      source.history.retired ? WITH_THE_LEDGER : keyrite('audit', 'checkpoint'),
    )
  const tree = treeOf(source)
  const proof = old === 0 ? [] : tree.consistency(old, size)
  return { content: formatWitnessRequest(old, proof, checkpoint), records: old, newer: 0, others: [] }
}
