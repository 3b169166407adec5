// keyrite backup create: every key that may leave the token, in one signed file, and a copy of the ledger beside it.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { createBackup, lacks, planBackup } from '../../change/operations/create-backup.ts'
import { askNewFile } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { copyLedger, ledgerCopy } from '../../session/ledger-copy.ts'
import { changeReport } from '../../views/report.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(withMembers(withPlan(parent.command('create'))), `keyrite backup create pay.backup ${SHARES}`)
    .summary('write every key that may leave the token into one file')
    .description(
      'Writes a backup of all keys that may leave the token, wrapped under a key that only the custodians together can make, and beside it ' +
        'FILE.ledger, a copy of the ledger. It says what it lacks; a key that should be in it and can not is a failure.',
    )
    .argument('[file]', 'the file to write')
    .action((file: string | undefined, options: ChangeOptions & AbsentOptions, command: Command) =>
      run(file, options, command, context),
    )
}

async function run(
  given: string | undefined,
  options: ChangeOptions & AbsentOptions,
  command: Command,
  context: Context,
): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const file =
    given ?? (await askNewFile('the file to write, such as pay.backup:', add('FILE'), context, work.terminal))
  const path = resolve(file)
  const inputs = await work.planInputs(options)
  work.openAhead(options)
  const plan = planBackup(path, work.history, inputs)
  context.ledgers.checkFree([path, ledgerCopy(path)], work.globals.home)
  work.checkWhole()
  using approved = await work.approve(plan, options)
  if (!approved) return
  using progress = work.terminal.progress('keys', plan.included)
  const { ledgers: backups, sources, quorum: keks } = context
  const ports = { backups, note: work.partition, sources, keks }
  const act = createBackup(plan, approved.credentials, ports, (done) => progress.at(done))
  const result = await approved.carryOut(act)
  copyLedger(path, work.partition)
  const data = { ...result, file: path, ledgerFile: ledgerCopy(path), included: plan.included, omitted: plan.omitted }
  work.terminal.answer({
    ...changeReport(`backed up ${counted(plan.included, 'key')} to ${file}; ${lacks(plan)}`, result),
    data,
  })
}
