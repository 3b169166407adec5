// keyrite complete: what a shell offers at a Tab, from the ledgers alone. It opens no device, asks nothing and reports no errors.
import type { Command } from 'commander'
import { wordsFor } from '../cli/ask.ts'
import { type Context, type Globals, globalsOf } from '../cli/context.ts'
import type { History } from '../domain/history.ts'
import { provableTypes } from '../domain/ml-dsa.ts'
import { typesMadeBy } from '../domain/profile.ts'

/** Not in help: only the scripts in completions/ call it. */
export function declare(root: Command, context: Context): void {
  root
    .command('complete', { hidden: true })
    .description(
      'Prints what may stand in the place of a value: partitions, applications, members, custodians, types of keys, or the keys that a verb takes.',
    )
    .argument('<what>', '"partition", "app", "member", "custodian", "type", or a verb of "key"')
    .argument('[prefix]', 'what is typed already', '')
    .action((what: string, prefix: string, _options, command: Command) => {
      const found = candidates(what, command, context).filter((word) => word.startsWith(prefix))
      const text = [...new Set(found)]
      if (text.length > 0) context.terminal({ json: false, mayAsk: false }).answer({ data: undefined, text })
    })
}

/** What needs no ledger where a home, a partition or a ledger can't be used: the command itself will say so. */
function candidates(what: string, command: Command, context: Context): readonly string[] {
  try {
    const globals = globalsOf(command, context)
    if (what === 'partition') return context.ledgers.partitions(globals.home).map(({ name }) => name)
    const history = historyOf(globals, context)
    if (what === 'custodian') return history.groups.flatMap(({ custodians }) => custodians.map(({ name }) => name))
    if (what === 'member') return history.members.live.map(({ name }) => name)
    if (what === 'app') return history.applications.live.map(({ name }) => name)
    if (what === 'type') return typesMadeBy(history.profile)
    return [...history.keys].flatMap((key) => wordsFor(what, key, history))
  } catch {
    return what === 'type' ? provableTypes() : []
  }
}

const historyOf = ({ home, partition }: Globals, { ledgers }: Context): History =>
  ledgers.choose(home, partition).openLedger().history
