// keyrite key export: a key goes out of the token, wrapped for a cloud or for whoever has a private key.

import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { findKey } from '../../change/key-targets.ts'
import { checkClearAccepted, exportBlocks, planBlockExport } from '../../change/operations/export-blocks.ts'
import { checkTried, exportKeys, planExport } from '../../change/operations/export-keys.ts'
import { askFile, askKey, askNewFile, chooseWord } from '../../cli/ask.ts'
import { type Context, globalsOf } from '../../cli/context.ts'
import { SHARES, withExamples } from '../../cli/examples.ts'
import { withMembers } from '../../cli/member-options.ts'
import { type ChangeOptions, EXPORT_ACCEPTS, flagOf, oneOf, repeatable, withPlan } from '../../cli/options.ts'
import { checkFolder } from '../../cli/paths.ts'
import { DESTINATION_NAMES, DESTINATIONS, type Destination, methodNamed, methodsOf } from '../../domain/destinations.ts'
import { usage } from '../../domain/errors.ts'
import { exportName } from '../../domain/file-names.ts'
import { hintText } from '../../domain/hint-text.ts'
import { add, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { EXPORTABILITIES, type Exportability } from '../../domain/make-block.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import {
  type BlockExportPlan,
  isOfBlocks,
  type KeyExportPlan,
  type WrappedExportPlan,
} from '../../domain/outward-plans.ts'
import { wrongProtector } from '../../domain/protectors.ts'
import { Secret } from '../../domain/secret.ts'
import { listed } from '../../domain/words.ts'
import { readPublicKeyFile, type WrappingKeyFile } from '../../domain/wrapping-key.ts'
import { ChangeSession } from '../../session/change-session.ts'
import type { Terminal } from '../../terminal/port.ts'
import { changeReport } from '../../views/report.ts'
import { whyNotToWrap } from '../../x509/wraps.ts'

interface Options extends ChangeOptions {
  for?: Destination
  wrappingKey?: string
  method?: string
  kid?: string
  ephemeral?: 'host'
  under?: KeyVersion
  exportability?: Exportability
  out?: string
}

export function declare(parent: Command, context: Context): void {
  withExamples(
    withMembers(withPlan(parent.command('export'), EXPORT_ACCEPTS)),
    'keyrite key export partner/zmk#1 --for rsa-aes --wrapping-key partner.pem --method sha1 --out zmk.wrapped --dry-run',
    `keyrite key export partner/zmk#1 --for rsa-aes --wrapping-key partner.pem --method sha1 --out zmk.wrapped ${SHARES}`,
    `keyrite key export partner/zmk#1 --for key-block --under partner/kbpk --accept clear-on-host --out zmk.block ${SHARES}`,
    `keyrite key export pos/tmk-1#1 pos/tmk-2#1 --for oaep --wrapping-key partner.pem --method sha1 --out wrapped ${SHARES}`,
  )
    .summary('give a key to a cloud, or to whoever has a private key, wrapped for it')
    .description(
      'Writes versions of keys, each wrapped for the public key that a cloud, or a partner, gave for it: the custodians of the SO and of the user approve it, and the plan ' +
        'shows the SHA-256 of that public key, which has to be compared with what its owner says, as another one would give the keys to somebody else. The token makes an AES key for each ' +
        'alone, wraps it by RSA-OAEP, and the key under it (RFC 5649); neither is in the clear in between. Where its RSA has no OAEP with the hash that is wanted, --ephemeral host makes ' +
        'that AES key beside the library, which plan and ledger say. --for key-block writes a key block instead (ANSI X9.143, version D) under an AES key of the partition, for keys outside PCI PIN alone: ' +
        'it is made on this machine, whose memory has the key for a moment. A wrapping key of which the file of Azure or Google says that no HSM has it is refused without --accept software-key. What went out is in the ledger for good, and named wherever backups of the key are. ' +
        `What --method may be: ${DESTINATIONS.map((one) => `${one}: ${methodsOf(one).join(', ')}`).join('; ')}.`,
    )
    .argument('[name#v...]', 'the versions, such as payments/card-dek#3', repeatable(parseKeyVersion))
    .option('--for <destination>', `${DESTINATIONS.join(', ')}`, oneOf('destination', DESTINATIONS))
    .option(
      '--wrapping-key <file>',
      'the public key that it goes out under: DER, PEM, or the JSON of the tool of its cloud',
    )
    .option(
      '--method <method>',
      'how it is wrapped, as the destination calls it; by default as the file says, or the best that fits',
    )
    .option('--kid <url>', 'of Azure: the URL of the wrapping key with its version, where the file does not name it')
    .option(
      '--ephemeral <place>',
      'host: the key that wraps is made beside the library',
      oneOf('place', ['host'] as const),
    )
    .option('--under <name#v>', 'of a key block: the AES key of this partition that protects it', parseKeyVersion)
    .option(
      '--exportability <letter>',
      'of a key block: N, the key never leaves the HSM that it comes to (the default); E, in key blocks; S, in other ways too',
      oneOf('letter', EXPORTABILITIES),
    )
    .option('--out <file>', 'the file to write, or of several keys the folder for their files')
    .action((keys: KeyVersion[] | undefined, options: Options, command: Command) =>
      run(keys ?? [], options, command, context),
    )
}

async function run(given: readonly KeyVersion[], options: Options, command: Command, context: Context): Promise<void> {
  await using work = new ChangeSession(context, globalsOf(command, context))
  const { history, terminal } = work
  const keys = given.length > 0 ? given : [await askKey('export', parseKeyVersion, history, terminal)]
  const destination = options.for ?? (await terminal.choose('where it goes:', PLACES, add('--for', 'DESTINATION')))
  // Said before anything more is asked.
  if (destination === 'key-block') checkClearAccepted(options.accept)
  const [asked, flag] = keys.length > 1 ? ['the folder for their files:', 'FOLDER'] : ['the file to write:', 'FILE']
  const out = options.out ?? (await askNewFile(asked!, add('--out', flag!), context, terminal))
  if (keys.length > 1) checkFolder(out, 'several keys')
  const fileOf = (key: Version) => resolve(keys.length === 1 ? out : join(out, exportName(key, destination)))
  const wanted = { keys, fileOf }
  const plan =
    destination === 'key-block'
      ? await blocksPlan(wanted, options, work)
      : await wrappedPlan({ ...wanted, destination }, options, work)
  using approved = await work.approve(plan, options)
  if (!approved) return
  const { ledgers, sources, program } = context
  const ports = { files: ledgers, note: work.partition, sources, tool: `keyrite/${program.version}` }
  using between = new Secret(sources.random(32))
  const operation = isOfBlocks(plan) ? exportBlocks(plan, between, history, ports) : exportKeys(plan, ports)
  const result = await approved.carryOut(operation)
  const told = `wrote ${out}: ${listed(plan.keys.map(toLabel))}, ${wayOf(plan)}`
  terminal.answer({ ...changeReport(told, result), data: { ...result, files: plan.files } })
  terminal.say(`  ${hintText(afterwards(plan.keys))}`)
}

const wayOf = (plan: KeyExportPlan): string =>
  plan.blocks
    ? `in a key block of version ${plan.method} under ${plan.blocks.under}`
    : `wrapped for ${DESTINATION_NAMES[plan.for]} by ${plan.method}`

interface Going {
  keys: readonly KeyVersion[]
  fileOf: (key: Version) => string
}

/** FILE-EXISTS, and what planExport throws. */
async function wrappedPlan(
  going: Going & { destination: Exclude<Destination, 'key-block'> },
  options: Options,
  work: ChangeSession,
): Promise<WrappedExportPlan> {
  refuseOptions(BLOCK_OPTIONS, going.destination, options)
  const { context, history, terminal } = work
  const question = 'the public key that it goes out under:'
  const source = options.wrappingKey ?? (await askFile(question, add('--wrapping-key', 'FILE'), context, terminal))
  const wrapping = readPublicKeyFile(context.ledgers.readBytes(resolve(source)), source)
  const { method, kid, ephemeral, accept } = options
  const unfit = wrapping.certificate && (await whyNotToWrap(wrapping.certificate))
  const wanted = { ...going, wrapping: { ...wrapping, ...(unfit && { unfit }) }, method, kid, ephemeral, accept }
  const inputs = await work.planInputs(options)
  work.openAhead(options)
  const planned = planExport(wanted, history, inputs)
  context.ledgers.checkFree(planned.files, work.globals.home)
  return await asTried(planned, wrapping, options.dryRun, work)
}

/** FILE-EXISTS, and what planBlockExport throws. */
async function blocksPlan(going: Going, options: Options, work: ChangeSession): Promise<BlockExportPlan> {
  refuseOptions(WRAPPING_OPTIONS, 'key-block', options)
  const { context, history, terminal } = work
  const under = options.under ?? parseKeyVersion(await chooseProtector(going.keys, history, terminal))
  const wanted = { ...going, under, exportability: options.exportability ?? 'N' }
  const plan = planBlockExport(wanted, history, await work.planInputs(options))
  context.ledgers.checkFree(plan.files, work.globals.home)
  return plan
}

/** INPUT-MISSING. */
async function chooseProtector(keys: readonly KeyVersion[], history: History, terminal: Terminal): Promise<string> {
  const going = keys.map((key) => findKey(key, history))
  const types = going.map(({ type }) => type)
  const able = [...history.keys].filter(
    (key) => !going.includes(key) && wrongProtector(key, 'wrap', types) === undefined,
  )
  if (able.length === 0 && terminal.interactive)
    throw usage(
      'there is no other active AES key here that was made to wrap, and is as strong',
      to('make one, or import the one of your partner', keyrite('key', 'import', '--help')),
      'INPUT-MISSING',
    )
  return await chooseWord('the key that protects the block:', add('--under', 'NAME#V'), able.map(toLabel), terminal)
}

const BLOCK_OPTIONS = ['under', 'exportability'] as const
const WRAPPING_OPTIONS = ['wrappingKey', 'method', 'kid', 'ephemeral'] as const

/** USAGE: what is of another way is not passed over. */
function refuseOptions(names: readonly (keyof Options)[], destination: Destination, options: Options): void {
  const given = names.find((name) => options[name] !== undefined)
  if (given === undefined) return
  throw usage(`${flagOf(given)} is not for ${destination}`, keyrite('help', 'key', 'export'))
}

interface Version {
  name: string
  version: number
}

const toLabel = ({ name, version }: Version): string => label(name, version)
const isOfPair = (key: { class: string }): boolean => key.class === 'pair'

const PLACES = DESTINATIONS.map((value) => ({ name: `${value}: ${DESTINATION_NAMES[value]}`, value }))

/** Nothing here proves that the other side has it. */
function afterwards(keys: KeyExportPlan['keys']): Hint {
  const [first, ...others] = keys
  const pair = keys.find(isOfPair)
  if (pair) {
    const compare = keyrite('key', 'public', toLabel(pair), '--compare', 'FILE')
    return to('once it is there, hold its public key against the ledger', compare)
  }
  if (others.length === 0) return `once it is there, have its check value read to you: ${first!.fingerprint}`
  return to('once they are there, have their check values read to you', keyrite('key', 'list'))
}

/** MECHANISM: tried before anybody is asked; the plan says what came of it, where the key is no whole blocks, as no PKCS#8 has to be. --dry-run looks at no token. */
async function asTried(
  plan: WrappedExportPlan,
  wrapping: WrappingKeyFile,
  dryRun: boolean | undefined,
  work: ChangeSession,
): Promise<WrappedExportPlan> {
  if (dryRun) return plan
  const { hsm, slot } = await work.openToken()
  const tried = await hsm.tryExport(slot, methodNamed(plan.for, plan.method)!, plan.ephemeral !== undefined)
  checkTried(plan, tried, wrapping)
  return tried.pads && plan.keys.some(isOfPair) ? { ...plan, pads: true } : plan
}
