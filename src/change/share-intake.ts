// Takes shares in: tells each at entry whether it is right and whose it is, has it sign the plan, and holds what it gives.

import type { CodeOf } from '../domain/codes.ts'
import { toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, refused } from '../domain/errors.ts'
import { type Hint, keyrite, to } from '../domain/hints.ts'
import type { Plan, Proposal } from '../domain/plan.ts'
import { type Seat, seatOf } from '../domain/roster.ts'
import type { Approval, Group, Need } from '../domain/shapes.ts'
import type { Quorum, Share } from '../quorum/port.ts'
import { type ApprovedChange, approve } from './change.ts'
import { Credentials, signedBy } from './credentials.ts'

/** Shares of earlier epochs are known by name, so that their holder hears what is wrong. */
export interface Retired extends Seat {
  since: string
}

/** A share of another partition that is known here. */
export interface Elsewhere extends Seat {
  partition: string
}

/** By name: who had approved a change that then came to nothing. */
export type Approver = Pick<Approval, 'custodian' | 'group'>

/** A group that needs more custodians: how many have approved, and who still could. */
export interface Missing {
  group: string
  have: number
  threshold: number
  absent: string[]
}

export class ShareIntake<P extends Plan = Plan> implements Disposable {
  readonly credentials: Credentials
  readonly #approvals: Approval[] = []

  constructor(
    readonly proposal: Proposal<P>,
    readonly needs: readonly Need[],
    readonly groups: readonly Group[],
    quorum: Quorum,
    readonly retired: readonly Retired[] = [],
    readonly elsewhere: (key: string) => Elsewhere | undefined = () => undefined,
  ) {
    this.credentials = new Credentials(proposal.plan.partition, groups, quorum)
  }

  /** Takes a share in. SHARE-FOREIGN, SHARE-RETIRED, SHARE-REPEATED, SHARE-NOT-NEEDED: the holder hears it at once, by name. */
  present(share: Share, via: Approval['via']): Seat {
    const key = toBase64url(share.key)
    const seat = seatOf(key, this.groups)
    if (!seat) throw this.#notOfRoster(key)
    const { custodian, group } = seat
    if (this.#approvals.some((approval) => approval.key === key)) {
      const hint = `bring the share of a custodian other than ${custodian.name}`
      throw turnedAway(seat, 'SHARE-REPEATED', `${custodian.name} has approved already`, hint)
    }
    if (!this.needs.some((need) => need.group === group.name)) {
      const text = `this share is ${custodian.name}'s of group ${group.name}, which need not approve this`
      throw turnedAway(seat, 'SHARE-NOT-NEEDED', text, keyrite('quorum', 'show'))
    }
    this.credentials.hold(seat, share)
    this.#approvals.push({ ...signedBy(seat, share, this.proposal.message), via })
    return seat
  }

  #notOfRoster(key: string): Error {
    const old = this.retired.find((seat) => seat.custodian.key === key)
    if (!old) return foreign(this.elsewhere(key))
    const { custodian, group, since } = old
    const text = `this share is ${custodian.name}'s, but of epoch ${group.epoch}, retired ${since.slice(0, 10)}`
    return turnedAway(old, 'SHARE-RETIRED', text, `bring the one of epoch ${group.epoch + 1} or later`)
  }

  get missing(): Missing | undefined {
    return this.needs
      .map(({ group, threshold }) => ({ group, have: this.#of(group), threshold, absent: this.#absent(group) }))
      .find(({ have, threshold }) => have < threshold)
  }

  #absent(name: string): string[] {
    const { custodians } = this.groups.find((group) => group.name === name)!
    return custodians
      .filter((custodian) => !this.#approvals.some(({ key }) => key === custodian.key))
      .map((custodian) => custodian.name)
  }

  #of(name: string): number {
    return this.#approvals.filter(({ group }) => group === name).length
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
  tooFew({ group, have, threshold }: Missing): KeyriteError {
    const whose = this.needs.length > 1 ? ` of ${group}` : ''
    const text = `${have} of ${threshold} custodians${whose} have approved`
    return refused('QUORUM-MET', text, 'bring more shares: --share FILE')
  }

  [Symbol.dispose](): void {
    this.credentials[Symbol.dispose]()
  }
}

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
