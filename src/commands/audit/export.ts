// keyrite audit export: the records of the ledger for programs that collect events, each once.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import {
  EXPORT_FORMATS,
  type ExportFormat,
  oneOf,
  SOURCE_CHECKS,
  type SourceOptions,
  withSource,
} from '../../cli/options.ts'
import type { Cursor } from '../../domain/cursor.ts'
import { refused } from '../../domain/errors.ts'
import type { CursorFile, ExportFile } from '../../domain/evidence.ts'
import { counted } from '../../domain/words.ts'
import { checkCursor, recordsAfter } from '../../session/exported.ts'
import { openSource } from '../../session/ledger-source.ts'
import { Events } from '../../views/export/events.ts'
import { exportLine } from '../../views/export/formats.ts'
import { type Found, Known } from '../../views/known.ts'

interface Options extends SourceOptions {
  format?: ExportFormat
  cursor?: string
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('export')),
    'keyrite audit export --format ocsf',
    'keyrite audit export --format rfc5424 --cursor siem.cursor --out keyrite.log',
    'keyrite audit export --ledger pay.backup.ledger --cursor copy.cursor --json',
  )
    .summary('the records as events for a SIEM')
    .description(
      'Prints a line for each record, for programs that collect events: jsonl (each record whole), ocsf (class API Activity), cef or rfc5424; every line has ' +
        'the number of the record, its leaf and the one before. --cursor keeps how far it came, and the next export goes on from there; it is moved once the lines were taken. A ledger in ' +
        'which the cursor does not stand, such as a branch or an older copy, is refused. With --cursor and --out the lines are added to a file, each once, whatever interrupts it; on standard output the last ' +
        `ones may come again after a crash, with the same leaf. ${SOURCE_CHECKS} Lines that an index spares are read here all the same, and held against their chain ` +
        'before the first is told: of a ledger that breaks a rule none is. Needs no device and no shares.',
    )
    .option('--format <how>', `${EXPORT_FORMATS.join(', ')}; by default jsonl`, oneOf('format', EXPORT_FORMATS))
    .option('--cursor <file>', 'go on where this file says, and keep there how far it came')
    .option('--out <file>', 'write to this file: a new one, or with --cursor one that grows')
    .action((options: Options, command: Command) => run(options, command, context))
}

/** So many lines are written at once. */
const BATCH = 500

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const { format = 'jsonl', cursor: path = '', out, ...given } = options
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  using cursor = path === '' ? undefined : context.ledgers.openCursor(resolve(path), globals.home, out && resolve(out))
  const source = openSource(given, globals, context, { signatures: 'chain' })
  const before = cursor?.read()
  checkCursor(before, path, source)
  using file = out === undefined ? undefined : openOut(resolve(out), before, cursor, globals, context)
  const lines: string[] = []
  const told: Told = { records: 0 }
  for (const batch of batches(recordsAfter(before, path, source), told, format)) {
    if (file) file.add(batch.join(''))
    else if (globals.json) lines.push(...batch.map((line) => line.trimEnd()))
    else if (!(await terminal.stream(batch.join('')))) return unread(cursor)
  }
  const grown = file?.finish() ?? before?.file
  const shown = out === undefined ? { lines } : { file: resolve(out) }
  const data = { format, records: told.records, ...rangeOf(told), ...shown }
  const answer = () => terminal.answer({ data, text: inWords(told, out ?? '') })
  if (!file && globals.json) answer()
  // What was not taken is told once more.
  if (!(await terminal.stream(''))) return unread(cursor)
  const { last } = told
  if (last) cursor?.write({ partition: source.history.partition, ...placeOf(last), ...(grown ? { file: grown } : {}) })
  if (file) answer()
}

/** DISK. Without a cursor nobody has to know. */
function unread(cursor: CursorFile | undefined): void {
  if (cursor) throw refused('DISK', 'nobody reads the output any more: the cursor stays where it was')
}

/** A file that is not there yet; with a cursor, one that grows. */
function openOut(
  out: string,
  before: Cursor | undefined,
  cursor: CursorFile | undefined,
  { home }: Globals,
  { ledgers }: Context,
): ExportFile {
  if (!cursor) ledgers.checkFree([out], home)
  return ledgers.openExport(out, home, cursor ? before?.file : 'new')
}

interface Told {
  records: number
  first?: Found
  last?: Found
}

/** Lines, each with its LF, in batches. */
function* batches(
  records: Iterable<{ found: Found; isNew: boolean }>,
  told: Told,
  format: ExportFormat,
): Generator<string[]> {
  const events = new Events(new Known())
  let batch: string[] = []
  for (const { found, isNew } of records) {
    const event = events.of(found)
    if (!isNew) continue
    batch.push(`${exportLine(event(), format)}\n`)
    told.records++
    told.first ??= found
    told.last = found
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

const placeOf = ({ line, leaf }: Found) => ({ seq: line.record.seq, leaf })

const rangeOf = ({ first, last }: Told) => (first && last ? { from: first.line.record.seq, ...placeOf(last) } : {})

function inWords({ records, first, last }: Told, out: string): string {
  if (!first || !last) return 'no new records'
  return `${counted(records, 'record')}, ${first.line.record.seq} to ${last.line.record.seq}: written to ${out}`
}
