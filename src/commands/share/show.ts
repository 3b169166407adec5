// keyrite share show: whose a share is, and whether it counts today. It is opened, and nothing secret of it is shown.

import type { Command } from 'commander'
import { askFile } from '../../cli/ask.ts'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withOpeners, withSource } from '../../cli/options.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { add, keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { listed } from '../../domain/words.ts'
import type { OpenedShare, ShareHints } from '../../quorum/port.ts'
import { type OpenerOptions, openShare } from '../../session/share-entry.ts'
import { type Owned, ownerOf, rosterFacts, rosters } from '../../session/whose-share.ts'
import type { Terminal } from '../../terminal/port.ts'
import { fields, type Part } from '../../terminal/text.ts'

type Options = SourceOptions & OpenerOptions

export function declare(parent: Command, context: Context): void {
  withExamples(
    withOpeners(withSource(parent.command('show'))),
    'keyrite share show shares/alice.share.age',
    'keyrite share show shares/alice.share.age --ledger pay.backup.ledger',
  )
    .summary('whose a share is, and whether it counts today')
    .description(
      'Opens a share file and says whose share it is, of which group and epoch, and whether the roster in force knows it. Nothing secret is shown, ' +
        `nobody logs in, and nothing is recorded. On a machine without the ledger it tells what the file says of itself. ${SOURCE_CHECKS}`,
    )
    .argument('[file]', 'the share file')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const file = given ?? (await askFile('the share file:', add('FILE'), context, terminal))
  const known = rosters(options, globals, context, terminal)
  const { share, hints, protection } = await openShare(file, options, context, terminal)
  const key = toBase64url(share.key)
  share[Symbol.dispose]()
  const found = ownerOf(key, known) ?? { hints, state: stateOf(hints, known) }
  const told = factsOf(found)
  warnOfLines(hints, told, terminal)
  const data = { file, protection, key, ...told }
  terminal.answer({ data, text: [`${file} is ${whose(told)}`, view(data), ...next(told)] })
}

type Found = Owned | { hints: ShareHints; state: Told['state'] }

/** Where the ledger of its partition is not here nobody can say more than the file does. */
const stateOf = ({ partition }: ShareHints, known: readonly History[]): Told['state'] =>
  known.length > 0 && (partition === undefined || known.some((history) => history.partition === partition))
    ? 'not in force'
    : 'not compared'

interface Told extends ShareHints {
  state: 'in force' | 'not in force' | 'not compared'
  name?: string
  roles?: readonly string[]
}

/** By the roster, where it knows the share; else by the file's own lines. */
function factsOf(found: Found): Told {
  if ('hints' in found) return { ...found.hints, state: found.state }
  const { partition, name } = found.history
  return { partition, name, ...rosterFacts(found), roles: found.seat.group.roles, state: 'in force' }
}

/** The lines of a file prove nothing. */
function warnOfLines(hints: ShareHints, told: Told, terminal: Terminal): void {
  const members = ['partition', 'group', 'epoch', 'custodian'] as const
  const wrong = members.filter((member) => hints[member] !== undefined && hints[member] !== told[member])
  if (wrong.length > 0) terminal.warn(`its file says another ${listed(wrong)} of it; the roster decides`)
}

function whose({ custodian, state }: Told): string {
  if (state === 'in force') return `the share of ${custodian}, and counts today`
  const by = custodian === undefined ? 'a share that is whole' : `a share that is whole; it calls itself ${custodian}'s`
  return state === 'not in force' ? `${by}, and the roster in force does not know it` : by
}

const view = ({ protection, ...told }: Told & { protection: OpenedShare['protection'] }): Part => {
  const { custodian, group, threshold, roles, epoch, partition, name } = told
  const needs = threshold?.replace('/', ' of ')
  return fields(
    [
      ['custodian', custodian],
      ['group', group && [group, needs && `: ${needs}`, roles && ` for ${roles.join(', ')}`].filter(Boolean).join('')],
      ['epoch', epoch === undefined ? undefined : `${epoch}`],
      ['partition', name === undefined ? partition : `${name}, ${partition}`],
      ['opened by', protection === 'plain' ? 'nothing: IT IS NOT ENCRYPTED' : OPENED[protection]],
    ],
    '  ',
  )
}

const OPENED = { passphrase: 'a passphrase', recipient: 'an age identity' }

const next = ({ state }: Told): Part[] =>
  state === 'not compared'
    ? [{ hint: 'the ledger of its partition tells whether it counts: --ledger FILE', indent: '  ' }]
    : state === 'not in force'
      ? [{ hint: keyrite('quorum', 'show'), indent: '  ' }]
      : []
