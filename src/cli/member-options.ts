// Options of a change that knows several members.
import type { Command } from 'commander'
import { parseMemberName } from '../domain/names.ts'
import { repeated } from './options.ts'

/** Of a partition with several members: those that a change goes on without, and what vouches for the ledger then; false where nobody kept a checkpoint. */
export interface AbsentOptions {
  absent: string[]
  checkpoint?: string | false
}

/** What a change takes that knows several members. */
export const withMembers = (command: Command): Command =>
  command
    .addOption(
      repeated(
        '--absent <member>',
        'of several members: one that is not there, and misses this; member sync brings it what it missed; repeatable',
        parseMemberName,
      ),
    )
    .option('--checkpoint <file>', 'with --absent: the newest checkpoint that anyone has kept')
    .option('--no-checkpoint', 'with --absent: nobody has one; the plan and the ledger will say so')
