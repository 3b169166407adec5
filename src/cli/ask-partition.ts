// Which partition a command is about, where there are several and no flag says it: asked before the command begins.

import type { Command } from 'commander'
import { add } from '../domain/hints.ts'
import { chooseWord } from './ask.ts'
import { type Context, globalsOf, terminalOf } from './context.ts'

/** PARTITION-KNOWN comes from the command itself, where nobody can be asked. */
export function asksForPartition(root: Command, context: Context): void {
  root.hook('preAction', async (_root, command) => {
    if (!isOfOne(command)) return
    const globals = globalsOf(command, context)
    const terminal = terminalOf(globals, context)
    if (globals.partition !== undefined || !terminal.interactive) return
    const names = context.ledgers.partitions(globals.home).map(({ name }) => name)
    if (names.length < 2) return
    root.setOptionValue('partition', await chooseWord('which partition:', add('--partition', 'NAME'), names, terminal))
  })
}

const NOUNS = ['partition', 'key', 'backup', 'quorum', 'audit']

/** Not where all of them are meant, where a new one is made, or where a ledger file is given. */
function isOfOne(command: Command): boolean {
  const [noun, verb] = [command.parent?.name() ?? '', command.name()]
  if (!NOUNS.includes(noun) || (noun === 'partition' && ['init', 'adopt', 'list', 'retire'].includes(verb)))
    return false
  return command.opts<{ ledger?: string }>().ledger === undefined
}
