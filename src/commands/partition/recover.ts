// keyrite partition recover: after a crash, finds out what is true on the token and records it.

import type { Command } from 'commander'
import { openIntent } from '../../change/open-intent.ts'
import { openToRecover, planRecovery, Recovery } from '../../change/recover.ts'
import { type Context, choosePartition, type Globals, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { givenPinOption, refusePlanned, withPlan } from '../../cli/options.ts'
import { type LastTryOptions, lastTries, lastTryOption } from '../../cli/set-options.ts'
import type { AppInitPlan, AppReplacePlan } from '../../domain/application-plans.ts'
import { checkpointSize } from '../../domain/checkpoint-size.ts'
import { EXIT, KeyriteError } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'
import { operationOf } from '../../domain/operations.ts'
import type { Pending } from '../../domain/pending.ts'
import {
  type BackupPlan,
  type BackupTestPlan,
  type DestroyPlan,
  type IntentPlan,
  plannedKeys,
} from '../../domain/plan.ts'
import type { KeyReport } from '../../domain/shapes.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { listed } from '../../domain/words.ts'
import type { Partition } from '../../ledger/port.ts'
import { type AbandonOptions, abandonDamaged, abandonPending } from '../../session/abandon.ts'
import { ApplicationTokens, type ReachedApplication } from '../../session/application-tokens.ts'
import { certificateFiles, certificateKept } from '../../session/certificate.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { CopiesAtWork, warnOfFound } from '../../session/change-with-copies.ts'
import { copyLedger } from '../../session/ledger-copy.ts'
import { InterruptedApplication } from '../../session/new-application.ts'
import { warnOfBegun, warnOfEnding } from '../../session/new-member.ts'
import { blockedBy, isOfRestore, settingsAt, unfinishedError } from '../../session/pending-change.ts'
import { copyOf, finishReplacement } from '../../session/replacement.ts'
import { finishBeginning } from '../../session/resume-init.ts'
import { retireAgain } from '../../session/retire.ts'
import { settleSpare } from '../../session/settle-spare.ts'
import { spareToken } from '../../session/spare.ts'
import { stayInFile } from '../../session/stay-in-file.ts'
import { tokenLost } from '../../session/token-lost.ts'
import type { Terminal } from '../../terminal/port.ts'
import { changeReport } from '../../views/report.ts'

interface RecoverOptions extends AbandonOptions, AbsentOptions, LastTryOptions {
  abandon?: boolean
  lostToken?: boolean
  soPinFile?: string
  copy?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('recover'))).addOption(givenPinOption()),
    'keyrite partition recover --dry-run',
    `keyrite partition recover ${SHARES}`,
  )
    .summary('after a crash: find out what happened, and record it')
    .description(
      'Looks on the token how an interrupted change ended, finishes what only needs reading, and records it. It never repeats the change; ' +
        'copies on the tokens of applications are brought where they were to be. ' +
        'A certificate of destruction that was asked for is written then, and the copy of the ledger beside a backup. ' +
        'It also finishes a partition init that was interrupted after everyone had approved. With --abandon what was started is given up: ' +
        'it says first what that leaves. An init, and a restore that has not started, need no approval for it.',
    )
    .option(
      '--abandon',
      'give up what was interrupted: an init, a restore, a move into a database that is gone, or a change whose end can not be proved',
    )
    .option(
      '--lost-token',
      'the token is gone: say what is lost with it, and what brings the rest back; of a test, it is the spare token that is gone',
    )
    .option('--confirm <name>', 'the name of the partition, to give up without being asked')
    .option(
      '--so-pin-file <file>',
      'of an adoption, or of an application whose token was to be erased: the SO PIN that it had before, where it has it still',
    )
    .option('--copy <dir>', 'of a replacement of custodians: a folder elsewhere, for a copy of the ledger')
    .addOption(
      lastTryOption(
        'of a replacement of custodians: so or user, old or new: the PIN to be tried, however few tries are left; repeatable',
      ),
    )
    .action((options: RecoverOptions, command: Command) => run(options, command, context))
}

async function run(options: RecoverOptions, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const partition = choosePartition(globals, context)
  const op = partition.hasLedger ? openIntent(partition.openLedger().history)?.plan.op : undefined
  if (op === 'partition.move' && options.abandon) await stayInFile(partition, options, globals, context)
  if (op === 'partition.retire' && !options.abandon) return finishRetirement(options, globals, context)
  if (options.lostToken && op !== 'backup.test') {
    refusePlanned(options, 'to say what is lost takes none')
    throw tokenLost(partition, globals.home, context)
  }
  if (options.abandon || options.lostToken) return giveUp(partition, options, globals, context)
  const pending = partition.pending()
  if (pending && pending.kind !== 'restore') return finishBeginning(partition, options, globals, context)
  // A restore is finished by the same restore; one that nobody has approved doesn't stand in the way of another change.
  const isInTheWay =
    pending && (blockedBy(partition, globals.home, context) || !openIntent(partition.openLedger().history))
  if (isInTheWay) throw unfinishedError(partition, pending, globals.home, context)
  await recover(options, globals, context)
}

/** Everyone wanted it: it is gone through with, without the token where that is lost. */
async function finishRetirement(options: RecoverOptions, globals: Globals, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globals)
  const given = { ...options, confirm: options.confirm ?? work.partition.name }
  const report = await retireAgain(options.lostToken ? options : given, options.lostToken === true, work)
  if (report) work.terminal.answer(report)
}

/** What the ledger knows of is recovered; what it does not is given up. */
async function giveUp(
  partition: Partition,
  options: RecoverOptions,
  globals: Globals,
  context: Context,
): Promise<void> {
  if (isDamaged(partition) && !partition.hasLedger) return abandonDamaged(partition, options, globals, context)
  const pending = partition.pending()
  const history =
    partition.hasLedger && (pending === undefined || pending.kind === 'restore')
      ? partition.openLedger().history
      : undefined
  if (pending && !(history && openIntent(history))) return abandonPending(pending, partition, options, globals, context)
  // A note of another change, such as a restore that is only prepared, stays, and so do the settings.
  const isOfIt = pending && history && isOfRestore(pending, history) && blockedBy(partition, globals.home, context)
  const reached = isOfIt && settingsAt(partition, history, true, globals.home, context)
  await recover(options, globals, context).catch((error) => {
    throw isOfIt ? orAgain(error, pending) : error
  })
  if (!reached || options.dryRun) return
  partition.removePending()
  await context.settings.write(globals.home, partition.name, reached)
}

/** The token may already be erased by the restore: then only that restore can go on. */
function orAgain(error: unknown, { again }: Pending): KeyriteError {
  const failure = failureFrom(error)
  const { exit, code, message } = failure
  const isOfToken = exit === EXIT.device || exit === EXIT.verification || code === 'PARTITION-FINISHED'
  if (!isOfToken) return failure
  return failure.with({
    message: `${message}; giving the restore up takes that token as it was, and without it the restore is started again`,
    ...(again && { hint: keyrite(...again) }),
  })
}

function isDamaged(partition: Partition): boolean {
  try {
    partition.pending()
    return false
  } catch (error) {
    if (error instanceof KeyriteError && error.code === 'PENDING') return true
    throw error
  }
}

async function recover(options: RecoverOptions, globals: Globals, context: Context): Promise<void> {
  const abandons = options.abandon === true || options.lostToken === true
  await using work = new ChangeSession(context, globals, abandons)
  const { partition } = work
  const wish = { kept: keptNote(partition), abandons, ...lastTries(options) }
  const interrupted = openToRecover(work.history).plan
  const acting = work.history.requests.holderFor(interrupted)
  const plan = planRecovery(work.history, await work.planInputs(options, { ...options, acting }), wish)
  // A restore is given up on the token of before: where that is not there, no plan is shown either.
  if (options.dryRun && abandons && interrupted.op === 'backup.restore') await work.openToken()
  const copy = interrupted.op === 'quorum.replace' ? await copyOf(interrupted.group, options, work) : undefined
  using approved = await work.approve(plan, options)
  if (!approved) return
  if (interrupted.op === 'quorum.replace') return await finishReplacement(interrupted.group, approved, copy, work)
  const certificate = (destroyed: DestroyPlan) =>
    certificateFiles(destroyed, partition, context.ledgers, (...what) => work.terminal.warn(certificateKept(...what)))
  const spare = (tested: BackupTestPlan) => spareToken(tested, work)
  using soPin = options.soPinFile === undefined ? undefined : context.quorum.readPinFile(options.soPinFile)
  await using begun = new InterruptedApplication(work, soPin)
  const newApplication = (plan: AppInitPlan | AppReplacePlan) => begun.token(plan, approved.credentials)
  await using tokens = new ApplicationTokens(work)
  const { credentials } = approved
  const pins = { credentials, open: (app: ReachedApplication) => tokens.open(app) }
  const ending = { credentials, applications: tokens.opened(credentials), library: tokens.library }
  const { ledgers, sources } = context
  await using copies = new CopiesAtWork(work, approved)
  const outcomePorts = {
    backups: ledgers,
    files: ledgers,
    note: partition,
    sources,
    certificate,
    spare,
    newApplication,
    pins,
    copies,
    ending,
  }
  const recovery = new Recovery(work.history, outcomePorts, abandons)
  const result = await approved.carryOut(recovery)
  const soPinFile = settleSpare(partition, work.history, work.terminal)
  const { found, keys, partly } = recovery.finding
  if (partly) work.terminal.warn(partly.message, partly.hint)
  warnOfFound(copies.told, work.terminal)
  if (found === 'done') leaveCopy(interrupted, work)
  const isNewApplication = interrupted.op === 'app.init' || interrupted.op === 'app.replace'
  if (interrupted.op === 'backup.test') warnOfSpare(interrupted, found, soPinFile, work.terminal)
  else if (isNewApplication) await begun.warn(interrupted, found === 'unproved', approved.credentials)
  else if (found === 'unproved') work.terminal.warn('what the token has is not known', keyrite('partition', 'check'))
  if (interrupted.op === 'backup.create' && isUnknown(found))
    work.terminal.warn(notKnown(interrupted), to('make another', keyrite('backup', 'create', 'FILE')))
  if (interrupted.op === 'member.add') warnOfBegun(interrupted, work.history, work.terminal)
  warnOfEnding(work)
  const told = `${interrupted.op} ${whatBecame(interrupted, found, keys, work.history)}`
  work.terminal.answer(changeReport(told, { ...result, found, keys, ...(soPinFile ? { soPinFile } : {}) }))
}

/** What was not erased may be found again, and its PIN then erases it. */
function warnOfSpare({ spare }: BackupTestPlan, found: Found, soPinFile: string | undefined, terminal: Terminal): void {
  const pin = soPinFile ? `; its SO PIN is in ${soPinFile}` : ''
  if (found !== 'unproved')
    return pin === '' ? undefined : terminal.say(`the spare token ${spare.label} is erased${pin}`)
  terminal.warn(`keys may lie on the spare token ${spare.label}: whoever finds it has it erased or destroyed${pin}`)
}

type Found = keyof typeof WORDS
type Named = Pick<KeyReport, 'name' | 'version'>

/** What they sign is their file, which may have been carried away. */
const WRITES_A_FILE: readonly string[] = ['cert.request', 'cert.root', 'cert.issue', 'cert.crl', 'key.sign']

const isUnknown = (found: Found): boolean => found === 'partial' || found === 'unproved'

function whatBecame(plan: IntentPlan, found: Found, keys: readonly Named[], { members }: History): string {
  if (plan.op === 'backup.test' && isUnknown(found))
    return 'has an unknown end; the ledger says that keys may lie on its spare token'
  if (plan.op === 'key.export' && isUnknown(found))
    return `may have been done; the ledger names ${listed(plan.keys.map(({ name, version }) => label(name, version)))} as gone out, perhaps, to ${listed(plan.files)}`
  if (WRITES_A_FILE.includes(plan.op) && 'file' in plan && isUnknown(found))
    return `may have been done; what it was to write is not in ${plan.file}`
  if (plan.op === 'backup.create') {
    if (isUnknown(found)) return 'may have been done; the ledger names its backup as one that may exist'
    if (found === 'not done') return 'was not done; its file was not finished'
  }
  if (found === 'not done' && plannedKeys(plan).length > 0 && operationOf(plan).rest === undefined)
    return notDone(plan, members)
  return `was ${WORDS[found]}${found === 'partial' ? whatThere(plan, keys) : ''}`
}

/** Of a member that was not looked at nobody knows what it has destroyed. */
function notDone(plan: IntentPlan, { live }: History['members']): string {
  const planned = plannedKeys(plan).map(({ name, version }) => label(name, version))
  const unknown = live.filter(({ perhapsDestroyed = [] }) => planned.some((one) => perhapsDestroyed.includes(one)))
  if (unknown.length === 0) return 'was not done; its keys are as they were'
  const looked = live.filter((one) => !unknown.includes(one)).map(({ name }) => name)
  return `was not done on ${listed(looked)}; there its keys are as they were`
}

/** That the backup is not in its place proves nothing: it may have been carried away. */
const notKnown = ({ file }: BackupPlan): string =>
  `nobody knows whether the backup ${file} was written; if it was, it holds the keys of that time: certificates of destruction name it`

/** `; 5 of 300 keys are as planned: bulk-001#1, ...; the rest were not made`. */
function whatThere(plan: IntentPlan, keys: readonly Named[]): string {
  const planned = plannedKeys(plan).length
  if (planned < 2) return ''
  const names = listed(keys.map(({ name, version }) => label(name, version)))
  const { rest = 'are as they were' } = operationOf(plan)
  return `; ${keys.length} of ${planned} keys are as planned${keys.length === 0 ? '' : `: ${names}`}; the rest ${rest}`
}

function keptNote(partition: Partition): { path: string; size: number } | undefined {
  const note = partition.checkpoint()
  return note === undefined ? undefined : { path: partition.checkpointFile, size: checkpointSize(note) }
}

/** What is found is recorded: a stick that is gone is a warning, and no failure. */
function leaveCopy(plan: IntentPlan, { partition, terminal }: ChangeSession): void {
  if (plan.op !== 'backup.create') return
  try {
    copyLedger(plan.file, partition)
  } catch (error) {
    const { message, hint } = failureFrom(error)
    terminal.warn(message, hint)
  }
}

const WORDS = {
  done: 'done; the ledger says so now',
  'not done': 'not done; nothing of it is on the token',
  partial: 'partly done',
  unproved: 'given up; of its keys the ledger says what it said before',
  nothing: 'recovered before; that is complete now',
}
