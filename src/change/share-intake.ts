// Takes shares in: tells each at entry whether it is right and whose it is, has it sign the plan, and holds what it gives.

import type { CodeOf } from '../domain/codes.ts'
import { toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, refused } from '../domain/errors.ts'
import { add, type Hint, keyrite, to } from '../domain/hints.ts'
import type { Plan } from '../domain/plan.ts'
import type { Proposal } from '../domain/proposal.ts'
import { type Seat, seatOf } from '../domain/roster.ts'
import type { Approval, Group, Need } from '../domain/shapes.ts'
import { listed, ofGroup } from '../domain/words.ts'
import type { Quorum, Share, ShareHints } from '../quorum/port.ts'
import { type ApprovedChange, approve } from './change.ts'
import { Credentials, firstSets, inForce, type KnownSets, type SetName, signedBy } from './credentials.ts'

/** A share that the ledger knows, whose holder hears by name what is wrong with it. `since`: it was retired. */
export interface KnownShare extends Seat {
  standing: 'in force' | 'retired' | 'being staged' | 'staged' | 'unstaged'
  since?: string
}

/** A share of another partition that is known here. */
export interface Elsewhere extends Seat {
  partition: string
}

/** By name: who had approved a change that then came to nothing. */
export type Approver = Pick<Approval, 'custodian' | 'group'>

/** A set that needs more custodians: how many have approved, and who still could. */
export interface Missing {
  group: string
  epoch: number
  have: number
  threshold: number
  absent: string[]
}

/** What is known of shares beside those that may approve. */
export interface Surroundings {
  /** Whose secrets can be joined, and what leads to those before. */
  sets?: KnownSets
  known?: (key: string) => KnownShare | undefined
  elsewhere?: (key: string) => Elsewhere | undefined
  /** PLAN-EXPIRED. */
  checkTime?: () => void
  /** What the ledger says of a share that can't be here. */
  contradicts?: (seat: Seat) => string | undefined
  /** Until when somebody approves nothing. */
  suspended?: (custodian: string) => string | undefined
  /** Of so many custodians of a set the share has to be proved to be right, be it by an approval, or before. */
  proofs?: { group: string; epoch: number; proven: readonly string[]; count: number }
}

export class ShareIntake<P extends Plan = Plan> implements Disposable {
  readonly credentials: Credentials
  readonly #approvals: Approval[] = []
  readonly #around: Surroundings

  /** `groups`: whose custodians may approve; of one name there may be two sets. */
  constructor(
    readonly proposal: Proposal<P>,
    readonly needs: readonly Need[],
    readonly groups: readonly Group[],
    quorum: Quorum,
    around: Surroundings = {},
  ) {
    this.#around = around
    this.credentials = new Credentials(proposal.plan.partition, around.sets ?? firstSets(groups), quorum)
  }

  /** Takes a share in. SHARE-FOREIGN, SHARE-RETIRED, SHARE-STAGED, SHARE-REPEATED, SHARE-NOT-NEEDED, APPROVER-SUSPENDED: the holder hears it at once, by name. `isAsked`: for one that is missing. */
  present(share: Share, via: Approval['via'], hints?: ShareHints, isAsked = false): Seat {
    const seat = this.seatFor(toBase64url(share.key), hints)
    if (isAsked) this.#checkMissing(seat)
    this.credentials.hold(seat, share)
    this.#approvals.push({ ...signedBy(seat, share, this.proposal.message), via })
    return seat
  }

  /** The same rules, before the share itself is there. */
  seatFor(key: string, hints?: ShareHints): Seat {
    const seat = seatOf(key, this.groups)
    if (!seat) throw this.#notOfRoster(key, hints)
    const { custodian, group } = seat
    if (this.#approvals.some((approval) => approval.key === key)) {
      const hint = `bring the share of a custodian other than ${custodian.name}`
      throw turnedAway(seat, 'SHARE-REPEATED', `${custodian.name} has approved already`, hint)
    }
    if (!this.needs.some((need) => isOf(need, inForce(group)))) throw notNeeded(seat, this.needs)
    const until = this.#around.suspended?.(custodian.name)
    if (until !== undefined) throw isSuspended(seat, until)
    return seat
  }

  #notOfRoster(key: string, hints: ShareHints | undefined): Error {
    const known = this.#around.known?.(key)
    if (known) return this.#notNow(known)
    return this.#newer(hints) ?? foreign(this.#around.elsewhere?.(key))
  }

  #notNow(known: KnownShare): Error {
    const { custodian, group, standing, since } = known
    const mine = `this share is ${custodian.name}'s`
    if (standing === 'in force') return notNeeded(known, this.needs)
    if (standing === 'staged' || standing === 'being staged') {
      const text = `${mine} of ${group.name}, epoch ${group.epoch}, which is ${standing}: it opens nothing before quorum replace`
      return turnedAway(known, 'SHARE-STAGED', text, this.#instead(known))
    }
    const ended = standing === 'unstaged' ? 'which never took over' : `retired ${since!.slice(0, 10)}`
    return turnedAway(known, 'SHARE-RETIRED', `${mine}, but of epoch ${group.epoch}, ${ended}`, this.#instead(known))
  }

  /** What the same person can bring, or that somebody else has to come. */
  #instead({ custodian, group }: Seat): Hint {
    const today = this.groups.filter(({ name }) => name === group.name)
    const own = today.find(({ custodians }) => custodians.some(({ name }) => name === custodian.name))
    return own
      ? `bring the one of epoch ${own.epoch}`
      : `${custodian.name} does not belong to ${group.name}: bring the share of somebody who does`
  }

  /** SHARE-FOREIGN: what its file says of it proves nothing, and tells what may be missing. */
  #newer({ partition, group, epoch }: ShareHints = {}): Error | undefined {
    const mine = this.groups.find(({ name }) => name === group)
    if (partition !== this.proposal.plan.partition || !mine || epoch === undefined || epoch <= mine.epoch)
      return undefined
    const text = `its file says that this share is of ${group}, epoch ${epoch}, and this ledger knows of epoch ${mine.epoch} at most`
    const newest = 'bring the newest copy of the ledger, which has the bridge to the secret before'
    const isRestore = this.proposal.plan.op === 'backup.restore'
    return refused('SHARE-FOREIGN', text, isRestore ? to(newest, add('--ledger', 'FILE')) : newest)
  }

  /** SHARE-NOT-NEEDED: whoever is asked for a share hears of which set one is missing. */
  #checkMissing(seat: Seat): void {
    const { custodian, group } = seat
    const { missing } = this
    const own = this.counts.find((one) => isOf(one, inForce(group)))
    if (!missing || !own || own.have < own.threshold) return
    const text = `this share is ${custodian.name}'s of ${group.name}, epoch ${group.epoch}, and enough of those have approved`
    const hint = `bring one of ${missing.group}, epoch ${missing.epoch}: that of ${listed(missing.absent)}`
    throw turnedAway(seat, 'SHARE-NOT-NEEDED', text, hint)
  }

  /** PLAN-EXPIRED: before a share is opened for it. */
  checkTime(): void {
    this.#around.checkTime?.()
  }

  /** What is to be said of a share that was taken in. */
  contradicts = (seat: Seat): string | undefined => this.#around.contradicts?.(seat)

  get missing(): Missing | undefined {
    return this.counts.find(({ have, threshold }) => have < threshold)
  }

  /** Of every set that has to approve. */
  get counts(): Missing[] {
    return this.needs.map((need) => {
      const { group, epoch, threshold } = need
      const have = this.#of(need).length
      return {
        group,
        epoch,
        have,
        threshold: Math.max(threshold, have + this.#unproven(need)),
        absent: this.#absent(need),
      }
    })
  }

  /** How many shares of the set have still to be shown. */
  #unproven(need: Need): number {
    const { proofs } = this.#around
    if (!proofs || !isOf(need, proofs)) return 0
    const shown = new Set([...proofs.proven, ...this.#of(need).map(({ key }) => key)])
    return Math.max(0, proofs.count - shown.size)
  }

  #absent(need: Need): string[] {
    const { custodians } = this.groups.find((group) => isOf(need, inForce(group)))!
    return custodians
      .filter(({ key, name }) => !this.#around.suspended?.(name) && !this.#approvals.some((one) => one.key === key))
      .map((custodian) => custodian.name)
  }

  #of(need: Need): Approval[] {
    return this.#approvals.filter((approval) => isOf(need, approval))
  }

  /** Who has approved so far. */
  approvers(): Approver[] {
    return this.#approvals.map(({ custodian, group }) => ({ custodian, group }))
  }

  /** QUORUM-MET. */
  get change(): ApprovedChange<P> {
    if (this.missing) throw this.tooFew(this.missing)
    return approve(this.proposal, [...this.#approvals])
  }

  /** QUORUM-MET, as an error: who is still needed. */
  tooFew({ group, epoch, have, threshold }: Missing): KeyriteError {
    const isOfTwo = this.needs.filter((need) => need.group === group).length > 1
    const whose = this.needs.length > 1 ? `${ofGroup(group)}${isOfTwo ? `, epoch ${epoch},` : ''}` : ''
    const text = `${have} of ${threshold} custodians${whose} have approved`
    return refused('QUORUM-MET', text, 'bring more shares: --share FILE')
  }

  [Symbol.dispose](): void {
    this.credentials[Symbol.dispose]()
  }
}

const isOf = (one: SetName, other: SetName): boolean => one.group === other.group && one.epoch === other.epoch

function notNeeded(seat: Seat, needs: readonly Need[]): KeyriteError {
  const { custodian, group } = seat
  const newer = needs.find((need) => need.group === group.name && need.epoch > group.epoch)
  if (newer) {
    const text = `this share is ${custodian.name}'s of ${group.name}, epoch ${group.epoch}, and its replacement has begun`
    return turnedAway(seat, 'SHARE-NOT-NEEDED', text, `bring the one of epoch ${newer.epoch}`)
  }
  const text = `this share is ${custodian.name}'s of group ${group.name}, epoch ${group.epoch}, which need not approve this`
  return turnedAway(seat, 'SHARE-NOT-NEEDED', text, keyrite('quorum', 'show'))
}

const isSuspended = (seat: Seat, until: string): KeyriteError =>
  turnedAway(
    seat,
    'APPROVER-SUSPENDED',
    `${seat.custodian.name} is suspended until ${until}, and approves nothing`,
    `bring the share of a custodian other than ${seat.custodian.name}`,
  )

/** Its holder is no custodian here, so the ledger does not name them. */
export function foreign(seat: Elsewhere | undefined): KeyriteError {
  if (!seat)
    return refused('SHARE-FOREIGN', 'this share is of another partition, or of none', keyrite('quorum', 'show'))
  const { custodian, partition } = seat
  const hint = to('bring a share of this partition', keyrite('quorum', 'show'))
  return refused('SHARE-FOREIGN', `this share is ${custodian.name}'s, but of partition ${partition}`, hint)
}

/** The ledger names whose share was refused, and so does the answer to a program. */
const turnedAway = ({ custodian, group }: Seat, code: CodeOf<3>, text: string, hint: Hint): KeyriteError =>
  new KeyriteError(EXIT.refused, code, text, hint, false, { custodian: custodian.name, group: group.name })
