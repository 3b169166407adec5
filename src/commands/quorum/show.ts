// keyrite quorum show: who the custodians are, what they can do together, when each share was last shown, and what is unwise about it.

import type { Command } from 'commander'
import { type Context, globalsOf, terminalOf } from '../../cli/context.ts'
import { withExamples } from '../../cli/examples.ts'
import { SOURCE_CHECKS, type SourceOptions, withSource } from '../../cli/options.ts'
import { hintText } from '../../domain/hint-text.ts'
import type { Hint } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { holderOf, rosterWarnings } from '../../domain/roster.ts'
import type { Group } from '../../domain/shapes.ts'
import type { Takeover } from '../../domain/share-sets.ts'
import { listed } from '../../domain/words.ts'
import { openOf, openSource } from '../../session/ledger-source.ts'
import { type Field, fields, line, marked, type Part, type Run } from '../../terminal/text.ts'
import { olderSharesWarnings } from '../../views/application-view.ts'
import {
  custodyWarnings,
  type Holding,
  holdingRow,
  holdingsOf,
  sentShares,
  type Warning,
} from '../../views/custody-view.ts'
import { memberWarnings } from '../../views/member-view.ts'
import { formerOf, formerView, stageOf, stageView } from '../../views/rosters-view.ts'
import { dayOf } from '../../views/words.ts'

export function declare(parent: Command, context: Context): void {
  withExamples(
    withSource(parent.command('show')),
    'keyrite quorum show',
    'keyrite quorum show --former',
    'keyrite quorum show --ledger pay.backup.ledger',
  )
    .summary('groups, thresholds, custodians, roles')
    .description(
      `Shows the groups of a partition: who holds shares, how many must agree, and to what, and when each share was last shown to be at hand, by an approval or a drill; a set that is staged, and who has confirmed it. ${SOURCE_CHECKS} Needs no device and no shares.`,
    )
    .option('--former', 'also the sets of shares of before, and what they still open')
    .action((options: Options, command: Command) => run(options, command, context))
}

interface Options extends SourceOptions {
  former?: boolean
}

async function run(options: Options, command: Command, context: Context): Promise<void> {
  const globals = globalsOf(command, context)
  const { history, goesOn } = openSource(options, globals, context)
  const { groups } = history
  const now = context.sources.clock()
  const custody = holdingsOf(history, now)
  const roster: Warning[] = rosterWarnings(groups).map((message) => ({ message }))
  const told = [
    ...roster,
    ...custodyWarnings(history, now),
    ...history.applications.live.flatMap((app) => olderSharesWarnings(app, history)),
    ...memberWarnings(history),
  ]
  const staged = stageOf(history)
  const former = options.former ? { former: formerOf(history) } : {}
  const text: Part[] = [
    ...groups.flatMap((group) => view(group, history, custody, now)),
    ...stageView(staged, history),
    ...formerView(former.former ?? []),
    soNote(groups),
    ...told.flatMap((one, i) => [
      '',
      line(marked('warning:', 'warning'), ` ${one.message}`),
      ...(one.hint && !isSame(one.hint, told[i + 1]?.hint) ? [{ hint: one.hint, indent: '  ' }] : []),
    ]),
  ]
  const warnings = told.map(({ message }) => message)
  const data = {
    groups,
    custody,
    due: sentShares(history),
    ...staged,
    ...former,
    ...(history.rosters.takeovers.length > 0 ? { takeovers: history.rosters.takeovers } : {}),
    warnings,
    ...openOf(history, goesOn),
  }
  terminalOf(globals, context).answer({ data, text })
}

/** What several warnings lead to is said once, behind the last of them. */
const isSame = (hint: Hint, next: Hint | undefined): boolean => next !== undefined && hintText(hint) === hintText(next)

const view = (
  { name, roles, threshold, custodians, epoch }: Group,
  { rosters }: History,
  all: readonly Holding[],
  now: Date,
): Part[] => [
  name,
  fields(
    [
      ['needs', `${threshold} of ${custodians.length} custodians`],
      ['roles', roles.join(', ')],
      ['epoch', `${epoch}`],
      ['drill', drillInWords(all.filter(({ group }) => group === name))],
      ...rosters.takeovers.filter(({ group }) => group === name).map(takenOver),
    ],
    '  ',
  ),
  {
    head: ['  custodian', 'share last shown', { name: '', give: 'wrap' }],
    rows: all
      .filter(({ group }) => group === name)
      .map((one) => holdingRow(one, now))
      .map(([first, ...rest]) => [`  ${first}`, ...rest]),
  },
  '',
]

/** Who has not shown a share for a year, be it by an approval. */
function drillInWords(those: readonly Holding[]): Run {
  const late = those.filter(({ overdue, proven }) => overdue || !proven).map(({ custodian }) => custodian)
  if (late.length === 0) return 'all have shown theirs within a year'
  return marked(`not shown within a year: ${listed(late)}`, 'warning')
}

/** For good: who could open nothing for others has given themselves, or whom they chose, all of it. */
const takenOver = ({ epoch, before, by, seq, time }: Takeover): Field => [
  'mind',
  marked(
    `epoch ${epoch} was put in the place of epoch ${before}, whose shares were lost, by ${by} alone: record ${seq}, ${dayOf(time)}`,
    'warning',
  ),
]

const soNote = (groups: readonly Group[]): string =>
  `${holderOf('so', groups).name} holds so: it can set the user PIN anew, so it counts as holding every role`
