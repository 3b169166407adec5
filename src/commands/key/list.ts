// keyrite key list: the keys of a partition, from its ledger alone.
import type { Command } from 'commander'
import { usage } from '../../domain/errors.ts'
import { KEY_STATES, type KeyState } from '../../domain/keys.ts'
import { label } from '../../domain/names.ts'
import { marked, type Run, type TableSpec, type Text } from '../../terminal/text.ts'
import { type Context, globalsOf, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { readLedger } from '../older-copy.ts'
import { unfinishedRestore } from '../partition/standing.ts'
import { age, keyUri, shortFingerprint, stateSince, withoutOutcome } from '../views.ts'
import { byCare, type Cared, needMark, stateMark } from './care.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(parent.command('list'), 'keyrite key list', 'keyrite key list --state active --json')
    .summary('the keys, their states, ages and fingerprints')
    .description(
      'Lists the keys of a partition from its ledger, those that need care first: `needs` is the verb that a key waits for. In a narrow ' +
        'window the fingerprint goes first, then the age; in a pipe all is there. Needs no device and no shares.',
    )
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
  const { partition, ledger } = readLedger(globals, context)
  const { history } = ledger
  const keys = [...history.keys].filter((key) => state === undefined || key.state === state)
  const data = globals.json ? keys.map((key) => ({ ...key, uri: keyUri(key, history.token) })) : []
  const now = context.chance.clock()
  terminal.answer({ data: { keys: data }, text: () => listed(byCare(keys, history, now), now) })
  const open = history.open ?? history.recovering
  if (globals.json) return
  const left = open && withoutOutcome({ op: open.plan.op, seq: open.seq }, globals.address)
  for (const care of [left, unfinishedRestore(partition, globals, context)])
    if (care) terminal.warn(care.message, care.hint)
}

function listed(keys: readonly Cared[], now: Date): Text {
  if (keys.length === 0) return 'no keys'
  const cared = keys.some(({ need }) => need !== undefined)
  const head: TableSpec['head'] = [
    { name: 'key', give: 'cut' },
    'type',
    'state',
    ...(cared ? ['needs'] : []),
    { name: 'state for', give: 2 },
    { name: 'fingerprint', give: 1 },
  ]
  const rows = keys.map(({ key, need }): Run[] => [
    label(key.name, key.version),
    key.type,
    marked(key.state, stateMark(key)),
    ...(cared ? [need ? marked(need, needMark(need)) : ''] : []),
    marked(age(stateSince(key), now), 'dim'),
    marked(shortFingerprint(key.fingerprint), 'dim'),
  ])
  return { head, rows }
}
