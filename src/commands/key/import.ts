// keyrite key import: a key that was made elsewhere comes to the token. Each way in has a file of its own.

import { type Command, Option } from 'commander'
import { askFor } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { broughtTypeOption, componentsOption, NO_BACKUP, usageOption } from '../../cli/new-key-options.ts'
import { flagOf, IMPORT_ACCEPTS, repeated, withPlan } from '../../cli/options.ts'
import { parseCheckValue } from '../../domain/check-values.ts'
import { usage } from '../../domain/errors.ts'
import { add, apart } from '../../domain/hints.ts'
import { type KeyName, parseKeyName, parseKeyVersion } from '../../domain/names.ts'
import { ChangeSession } from '../../session/change-session.ts'
import * as block from './import/block.ts'
import * as components from './import/components.ts'
import * as file from './import/file.ts'
import * as request from './import/request.ts'

type Options = block.Options & components.Options & file.Options & request.Options

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('import'), IMPORT_ACCEPTS)),
    'keyrite key import partner/zmk --type tdes-112 --components 3 --component-file one --component-file two --component-file three ' +
      `--kcv ecb3:dda8ba --reason 'the ZMK of the partner' ${SHARES}`,
    'keyrite key import partner/dek --request dek.request --in dek.wrapped --kcv cmac5:08793e25ab --dry-run',
    'keyrite key import partner/tls --in partner.pem --in-passphrase-file partner.pass --accept clear-on-host --dry-run',
    `keyrite key import partner/data --in data.block --under partner/kbpk --type aes-256 --kcv cmac5:afbb3b1a2a --accept clear-on-host --dry-run`,
    `keyrite key import partner/kek --in kek.jwk --type aes-128 --kcv cmac5:08793e25ab --sender 'the partner' --accept clear-on-host ${SHARES}`,
  )
    .summary('a key that was made elsewhere comes to the token')
    .description(
      'Brings a key that somebody else made, as version 1 of a new name. With --request it was wrapped for the transport key of a request (key import-request), and is never in the clear here: it opens on the token, ' +
        'proves to be the key of --kcv or --public, and the transport key is destroyed. A check value tells slips, and no forger: whoever has the request can make a key with that check value. So the plan shows the SHA-256 of the file, ' +
        'to be compared with what its sender says on the telephone. With --components it is typed by two people or more, one after the other, each alone at the screen: ' +
        'nothing that they type is shown, each hears the check value (KCV) of their component, and types it again where it is another than on their form. The components are joined by ' +
        'XOR on this machine, and the plan shows the check values of all of them and of the key: that is what the custodians approve. For scripts --component-file reads them from ' +
        'files. With --in FILE --accept clear-on-host it comes from a file that holds it as it is, or under a passphrase: PKCS#8, PKCS#1 or SEC 1 as PEM or DER, or a JWK. Its numbers have to ' +
        'belong together, and it may be none that others could guess; the plan shows the SHA-256 of the file and its check value, or that of its public key, which have to be compared with what its owner says. ' +
        'With --under it comes in a key block (ANSI X9.143, version D) under a key of the token, which derives the keys of the block and stays there: the header says what the key may, and whether it may ever leave. ' +
        'Either way the token then proves that it has that very key. The key was in the clear in the memory of this machine, which the ledger keeps for good.',
    )
    .argument('[name]', 'name of the key', parseKeyName)
    .option('--request <file>', 'the file of the request that it was wrapped for, as key import-request wrote it')
    .addOption(broughtTypeOption())
    .addOption(usageOption())
    .addOption(componentsOption('--components', 'join it from so many components'))
    .addOption(
      repeated('--component-file <file>', 'read a component from this file instead; repeatable, in their order'),
    )
    .option('--in <file>', 'the file that it comes in')
    .addOption(
      new Option('--under <name#v>', 'the key of the token that protects the key block of --in').argParser(
        parseKeyVersion,
      ),
    )
    .option('--public <file>', 'with --request: of a pair the public key, as its sender gave it: PEM, DER or JWK')
    .option('--in-passphrase-file <file>', 'the passphrase of that file, instead of typing it')
    .option('--sender <text>', 'who sent that file, for the ledger: said, not proven')
    .option('--kcv <method:hex>', 'what the key has to be, by its check value, like cmac5:08793e25ab', parseCheckValue)
    .option(...NO_BACKUP)
    .action((name: KeyName | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: KeyName | undefined, options: Options, command: Command, context: Context): Promise<void> {
  checkWay(options)
  await using work = new ChangeSession(context, globalsOf(command, context))
  const name = given ?? (await askFor('name of the new key:', add('NAME'), parseKeyName, work.terminal))
  if (options.request !== undefined) await request.run(name, options.request, options, work)
  else if (options.in !== undefined && options.under !== undefined)
    await block.run(name, options.in, options.under, options, work)
  else if (options.in !== undefined) await file.run(name, options.in, options, work)
  else await components.run(name, options.components!, options, work)
}

/** What can be said of each way, besides what belongs to all of them. */
const WAYS: { readonly [way: string]: readonly (keyof Options)[] } = {
  '--components': ['type', 'usage', 'componentFile'],
  '--in': ['type', 'usage', 'in', 'inPassphraseFile', 'sender', 'under'],
  '--request': ['in', 'public', 'sender'],
}

const wayOf = ({ components, request, in: file }: Options): string[] => [
  ...(components === undefined ? [] : ['--components']),
  ...(request !== undefined ? ['--request'] : file === undefined ? [] : ['--in']),
]

/** INPUT-MISSING, USAGE: it comes in one way, and what is said is about that one. */
function checkWay(options: Options): void {
  const [way, other] = wayOf(options)
  if (options.under !== undefined && isGiven(options.usage))
    throw usage(
      '--usage is given, and the header of a key block says what its key may',
      'the same command without --usage',
    )
  if (way === undefined) {
    const ways = apart(
      add('--request', 'FILE'),
      add('--components', 'N'),
      add('--in', 'FILE'),
      add('--in', 'FILE', '--under', 'NAME#V'),
    )
    throw usage('nothing says how the key comes', ways, 'INPUT-MISSING')
  }
  if (other !== undefined) throw usage(`${way} is given beside ${other}: the key comes in one way`)
  const strays = Object.values(WAYS)
    .flat()
    .filter((name) => !WAYS[way]!.includes(name))
  const stray = strays.find((name) => isGiven(options[name]))
  if (stray === undefined) return
  const why = way === '--request' ? 'its request says what the key is to be' : `the key comes by ${way}`
  throw usage(`${flagOf(stray)} is given, and ${why}`, `the same command without ${flagOf(stray)}`)
}

const isGiven = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0)
