// The command tree, in the order in which help shows it.
import { Command } from 'commander'
import * as auditCheckpoint from './commands/audit/checkpoint.ts'
import * as auditShow from './commands/audit/show.ts'
import * as auditVerify from './commands/audit/verify.ts'
import * as backupCreate from './commands/backup/create.ts'
import * as backupRead from './commands/backup/read.ts'
import * as backupRestore from './commands/backup/restore.ts'
import * as complete from './commands/complete.ts'
import type { Context } from './commands/context.ts'
import { parsePartitionName } from './commands/context.ts'
import * as doctor from './commands/doctor.ts'
import { withExamples } from './commands/examples.ts'
import * as help from './commands/help.ts'
import * as keyDestroy from './commands/key/destroy.ts'
import * as keyGenerate from './commands/key/generate.ts'
import * as keyList from './commands/key/list.ts'
import * as keyRotate from './commands/key/rotate.ts'
import * as keyShow from './commands/key/show.ts'
import * as keyStates from './commands/key/states.ts'
import { wholeNumber } from './commands/options.ts'
import * as partitionInit from './commands/partition/init.ts'
import * as partitionList from './commands/partition/list.ts'
import * as partitionRecover from './commands/partition/recover.ts'
import * as partitionShow from './commands/partition/show.ts'
import * as partitionVerify from './commands/partition/verify.ts'
import * as quorumShow from './commands/quorum/show.ts'
import * as tokenList from './commands/token/list.ts'

interface Verb {
  declare(parent: Command, context: Context): void
}

const TREE: readonly (readonly [noun: string, about: string, verbs: readonly Verb[]])[] = [
  ['token', 'what a module and its tokens are', [tokenList]],
  [
    'partition',
    'one tenant: a token with its custodians, keys and ledger',
    [partitionInit, partitionList, partitionShow, partitionVerify, partitionRecover],
  ],
  ['key', 'the keys of a partition', [keyGenerate, keyList, keyShow, keyRotate, keyStates, keyDestroy]],
  ['backup', 'copies of the keys that only the custodians can open', [backupCreate, backupRead, backupRestore]],
  ['quorum', 'who must agree', [quorumShow]],
  ['audit', 'the ledger', [auditShow, auditVerify, auditCheckpoint]],
]

export function program(context: Context, version: string): Command {
  const root = new Command('keyrite')
    .description('runs an HSM under the control of M of N custodians, with a ledger that anyone can check')
    .version(version, '-V, --version', 'print the version')
    .option('--home <dir>', 'where partitions are kept (KEYRITE_HOME)')
    .option('--partition <name>', 'which partition, where there are several', parsePartitionName)
    .option('--json', 'answer in JSON, on one line')
    .option('--no-input', 'never ask: a missing flag is an error')
    .option('--timeout <seconds>', 'for one call to the HSM, by default 60', wholeNumber('--timeout', 1, 86_400))
    .helpOption('-h, --help', 'show this help')
    // Defaults that matter stand in the description.
    .configureHelp({
      showGlobalOptions: true,
      sortSubcommands: false,
      optionDescription: ({ description }) => description,
    })
    .exitOverride()
    // What is wrong is said once, by main; the help of a command line that names no command still comes through.
    .configureOutput({ outputError: () => {} })
    .helpCommand(false)
  for (const [noun, about, verbs] of TREE) {
    const branch = root.command(noun).description(about).helpCommand(false)
    for (const verb of verbs) verb.declare(branch, context)
  }
  withExamples(root, 'keyrite key list', 'keyrite help key rotate')
  doctor.declare(root, context)
  help.declare(root)
  complete.declare(root, context)
  return root
}
