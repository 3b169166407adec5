// What there is to type: nouns and their verbs, in the order in which help shows them.
import type { Command } from 'commander'
import type { Context } from './cli/context.ts'
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
import * as ceremonyAbort from './commands/ceremony/abort.ts'
import * as ceremonyLint from './commands/ceremony/lint.ts'
import * as ceremonyNew from './commands/ceremony/new.ts'
import * as ceremonyPrint from './commands/ceremony/print.ts'
import * as ceremonyRecord from './commands/ceremony/record.ts'
import * as ceremonyRehearse from './commands/ceremony/rehearse.ts'
import * as ceremonyResume from './commands/ceremony/resume.ts'
import * as ceremonyRun from './commands/ceremony/run.ts'
import * as ceremonySign from './commands/ceremony/sign.ts'
import * as ceremonyStatus from './commands/ceremony/status.ts'
import * as ceremonyVerify from './commands/ceremony/verify.ts'
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
import * as memberAdd from './commands/member/add.ts'
import * as memberCheck from './commands/member/check.ts'
import * as memberList from './commands/member/list.ts'
import * as memberRetire from './commands/member/retire.ts'
import * as memberShow from './commands/member/show.ts'
import * as memberSync from './commands/member/sync.ts'
import * as monitor from './commands/monitor.ts'
import * as partitionAdopt from './commands/partition/adopt.ts'
import * as partitionCheck from './commands/partition/check.ts'
import * as partitionInit from './commands/partition/init.ts'
import * as partitionJoin from './commands/partition/join.ts'
import * as partitionList from './commands/partition/list.ts'
import * as partitionMove from './commands/partition/move.ts'
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

/** By the names of what it declares, with blanks between. A module is read when its verbs are declared. */
export type Verbs = { readonly [names: string]: () => Verb }

type Branch = readonly [noun: string, about: string, verbs: Verbs]

export const TREE: readonly Branch[] = [
  ['token', 'what a module and its tokens are', { list: () => tokenList, profile: () => tokenProfile }],
  [
    'partition',
    'one tenant: a token with its custodians, keys and ledger',
    {
      init: () => partitionInit,
      adopt: () => partitionAdopt,
      list: () => partitionList,
      show: () => partitionShow,
      check: () => partitionCheck,
      recover: () => partitionRecover,
      move: () => partitionMove,
      join: () => partitionJoin,
      retire: () => partitionRetire,
    },
  ],
  [
    'key',
    'the keys of a partition',
    {
      generate: () => keyGenerate,
      import: () => keyImport,
      'import-request': () => keyImportRequest,
      list: () => keyList,
      show: () => keyShow,
      public: () => keyPublic,
      sign: () => keySign,
      export: () => keyExport,
      rotate: () => keyRotate,
      deliver: () => keyDeliver,
      publish: () => keyPublish,
      promote: () => keyPromote,
      withdraw: () => keyWithdraw,
      'activate suspend resume deactivate compromise': () => keyStates,
      restore: () => keyRestore,
      destroy: () => keyDestroy,
    },
  ],
  [
    'cert',
    'certificates for the keys, and what a CA signs',
    { request: () => certRequest, 'root issue crl': () => certAuthority },
  ],
  [
    'backup',
    'copies of the keys that only the custodians can open',
    {
      create: () => backupCreate,
      'show verify': () => backupRead,
      test: () => backupTest,
      restore: () => backupRestore,
    },
  ],
  [
    'app',
    'applications that use keys, each on a token of its own',
    {
      init: () => appInit,
      adopt: () => appAdopt,
      list: () => appList,
      show: () => appShow,
      check: () => appCheck,
      sync: () => appSync,
      pin: () => appPin,
      replace: () => appReplace,
      retire: () => appRetire,
    },
  ],
  [
    'manifest',
    'policies, wished-for keys and duties in one file',
    { diff: () => manifestDiff, apply: () => manifestApply, show: () => manifestShow },
  ],
  [
    'ceremony',
    'scripts by which people do what the commands do, with witnesses',
    {
      new: () => ceremonyNew,
      lint: () => ceremonyLint,
      print: () => ceremonyPrint,
      rehearse: () => ceremonyRehearse,
      run: () => ceremonyRun,
      status: () => ceremonyStatus,
      resume: () => ceremonyResume,
      abort: () => ceremonyAbort,
      sign: () => ceremonySign,
      record: () => ceremonyRecord,
      verify: () => ceremonyVerify,
    },
  ],
  [
    'quorum',
    'who must agree',
    {
      show: () => quorumShow,
      drill: () => quorumDrill,
      stage: () => quorumStage,
      unstage: () => quorumUnstage,
      confirm: () => quorumConfirm,
      replace: () => quorumReplace,
    },
  ],
  [
    'custodian',
    'people who hold shares',
    {
      acknowledge: () => custodianAcknowledge,
      suspend: () => custodianSuspend,
      resume: () => custodianResume,
      depart: () => custodianDepart,
    },
  ],
  [
    'share',
    'what a custodian holds',
    { show: () => shareShow, passphrase: () => sharePassphrase, print: () => sharePrint, record: () => shareRecord },
  ],
  [
    'station',
    'the machines that may make changes',
    { request: () => stationRequest, add: () => stationAdd, list: () => stationList, remove: () => stationRemove },
  ],
  [
    'audit',
    'the ledger',
    {
      show: () => auditShow,
      verify: () => auditVerify,
      checkpoint: () => auditCheckpoint,
      export: () => auditExport,
      publish: () => auditPublish,
      prove: () => auditProve,
      witness: () => auditWitness,
    },
  ],
  [
    'report',
    'what a ledger shows to people who were not there',
    {
      'evidence keys dual-control custodians backups destruction access': () => reportMake,
      verify: () => reportVerify,
    },
  ],
  [
    'member',
    'several tokens that hold every key, as equals',
    {
      add: () => memberAdd,
      list: () => memberList,
      show: () => memberShow,
      check: () => memberCheck,
      sync: () => memberSync,
      retire: () => memberRetire,
    },
  ],
  ['plan', 'changes that wait for approvals from afar', { show: () => planShow, approve: () => planApprove }],
  ['config', 'settings of this host', { show: () => configShow, set: () => configSet }],
]

/** Commands without a noun. */
export const ALONE: Verbs = {
  inspect: () => inspect,
  doctor: () => doctor,
  monitor: () => monitor,
  help: () => help,
  version: () => version,
  completion: () => completion,
  complete: () => complete,
}
