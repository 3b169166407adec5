// keyrite key list: the keys of a partition, from its ledger alone.
import type { Command } from 'commander'
import { usage } from '../../domain/errors.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { KEY_STATES, type KeyState } from '../../domain/keys.ts'
import { label } from '../../domain/names.ts'
import { table } from '../../terminal/text.ts'
import { type Context, globalsOf, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { age, keyUri, shortFingerprint, stateSince } from '../views.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('list'), 'keyrite key list', 'keyrite key list --state active --json')
    .summary('the keys, their states, ages and fingerprints')
    .description('Lists the keys of a partition from its ledger. Needs no device and no shares.')
    .option('--state <state>', `only keys in this state: ${KEY_STATES.join(', ')}`, parseState)
    .action((options: { state?: KeyState }, command: Command) => run(options, command, context))
}

function parseState(text: string): KeyState {
  const state = KEY_STATES.find((known) => known === text)
  if (state) return state
  throw usage(`${JSON.stringify(text)} is no state`, `one of: ${KEY_STATES.join(', ')}`)
}

async function run({ state }: { state?: KeyState }, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const { history } = context.ledgers.choose(globals.home, globals.partition).openLedger()
  const keys = [...history.keys].filter((key) => state === undefined || key.state === state)
  const data = globals.json ? keys.map((key) => ({ ...key, uri: keyUri(key, history.token) })) : []
  terminal.answer({ data: { keys: data }, text: globals.json ? '' : listed(keys, context.chance.clock()) })
}

function listed(keys: readonly KeyEntry[], now: Date): string {
  const rows = keys.map((key) => [
    label(key.name, key.version),
    key.type,
    key.state,
    age(stateSince(key), now),
    shortFingerprint(key.fingerprint),
  ])
  return rows.length === 0 ? 'no keys' : table({ head: ['key', 'type', 'state', 'for', 'fingerprint'], rows })
}
