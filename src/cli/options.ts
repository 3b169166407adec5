// Options that several commands share, each declared once.

import { type Argument, type Command, Option } from 'commander'
import { parseCode } from '../domain/code.ts'
import { usage } from '../domain/errors.ts'
import { notFromAfar } from '../domain/from-afar.ts'
import { parseApplicationName, parseDuration, parseShortName } from '../domain/names.ts'
import type { Said } from '../domain/said.ts'
import { orMeant } from '../domain/words.ts'
import { type Acceptable, Accepting, RULES } from './accepting.ts'
import { saidFlags, withSaid } from './said-options.ts'

const MINUTE = 60_000
export const HALF_AN_HOUR = 30 * MINUTE
export const ONE_DAY = 24 * 60 * MINUTE

/** How a list is shown. */
export const FORMATS = ['table', 'json'] as const
export type Format = (typeof FORMATS)[number]

/** How events are written for programs that collect them. */
export const EXPORT_FORMATS = ['jsonl', 'ocsf', 'cef', 'rfc5424'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** How what is found by monitor is told. */
export const MONITOR_FORMATS = ['table', 'prometheus', 'nagios', 'json'] as const
export type MonitorFormat = (typeof MONITOR_FORMATS)[number]

/** How a report is written. */
export const REPORT_FORMATS = ['md', 'json', 'csv', 'html'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** When text is coloured. */
export const COLOURS = ['auto', 'always', 'never'] as const

/** For which completions are written. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

export interface ShareOptions {
  share: string[]
  shareFd?: number
  passphraseFile: string[]
  identity: string[]
  card: string[]
  cardPinFile: string[]
}

export type CardOptions = Pick<ShareOptions, 'card' | 'cardPinFile'>

export interface ChangeOptions extends ShareOptions, Said {
  dryRun?: boolean
  expires?: number
  accept: Acceptable[]
  /** The folder through which custodians elsewhere approve. */
  remote?: string
  userPinFile?: string[]
}

type Gather = (text: string, before: never) => unknown

const gatherers = new WeakSet<Gather>()

/** A repeatable option takes one value each: a variadic one would swallow the name that follows. */
export function repeatable<T>(parse: (text: string) => T): (text: string, before: T[] | undefined) => T[] {
  const gather = (text: string, before: T[] | undefined): T[] => [...(before ?? []), parse(text)]
  gatherers.add(gather)
  return gather
}

/** The same where one value may hold several, with commas between them. */
export const repeatableList = <T>(parse: (text: string) => T) => {
  const gather = (text: string, before: T[] | undefined): T[] => [...(before ?? []), ...text.split(',').map(parse)]
  gatherers.add(gather)
  return gather
}

/** Words that are open are taken as they stand, and not parsed. */
export function openTo(taker: Option | Argument, isOpen: (word: string) => boolean): void {
  const parse = taker.parseArg
  if (!parse) return
  const isGathered = gatherers.has(parse)
  const passing = (text: string, before: never): unknown =>
    !isOpen(text) ? parse(text, before) : isGathered ? [...((before as unknown[] | undefined) ?? []), text] : text
  if (isGathered) gatherers.add(passing)
  taker.parseArg = passing as NonNullable<Option['parseArg']>
}

export const isRepeatable = ({ parseArg }: Option): boolean => parseArg !== undefined && gatherers.has(parseArg)

/** What `--station` is, where a machine becomes one. */
export const STATION = 'what this machine is called in the ledger, by default as the system calls it'

export const parseCustodian = (text: string) => parseShortName('custodian', text)

export const asIs = (text: string): string => text

/** A whole number within bounds. */
export const wholeNumber =
  (what: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value
    throw usage(`${what} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
  }

/** Seconds: `90`, or `90s` and `5m`. */
export const seconds =
  (what: string, least: number, most: number) =>
  (text: string): number =>
    /^\d+[smh]$/.test(text)
      ? parseDuration(text, least * 1000, most * 1000) / 1000
      : wholeNumber(what, least, most)(text)

/** One of these words, in any case. `what`: such as `key type`. */
export const oneOf =
  <T extends string>(what: string, words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word.toLowerCase() === text.toLowerCase())
    if (found) return found
    throw usage(`${JSON.stringify(text)} is not a ${what}${orMeant(text, words)}`, `one of: ${words.join(', ')}`)
  }

/** An option that takes one value each time that it is given. */
export function repeated(flags: string, description: string, parse: (text: string) => unknown = asIs): Option {
  const option = new Option(flags, description).argParser(repeatable(parse)).default([], 'none')
  // To commander the dots of `age1...` say that it takes all that follows, the name of the partition too.
  option.variadic = false
  return option
}

/** How shares are presented. */
export const withShares = (command: Command): Command =>
  withOpeners(
    command
      .addOption(repeated('--share <file>', 'a share file; repeat it for each custodian'))
      .addOption(
        new Option('--share-fd <n>', 'read shares from an open descriptor, one a line').argParser(
          wholeNumber('--share-fd', 0, 1023),
        ),
      ),
  )

/** What opens share files. */
export const withOpeners = (command: Command): Command =>
  command
    .addOption(
      repeated('--passphrase-file <[name=]file>', 'passphrase of the share files, or of those of one custodian'),
    )
    .addOption(repeated('--identity <file>', 'age identity that opens shares made for a recipient'))
    .addOption(
      repeated('--card <module[,serial]>', 'PKCS#11 library of a card that opens shares made for it; repeatable'),
    )
    .addOption(repeated('--card-pin-file <[serial=]file>', 'PIN of the cards, or of one of them'))

const DEFAULT_COST = 18

/** How long a passphrase takes to be tried. */
export const passphraseCost = (): Option =>
  new Option('--passphrase-cost <n>', 'scrypt work factor, log2, 14 to 20, by default 18')
    .argParser(wholeNumber('--passphrase-cost', 14, 20))
    .default(DEFAULT_COST)

/** How new shares are handed out. */
export const withIssue = (command: Command): Command =>
  command
    .addOption(repeated('--shares-dir <[name=]dir>', 'where the share files go, or that of one custodian; repeatable'))
    .addOption(repeated('--recipient <name=age1...>', 'make the share of NAME for an age recipient; repeatable'))
    .option('--unsafe-plain-shares', 'write shares that are not encrypted')
    .addOption(passphraseCost())

/** As a flag for a command that goes on; undefined where it is the usual one. */
export const unusualCost = (cost: number): number | undefined => (cost === DEFAULT_COST ? undefined : cost)

/** Of commands that make keys. */
export const NEW_KEY_ACCEPTS: readonly Acceptable[] = ['wrap-with-trusted', 'clock']

/** Of one that lets them out, and of one that brings them from elsewhere. */
export const EXPORT_ACCEPTS: readonly Acceptable[] = ['clear-on-host', 'software-key', 'clock']
export const IMPORT_ACCEPTS: readonly Acceptable[] = ['clear-on-host', 'even-parity', ...NEW_KEY_ACCEPTS]

export const acceptOption = (words: readonly Acceptable[]): Option =>
  new Accepting('--accept <rule>', words.map((word) => `${word}: ${RULES[word]}`).join('; '), words)
    .argParser(repeatable(oneOf('rule to accept here', words)))
    .default([], 'none')

/** What every change of a partition takes. */
export const withPlan = (command: Command, accepts: readonly Acceptable[] = ['clock']): Command =>
  withSharesAndPlan(command)
    .addOption(
      new Option(
        '--remote <dir>',
        'leave the plan in this folder, and wait there for custodians who approve from afar',
      ),
    )
    .addOption(acceptOption(accepts))

/** As people type the option that commander calls so: `--wrapping-key`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

/** Which applications a change of copies is about. */
export const appOption = (): Option =>
  new Option('--app <app>', 'an application; repeatable')
    .argParser(repeatable(parseApplicationName))
    .makeOptionMandatory()

/** Of plans that may have more names than a screen. */
export const listOption = (): Option =>
  new Option(
    '--list <file>',
    "write every entry, key and copy of a manifest's plan to this file, where the screen has not all of them",
  )

/** Of changes that reach the tokens of several applications. */
export const withoutOption = (): Option =>
  repeated(
    '--without <app>',
    'leave this application out: what it is to have comes to it by app sync',
    parseApplicationName,
  )

/** Of commands that log in to the tokens of applications. */
export const givenPinOption = (): Option =>
  repeated(
    '--user-pin-file <app=file>',
    "the user PIN of an application's token whose administrator gives it; repeatable",
  )

/** How a plan is approved that makes shares, or lets a token in: the first one too. REMOTE-OP: at its own terminal. */
export const withApproval = (command: Command): Command =>
  withSharesAndPlan(command).addOption(
    new Option('--remote <dir>').hideHelp().argParser(() => {
      throw notFromAfar(`keyrite ${command.parent?.name()} ${command.name()}`)
    }),
  )

/** The same with what may have to be accepted. */
export const withPlanAtTerminal = (command: Command, accepts: readonly Acceptable[] = ['clock']): Command =>
  withApproval(command).addOption(acceptOption(accepts))

/** Without the ways from afar. */
const withSharesAndPlan = (command: Command): Command =>
  withSaid(
    withShares(command)
      .option('--dry-run', 'print the plan and stop')
      .addOption(
        new Option(
          '--expires <time>',
          'how long the plan can be approved, 5m to 7d; with --remote 1h, and 24h at most',
        ).argParser((text) => parseDuration(text, 5 * MINUTE, 7 * ONE_DAY)),
      ),
  )

/** USAGE: what only a plan can keep is refused where none is made. `why`: such as `giving up an init makes none`. */
export function refusePlanned({ expires, accept, remote, ...said }: ChangeOptions, why: string): void {
  const given = { ...saidFlags(said), '--expires': expires, '--accept': accept[0], '--remote': remote }
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined) ?? []
  if (flag) throw usage(`${flag} goes into a plan, and ${why}`, `the same command without ${flag}`)
}

export interface SourceOptions {
  ledger?: string
  anchor?: string
  checkpoint: string[]
}

/** `-` is standard input. */
export const withSource = (command: Command): Command =>
  command
    .option('--ledger <file>', "a copy of a ledger, instead of the partition's own; - is standard input")
    .option('--anchor <code>', 'the anchor that was noted when the partition began', parseCode)
    .option('--checkpoint <file>', 'a checkpoint that somebody kept; repeatable', repeatable(asIs), [])

/** What every command with these options says of them, in one place: how much of the ledger it has checked. */
export const SOURCE_CHECKS =
  'A copy (--ledger) is held against every rule and signature, and without --anchor or --checkpoint it is said that this makes it ' +
  "consistent, not authenticated. Of the partition's own ledger what the last change left an index of is taken from there, and what came after it is held against " +
  'every rule; of the signatures those of the newest records are checked. audit verify reads all of it, and checks each.'
