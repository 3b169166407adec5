// keyrite partition recover: after a crash, what is true on the token, and the ledger says it again.
import type { Command } from 'commander'
import { conduct } from '../../ceremony/conduct.ts'
import { openIntent } from '../../ceremony/open-intent.ts'
import { planRecovery, Recovery } from '../../ceremony/recover.ts'
import type { DestroyPlan } from '../../domain/plan.ts'
import { partitionUnfinished } from '../../domain/unfinished.ts'
import { certificateFiles, patient } from '../certificate.ts'
import { type Context, globalsOf } from '../context.ts'
import { SHARES, withExamples } from '../examples.ts'
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
        'A certificate of destruction that was asked for is written then. ' +
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
  const plan = planRecovery(work.history, await work.circumstances(options))
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
  work.terminal.answer(changeReport(`${interrupted.op} was ${WORDS[found]}`, { ...result, found, keys }))
}

const WORDS = {
  done: 'done; the ledger says it now',
  'not done': 'not done; nothing of it is on the token',
  partial: 'partly done; the ledger names what there is',
  nothing: 'recovered before; that is complete now',
}
