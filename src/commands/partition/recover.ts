// keyrite partition recover: after a crash, what is true on the token, and the ledger says it again.
import type { Command } from 'commander'
import { conduct } from '../../ceremony/conduct.ts'
import { openIntent } from '../../ceremony/open-intent.ts'
import { planRecovery, Recovery } from '../../ceremony/recover.ts'
import type { DestroyPlan, IntentPlan } from '../../domain/plan.ts'
import { partitionUnfinished } from '../../domain/unfinished.ts'
import type { Partition } from '../../ledger/port.ts'
import { certificateFiles, patient } from '../certificate.ts'
import { type Context, globalsOf } from '../context.ts'
import { SHARES, withExamples } from '../examples.ts'
import { asKeyriteError } from '../failure.ts'
import { copyLedger } from '../ledger-copy.ts'
import { noteFile, sizeOf } from '../note.ts'
import { type ChangeOptions, withPlan } from '../options.ts'
import { changeReport } from '../report.ts'
import { Work } from '../work.ts'
import { finishBeginning } from './finish.ts'
import { blockedBy } from './standing.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withPlan(parent.command('recover')),
    'keyrite partition recover --dry-run',
    `keyrite partition recover ${SHARES}`,
  )
    .summary('after a crash: find out what happened, and record it')
    .description(
      'Looks on the token how an interrupted change ended, finishes what only needs reading, and records it. It never repeats the change. ' +
        'A certificate of destruction that was asked for is written then, and the copy of the ledger beside a backup. ' +
        'It also finishes a partition init that was interrupted after everyone had approved.',
    )
    .action((options: ChangeOptions, command: Command) => run(options, command, context))
}

async function run(options: ChangeOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const partition = context.ledgers.choose(globals.home, globals.partition)
  const pending = blockedBy(partition, globals.home, context)
  if (pending?.kind === 'restore') throw partitionUnfinished(partition.name, pending)
  if (pending) return finishBeginning(partition, options, globals, context)
  await using work = new Work(context, globals)
  const plan = planRecovery(work.history, await work.circumstances(options), keptNote(partition))
  const interrupted = openIntent(work.history)!.plan
  if (work.onlyShows(plan, options)) return
  const { hsm } = await work.openHsm()
  using approval = await work.consent(plan, options)
  const certificate = (destroyed: DestroyPlan) =>
    patient(certificateFiles(destroyed, partition, context.ledgers), (why) =>
      work.terminal.warn(`no certificate: ${why}`),
    )
  const recovery = new Recovery(work.history, { ...context, certificate })
  const result = await conduct(plan, approval, work.ports(hsm), recovery)
  const { found, keys } = recovery.finding
  if (found === 'done') leaveCopy(interrupted, work)
  work.terminal.answer(changeReport(`${interrupted.op} was ${WORDS[found]}`, { ...result, found, keys }))
}

function keptNote(partition: Partition): { path: string; size: number } | undefined {
  const note = partition.checkpoint()
  return note === undefined ? undefined : { path: noteFile(partition), size: sizeOf(note) }
}

/** What is found is recorded: a stick that is gone is a warning, and no failure. */
function leaveCopy(plan: IntentPlan, { partition, context, terminal }: Work): void {
  if (plan.op !== 'backup.create') return
  try {
    copyLedger(plan.file, partition, context.ledgers)
  } catch (error) {
    const { message, hint } = asKeyriteError(error)
    terminal.warn(message, hint)
  }
}

const WORDS = {
  done: 'done; the ledger says it now',
  'not done': 'not done; nothing of it is on the token',
  partial: 'partly done; the ledger names what there is',
  nothing: 'recovered before; that is complete now',
}
