// keyrite key import-request: a transport key on the token, and a file for whoever is to send a key. It is used once, or given up.
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import {
  cancelImport,
  checkCanCome,
  planImportCancel,
  planImportRequest,
  requestImport,
  triedHash,
} from '../../change/operations/request-import.ts'
import { askFor, askNewFile, chooseWord } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { type AbsentOptions, withMembers } from '../../cli/member-options.ts'
import { broughtTypeOption, NO_BACKUP, usageOption } from '../../cli/new-key-options.ts'
import { type ChangeOptions, NEW_KEY_ACCEPTS, oneOf, withPlan } from '../../cli/options.ts'
import { usage } from '../../domain/errors.ts'
import { add, keyrite, to } from '../../domain/hints.ts'
import { endOfRequest, holderOf } from '../../domain/import-requests.ts'
import { TRANSPORT_BITS } from '../../domain/inward-plans.ts'
import { classOf, type KeyType, type Usage } from '../../domain/keys.ts'
import { isMlDsa } from '../../domain/ml-dsa.ts'
import { type KeyName, parseDuration, parseKeyName } from '../../domain/names.ts'
import { isOfKeys } from '../../domain/plan-shapes.ts'
import { typesMadeBy } from '../../domain/profile.ts'
import { ChangeSession } from '../../session/change-session.ts'
import { changeReport } from '../../views/report.ts'
import { toTheMinute } from '../../views/words.ts'

interface Options extends ChangeOptions, AbsentOptions {
  type?: KeyType
  usage?: Usage[]
  backup: boolean
  bits: (typeof TRANSPORT_BITS)[number]
  validFor: number
  out?: string
  cancel?: true
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('import-request'), NEW_KEY_ACCEPTS)),
    `keyrite key import-request partner/dek --type aes-256 --out dek.request --reason 'the partner sends it' ${SHARES}`,
    `keyrite key import-request partner/dek --cancel ${SHARES}`,
  )
    .summary('ask somebody for a key, which comes in wrapped')
    .description(
      'Makes a key pair on the token that may unwrap and do nothing else, and writes a file for whoever is to send the key: it has the public half, its SHA-256, which is to be compared, ' +
        'until when it is taken, and the lines that the sender types into a shell with openssl. What comes back is brought in by key import --request, once; then the pair is destroyed. ' +
        'Nobody but this token can open what is sent, and the key is never in the clear here. --cancel gives a request up.',
    )
    .argument('[name]', 'name of the key', parseKeyName)
    .addOption(broughtTypeOption())
    .addOption(usageOption())
    .option(...NO_BACKUP)
    .addOption(
      new Option('--bits <bits>', `of the transport key: ${TRANSPORT_BITS.join(', ')}`)
        .argParser((text) => Number(oneOf('length of a transport key', TRANSPORT_BITS.map(String))(text)))
        .default(3072),
    )
    .addOption(
      new Option('--valid-for <time>', 'how long it may be answered, 1h to 90d')
        .argParser((text) => parseDuration(text, HOUR, 90 * DAY))
        .default(7 * DAY, '7d'),
    )
    .option('--out <file>', 'the file to write')
    .option('--cancel', 'give the open request for this key up, and destroy its transport key')
    .action((name: KeyName | undefined, options: Options, command: Command) => run(name, options, command, context))
}

async function run(given: KeyName | undefined, options: Options, command: Command, context: Context): Promise<void> {
  if (options.cancel && (options.type ?? options.out ?? options.usage) !== undefined)
    throw usage('--cancel makes no request', 'the same command without --type, --usage and --out')
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { terminal } = work
  const name = given ?? (await askFor('name of the new key:', add('NAME'), parseKeyName, terminal))
  if (options.cancel) return await cancel(name, options, work)
  const types = typesMadeBy(work.history.profile).filter((one) => !isMlDsa(one))
  const type = options.type ?? (await chooseWord('type:', add('--type', 'TYPE'), types, terminal))
  const file =
    options.out ?? (await askNewFile('the file to write, for the sender:', add('--out', 'FILE'), context, terminal))
  await ask(name, { ...options, type, out: file }, work)
}

async function ask(
  name: KeyName,
  options: Options & { type: KeyType; out: string },
  work: ChangeSession,
): Promise<void> {
  const { context, globals, history, terminal } = work
  const { type, usage: uses, backup, bits, validFor, out, dryRun, accept } = options
  const file = resolve(out)
  context.ledgers.checkFree([file], globals.home)
  const inputs = await work.planInputs(options)
  // What only the token can tell is tried before anybody is asked; --dry-run looks at no token.
  const opened = dryRun ? undefined : await work.openToken()
  const hash = opened ? triedHash(await opened.hsm.tryImport(opened.slot), type) : 'sha1'
  const wanted = { name, type, usage: uses, backup, accepted: accept.filter(isOfKeys), bits, hash, validFor, file }
  const plan = planImportRequest(wanted, history, inputs)
  using approved = await work.approve(plan, options, async (token) =>
    checkCanCome(plan, await work.abilities(token, [type, `rsa-${bits}`])),
  )
  if (!approved) return
  const result = await approved.carryOut(requestImport(plan, context.ledgers))
  const told = `wrote ${out}, a request for ${name}, until ${toTheMinute(endOfRequest(plan))}`
  terminal.answer({ ...changeReport(told, result), data: { ...result, file: plan.file, until: plan.until } })
  terminal.say([
    { hint: to('the SHA-256 that the sender has to hear from you', keyrite('inspect', out)), indent: '  ' },
    '  have the sender say the SHA-256 of what comes back, too: the last line of the file prints it, and the plan of the import shows it',
    { hint: to('send it to whoever has the key; what comes back', answered(name, out, type)), indent: '  ' },
  ])
}

const answered = (name: KeyName, request: string, type: KeyType) =>
  keyrite(
    'key',
    'import',
    name,
    '--request',
    request,
    '--in',
    'FILE',
    ...(classOf(type) === 'pair' ? ['--public', 'FILE'] : ['--kcv', 'METHOD:HEX']),
  )

async function cancel(name: KeyName, options: Options, work: ChangeSession): Promise<void> {
  const note = work.history.requests.named(name)
  const inputs = await work.planInputs(options, { ...options, acting: note && holderOf(note) })
  const plan = planImportCancel(name, work.history, inputs)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const result = await approved.carryOut(cancelImport(plan))
  work.terminal.answer(changeReport(`the request for ${name} is given up, and its transport key destroyed`, result))
}
