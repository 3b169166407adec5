// Sets of shares beside the one in force: a staged one and who has confirmed it, and those of before, with what they still open.

import type { Kept } from '../domain/custody.ts'
import { groupedBy } from '../domain/grouped.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { pinRolesOf } from '../domain/roster.ts'
import { provenNeeded } from '../domain/roster-rules.ts'
import type { Group } from '../domain/shapes.ts'
import type { ShareSet, Stage } from '../domain/share-sets.ts'
import type { OneShare } from '../domain/statement.ts'
import { fields, type Part } from '../terminal/text.ts'
import { setFields } from './joining-view.ts'
import { dayOf } from './words.ts'

/** Of a stage the shares that are known to have come, and to open. */
export function provenOf({ plan: { group } }: Stage, isConfirmed: (key: string) => boolean) {
  const missing = group.custodians.filter(({ key }) => !isConfirmed(key)).map(({ name }) => name)
  return { proven: group.custodians.length - missing.length, needed: provenNeeded(group), missing }
}

/** For programs. */
export function stageOf({ rosters }: History) {
  const { stage } = rosters
  if (!stage) return {}
  const { group, issued } = stage.plan
  const { proven, needed } = provenOf(stage, rosters.isConfirmed)
  const shares = issued.map((one, i) => {
    const confirmed = rosters.confirmed(group.custodians[i]!.key)
    const { custodian } = one
    return {
      custodian,
      ...('recipient' in one ? { recipient: one.recipient } : {}),
      ...(confirmed ? { confirmed: { seq: confirmed.seq, time: confirmed.time } } : {}),
    }
  })
  const { seq, leaf, time } = stage
  return { stage: { group, seq, leaf, time, shares, proven, needed } }
}

export function stageView({ stage }: ReturnType<typeof stageOf>, { rosters: { replacing } }: History): Part[] {
  if (!stage) return []
  const { group, seq, time, shares, proven, needed } = stage
  return [
    `staged by record ${seq}, ${dayOf(time)}${replacing ? `; being put in place since record ${replacing.seq}` : ''}`,
    fields(
      [...setFields(group), ['confirmed', `${proven} of ${group.custodians.length}; quorum replace takes ${needed}`]],
      '  ',
    ),
    {
      head: ['  custodian', { name: 'new share', give: 'wrap' }],
      rows: shares.map(({ custodian, recipient, confirmed }) => [
        `  ${custodian}`,
        confirmed
          ? `confirmed ${dayOf(confirmed.time)}, record ${confirmed.seq}`
          : `not confirmed${recipient === undefined ? '' : `; sealed for ${recipient}`}`,
      ]),
    },
    '',
  ]
}

/** What a set of before opens without any newer one. */
interface Opens {
  /** Names of files. */
  backups: string[]
  /** Tokens of the partition whose PINs are of it. */
  tokens: { serial: string; roles: string[] }[]
  applications: string[]
}

/** A share of before that is recorded as destroyed. `others`: its custodian had more than this one of before. */
interface Burnt {
  share: OneShare
  kept: Kept
  others: boolean
}

const isFormer = ({ standing }: ShareSet): boolean => standing === 'retired' || standing === 'unstaged'

const sharesIn = ({ group: { name, epoch, custodians } }: ShareSet): OneShare[] =>
  custodians.map((one) => ({ custodian: one.name, group: name, epoch }))

export function burntShares({ rosters, custody }: History): Burnt[] {
  const former = rosters.sets.filter(isFormer).flatMap(sharesIn)
  return former.flatMap((share) => {
    const kept = custody.keptOf(share)
    const { custodian, group } = share
    const alike = former.filter((one) => one.custodian === custodian && one.group === group)
    return kept?.state === 'destroyed' ? [{ share, kept, others: alike.length > 1 }] : []
  })
}

interface Former extends Pick<ShareSet, 'standing'> {
  group: string
  epoch: number
  threshold: number
  custodians: string[]
  /** Whose shares are recorded as destroyed. */
  destroyed: { custodian: string; seq: number; time: string }[]
  since?: string
  until?: string
  opens: Opens
}

/** Sets that were in force, or never came to be, the newest first. */
export function formerOf(history: History): Former[] {
  const burnt = burntShares(history)
  const destroyedOf = ({ name, epoch }: Group) =>
    burnt
      .filter(({ share }) => share.group === name && share.epoch === epoch)
      .map(({ share: { custodian }, kept: { seq, time } }) => ({ custodian, seq, time }))
  return history.rosters.sets
    .filter(isFormer)
    .map((set): Former => {
      const { group, standing, since, until } = set
      return {
        ...{ group: group.name, epoch: group.epoch, threshold: group.threshold, standing },
        custodians: group.custodians.map(({ name }) => name),
        destroyed: destroyedOf(group),
        ...(since ? { since: since.time } : {}),
        ...(until ? { until: until.time } : {}),
        opens: standing === 'retired' ? opensOf(set, history) : { backups: [], tokens: [], applications: [] },
      }
    })
    .toReversed()
}

function opensOf({ group: { name, epoch, roles } }: ShareSet, history: History): Opens {
  const { rosters, members, earlierTokens, applications } = history
  const wasThen = (seq: number) => rosters.at(seq).some((one) => one.name === name && one.epoch === epoch)
  const known = [...earlierTokens, ...[...members.givenUp, ...members.live].map(({ token }) => token)]
  const serials = [...new Set(known.map(({ serial }) => serial))]
  const isOf = ({ pin }: KnownApplication) =>
    pin.kind === 'derived' && [pin.so, pin.user].some((one) => one.group === name && one.epoch === epoch)
  return {
    backups: roles.includes('recovery')
      ? [...history.backups, ...history.closedBackups].filter(({ seq }) => wasThen(seq)).map(({ file }) => file.name)
      : [],
    tokens: serials.flatMap((serial) => {
      const pins = rosters.pinsOf(serial)
      const of = pinRolesOf({ roles }).filter((role) => pins?.[role] === epoch)
      return of.length > 0 ? [{ serial, roles: of }] : []
    }),
    applications: applications.live.filter(isOf).map((app) => app.name),
  }
}

export function formerView(former: readonly Former[]): Part[] {
  const groups = groupedBy(former, ({ group }) => group)
  return [...groups].flatMap(([name, sets]): Part[] => [
    `former shares of ${name}`,
    {
      head: [
        '  epoch',
        'needs',
        { name: 'custodians', give: 'wrap' },
        'in force',
        { name: 'still opens', give: 'wrap' },
      ],
      rows: sets.map((set) => [
        `  ${set.epoch}`,
        `${set.threshold} of ${set.custodians.length}`,
        custodiansIn(set),
        set.since ? `${dayOf(set.since)} to ${dayOf(set.until!)}` : `never; given up ${dayOf(set.until ?? '')}`,
        opensInWords(set),
      ]),
    },
    '',
  ])
}

/** `alice, bob, carol (destroyed, record 21)`. */
function custodiansIn({ custodians, destroyed }: Former): string {
  const records = new Map(destroyed.map(({ custodian, seq }) => [custodian, seq]))
  const told = (name: string) => (records.has(name) ? `${name} (destroyed, record ${records.get(name)})` : name)
  return custodians.map(told).join(', ')
}

function opensInWords({ standing, opens: { backups, tokens, applications } }: Former): string {
  const told = [
    ...backups.map((file) => `backup ${file}`),
    ...tokens.map(({ serial, roles }) => `token ${serial} as ${roles.join(' and ')}`),
    ...applications.map((app) => `the token of ${app}`),
  ]
  if (told.length > 0) return told.join(', ')
  return standing === 'unstaged' ? 'nothing' : 'nothing that the ledger knows of'
}
