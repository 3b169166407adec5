// keyrite completion: the script by which a shell completes our commands.

import type { Command } from 'commander'
import type { Context } from '../cli/context.ts'
import { withExamples } from '../cli/examples.ts'
import { SHELLS, type Shell } from '../cli/options.ts'
import { usage } from '../domain/errors.ts'
import { orMeant } from '../domain/words.ts'

export function declare(root: Command, context: Context): void {
  withExamples(root.command('completion'), 'keyrite completion bash', 'keyrite completion zsh')
    .summary('the completion script of a shell')
    .description('Prints the script by which a shell completes keyrite at a Tab; its first lines say where to put it.')
    .argument('<shell>', SHELLS.join(', '), parseShell)
    .action(async (shell: Shell) => {
      const text = (await context.completion(shell)).trimEnd().split('\n')
      context.terminal({ json: false, mayAsk: false }).answer({ data: undefined, text })
    })
}

function parseShell(text: string): Shell {
  const shell = SHELLS.find((known) => known === text)
  if (shell) return shell
  throw usage(
    `there is no completion for ${JSON.stringify(text)}${orMeant(text, SHELLS)}`,
    `one of: ${SHELLS.join(', ')}`,
  )
}
