// keyrite audit checkpoint: a signed note of the ledger's size and root, for people to carry away.
import type { Command } from 'commander'
import { reported } from '../../change/execute.ts'
import { planCheckpoint, takeCheckpoint } from '../../change/operations/take-checkpoint.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { checkpointSize } from '../../domain/checkpoint-size.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { rootCode } from '../../session/checkpoint-file.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withMembers(withPlan(parent.command('checkpoint'))), `keyrite audit checkpoint ${SHARES}`)
    .summary('sign the ledger as it is now')
    .description(
      'Signs a checkpoint of the ledger with the audit key on the token. Print it or carry it away: it shows later that nothing was cut. ' +
        'It lies in the file checkpoint of the folder of the partition. Its code, over the root, is for whoever can only write something down.',
    )
    .action((options: ChangeOptions & AbsentOptions, command: Command) => run(options, command, context))
}

async function run(options: ChangeOptions & AbsentOptions, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const plan = planCheckpoint(work.history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = reported('', await approved.carryOut(takeCheckpoint))
  const checkpoint = work.partition.checkpoint()!
  const code = rootCode(checkpoint)
  const text = checkpoint.trimEnd().split('\n')
  work.terminal.answer({ data: { ...result, checkpoint, rootCode: code, file: work.partition.checkpointFile }, text })
  work.terminal.say(`written to ${work.partition.checkpointFile}; carry a copy away`)
  work.terminal.say(`the root of these ${counted(checkpointSize(checkpoint), 'record')} has the code ${code}`)
}
