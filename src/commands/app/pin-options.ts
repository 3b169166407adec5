// How an application gets a token, and how its PIN is handed over: the same for its first token, for another one, and once more.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { askNewFile } from '../../cli/ask.ts'
import type { Context, Globals } from '../../cli/context.ts'
import type { ModuleOptions } from '../../cli/module-settings.ts'
import { type ChangeOptions, repeated, wholeNumber } from '../../cli/options.ts'
import { add } from '../../domain/hints.ts'
import type { Quorum } from '../../quorum/port.ts'
import type { Terminal } from '../../terminal/port.ts'

export interface PinOptions {
  pinOut?: string
  pinRecipient: string[]
}

export interface NewTokenOptions extends ChangeOptions, ModuleOptions, PinOptions {
  slot?: number
  token?: string
  eraseToken?: string
  soPinFile?: string
  confirm?: string
}

export const withPinFile = (command: Command): Command =>
  command
    .option('--pin-out <file>', 'where the PIN of the application is written, mode 0600')
    .addOption(repeated('--pin-recipient <age1...>', 'write it as an age file, for this recipient; repeatable'))

export const withNewToken = (command: Command): Command =>
  withPinFile(
    command
      .option('--slot <id>', 'slot of the blank token, where there are several', wholeNumber('--slot', 0, 0xffffffff))
      .option('--token <serial>', 'the blank token with this serial, where blank ones have one')
      .option('--erase-token <serial>', 'erase this initialised token and take it')
      .option(
        '--so-pin-file <file>',
        'the present SO PIN of the token to erase, or of a blank one that has one already',
      )
      .option('--confirm <name>', 'the name of the application, instead of typing it'),
  )

/** Each once, in order. */
export const recipientsIn = (
  { pinRecipient }: PinOptions,
  { parseRecipient }: Pick<Quorum, 'parseRecipient'>,
): string[] => [...new Set(pinRecipient.map(parseRecipient))].sort()

/** INPUT-MISSING, FILE-EXISTS, FILE-FOLDER, FILE-HOME, PIN-FILE: asked for where no flag says it. */
export async function pinFileFor(
  name: string,
  recipients: readonly string[],
  { pinOut }: PinOptions,
  { home }: Globals,
  context: Context,
  terminal: Terminal,
): Promise<string> {
  const flag = add('--pin-out', 'FILE')
  const file = resolve(pinOut ?? (await askNewFile(`the file for the PIN of ${name}:`, flag, context, terminal)))
  context.ledgers.checkFree([file], home)
  context.quorum.checkPinFolder(file, recipients)
  return file
}
