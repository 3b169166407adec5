// Sets of shares beside the one in force: a staged one and who has confirmed it, and those of before, with what they still open.

import { groupedBy } from '../domain/grouped.ts'
import type { History } from '../domain/history.ts'
import type { KnownApplication } from '../domain/known-application.ts'
import { provenNeeded } from '../domain/roster-rules.ts'
import type { ShareSet, Stage } from '../domain/rosters.ts'
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

export function stageView(history: History): Part[] {
  const { stage } = stageOf(history)
  if (!stage) return []
  const { group, seq, time, shares, proven, needed } = stage
  return [
    `staged by record ${seq}, ${dayOf(time)}`,
    fields([...setFields(group), ['confirmed', `${proven} of the ${needed} that a replacement takes`]], '  '),
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

interface Former extends Pick<ShareSet, 'standing'> {
  group: string
  epoch: number
  threshold: number
  custodians: string[]
  since?: string
  until?: string
  opens: Opens
}

/** Sets that were in force, or never came to be, the newest first. */
export const formerOf = (history: History): Former[] =>
  history.rosters.sets
    .filter(({ standing }) => standing === 'retired' || standing === 'unstaged')
    .map((set): Former => {
      const { group, standing, since, until } = set
      return {
        ...{ group: group.name, epoch: group.epoch, threshold: group.threshold, standing },
        custodians: group.custodians.map(({ name }) => name),
        ...(since ? { since: since.time } : {}),
        ...(until ? { until: until.time } : {}),
        opens: standing === 'retired' ? opensOf(set, history) : { backups: [], tokens: [], applications: [] },
      }
    })
    .toReversed()

function opensOf({ group: { name, epoch, roles } }: ShareSet, history: History): Opens {
  const { backups, rosters, token, earlierTokens, applications } = history
  const wasThen = (seq: number) => rosters.at(seq).some((one) => one.name === name && one.epoch === epoch)
  const serials = [...new Set([...earlierTokens.map(({ serial }) => serial), token.serial])]
  const pinRoles = (['so', 'user'] as const).filter((role) => roles.includes(role))
  const isOf = ({ pin }: KnownApplication) =>
    pin.kind === 'derived' && [pin.so, pin.user].some((one) => one.group === name && one.epoch === epoch)
  return {
    backups: roles.includes('recovery') ? backups.filter(({ seq }) => wasThen(seq)).map(({ file }) => file.name) : [],
    tokens: serials.flatMap((serial) => {
      const pins = rosters.pinsOf(serial)
      const of = pinRoles.filter((role) => pins?.[role] === epoch)
      return of.length > 0 ? [{ serial, roles: of }] : []
    }),
    applications: applications.live.filter(isOf).map((app) => app.name),
  }
}

export function formerView(history: History): Part[] {
  const groups = groupedBy(formerOf(history), ({ group }) => group)
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
        set.custodians.join(', '),
        set.since ? `${dayOf(set.since)} to ${dayOf(set.until!)}` : `never; given up ${dayOf(set.until ?? '')}`,
        opensInWords(set),
      ]),
    },
    '',
  ])
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
