// keyrite complete: what a shell offers at a Tab, from the ledgers alone. It opens no device, asks nothing and reports no errors.
import type { Command } from 'commander'
import { wordsFor } from '../cli/ask.ts'
import { type Context, type Globals, globalsOf } from '../cli/context.ts'

/** Not in help: only the scripts in completions/ call it. */
export function declare(root: Command, context: Context): void {
  root
    .command('complete', { hidden: true })
    .description('Prints what may stand in the place of a value: partitions, or the keys that a verb takes.')
    .argument('<what>', '"partition", or a verb of "key"')
    .argument('[prefix]', 'what is typed already', '')
    .action((what: string, prefix: string, _options, command: Command) => {
      const found = candidates(what, command, context).filter((word) => word.startsWith(prefix))
      const text = [...new Set(found)]
      if (text.length > 0) context.terminal({ json: false, mayAsk: false }).answer({ data: undefined, text })
    })
}

/** Nothing where a home, a partition or a ledger can't be used: the command itself will say so. */
function candidates(what: string, command: Command, context: Context): string[] {
  try {
    const globals = globalsOf(command, context)
    return what === 'partition'
      ? context.ledgers.partitions(globals.home).map(({ name }) => name)
      : keysFor(what, globals, context)
  } catch {
    return []
  }
}

function keysFor(verb: string, { home, partition }: Globals, { ledgers }: Context): string[] {
  const { history } = ledgers.choose(home, partition).openLedger()
  return [...history.keys].flatMap((key) => wordsFor(verb, key, history))
}
