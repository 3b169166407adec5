// keyrite share show: whose a share is, and whether it counts today. It is opened, and nothing secret of it is shown.

import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withOpeners, withSource } from '../../cli/options.ts'
import { toBase64url } from '../../domain/encoding.ts'
import { type Hint, keyrite, sh, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { Standing } from '../../domain/share-sets.ts'
import { listed } from '../../domain/words.ts'
import type { OpenedShare, ShareHints } from '../../quorum/port.ts'
import { entryPorts, givenShare, type OpenerOptions } from '../../session/share-entry.ts'
import { type Owned, ownerOf, rosterFacts, rosters } from '../../session/whose-share.ts'
import type { Terminal } from '../../terminal/port.ts'
import { fields, type Part } from '../../terminal/text.ts'
import { dayOf, toTheMinute } from '../../views/words.ts'

type Options = SourceOptions & OpenerOptions

export function declare(parent: Command, context: Context): void {
  withExamples(
    withOpeners(withSource(parent.command('show'))),
    'keyrite share show shares/alice.share.age',
    'keyrite share show shares/alice.share.age --ledger pay.backup.ledger',
  )
    .summary('whose a share is, and whether it counts today')
    .description(
      'Opens a share file, or at a terminal takes a share that is typed from paper, and says whose share it is, of which group and epoch, and whether it counts, is staged, suspended or retired. Nothing secret is shown, ' +
        `nobody logs in, and nothing is recorded. On a machine without the ledger it tells what the file says of itself. ${SOURCE_CHECKS}`,
    )
    .argument('[file]', 'the share file; without it, it is asked for, or the share itself')
    .action((file: string | undefined, options: Options, command: Command) => run(file, options, command, context))
}

async function run(given: string | undefined, options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const terminal = terminalOf(globals, context)
  const known = rosters(options, globals, context, terminal)
  const opened = await givenShare(given, options, entryPorts(globals, context, terminal))
  const { file, share, hints = {}, protection, card } = opened
  const key = toBase64url(share.key)
  share[Symbol.dispose]()
  const found = ownerOf(key, known) ?? { hints, state: stateOf(hints, known) }
  const told = factsOf(found, context.sources.clock())
  warnOfLines(hints, told, terminal)
  const from = { ...(file === undefined ? {} : { file }), ...(protection && { protection }) }
  const data = { ...from, key, ...told, ...(card && { card }) }
  terminal.answer({
    data,
    text: [`${file ?? 'what was typed'} is ${whose(told)}`, view(data), ...next(file, told, options)],
  })
}

type Found = Owned | { hints: ShareHints; state: Told['state'] }

/** Where the ledger of its partition is not here nobody can say more than the file does. */
const stateOf = ({ partition }: ShareHints, known: readonly History[]): Told['state'] =>
  known.length > 0 && (partition === undefined || known.some((history) => history.partition === partition))
    ? 'not in force'
    : 'not compared'

interface Told extends ShareHints {
  state: Standing | 'suspended' | 'not in force' | 'not compared'
  name?: string
  roles?: readonly string[]
  /** When it counts again, where it is suspended; when it counted last, where it is retired; when it was given up. */
  until?: string
  /** The record by which it was confirmed, where it is staged. */
  confirmed?: number
}

/** By the ledger, where that knows the share; else by the file's own lines. */
function factsOf(found: Found, now: Date): Told {
  if ('hints' in found) return { ...found.hints, state: found.state }
  const { partition, name, rosters: sets } = found.history
  const { standing, until, group, custodian } = found.seat
  const suspended = standing === 'in force' ? sets.suspended(custodian.name, now.toISOString()) : undefined
  const end = suspended?.until ?? until?.time
  const confirmed = standing === 'staged' ? sets.confirmed(custodian.key)?.seq : undefined
  return {
    ...{ partition, name, ...rosterFacts(found), roles: group.roles },
    state: suspended ? 'suspended' : standing,
    ...(end === undefined ? {} : { until: end }),
    ...(confirmed === undefined ? {} : { confirmed }),
  }
}

/** The lines of a file prove nothing. */
function warnOfLines(hints: ShareHints, told: Told, terminal: Terminal): void {
  const members = ['partition', 'group', 'epoch', 'custodian'] as const
  const wrong = members.filter((member) => hints[member] !== undefined && hints[member] !== told[member])
  if (wrong.length > 0) terminal.warn(`its file says another ${listed(wrong)} of it; the roster decides`)
}

function whose({ custodian, state, until = '', epoch, confirmed }: Told): string {
  const share = `the share of ${custodian}`
  switch (state) {
    case 'in force':
      return `${share}, and counts today`
    case 'suspended':
      return `${share}, who is suspended: it approves nothing until ${toTheMinute(until)}`
    case 'staged':
      return `${share}, staged as epoch ${epoch}: it opens nothing before quorum replace; ${confirmed === undefined ? 'it is not confirmed yet' : `confirmed by record ${confirmed}`}`
    case 'retired':
      return `${share}, of epoch ${epoch}, retired on ${dayOf(until)}: it approves nothing any more`
    case 'unstaged':
      return `${share}, of epoch ${epoch}, which was given up on ${dayOf(until)}: it never opens anything`
  }
  const by = custodian === undefined ? 'a share that is whole' : `a share that is whole; it calls itself ${custodian}'s`
  return state === 'not in force' ? `${by}, and the ledger does not know it` : by
}

const view = ({ protection, card, ...told }: Told & Partial<Pick<OpenedShare, 'protection' | 'card'>>): Part => {
  const { custodian, group, threshold, roles, epoch, partition, name } = told
  const needs = threshold?.replace('/', ' of ')
  return fields(
    [
      ['custodian', custodian],
      ['group', group && [group, needs && `: ${needs}`, roles && ` for ${roles.join(', ')}`].filter(Boolean).join('')],
      ['epoch', epoch === undefined ? undefined : `${epoch}`],
      ['partition', name === undefined ? partition : `${name}, ${partition}`],
      ['opened by', protection ? OPENED[protection] : 'nothing: it was typed, row by row or whole'],
      ['recipient', card && `${card.recipient}, by the tag ${card.tag} in the file`],
    ],
    '  ',
  )
}

const OPENED = {
  passphrase: 'a passphrase',
  recipient: 'an age identity',
  card: 'a card',
  plain: 'nothing: IT IS NOT ENCRYPTED',
}

/** With what opened it here; on a machine without the ledger the confirmation goes into a file. */
function confirming(file: string | undefined, { identity, card, ledger }: Options): Hint {
  const opened = [...identity.flatMap((one) => ['--identity', one]), ...card.flatMap((one) => ['--card', one])]
  const away = ledger === undefined ? [] : ['--ledger', ledger, '--out', 'FILE']
  return keyrite('quorum', 'confirm', ...(file === undefined ? [] : ['--share', file]), ...opened, ...away)
}

/** What its holder can do about it. */
function next(file: string | undefined, { state, confirmed }: Told, options: Options): Part[] {
  const told: { [of in Told['state']]?: Hint } = {
    'not compared': 'the ledger of its partition tells whether it counts: --ledger FILE',
    'not in force': to('a newer copy of the ledger may know it; by this one', keyrite('quorum', 'show')),
    ...(confirmed === undefined && {
      staged: confirming(file, options),
    }),
    unstaged: file === undefined ? 'destroy the paper' : to('destroy it', sh('rm', file)),
    retired: 'with others of its epoch it opens old backups: destroy it once the custodians were replaced everywhere',
  }
  const hint = told[state]
  return hint === undefined ? [] : [{ hint, indent: '  ' }]
}
