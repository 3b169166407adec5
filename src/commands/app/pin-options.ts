// How the PIN of an application is handed over: the same for its first token, for another one, and once more.
import type { Command } from 'commander'
import { repeated } from '../../cli/options.ts'
import type { Quorum } from '../../quorum/port.ts'

export interface PinOptions {
  pinOut?: string
  pinRecipient: string[]
}

export const withPinFile = (command: Command, where = '<file>'): Command =>
  command
    .option(`--pin-out ${where}`, 'where the PIN of the application is written, mode 0600')
    .addOption(repeated('--pin-recipient <age1...>', 'write it as an age file, for this recipient; repeatable'))

/** Each once, in order. */
export const recipientsIn = (
  { pinRecipient }: PinOptions,
  { parseRecipient }: Pick<Quorum, 'parseRecipient'>,
): string[] => [...new Set(pinRecipient.map(parseRecipient))].sort()
