// keyrite help: the help of any command, and what the exit codes mean.

import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../cli/context.ts'
import { withExamples } from '../cli/examples.ts'
import { childOf, verbHint } from '../cli/synonyms.ts'
import { nearestTopic, topicText } from '../cli/topics.ts'
import { EXIT_MEANINGS, usage } from '../domain/errors.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import { quoted } from '../domain/names.ts'
import { closestMatch } from '../domain/words.ts'
import { inPlain } from '../terminal/render.ts'

export function declare(root: Command, context: Context): void {
  withExamples(root.command('help'), 'keyrite help key rotate', 'keyrite help concepts', 'keyrite help topics')
    .summary('what a command does and takes, and what the words mean')
    .description(
      'Shows the help of a command, as --help does; or a topic: "help topics" lists them, "help concepts" explains the words, "help QUORUM-MET" that rule.',
    )
    .argument('[command...]', 'the words of the command, such as key rotate, or a topic')
    .action((words: string[], _options, command: Command) => {
      const text = words.length === 1 ? topicText(words[0]!) : undefined
      if (text === undefined) return find(root, words).outputHelp()
      terminalOf(globalsOf(command, context), context).answer({ data: { topic: words[0], text: inPlain(text) }, text })
    })
  root.addHelpText('beforeAll', ({ command }) => checkKnown(command))
  root.addHelpText('after', `\nExit codes:\n${codes()}\n\nThe words that it uses: keyrite help concepts`)
}

/** There is no help for `keyrite foo --help`: it is refused as without --help. */
function checkKnown(command: Command): string {
  const [word = '-'] = command.args
  const known = command.commands.length === 0 || childOf(command, word) !== undefined
  if (!known && !word.startsWith('-')) command.parse([word], { from: 'user' })
  return ''
}

/** A verb that one noun alone has is known without it: `help drill`. */
function verbOf(root: Command, word: string): Hint | undefined {
  const [only, ...others] = root.commands.filter((noun) => childOf(noun, word))
  return only && others.length === 0 ? keyrite(only.name(), childOf(only, word)!.name(), '--help') : undefined
}

const find = (root: Command, words: readonly string[]): Command =>
  words.reduce((command, word) => {
    const next = childOf(command, word)
    if (next) return next
    throw usage(`there is no command or topic ${quoted(words.join(' '))}`, nearest(command, word))
  }, root)

/** The command that is called something like it, or that has another name with other programs. */
function nearest(command: Command, word: string): Hint {
  const near = closestMatch(
    word,
    command.commands.map((child) => child.name()),
  )
  if (command.parent)
    return near === undefined
      ? (verbHint(command, word) ?? keyrite('help', command.name()))
      : keyrite('help', command.name(), near)
  const topic = near ?? nearestTopic(word)
  return verbHint(command, word) ?? verbOf(command, word) ?? keyrite('help', topic ?? 'topics')
}

const codes = (): string => EXIT_MEANINGS.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')
