// keyrite key restore: one key that the token has lost comes back from a backup.

import type { Command } from 'commander'
import { checkBackup, checkOpens, unrecorded } from '../../change/check-backup.ts'
import { planKeyRestore, restoreKey } from '../../change/operations/restore-key.ts'
import { askFile, askKey } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, withPlan } from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { TEST_ACCEPTED } from '../../domain/plan.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'

interface Options extends ChangeOptions {
  in?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('restore'), TEST_ACCEPTED)),
    'keyrite key restore payments/card-dek#1 --in pay.backup --dry-run',
    `keyrite key restore payments/card-dek#1 --in pay.backup ${SHARES}`,
  )
    .summary('bring one key that the token has lost back from a backup')
    .description(
      'Brings a version of a key that is not on the token any more back from a backup, in the state that the ledger says, and proves it ' +
        'equal to the one that was backed up. Where a part of it is left on the token, that is destroyed first. ' +
        'A key that is there whole is not touched, and one that was destroyed stays destroyed.',
    )
    .argument('[name#v]', 'the version, such as payments/card-dek#3', parseKeyVersion)
    .option('--in <file>', 'the backup that holds it')
    .action((key: KeyVersion | undefined, options: Options, command: Command) => run(key, options, command, context))
}

async function run(given: KeyVersion | undefined, options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const key = given ?? (await askKey('restore', parseKeyVersion, history, terminal))
  const file = options.in ?? (await askFile('the backup:', add('--in', 'FILE'), context, terminal))
  const backup = context.ledgers.readBackup(file, history)
  checkBackup(backup, history)
  checkOpens(backup, history)
  const doubt = unrecorded(backup, history)
  if (doubt) terminal.warn(doubt.message)
  const clear = options.accept.includes('clear-on-host')
  const plan = planKeyRestore({ key, backup, clear }, history, await work.planInputs(options))
  using approved = await work.approve(plan, options)
  if (!approved) return
  const { ports, credentials } = approved
  const result = await approved.carryOut(restoreKey(plan, { backup, credentials, ports, keks: context.quorum }))
  const [{ name, version }] = plan.keys
  const told = `restored ${label(name, version)} from ${file}: it is proved equal, and ${result.keys[0]!.state} as before`
  terminal.answer(changeReport(told, result))
}
