// Options of a change that knows several members.
import type { Command } from 'commander'
import { parseMemberName } from '../domain/names.ts'
import { repeated } from './options.ts'

/** Of a partition with several members: those that a change goes on without, and what vouches for the ledger then; false where nobody kept a checkpoint. */
export interface AbsentOptions {
  absent: string[]
  checkpoint?: string | false
}

const absentOption = () =>
  repeated(
    '--absent <member>',
    'of several members: one that is not there, and misses this; member sync brings it what it missed; repeatable',
    parseMemberName,
  )

const NONE = ['--no-checkpoint', 'with --absent: nobody has one; the plan and the ledger will say so'] as const

/** What a change takes that knows several members. */
export const withMembers = (command: Command): Command =>
  command
    .addOption(absentOption())
    .option('--checkpoint <file>', 'with --absent: the newest checkpoint that anyone has kept')
    .option(...NONE)

/** The same of a command that takes checkpoints for something else besides. */
export const withMembersToo = (command: Command): Command => command.addOption(absentOption()).option(...NONE)
