// The options of commands that make new shares for a group: who stays, comes and goes, and how the shares are handed out.
import type { Command, Option } from 'commander'
import { usage } from '../domain/errors.ts'
import { parseShortName, quoted } from '../domain/names.ts'
import type { LastTries } from '../domain/quorum-plans.ts'
import type { Role } from '../hsm/port.ts'
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

export interface LastTryOptions {
  lastTry: (readonly [Role, 'old' | 'new'])[]
}

export const lastTryOption = (description: string): Option =>
  repeated('--last-try <role=pin>', description, parseLastTry)

/** Of each role the last one that was given. */
export const lastTries = ({ lastTry }: LastTryOptions): { lastTry?: LastTries } =>
  lastTry.length === 0 ? {} : { lastTry: Object.fromEntries(lastTry) as LastTries }

function parseLastTry(text: string): readonly [Role, 'old' | 'new'] {
  const [, role, which] = /^(so|user)=(old|new)$/.exec(text) ?? []
  if (role && which) return [role as Role, which as 'old' | 'new']
  throw usage(`${quoted(text)} is no role and PIN`, 'such as --last-try user=new')
}
