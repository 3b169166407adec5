// The end of a replacement of custodians: whose paper, of which epoch, is to be burnt, and what else still hangs on the shares of before.
import { closedBy, newPin } from '../change/application-pin.ts'
import type { Kept } from '../domain/custody.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Group } from '../domain/shapes.ts'
import { listed } from '../domain/words.ts'
import { line, marked, type Part } from '../terminal/text.ts'
import { olderShares } from './application-view.ts'
import { holdingsOf, neverShown } from './custody-view.ts'

/** A share that opens nothing by itself any more. `kept`: what was recorded of where it lies. */
interface OldShare {
  custodian: string
  group: string
  epoch: number
  kept?: Kept
}

/** Those of every set before this one, in force or not, whose destruction no record tells of. */
export const oldShares = ({ name, epoch }: Group, { rosters, custody }: History): OldShare[] =>
  rosters.sets
    .filter(({ group }) => group.name === name && group.epoch < epoch)
    .flatMap(({ group }) =>
      group.custodians.flatMap((one) => {
        const share = { custodian: one.name, group: name, epoch: group.epoch }
        const kept = custody.keptOf(share)
        if (kept?.state === 'destroyed') return []
        return [kept ? { ...share, kept } : share]
      }),
    )

function lies({ kept }: OldShare): string {
  if (!kept) return ''
  if (kept.state === 'lost') return `lost, says record ${kept.seq}`
  const where = [
    kept.bag === undefined ? 'no bag' : `bag ${kept.bag}`,
    ...(kept.place === undefined ? [] : [kept.place]),
  ]
  return where.join(', ')
}

export function closingList(shares: readonly OldShare[], group: Group, history: History): Part[] {
  return [
    '',
    line(
      marked(
        `to be burnt, with every copy, once the copy of the ledger was carried away: the old shares of ${group.name}`,
        'warning',
      ),
    ),
    {
      head: ['  custodian', 'epoch', { name: 'said to lie in', give: 'wrap' }],
      rows: shares.map((share) => [`  ${share.custodian}`, `${share.epoch}`, lies(share)]),
    },
    { hint: to('once one is', keyrite('share', 'record', 'NAME', '--destroyed', '--epoch', 'N')), indent: '  ' },
    ...unshown(group, history),
    ...behind(history),
    'whoever logged in to the token before this stays logged in until they end',
  ]
}

/** New shares that count from now on, and that nobody has ever opened. */
function unshown({ name }: Group, history: History): Part[] {
  const those = holdingsOf(history, new Date(history.time)).filter((one) => one.group === name && neverShown(one))
  if (those.length === 0) return []
  return [
    `never shown to be there, and they count now: the new shares of ${listed(those.map(({ custodian }) => custodian))}`,
    { hint: to('before the old ones are burnt', keyrite('quorum', 'confirm', '--share', 'FILE')), indent: '  ' },
  ]
}

/** Tokens of applications whose PINs hang on shares of before. */
function behind(history: History): Part[] {
  const apps = history.applications.live.filter((app) => olderShares(app, history).length > 0)
  if (apps.length === 0) return []
  const names = apps.map(({ name }) => name)
  const open = apps.filter((app) => app.copies.size > 0 && !closedBy(app, history)).map(({ name }) => name)
  // There is nothing that app sync could make right.
  const bare = apps.filter(({ copies }) => copies.size === 0).map(({ name }) => name)
  const those = bare.length === 0 ? 'the user PINs' : `the user PINs, and all PINs of ${listed(bare)}`
  return [
    `PINs of earlier shares are on the tokens of ${listed(names)}`,
    {
      hint: [
        ...(open.length > 0 ? [to('the SO PINs follow', keyrite('app', 'sync', ...open))] : []),
        to(`${those}, where each application can take another`, newPin(...names)),
      ],
      indent: '  ',
    },
  ]
}
