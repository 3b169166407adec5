// keyrite backup test: the keys of a backup are brought to a spare token and proved, and the token is erased.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { checkForeseen, checkForeseenOpens } from '../../change/bring-keys.ts'
import { checkBackup, checkOpens, checkRecorded } from '../../change/check-backup.ts'
import { planBackupTest, testBackup } from '../../change/operations/test-backup.ts'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ModuleOptions, settingsFor, withModule } from '../../cli/module-settings.ts'
import { type ChangeOptions, wholeNumber, withPlan } from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import { type BackupTestPlan, TEST_ACCEPTED } from '../../domain/plan.ts'
import { counted } from '../../domain/words.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { unfinishedError } from '../../session/pending-change.ts'
import { settleSpare } from '../../session/settle-spare.ts'
import { chooseSpare } from '../../session/spare.ts'
import { changeReport } from '../../views/report.ts'
import { leftOut } from '../../views/words.ts'

interface TestOptions extends ChangeOptions, ModuleOptions {
  slot?: number
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(
      withMembers(withPlan(parent.command('test'), TEST_ACCEPTED)),
      'the PKCS#11 library of the spare token (KEYRITE_MODULE); by default that of the partition',
    ),
    `keyrite backup test pay.backup ${MODULE} ${SHARES}`,
  )
    .summary('prove a backup on a spare token, which is erased again')
    .description(
      'Brings the keys of a backup to a blank token, proves every key there as a restore does, and erases that token in the same command. ' +
        'The ledger of the partition keeps what was proved; its token and its keys stay as they are. Before the blank token is touched every ' +
        "blob has been opened, on the partition's token, without leaving anything there. An interrupted test is ended by partition recover, " +
        'which erases the spare token; where that is gone, by partition recover --lost-token.',
    )
    .argument('[file]', 'the backup')
    .option('--slot <id>', 'slot of the blank token, where there are several', wholeNumber('--slot', 0, 0xffffffff))
    .action((file: string | undefined, options: TestOptions, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: TestOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  await using work = new ChangeSession(context, globals)
  const { partition, history, terminal, settings } = work
  const file = given ?? (await askFile('the backup:', add('FILE'), context, terminal))
  const backup = context.ledgers.readBackup(file, history)
  checkBackup(backup, history)
  checkOpens(backup, history)
  checkRecorded(backup, history)
  const pending = partition.pending()
  if (pending) throw unfinishedError(partition, pending, globals.home, context)
  const inputs = await work.planInputs(options)
  const path = resolve(options.module ?? context.env.KEYRITE_MODULE ?? settings.module)
  const reached = settingsFor(path, options, { home: globals.home, partition: partition.name }, context)
  await using chosen = await chooseSpare(reached, options.slot, work)
  const plan = planBackupTest(
    { backup, slot: chosen.slot, module: chosen.module, clear: options.accept.includes('clear-on-host') },
    history,
    inputs,
  )
  checkForeseen(plan, chosen.foreseen)
  checkForeseenOpens(plan, chosen.foreseen)
  let soPinFile: string | undefined
  using approved = await work.approve(plan, options)
  if (!approved) return
  using progress = terminal.progress('keys proved', plan.keys.length)
  await using spare = chosen.token(plan)
  const { ports, credentials } = approved
  const how = {
    backup,
    spare,
    keks: context.quorum,
    module: reached,
    progress: (done: number) => progress.at(done),
  }
  const result = await approved.carryOut(testBackup(plan, { ports, credentials, ...how })).finally(() => {
    soPinFile = settleSpare(partition, history, terminal)
  })
  terminal.answer({
    ...changeReport(told(plan, file, soPinFile, backup.keys.length), result),
    data: { ...result, missing: plan.missing, spare: { label: plan.spare.label, ...(soPinFile ? { soPinFile } : {}) } },
  })
}

const told = ({ keys, missing }: BackupTestPlan, file: string, soPinFile: string | undefined, held: number): string =>
  [
    `tested ${file}: ${keys.length} of ${counted(keys.length, 'key')} proved equal${leftOut(held - keys.length)}`,
    ...(missing.length > 0 ? [`it lacks ${counted(missing.length, 'key')} of the ledger`] : []),
    `the spare token is erased${soPinFile ? `, its SO PIN is in ${soPinFile}` : ''}`,
  ].join('; ')
