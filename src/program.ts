// The command tree, in the order in which help shows it.
import { Command } from 'commander'
import { asksForPartition } from './cli/ask-partition.ts'
import { checkValues } from './cli/check-options.ts'
import type { Context } from './cli/context.ts'
import { parsePartitionName } from './cli/context.ts'
import { withExamples } from './cli/examples.ts'
import { COLOURS, oneOf, seconds } from './cli/options.ts'
import { makesTrace } from './cli/trace.ts'
import * as appAdopt from './commands/app/adopt.ts'
import * as appCheck from './commands/app/check.ts'
import * as appInit from './commands/app/init.ts'
import * as appList from './commands/app/list.ts'
import * as appPin from './commands/app/pin.ts'
import * as appReplace from './commands/app/replace.ts'
import * as appRetire from './commands/app/retire.ts'
import * as appShow from './commands/app/show.ts'
import * as appSync from './commands/app/sync.ts'
import * as auditCheckpoint from './commands/audit/checkpoint.ts'
import * as auditExport from './commands/audit/export.ts'
import * as auditProve from './commands/audit/prove.ts'
import * as auditPublish from './commands/audit/publish.ts'
import * as auditShow from './commands/audit/show.ts'
import * as auditVerify from './commands/audit/verify.ts'
import * as auditWitness from './commands/audit/witness.ts'
import * as backupCreate from './commands/backup/create.ts'
import * as backupRead from './commands/backup/read.ts'
import * as backupRestore from './commands/backup/restore.ts'
import * as backupTest from './commands/backup/test.ts'
import * as ceremonyLint from './commands/ceremony/lint.ts'
import * as certAuthority from './commands/cert/authority.ts'
import * as certRequest from './commands/cert/request.ts'
import * as complete from './commands/complete.ts'
import * as completion from './commands/completion.ts'
import * as configSet from './commands/config/set.ts'
import * as configShow from './commands/config/show.ts'
import * as custodianAcknowledge from './commands/custodian/acknowledge.ts'
import * as custodianDepart from './commands/custodian/depart.ts'
import * as custodianResume from './commands/custodian/resume.ts'
import * as custodianSuspend from './commands/custodian/suspend.ts'
import * as doctor from './commands/doctor.ts'
import * as help from './commands/help.ts'
import * as inspect from './commands/inspect.ts'
import * as keyDeliver from './commands/key/deliver.ts'
import * as keyDestroy from './commands/key/destroy.ts'
import * as keyExport from './commands/key/export.ts'
import * as keyGenerate from './commands/key/generate.ts'
import * as keyImport from './commands/key/import.ts'
import * as keyImportRequest from './commands/key/import-request.ts'
import * as keyList from './commands/key/list.ts'
import * as keyPromote from './commands/key/promote.ts'
import * as keyPublic from './commands/key/public.ts'
import * as keyPublish from './commands/key/publish.ts'
import * as keyRestore from './commands/key/restore.ts'
import * as keyRotate from './commands/key/rotate.ts'
import * as keyShow from './commands/key/show.ts'
import * as keySign from './commands/key/sign.ts'
import * as keyStates from './commands/key/states.ts'
import * as keyWithdraw from './commands/key/withdraw.ts'
import * as manifestApply from './commands/manifest/apply.ts'
import * as manifestDiff from './commands/manifest/diff.ts'
import * as manifestShow from './commands/manifest/show.ts'
import * as monitor from './commands/monitor.ts'
import * as partitionAdopt from './commands/partition/adopt.ts'
import * as partitionCheck from './commands/partition/check.ts'
import * as partitionInit from './commands/partition/init.ts'
import * as partitionList from './commands/partition/list.ts'
import * as partitionRecover from './commands/partition/recover.ts'
import * as partitionRetire from './commands/partition/retire.ts'
import * as partitionShow from './commands/partition/show.ts'
import * as planApprove from './commands/plan/approve.ts'
import * as planShow from './commands/plan/show.ts'
import * as quorumConfirm from './commands/quorum/confirm.ts'
import * as quorumDrill from './commands/quorum/drill.ts'
import * as quorumReplace from './commands/quorum/replace.ts'
import * as quorumShow from './commands/quorum/show.ts'
import * as quorumStage from './commands/quorum/stage.ts'
import * as quorumUnstage from './commands/quorum/unstage.ts'
import * as reportMake from './commands/report/make.ts'
import * as reportVerify from './commands/report/verify.ts'
import * as sharePassphrase from './commands/share/passphrase.ts'
import * as sharePrint from './commands/share/print.ts'
import * as shareRecord from './commands/share/record.ts'
import * as shareShow from './commands/share/show.ts'
import * as stationAdd from './commands/station/add.ts'
import * as stationList from './commands/station/list.ts'
import * as stationRemove from './commands/station/remove.ts'
import * as stationRequest from './commands/station/request.ts'
import * as tokenList from './commands/token/list.ts'
import * as tokenProfile from './commands/token/profile.ts'
import * as version from './commands/version.ts'

interface Verb {
  declare(parent: Command, context: Context): void
}

type Branch = readonly [noun: string, about: string, verbs: readonly Verb[]]

const TREE: readonly Branch[] = [
  ['token', 'what a module and its tokens are', [tokenList, tokenProfile]],
  [
    'partition',
    'one tenant: a token with its custodians, keys and ledger',
    [partitionInit, partitionAdopt, partitionList, partitionShow, partitionCheck, partitionRecover, partitionRetire],
  ],
  [
    'key',
    'the keys of a partition',
    [
      keyGenerate,
      keyImport,
      keyImportRequest,
      keyList,
      keyShow,
      keyPublic,
      keySign,
      keyExport,
      keyRotate,
      keyDeliver,
      keyPublish,
      keyPromote,
      keyWithdraw,
      keyStates,
      keyRestore,
      keyDestroy,
    ],
  ],
  ['cert', 'certificates for the keys, and what a CA signs', [certRequest, certAuthority]],
  [
    'backup',
    'copies of the keys that only the custodians can open',
    [backupCreate, backupRead, backupTest, backupRestore],
  ],
  [
    'app',
    'applications that use keys, each on a token of its own',
    [appInit, appAdopt, appList, appShow, appCheck, appSync, appPin, appReplace, appRetire],
  ],
  ['manifest', 'policies, wished-for keys and duties in one file', [manifestDiff, manifestApply, manifestShow]],
  ['ceremony', 'scripts by which people do what the commands do, with witnesses', [ceremonyLint]],
  ['quorum', 'who must agree', [quorumShow, quorumDrill, quorumStage, quorumUnstage, quorumConfirm, quorumReplace]],
  ['custodian', 'people who hold shares', [custodianAcknowledge, custodianSuspend, custodianResume, custodianDepart]],
  ['share', 'what a custodian holds', [shareShow, sharePassphrase, sharePrint, shareRecord]],
  ['station', 'the machines that may make changes', [stationRequest, stationAdd, stationList, stationRemove]],
  [
    'audit',
    'the ledger',
    [auditShow, auditVerify, auditCheckpoint, auditExport, auditPublish, auditProve, auditWitness],
  ],
  ['report', 'what a ledger shows to people who were not there', [reportMake, reportVerify]],
  ['plan', 'changes that wait for approvals from afar', [planShow, planApprove]],
  ['config', 'settings of this host', [configShow, configSet]],
]

const colour = oneOf('moment for colour', COLOURS)

export function program(context: Context, number: string): Command {
  const root = commandTree(context, number)
  asksForPartition(root, context)
  makesTrace(root, context)
  return root
}

/** Without what happens before a command runs. `only`: of the nouns that one, where there is such a one. */
export function commandTree(context: Context, number: string, only?: string): Command {
  const root = new Command('keyrite')
    .description('runs an HSM under the control of M of N custodians, with a ledger that anyone can check')
    .version(number, '-V, --version', 'print the version')
    .option('--home <dir>', 'where partitions are kept (KEYRITE_HOME)')
    .option('--partition <name>', 'which partition, where there are several (KEYRITE_PARTITION)', parsePartitionName)
    .option('--json', 'answer in JSON, on one line')
    .option('--no-input', 'never ask: a missing flag is an error')
    .option('--timeout <seconds>', 'for one call to the HSM, by default 60', seconds('--timeout', 1, 86_400))
    .option(
      '--trace <file>',
      'write each call to the HSM with its answer and time into a new file; no value, PIN or share',
    )
    .option('--color <when>', `${COLOURS.join(', ')}; auto: at a terminal, unless NO_COLOR says no`, colour)
    .option('--no-color', 'the same as --color never')
    .helpOption('-h, --help', 'show this help')
    // Defaults that matter stand in the description.
    .configureHelp({
      showGlobalOptions: true,
      sortSubcommands: false,
      optionDescription: ({ description }) => description,
    })
    .exitOverride()
    // Errors are reported once, by main; help for a command line that names no command is still shown.
    .configureOutput({ outputError: () => {} })
    .helpCommand(false)
  const nouns = TREE.filter(([noun]) => noun === only)
  for (const [noun, about, verbs] of nouns.length > 0 ? nouns : TREE) {
    const branch = root.command(noun).description(about).helpCommand(false)
    for (const verb of verbs) verb.declare(branch, context)
  }
  withExamples(
    root,
    'keyrite partition init --help',
    'keyrite key list',
    'keyrite help key rotate',
    'keyrite help concepts',
  )
  inspect.declare(root, context)
  doctor.declare(root, context)
  monitor.declare(root, context)
  help.declare(root, context)
  version.declare(root, context)
  completion.declare(root, context)
  complete.declare(root, context)
  checkValues(root)
  return root
}
