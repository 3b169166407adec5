// keyrite ceremony abort: a ceremony ends before its last step, and the ledger says why.
import type { Command } from 'commander'
import { type Context, globalsOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { parseReason } from '../../cli/said-options.ts'
import { refused, usage } from '../../domain/errors.ts'
import { add, keyrite } from '../../domain/hints.ts'
import { parseCeremonyName } from '../../domain/names.ts'
import { ceremonyToAbort, isOver } from '../../session/ceremony-work.ts'
import { StationSession } from '../../session/station-session.ts'

interface Options {
  reason?: string
  journalLost?: true
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    parent.command('abort'),
    "keyrite ceremony abort --reason 'the HSM was not reachable'",
    "keyrite ceremony abort q4 --journal-lost --reason 'the disk of the station failed'",
  )
    .summary('end a ceremony before its last step')
    .description(
      'The journal and the ledger keep why. What was changed stays changed: the record of the ceremony tells of it. The same script may be run again. Where the journal is lost with its home, --journal-lost says so in the ledger.',
    )
    .argument('[name]', 'the ceremony, where there are several', parseCeremonyName)
    .option('--reason <text>', 'why, for the ledger', parseReason)
    .option('--journal-lost', 'the journal is lost, and the ledger is to say so')
    .action((name: string | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(name: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { reason } = options
  if (reason === undefined) throw usage('why the ceremony ends is not said', add('--reason', 'TEXT'), 'INPUT-MISSING')
  if (options.journalLost) return lose(name, reason, globals, context)
  using work = ceremonyToAbort(name, globals, context)
  const { name: ended } = work.given.opened
  if (!isOver(work.kept)) await work.add({ type: 'aborted', reason })
  if (work.isOpen)
    await work.note(`the ceremony ${ended} is aborted`, { event: 'aborted', name: ended, journal: work.leaf, reason })
  work.terminal.answer({
    data: { name: ended, state: 'aborted', reason },
    text: [
      `the ceremony ${ended} is aborted: ${reason}`,
      { hint: keyrite('ceremony', 'record', ended, '--out', 'DIR'), indent: '  ' },
    ],
  })
}

/** CEREMONY-OPEN, JOURNAL-LOST: only where there is none. */
async function lose(
  name: string | undefined,
  reason: string,
  globals: ReturnType<typeof globalsOf>,
  context: Context,
): Promise<void> {
  using work = new StationSession(context, globals)
  work.checkInFile()
  const { open } = work.history.ceremonies
  if (!open || (name !== undefined && open.name !== name))
    throw refused(
      'CEREMONY-OPEN',
      `no ceremony${name === undefined ? '' : ` ${name}`} is open in the ledger`,
      keyrite('ceremony', 'status'),
    )
  if (
    context.ledgers
      .ceremoniesIn(globals.home)
      .some((kept) => kept.partition === work.partition.name && kept.name === open.name)
  )
    throw refused(
      'JOURNAL-LOST',
      `the journal of ${open.name} is there`,
      keyrite('ceremony', 'abort', open.name, '--reason', reason),
    )
  await work.recordNote(`the ceremony ${open.name} is aborted, and its journal is lost`, {
    event: 'aborted',
    name: open.name,
    reason,
  })
  work.terminal.answer({
    data: { name: open.name, state: 'aborted', reason, journalLost: true },
    text: `the ceremony ${open.name} is aborted, and its journal is lost: ${reason}`,
  })
}
