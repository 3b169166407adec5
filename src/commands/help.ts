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
  root.addHelpText('after', `\nExit codes:\n${codes()}`)
}

const find = (root: Command, words: readonly string[]): Command =>
  words.reduce((command, word) => {
    const next = command.commands.find((candidate) => candidate.name() === word)
    if (next) return next
    throw usage(`there is no command ${JSON.stringify(words.join(' '))}`, 'keyrite --help')
  }, root)

const codes = (): string => EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')
