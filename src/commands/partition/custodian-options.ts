// Who is to have shares of a new partition, and where they go: asked alike of a blank token and of one that holds keys.
import type { Command } from 'commander'
import { repeated, STATION, unusualCost, wholeNumber, withIssue } from '../../cli/options.ts'
import { parseShortName, parseStationName } from '../../domain/names.ts'
import { type GroupOptions, groupText, parseGroup } from '../../session/groups.ts'

import { absoluteFor, type Flags } from '../../session/resume-command.ts'
import type { IssueOptions } from '../../session/share-paths.ts'

export interface CustodianOptions extends GroupOptions, IssueOptions {
  station?: string
}

export const withCustodians = (command: Command): Command =>
  withIssue(command)
    .addOption(repeated('--custodian <name>', 'a custodian; repeatable', (text) => parseShortName('custodian', text)))
    .option('--threshold <m>', 'how many custodians must agree', wholeNumber('--threshold', 2, 255))
    // Named as it is, the parser's file would be read at every start.
    .addOption(
      repeated('--group <name:roles:m:custodians>', 'a group of its own; repeatable', (text) => parseGroup(text)),
    )
    .option('--station <name>', STATION, parseStationName)

/** The same as flags, for a command that goes on. */
export const custodianFlags = (options: CustodianOptions): Flags => ({
  '--custodian': options.custodian,
  '--threshold': options.threshold,
  '--group': options.group.map(groupText),
  '--shares-dir': options.sharesDir.map(absoluteFor),
  '--recipient': options.recipient,
  '--unsafe-plain-shares': options.unsafePlainShares,
  '--passphrase-cost': unusualCost(options.passphraseCost),
  '--station': options.station,
})
