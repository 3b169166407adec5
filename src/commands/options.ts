// Options that several commands share, each declared once.
import { type Command, Option } from 'commander'
import { usage } from '../domain/errors.ts'
import { parseDuration } from '../domain/names.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
export const HALF_AN_HOUR = 30 * MINUTE
export const ONE_DAY = DAY

export interface ShareOptions {
  share: string[]
  shareFd?: number
  passphraseFile: string[]
  identity: string[]
}

export interface ChangeOptions extends ShareOptions {
  dryRun?: boolean
  expires?: number
}

/** A repeatable option takes one value each: a variadic one would swallow the name that follows. */
export const repeatable =
  <T>(parse: (text: string) => T) =>
  (text: string, before: T[] | undefined): T[] => [...(before ?? []), parse(text)]

export const asIs = (text: string): string => text

/** A whole number within bounds. */
export const wholeNumber =
  (what: string, least: number, most: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value
    throw usage(`${what} must be a whole number from ${least} to ${most}, not ${JSON.stringify(text)}`)
  }

const repeated = (flags: string, description: string): Option =>
  new Option(flags, description).argParser(repeatable(asIs)).default([], 'none')

/** How shares are presented. */
export const withShares = (command: Command): Command =>
  command
    .addOption(repeated('--share <file>', 'a share file; repeat it for each custodian'))
    .addOption(
      new Option('--share-fd <n>', 'read shares from an open descriptor, one a line').argParser(
        wholeNumber('--share-fd', 0, 1023),
      ),
    )
    .addOption(
      repeated('--passphrase-file <[name=]file>', 'passphrase of the share files, or of those of one custodian'),
    )
    .addOption(repeated('--identity <file>', 'age identity that opens shares made for a recipient'))

/** What every changing command takes. */
export const withPlan = (command: Command): Command =>
  withShares(command)
    .option('--dry-run', 'print the plan and stop')
    .addOption(
      new Option('--expires <time>', 'how long the plan can be approved, 5m to 7d').argParser((text) =>
        parseDuration(text, 5 * MINUTE, 7 * DAY),
      ),
    )
