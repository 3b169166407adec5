// What the ledger knows of shares, as whoever takes them in for a plan asks it.
import { knownSets } from '../change/known-sets.ts'
import type { KnownShare, Surroundings } from '../change/share-intake.ts'
import { awayInWords } from '../domain/custody.ts'
import type { History } from '../domain/history.ts'
import type { Plan } from '../domain/plan.ts'
import { type Seat, seatOf } from '../domain/roster.ts'
import { provenNeeded } from '../domain/roster-rules.ts'
import type { Terminal } from '../terminal/port.ts'

export function surroundingsOf(plan: Plan, history: History): Surroundings {
  const fresh = plan.op === 'quorum.replace' ? plan.group : undefined
  return {
    sets: knownSets(history, fresh),
    ...custodyIn(history),
    known: (key) => knownShare(key, history) ?? beingStaged(key, plan),
    ...(fresh ? { proofs: proofsOf(fresh, history) } : {}),
  }
}

/** What is known of where shares lie. */
type Custody = Required<Pick<Surroundings, 'contradicts'>>

export const custodyIn = (history: History): Custody => ({ contradicts: (seat) => contradiction(seat, history) })

/** What the ledger says of a share that is here all the same is a warning, wherever one is taken in. */
export function warnOfCustody(seat: Seat, { contradicts }: Custody, terminal: Pick<Terminal, 'warn'>): void {
  const said = contradicts(seat)
  if (said) terminal.warn(said)
}

function contradiction({ custodian: { name }, group }: Seat, { custody }: History): string | undefined {
  const kept = custody.keptOf({ custodian: name, group: group.name, epoch: group.epoch })
  const away = kept && awayInWords(kept)
  return away && `the share of ${name}, epoch ${group.epoch}, is said to be ${away}, and is here`
}

function knownShare(key: string, { rosters }: History): KnownShare | undefined {
  const found = rosters.seatOfAny(key)
  if (!found) return undefined
  const { custodian, group, standing, until } = found
  return { custodian, group, standing, ...(until ? { since: until.time } : {}) }
}

/** No record tells of a new share yet, and its holder may take it for the one of today. */
function beingStaged(key: string, plan: Plan): KnownShare | undefined {
  const seat = plan.op === 'quorum.stage' ? seatOf(key, [plan.group]) : undefined
  return seat && { ...seat, standing: 'being staged' }
}

/** REPLACE-PROVEN, asked for as long as people are there. */
function proofsOf(
  group: Extract<Plan, { op: 'quorum.replace' }>['group'],
  { rosters }: History,
): NonNullable<Surroundings['proofs']> {
  const proven = group.custodians.map(({ key }) => key).filter((key) => rosters.isConfirmed(key))
  return { group: group.name, epoch: group.epoch, proven, count: provenNeeded(group) }
}
