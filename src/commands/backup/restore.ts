// keyrite backup restore: the partition comes back on an empty token, from a backup and the newest ledger.

import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { checkForeseen } from '../../change/bring-keys.ts'
import { unrecorded } from '../../change/check-backup.ts'
import {
  beginRestore,
  notComplete,
  planRestore,
  type Restoring,
  restoreBackup,
} from '../../change/operations/restore-backup.ts'
import { checkProvable } from '../../change/provable.ts'
import { askCheckpoint, askFile, moduleFrom } from '../../cli/ask.ts'
import { type Context, type Globals, globalsOf, terminalOf } from '../../cli/context.ts'
import { MODULE, SHARES, withExamples } from '../../cli/examples.ts'
import { withModule } from '../../cli/module-settings.ts'
import { ONE_DAY, repeatable, STATION, wholeNumber, withPlanAtTerminal } from '../../cli/options.ts'
import { interrupted, usage } from '../../domain/errors.ts'
import { add, better } from '../../domain/hints.ts'
import { type KeyVersion, parseKeyVersion, parseStationName, quoted } from '../../domain/names.ts'
import { serialOf } from '../../domain/plan.ts'
import { RESTORE_ACCEPTED } from '../../domain/plan-shapes.ts'
import { saidOf } from '../../domain/said.ts'
import { counted } from '../../domain/words.ts'
import { openRestoreSession } from '../../session/open-restore.ts'
import { tellTakenUp } from '../../session/replacement.ts'
import type { RestoreOptions } from '../../session/restore-again.ts'
import { changeReport } from '../../views/report.ts'

type Given = Omit<RestoreOptions, 'module'> & { module?: string }

export function declare(parent: Command, context: Context): void {
  withExamples(
    withModule(
      withPlanAtTerminal(parent.command('restore'), RESTORE_ACCEPTED),
      'the PKCS#11 library of the new token (KEYRITE_MODULE); by default that of the partition here',
    ),
    `keyrite backup restore pay.backup ${MODULE} --checkpoint carried-away.checkpoint ${SHARES}`,
    `keyrite --home spare backup restore pay.backup ${MODULE} --ledger pay.backup.ledger --no-checkpoint ${SHARES}`,
  )
    .summary('bring a partition back on an empty token')
    .description(
      'Rebuilds a partition on an empty token from a backup. The newest ledger decides: what is destroyed stays destroyed, states are the ' +
        "ledger's. Every key is proved equal to the one that was backed up; a key that is missing is named, and the exit code is 6. " +
        'An interrupted restore is started again with the same command. Where the token of the partition is still there, --slot or ' +
        '--erase-token has to say that it is to be replaced.',
    )
    .argument('[file]', 'the backup')
    .option(
      '--slot <id>',
      'slot of the blank token; it may replace a token that is still there',
      wholeNumber('--slot', 0, 0xffffffff),
    )
    .option('--ledger <file>', 'a ledger, where the folder was lost: FILE.ledger of the newest backup')
    .option('--checkpoint <file>', 'the newest checkpoint that anyone has kept')
    .option('--no-checkpoint', 'nobody has a checkpoint; the plan and the ledger will say so')
    .option('--confirm <name>', 'the name of the partition, instead of typing it')
    .option('--erase-token <serial>', 'erase this initialised token and take it')
    .option('--so-pin-file <file>', 'its present SO PIN, where the shares do not give it')
    .option('--without <key#v>', 'leave out a key that can not be proved; repeatable', repeatable(parseVersion), [])
    .option('--station <name>', STATION, parseStationName)
    .action((file: string | undefined, options: Given, command: Command) => run(file, options, command, context))
}

function parseVersion(text: string): Required<KeyVersion> {
  const { name, version } = parseKeyVersion(text)
  if (version !== undefined) return { name, version }
  throw usage(`${quoted(text)} names no version`, better('--without', text, `${name}#1`), 'NAME')
}

/** The library through which the partition is reached today; undefined where it is another home's, or nobody says which partition. */
function configured({ home, partition }: Globals, { env, settings }: Context): string | undefined {
  if (env.KEYRITE_MODULE) return undefined
  const all = Object.entries(settings.all(home))
  return all.find(([name]) => (partition === undefined ? all.length === 1 : name === partition))?.[1].module
}

async function run(given: string | undefined, flags: Given, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the backup:', add('FILE'), context, terminal))
  // FILE-MISSING, before anybody is asked for the rest.
  if (!existsSync(file)) context.ledgers.artefactOf(file)
  const module = await moduleFrom(flags.module ?? configured(globals, context), globals, context, terminal)
  const options = { ...flags, module, checkpoint: flags.checkpoint ?? (await askCheckpoint(context, terminal)) }
  await using work = await openRestoreSession(file, options, globals, context)
  const { history, backup, target } = work
  const doubt = unrecorded(backup, history)
  if (doubt) terminal.warn(doubt.message)
  const { accept: accepted, expires: lifetime = ONE_DAY } = options
  const inputs = { sources: context.sources, lifetime, module: work.module, accepted, ...saidOf(options) }
  const token = target.kind === 'blank' ? { slot: target.slot } : { serial: target.token.serial }
  const foreseen = planRestore({ ...work.request, token }, history, inputs)
  checkProvable(foreseen, history)
  checkForeseen(foreseen, await work.hsm.foresee(target.slot), work)
  if (work.showPlan(foreseen)) return
  await work.confirm(foreseen)
  await work.askPresentPin()
  const ready = await work.orTaken(() => work.prepareToken(foreseen))
  if (work.isTaken) context.interruptionMeans(() => work.taken(interrupted()))
  const plan = planRestore({ ...work.request, token: { serial: ready.token.serial } }, history, inputs)
  using consent = await work.orTaken(() => work.consent(plan))
  await work.orTaken(async () => {
    work.adoptLedger()
    await work.prove(plan, ready.token, consent.credentials)
  })
  using progress = terminal.progress('keys restored', plan.keys.length)
  const restoring: Restoring = {
    change: consent.change,
    backup,
    credentials: consent.credentials,
    ...ready,
    ports: work.ports(),
    emptied: work.emptier(ready.pending),
    fresh: target.kind === 'blank',
    without: (labels) => work.without(labels),
    progress: (done) => progress.at(done),
    again: work.again,
  }
  const result = await restoreBackup(restoring, await work.orTaken(() => beginRestore(restoring)))
  await work.finish()
  work.warnOfReplaced(plan)
  const { replacing } = history.rosters
  const burnt = replacing ? tellTakenUp(replacing.plan.group, work.partition, terminal) : {}
  if (plan.missing.length > 0) {
    const { lacking, ...data } = result
    if (lacking) terminal.warn(lacking.message, lacking.hint)
    throw notComplete(plan, { ...data, ...burnt })
  }
  terminal.answer(
    changeReport(`restored ${counted(result.keys.length, 'key')}, each proved equal, to token ${serialOf(plan)}`, {
      ...result,
      ...burnt,
    }),
  )
}
