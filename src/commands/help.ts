// keyrite help: the help of any command, and what the exit codes mean.
import type { Command } from 'commander'
import { EXIT_MEANINGS, usage } from '../domain/errors.ts'
import { withExamples } from './examples.ts'

export function declare(root: Command): void {
  withExamples(root.command('help'), 'keyrite help key rotate')
    .summary('what a command does and takes')
    .description('Shows the help of a command, as --help does.')
    .argument('[command...]', 'the words of the command, such as key rotate')
    .action((words: string[]) => find(root, words).outputHelp())
  root.addHelpText('beforeAll', ({ command }) => checkKnown(command))
  root.addHelpText('after', `\nExit codes:\n${codes()}`)
}

/** `keyrite foo --help` has no help: it is refused as it is without --help. */
function checkKnown(command: Command): string {
  const [word = '-'] = command.args
  const known = command.commands.length === 0 || command.commands.some((candidate) => candidate.name() === word)
  if (!known && !word.startsWith('-')) command.parse([word], { from: 'user' })
  return ''
}

const find = (root: Command, words: readonly string[]): Command =>
  words.reduce((command, word) => {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (next) return next
    throw usage(`there is no command ${JSON.stringify(words.join(' '))}`, 'keyrite --help')
  }, root)

const codes = (): string => EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')
