// keyrite backup show and verify: what a backup file holds, and whether it is what the ledger's audit key signed.

import type { Command } from 'commander'
import { checkBackup, checkHelps, checkRecorded, closedBy } from '../../change/check-backup.ts'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { type SourceOptions, withSource } from '../../cli/options.ts'
import type { BackupNote } from '../../domain/backup-history.ts'
import { add } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'
import { wrapsInWords } from '../../domain/wrap-kinds.ts'
import type { BackupContent } from '../../ledger/port.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { partitionFor } from '../../session/newest-ledger.ts'
import type { Text } from '../../terminal/port.ts'
import { type Fields, fields, line, marked } from '../../terminal/text.ts'
import { acceptedFor, shortFingerprint, testInWords } from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withSource(parent.command('show')), 'keyrite backup show pay.backup')
    .summary('what a backup holds and lacks')
    .description(
      'Shows what a backup file holds and lacks. It is checked first, as verify does. Needs no device and no shares.',
    )
    .argument('[file]', 'the backup')
    .action((file: string | undefined, options: SourceOptions, command: Command) =>
      run(file, options, command, context, showView),
    )
  withExamples(
    withSource(parent.command('verify')),
    'keyrite backup verify pay.backup',
    "keyrite backup verify pay.backup --ledger pay.backup.ledger --anchor 'CBM63 NVH7A MC344 HKXYY C1V8N'",
  )
    .summary('check a backup against the ledger')
    .description(
      'Checks digest, signature and every key of a backup file against the ledger, and the ledger first, every signature of it; a copy (--ledger) ' +
        'without --anchor or --checkpoint is said to be consistent, not authenticated. It opens no key: that takes the shares. One whose shares were lost, so that nobody can open it any more, fails. Needs no device.',
    )
    .argument('[file]', 'the backup')
    .action((file: string | undefined, options: SourceOptions, command: Command) =>
      run(file, options, command, context, verifyView),
    )
}

type View = (content: BackupContent, recorded: BackupNote | undefined) => Text

async function run(
  given: string | undefined,
  options: SourceOptions,
  command: Command,
  context: Context,
  view: View,
): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the backup:', add('FILE'), context, terminal))
  const choose = () => partitionFor(file, globals, context)
  const { history, goesOn } = openSource(options, globals, context, { choose, signatures: 'all' })
  const content = context.ledgers.readBackup(file, history)
  checkBackup(content, history)
  checkRecorded(content, history)
  if (view === verifyView) checkHelps(content, history)
  const closed = closedBy(content, history)
  if (closed) terminal.warn(closed.message, closed.hint)
  const { header, keys, artefact } = content
  const recorded = recordOf(content, history)
  const tested = recorded?.tests.at(-1)
  const told = { ...artefact, ...(tested ? { tested } : {}), ...openOf(history, goesOn) }
  const data = { header, keys: keys.map(({ blob: _, ...key }) => key), ...told }
  terminal.answer({ data, text: view(content, recorded) })
}

const recordOf = ({ header }: BackupContent, { backups }: History): BackupNote | undefined =>
  backups.find(({ seq }) => seq === header.ledger.seq)

/** When a key's backups are told of, it is by that record, which was written a moment later. */
const about = ({ header, keys, artefact }: BackupContent, recorded: BackupNote | undefined): Fields =>
  fields([
    ['partition', `${header.name}  ${header.partition}`],
    ['token', header.token],
    ['created', header.created],
    ['ledger', `record ${header.ledger.seq}${recorded ? `, of ${recorded.time}` : ''}`],
    ['keys', `${header.keys}`],
    ['wrapped', wrapsInWords(keys.map(({ wrap }) => wrap))],
    ['accepted', acceptedFor(keys)],
    ...header.omitted.map(({ name, version, reason }): [string, string] => [
      'lacks',
      `${label(name, version)}: ${reason}`,
    ]),
    ['sha256', artefact.sha256],
    ['', recorded?.tests.length ? testInWords(recorded.tests.at(-1)!, header.keys) : undefined],
  ])

const verifyView: View = (content, recorded) => [
  about(content, recorded),
  line(marked('verified', 'proven'), ': it is what the audit key signed, and as the ledger says'),
]

const showView: View = (content, recorded) => [
  about(content, recorded),
  '',
  {
    head: [{ name: 'key', give: 'cut' }, 'type', 'state then', { name: 'fingerprint', give: 1 }],
    rows: content.keys.map((key) => [
      label(key.name, key.version),
      key.type,
      key.state,
      shortFingerprint(key.fingerprint),
    ]),
  },
]
