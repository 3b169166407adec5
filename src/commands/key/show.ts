// keyrite key show: everything the ledger knows of one key.

import type { Command } from 'commander'
import { type StillHeldBy, stillHeldBy } from '../../change/held-elsewhere.ts'
import { isLost, isNotOnToken } from '../../change/inventory.ts'
import { findKey } from '../../change/key-targets.ts'
import { askKey } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { type Flags, isExtractable, isPair, standingOf } from '../../domain/keys.ts'
import { type KeyVersion, label, parseKeyVersion } from '../../domain/names.ts'
import { tokenName } from '../../domain/token-address.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { type Field, fields, marked, type Run, type Text } from '../../terminal/text.ts'
import { detailsOf, type KeyAction, keysNeedingAction, needMark, stateMark } from '../../views/attention.ts'
import { originInWords } from '../../views/plan-inward.ts'
import { exportedTo } from '../../views/plan-outward.ts'
import { age, heldBackup, keyUri, stateSince } from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('show')),
    'keyrite key show payments/card-dek',
    'keyrite key show payments/card-dek#1 --ledger pay.backup.ledger',
  )
    .summary('one key: attributes, fingerprint, URI, history')
    .description(
      'Shows what the ledger knows of a key, and which backups and earlier tokens hold it: NAME for its newest version, NAME#V for another. ' +
        `${SOURCE_CHECKS} Needs no device and no shares.`,
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
  const { history, goesOn } = openSource(options, globals, context)
  const terminal = terminalOf(globals, context)
  const name = given ?? (await askKey('show', parseKeyVersion, history, terminal))
  const now = context.sources.clock()
  const [action] = keysNeedingAction([findKey(name, history)], history, now)
  const held = stillHeldBy(action!.key, history)
  const { name: known, version } = action!.key
  const copies = history.applications
    .holding(known, version)
    .map(({ app, copy: { proof: _, ...copy } }) => ({ app: app.name, ...copy }))
  const exported = history.exports.of(known, version)
  const data = { ...detailsOf(action!, history), copies, exported, heldBy: held, ...openOf(history, goesOn) }
  terminal.answer({ data, text: () => view(action!, held, history, now) })
}

function view({ key, need }: KeyAction, held: StillHeldBy, history: History, now: Date): Text {
  const { attributes } = key
  const halves: Field[] = isPair(attributes)
    ? [
        ['private', flags(attributes.private)],
        ['public', flags(attributes.public)],
      ]
    : [['attributes', flags(attributes)]]
  const uri = keyUri(key, history)
  return [
    fields([
      ['key', label(key.name, key.version)],
      ['type', key.type],
      ['state', [marked(standingOf(key), stateMark(key)), ` since ${stateSince(key)}, ${age(stateSince(key), now)}`]],
      ['needs', need && marked(need, needMark(need))],
      ['token', tokenOf(key, history)],
      ...copyFields(key, history),
      ...exportedTo(key, history),
      ...heldFields(held, history),
      ['activate at', key.activateAt],
      ['origin', originInWords(key.origin)],
      ['components', key.origin.kind === 'components' ? key.origin.components.join(', ') : undefined],
      ['made for', key.usage?.join(', ')],
      ['accepted', key.accepted?.join(', ')],
      ['fingerprint', key.fingerprint],
      ['id', key.id],
      ...halves,
    ]),
    ...(uri === undefined ? [] : ['uri', { verbatim: `  ${uri}` }]),
    'history',
    ...key.history.map(
      ({ time, state, op, seq, reason }) =>
        `  ${time}  ${state}  by ${op}, record ${seq}${reason ? `: ${reason}` : ''}`,
    ),
  ]
}

function tokenOf(key: KeyEntry, history: History): Run {
  const token = `${history.token.label}  serial ${history.token.serial}`
  if (key.state === 'destroyed') return `${token}, where it is destroyed`
  return isNotOnToken(key, history)
    ? marked(
        `NOT on ${token}: ${isLost(key) || isExtractable(key.attributes) ? 'it has to be restored' : 'no backup can hold it'}`,
        'bad',
      )
    : token
}

/** Which applications have it. What is left of it on tokens of before is told beside the backups. */
const copyFields = ({ name, version }: KeyEntry, { applications }: History): Field[] =>
  applications.holding(name, version).map(({ app, copy }): Field => {
    const what = `${app.name}: ${copy.label}  ${copy.usage.join(', ')}`
    if (copy.state === 'present' && copy.wished) return ['copy', what]
    const waits = copy.wished ? 'NOT proved to be there' : 'withdrawn, and NOT proved to be gone'
    return ['copy', marked(`${app.name}: ${copy.label}  ${waits}`, 'bad')]
  })

/** What can bring it back, or lets somebody use it elsewhere. */
const heldFields = ({ backups, tokens, copies = [] }: StillHeldBy, { members, retired }: History): Field[] => [
  ...copies
    .filter(({ former }) => former)
    .map(
      (copy): Field => [
        'former copy',
        marked(`${copy.app}: ${copy.label}  on its former token ${copy.token}, which may hold it still`, 'warning'),
      ],
    ),
  ...backups.map((backup): Field => [backup.sha256 ? 'backup' : 'perhaps', heldBackup(backup)]),
  ...tokens.map((serial): Field => {
    const member = members.live.find(({ token }) => tokenName(token) === serial)
    return member
      ? [
          'member',
          marked(
            `${member.name}, serial ${serial}, which was not proved to have lost it${retired ? '' : ': sync it'}`,
            'bad',
          ),
        ]
      : ['earlier token', `serial ${serial}, unless it was erased`]
  }),
]

const flags = (of: Flags): string =>
  Object.entries(of)
    .filter(([, value]) => value)
    .map(([name]) => name.toLowerCase())
    .join(' ')
