// The options of commands that make new shares for a group: who stays, comes and goes, and how the shares are handed out.
import type { Command } from 'commander'
import { parseShortName } from '../domain/names.ts'
import { parseCustodian, repeated, wholeNumber, withIssue } from './options.ts'

export interface SetOptions {
  group?: string
  remove: string[]
  add: string[]
  threshold?: number
  lost?: true
}

export const withNewSet = (command: Command): Command =>
  withIssue(
    command
      .option('--group <name>', 'which group, where there are several', (text) => parseShortName('group', text))
      .addOption(repeated('--remove <name>', 'a custodian who gets no new share; repeatable', parseCustodian))
      .addOption(repeated('--add <name>', 'somebody who joins; repeatable', parseCustodian))
      .option('--threshold <m>', 'how many must agree from then on, by default as many as now', threshold),
  )

const threshold = wholeNumber('--threshold', 2, 255)
