// What the ledger tells of custodians and their shares, and what somebody should do about it. It warns, and stands in no way.

import { awayInWords, type Kept, type Person, type Proven, type Sent } from '../domain/custody.ts'
import { groupedBy } from '../domain/grouped.ts'
import { apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { listed, ofGroup } from '../domain/words.ts'
import { marked, type Run } from '../terminal/text.ts'
import { burntShares, provenOf } from './rosters-view.ts'
import { age, dayOf, toTheMinute } from './words.ts'

/** A share that nobody has seen for so long may be lost. */
const A_YEAR = 365 * 86_400_000

/** When a share was last used or shown. */
type Shown = Omit<Proven, 'by'> & { by: Proven['by'] | 'confirmation' }

/** A share of today, and what was recorded of it and of its holder. */
export interface Holding extends Person {
  custodian: string
  group: string
  epoch: number
  proven?: Shown
  /** It was not shown for a year: one that never was, for a year since it was made. */
  overdue?: true
  kept?: Kept
  suspended?: { until: string; seq: number }
}

export const holdingsOf = ({ groups, custody, rosters }: History, now: Date): Holding[] =>
  groups.flatMap(({ name: group, epoch, custodians }) =>
    custodians.map(({ name: custodian, key }) => {
      const proven = newest(custody.lastProven(key), confirmedIn(rosters, key, { group, epoch }))
      const kept = custody.keptOf({ custodian, group, epoch })
      const suspended = rosters.suspended(custodian, now.toISOString())
      const since = proven?.time ?? rosters.setOf({ group, epoch })!.made.time
      return {
        custodian,
        group,
        epoch,
        ...(proven ? { proven } : {}),
        ...(now.getTime() - Date.parse(since) > A_YEAR ? { overdue: true as const } : {}),
        ...(kept ? { kept } : {}),
        ...(suspended ? { suspended: { until: suspended.until, seq: suspended.seq } } : {}),
        ...custody.person(custodian),
      }
    }),
  )

/** A confirmation says nothing of its time, and can be kept: it proves that the share was there when its set was made. */
function confirmedIn(
  rosters: History['rosters'],
  key: string,
  set: { group: string; epoch: number },
): { time: string; seq: number } | undefined {
  const confirmed = rosters.confirmed(key)
  return confirmed && { time: rosters.setOf(set)!.made.time, seq: confirmed.seq }
}

function newest(proven: Proven | undefined, confirmed: { time: string; seq: number } | undefined): Shown | undefined {
  if (!confirmed || (proven && proven.time >= confirmed.time)) return proven
  return { time: confirmed.time, seq: confirmed.seq, by: 'confirmation' }
}

export interface Warning {
  message: string
  hint?: Hint
}

/** What is unwise, or over due; the first is the one to begin with. */
export function custodyWarnings(history: History, now: Date): Warning[] {
  const all = holdingsOf(history, now)
  return [
    ...tooFew(history, all, now),
    ...staged(history, now),
    ...due(history),
    ...unseen(all),
    ...unshown(all),
    ...gone(history, all, now),
    ...contradicted(all),
    ...brought(history),
    ...suspended(all),
  ]
}

/** Nobody brings it any more. */
const isLost = (kept: Kept | undefined): boolean => kept?.state === 'destroyed' || kept?.state === 'lost'

const isGone = ({ departed, kept }: Holding): boolean => departed !== undefined || isLost(kept)

/** Without a share to spare the next loss is the end. Who leaves on a day to come has theirs until then. */
function tooFew(history: History, all: readonly Holding[], now: Date): Warning[] {
  return history.groups.flatMap(({ name, threshold }) => {
    const those = all.filter(({ group }) => group === name)
    const left = those.filter((one) => !isGone(one)).length
    if (left === those.length || left > threshold) return []
    const leaving = those.filter(({ departed, kept }) => departed && !isLost(kept) && !hasLeft(departed.on, now))
    const then = leaving.length > 0 ? `once ${listed(leaving.map(({ custodian }) => custodian))} left, ` : ''
    const message = `${then}${left} custodians${ofGroup(name)} are left who have their shares, and ${threshold} must agree`
    return [{ message, hint: newShares(name, history) }]
  })
}

/** Shares that came from afar for a change, in an epoch that still counts. */
export const sentShares = ({ groups, custody }: History): Sent[] =>
  groups.flatMap((group) => custody.sentOf(group) ?? [])

/** Of what came from afar. */
export function due(history: History): Warning[] {
  return sentShares(history).map(({ group, epoch, custodians, time }) => {
    const whose = `the ${custodians.length === 1 ? 'share' : 'shares'} of ${listed(custodians)}`
    return {
      message: `new shares of ${group} are due: ${whose}, epoch ${epoch}, came from afar, last on ${dayOf(time)}, and whoever held the sealing key held ${custodians.length === 1 ? 'it' : 'them'}`,
      hint: newShares(group, history),
    }
  })
}

function unseen(all: readonly Holding[]): Warning[] {
  const names = [...new Set(all.flatMap((one) => (one.overdue && !isGone(one) ? [one.custodian] : [])))]
  if (names.length === 0) return []
  const whose = names.length === 1 ? `the share of ${names[0]} was` : `the shares of ${listed(names)} were`
  return [{ message: `${whose} not shown for a year`, hint: keyrite('quorum', 'drill') }]
}

/** A new share that took over, and that nobody has ever opened: it was sealed for somebody who was not there. */
const unshown = (all: readonly Holding[]): Warning[] =>
  all
    .filter((one) => neverShown(one) && !isGone(one))
    .map(({ custodian, epoch }) => ({
      message: `the share of ${custodian}, epoch ${epoch}, counts, and was never shown to be there`,
      hint: keyrite('quorum', 'confirm', '--share', 'FILE'),
    }))

/** Those of a beginning approved it. */
export const neverShown = ({ proven, epoch }: Pick<Holding, 'proven' | 'epoch'>): boolean =>
  proven === undefined && epoch > 1

/** A new set waits for its custodians, or for being put in the place of the old one. */
function staged({ rosters: { stage, replacing, isConfirmed } }: History, now: Date): Warning[] {
  if (replacing) {
    const { name, epoch } = replacing.plan.group
    const message = `the shares of ${name} are being replaced since record ${replacing.seq}, and that has no end yet: the ones of epoch ${epoch} finish it`
    return [{ message, hint: keyrite('partition', 'recover') }]
  }
  if (!stage) return []
  const { name, epoch } = stage.plan.group
  const { proven, needed, missing } = provenOf(stage, isConfirmed)
  const since = `new shares of ${name}, epoch ${epoch}, are staged since ${dayOf(stage.time)} (${age(stage.time, now)})`
  const open = missing.length > 0 ? `not confirmed by ${listed(missing)}` : 'all are confirmed'
  const confirm = keyrite('quorum', 'confirm', '--share', 'FILE')
  const replace = keyrite('quorum', 'replace')
  const hint =
    proven < needed
      ? confirm
      : missing.length > 0
        ? apart(to(`first for ${listed(missing)}`, confirm), to('then', replace))
        : replace
  return [{ message: `${since}; ${open}`, hint }]
}

function gone(history: History, all: readonly Holding[], now: Date): Warning[] {
  const left = groupedBy(
    all.filter(({ departed }) => departed !== undefined),
    ({ custodian }) => custodian,
  )
  const people = [...left.values()].map((those) => {
    const [{ custodian, group, departed }] = those as [Holding]
    const message = `${custodian} ${leaves(departed!.on, now)}, and has shares that count until the custodians are replaced`
    return { message, hint: newShares(group, history) }
  })
  const lost = all
    .filter(({ kept }) => isLost(kept))
    .map((one) => ({
      message: `the share of ${one.custodian} was ${one.kept!.state}, says record ${one.kept!.seq}`,
      hint: newShares(one.group, history),
    }))
  return [...people, ...lost]
}

/** What brings a group new shares, as far as they did not come already: the same whatever it is wanted for, and without whoever departs. */
function newShares(group: string, { groups, custody, rosters: { stage } }: History): Hint {
  if (stage?.plan.group.name === group) return keyrite('quorum', 'replace')
  if (stage) return keyrite('quorum', 'show')
  const which = groups.length > 1 ? ['--group', group] : []
  const { custodians = [] } = groups.find(({ name }) => name === group) ?? {}
  const without = custodians.map(({ name }) => name).filter((name) => custody.person(name).departed)
  return keyrite('quorum', 'stage', ...which, ...without.flatMap((name) => ['--remove', name]), '--shares-dir', 'DIR')
}

const suspended = (all: readonly Holding[]): Warning[] => {
  const people = new Map(all.flatMap((one) => (one.suspended ? [[one.custodian, one.suspended]] : [])))
  return [...people].map(([name, { until, seq }]) => ({
    message: `${name} approves nothing until ${toTheMinute(until)}, says record ${seq}`,
    hint: keyrite('custodian', 'resume', name),
  }))
}

/** It is the last day of work: who leaves on a day is there until its end. */
const hasLeft = (on: string, now: Date): boolean => `${on}T23:59:59.999Z` < now.toISOString()

const leaves = (on: string, now: Date): string =>
  hasLeft(on, now) ? `left on ${on} (${age(`${on}T24:00:00.000Z`, now)})` : `leaves on ${on}`

/** What was used can't have lain in a sealed bag, or have been destroyed. */
const contradicted = (all: readonly Holding[]): Warning[] =>
  all.flatMap(({ custodian, kept }) =>
    kept?.used === undefined
      ? []
      : [
          {
            message: `the share of ${custodian} was used by record ${kept.used}, and is said to be ${awayInWords(kept)}`,
            hint: keyrite('audit', 'show', '--from', `${kept.used}`),
          },
        ],
  )

/** What is destroyed can't be brought. Of a share that was refused the ledger has the custodian and the group, and not the epoch. */
const brought = (history: History): Warning[] =>
  burntShares(history).flatMap(({ share, kept, others }) => {
    const seq = history.custody.broughtAfter(kept.seq, share)
    if (seq === undefined) return []
    const { custodian, epoch } = share
    const message = others
      ? `an old share of ${custodian} was presented by record ${seq}, and the one of epoch ${epoch} is said to be destroyed`
      : `the share of ${custodian}, epoch ${epoch}, was presented by record ${seq}, and is said to be destroyed`
    return [{ message, hint: keyrite('audit', 'show', '--from', `${seq}`) }]
  })

/** `2026-11-27, approval, record 12`, and what else is known. */
export function holdingRow(one: Holding, now: Date): Run[] {
  const { custodian, proven, overdue, departed, acknowledged, kept, suspended: out } = one
  const shown = proven ? `${dayOf(proven.time)}, ${proven.by}, record ${proven.seq}` : 'never'
  const told = [
    departed && leaves(departed.on, now),
    out && `suspended until ${toTheMinute(out.until)}`,
    kept && (kept.bag ? `sealed in bag ${kept.bag}` : kept.state),
    acknowledged && `acknowledged ${dayOf(acknowledged.time)}`,
  ].filter((text) => text !== undefined)
  return [
    custodian,
    marked(shown, overdue ? 'warning' : undefined),
    marked(told.join('; '), isGone(one) || out ? 'warning' : undefined),
  ]
}
