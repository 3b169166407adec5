// What the ledger tells of custodians and their shares, and what somebody should do about it. It warns, and stands in no way.

import type { Kept, Person, Proven, Sent } from '../domain/custody.ts'
import { type Hint, keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { listed } from '../domain/words.ts'
import { marked, type Run } from '../terminal/text.ts'
import { age, dayOf } from './words.ts'

/** A share that nobody has seen for so long may be lost. */
const A_YEAR = 365 * 86_400_000

/** A share of today, and what was recorded of it and of its holder. */
export interface Holding extends Person {
  custodian: string
  group: string
  epoch: number
  proven?: Proven
  /** It was not shown for a year. */
  overdue?: true
  kept?: Kept
}

export const holdingsOf = ({ groups, custody }: History, now: Date): Holding[] =>
  groups.flatMap(({ name: group, epoch, custodians }) =>
    custodians.map(({ name: custodian, key }) => {
      const proven = custody.lastProven(key)
      const kept = custody.keptOf({ custodian, group, epoch })
      return {
        custodian,
        group,
        epoch,
        ...(proven ? { proven } : {}),
        ...(proven && now.getTime() - Date.parse(proven.time) > A_YEAR ? { overdue: true as const } : {}),
        ...(kept ? { kept } : {}),
        ...custody.person(custodian),
      }
    }),
  )

export interface Warning {
  message: string
  hint?: Hint
}

/** What is unwise, or over due; the first is the one to begin with. */
export function custodyWarnings(history: History, now: Date): Warning[] {
  const all = holdingsOf(history, now)
  return [...tooFew(history, all), ...due(history), ...unseen(all), ...gone(all, now), ...contradicted(all)]
}

const isGone = ({ departed, kept }: Holding): boolean => departed !== undefined || kept?.state === 'destroyed'

/** Without a share to spare the next loss is the end. */
function tooFew({ groups }: History, all: readonly Holding[]): Warning[] {
  return groups.flatMap(({ name, threshold }) => {
    const those = all.filter(({ group }) => group === name)
    const left = those.filter((one) => !isGone(one)).length
    if (left === those.length || left > threshold) return []
    const message = `${left} custodians of ${name} are left who have their shares, and ${threshold} must agree`
    return [{ message, hint: keyrite('quorum', 'show') }]
  })
}

/** Shares that came from afar for a change, in an epoch that still counts. */
export const sentShares = ({ groups, custody }: History): Sent[] =>
  groups.flatMap((group) => custody.sentOf(group) ?? [])

function due(history: History): Warning[] {
  return sentShares(history).map(({ group, epoch, custodians, time, seq }) => {
    const whose = `the ${custodians.length === 1 ? 'share' : 'shares'} of ${listed(custodians)}`
    return {
      message: `new shares of ${group} are due: ${whose}, epoch ${epoch}, came from afar, last on ${dayOf(time)}, and whoever held the sealing key held ${custodians.length === 1 ? 'it' : 'them'}`,
      hint: keyrite('audit', 'show', '--from', `${seq}`, '--last', '1'),
    }
  })
}

function unseen(all: readonly Holding[]): Warning[] {
  const names = [...new Set(all.flatMap((one) => (one.overdue && !isGone(one) ? [one.custodian] : [])))]
  if (names.length === 0) return []
  const whose = names.length === 1 ? `the share of ${names[0]} was` : `the shares of ${listed(names)} were`
  return [{ message: `${whose} not shown for a year`, hint: keyrite('quorum', 'drill') }]
}

function gone(all: readonly Holding[], now: Date): Warning[] {
  const people = new Map(all.flatMap(({ custodian, departed }) => (departed ? [[custodian, departed]] : [])))
  const left = [...people].map(([name, { on }]) => ({
    message: `${name} ${leaves(on, now)}, and has shares that count until the custodians are replaced`,
    hint: keyrite('audit', 'show', '--by', name),
  }))
  const destroyed = all
    .filter(({ kept }) => kept?.state === 'destroyed')
    .map(({ custodian, kept }) => ({
      message: `the share of ${custodian} was destroyed, says record ${kept!.seq}`,
      hint: keyrite('audit', 'show', '--by', custodian),
    }))
  return [...left, ...destroyed]
}

const leaves = (on: string, now: Date): string => {
  const since = `${on}T00:00:00.000Z`
  return since > now.toISOString() ? `leaves on ${on}` : `left on ${on} (${age(since, now)})`
}

/** What was used can't have lain in a sealed bag. */
const contradicted = (all: readonly Holding[]): Warning[] =>
  all.flatMap(({ custodian, kept }) =>
    kept?.used === undefined
      ? []
      : [
          {
            message: `the share of ${custodian} was used by record ${kept.used}, and is said to be sealed in bag ${kept.bag}`,
            hint: keyrite('audit', 'show', '--from', `${kept.used}`, '--last', '1'),
          },
        ],
  )

/** `2026-11-27, approval, record 12`, and what else is known. */
export function holdingRow(one: Holding, now: Date): Run[] {
  const { custodian, proven, overdue, departed, acknowledged, kept } = one
  const shown = proven ? `${dayOf(proven.time)}, ${proven.by}, record ${proven.seq}` : 'never'
  const told = [
    departed && leaves(departed.on, now),
    kept && (kept.bag ? `sealed in bag ${kept.bag}` : kept.state),
    acknowledged && `acknowledged ${dayOf(acknowledged.time)}`,
  ].filter((text) => text !== undefined)
  return [
    custodian,
    marked(shown, overdue ? 'warning' : undefined),
    marked(told.join('; '), isGone(one) ? 'warning' : undefined),
  ]
}
