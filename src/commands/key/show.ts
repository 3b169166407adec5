// keyrite key show: everything the ledger knows of one key.
import type { Command } from 'commander'
import { findKey } from '../../ceremony/targets.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { type Flags, isPair } from '../../domain/keys.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { fields, marked, type Text } from '../../terminal/text.ts'
import { askKey } from '../ask.ts'
import { type Context, globalsOf, terminalOf } from '../context.ts'
import { withExamples } from '../examples.ts'
import { openSource, type SourceOptions, withSource } from '../ledger-source.ts'
import { age, keyUri, stateSince } from '../views.ts'
import { stateMark } from './care.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('show')),
    'keyrite key show payments/card-dek',
    'keyrite key show payments/card-dek#1 --ledger pay.backup.ledger',
  )
    .summary('one key: attributes, fingerprint, URI, history')
    .description(
      'Shows what the ledger knows of a key: NAME for its newest version, NAME#V for another. Needs no device and no shares.',
    )
    .argument('[name]', 'NAME or NAME#V', parseKeyVersion)
    .action((name: KeyVersion | undefined, options: SourceOptions, command: Command) =>
      run(name, options, command, context),
    )
}

async function run(
  given: KeyVersion | undefined,
  options: SourceOptions,
  command: Command,
  context: Context,
): Promise<void> {
  const globals = globalsOf(command, context)
  const { history } = openSource(options, globals, context)
  const terminal = terminalOf(globals, context)
  const name = given ?? (await askKey('show', parseKeyVersion, history, terminal))
  const key = findKey(name, history)
  const uri = keyUri(key, history.token)
  const data = { ...key, ...(uri === undefined ? {} : { uri }) }
  terminal.answer({ data, text: view(key, uri, context.chance.clock()) })
}

function view(key: KeyEntry, uri: string | undefined, now: Date): Text {
  const { attributes } = key
  const halves: [string, string][] = isPair(attributes)
    ? [
        ['private', flags(attributes.private)],
        ['public', flags(attributes.public)],
      ]
    : [['attributes', flags(attributes)]]
  return [
    fields([
      ['key', label(key.name, key.version)],
      ['type', key.type],
      ['state', [marked(key.state, stateMark(key)), ` since ${stateSince(key)}, ${age(stateSince(key), now)}`]],
      ['activate at', key.activateAt],
      ['made for', key.usage?.join(', ')],
      ['fingerprint', key.fingerprint],
      ['id', key.id],
      ...halves,
      ['uri', uri],
    ]),
    'history',
    ...key.history.map(
      ({ time, state, op, seq, reason }) =>
        `  ${time}  ${state}  by ${op}, record ${seq}${reason ? `: ${reason}` : ''}`,
    ),
  ]
}

const flags = (of: Flags): string =>
  Object.entries(of)
    .filter(([, value]) => value)
    .map(([name]) => name.toLowerCase())
    .join(' ')
