// Collects the shares that a plan needs: tells each one at entry whether it is right and whose it is, and has it sign the plan.
import type { CodeOf } from '../domain/codes.ts'
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { EXIT, KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { type Plan, planMessage } from '../domain/plan.ts'
import { holderOf, type Seat, seatOf } from '../domain/roster.ts'
import type { Secret } from '../domain/secret.ts'
import type { Approval, Group, GroupRole, Need } from '../domain/shapes.ts'
import type { Pin } from '../hsm/port.ts'
import type { Quorum, Share } from '../quorum/port.ts'

interface Presented {
  seat: Seat
  share: Share
  via: Approval['via']
}

/** Shares of earlier epochs are known by name, so that their holder hears what is wrong. */
export interface Retired extends Seat {
  since: string
}

/** A share of another partition that is known here. */
export interface Elsewhere extends Seat {
  partition: string
}

/** By name: what is left of approvals that came to nothing. */
export type Approver = Pick<Approval, 'custodian' | 'group'>

export class Collection implements Disposable {
  readonly #presented = new Map<string, Presented>()

  constructor(
    readonly plan: Plan,
    readonly needs: readonly Need[],
    readonly groups: readonly Group[],
    readonly quorum: Quorum,
    readonly retired: readonly Retired[] = [],
    readonly elsewhere: (key: string) => Elsewhere | undefined = () => undefined,
  ) {}

  /** Takes a share in. SHARE-FOREIGN, SHARE-RETIRED, SHARE-REPEATED, SHARE-NOT-NEEDED: the holder hears it at once, by name. */
  present(share: Share, via: Approval['via']): Seat {
    const key = toBase64url(share.key)
    const seat = seatOf(key, this.groups)
    if (!seat) throw this.#stranger(key)
    const { member, group } = seat
    if (this.#presented.has(key)) {
      const hint = `bring the share of a custodian other than ${member.name}`
      throw turnedAway(seat, 'SHARE-REPEATED', `${member.name} has approved already`, hint)
    }
    if (!this.needs.some((need) => need.group === group.name)) {
      const text = `this share is ${member.name}'s of group ${group.name}, which need not approve this`
      throw turnedAway(seat, 'SHARE-NOT-NEEDED', text, 'keyrite quorum show')
    }
    this.#presented.set(key, { seat, share, via })
    return seat
  }

  #stranger(key: string): Error {
    const old = this.retired.find((seat) => seat.member.key === key)
    if (!old) return foreign(this.elsewhere(key))
    const { member, group, since } = old
    const text = `this share is ${member.name}'s, but of epoch ${group.epoch}, retired ${since.slice(0, 10)}`
    return turnedAway(old, 'SHARE-RETIRED', text, `bring the one of epoch ${group.epoch + 1} or later`)
  }

  /** The first group that still lacks custodians, and how far it is. */
  get missing(): { group: string; have: number; threshold: number; absent: string[] } | undefined {
    return this.needs
      .map(({ group, threshold }) => ({ group, have: this.#of(group).length, threshold, absent: this.#absent(group) }))
      .find(({ have, threshold }) => have < threshold)
  }

  /** Whose approval could still come. */
  #absent(name: string): string[] {
    const { custodians } = this.groups.find((group) => group.name === name)!
    return custodians.filter(({ key }) => !this.#presented.has(key)).map((member) => member.name)
  }

  #of(group: string): Presented[] {
    return [...this.#presented.values()].filter((presented) => presented.seat.group.name === group)
  }

  /** Who has approved so far. */
  approvers(): Approver[] {
    return [...this.#presented.values()].map(({ seat }) => ({ custodian: seat.member.name, group: seat.group.name }))
  }

  /** Everyone's signature over the plan. */
  approvals(): Approval[] {
    return [...this.#presented.values()].map(({ seat, share, via }) => ({
      ...signedBy(seat, share, planMessage(this.plan)),
      via,
    }))
  }

  /** Everyone's signature over other bytes: an audit key's. */
  signatures(message: Uint8Array): Omit<Approval, 'via'>[] {
    return [...this.#presented.values()].map(({ seat, share }) => signedBy(seat, share, message))
  }

  /** QUORUM-MET. */
  check(): void {
    if (this.missing) throw this.tooFew()
  }

  /** QUORUM-MET, as an error: who is still needed. */
  tooFew(): KeyriteError {
    const { group, have, threshold } = this.missing!
    const whose = this.needs.length > 1 ? ` of ${group}` : ''
    const text = `${have} of ${threshold} custodians${whose} have approved`
    return refused('QUORUM-MET', text, 'bring more shares: --share FILE')
  }

  /** SECRET-CHECK: a group's secret from M of its shares, compared before anything is derived from it: a wrong PIN costs a try. */
  async secretOf(group: Group): Promise<Secret> {
    const shares = this.#of(group.name)
      .slice(0, group.threshold)
      .map((presented) => presented.share)
    const secret = await this.quorum.combineShares(shares)
    if (this.quorum.matchesCheck(secret, this.plan.partition, fromBase64url(group.check))) return secret
    secret[Symbol.dispose]()
    throw notVerified(
      'SECRET-CHECK',
      `the shares of ${group.name} are right, but not what they were split from: the ledger is wrong`,
    )
  }

  /** The PIN of a role, from the group that holds it. */
  async pinOf(role: Extract<GroupRole, 'so' | 'user'>): Promise<Pin> {
    using secret = await this.secretOf(holderOf(role, this.groups))
    return { bytes: this.quorum.derivedPin(secret, this.plan.partition, role), form: 'derived' }
  }

  /** The key that wraps a backup, AES-256, from the group that holds `recovery`. */
  async backupKek(): Promise<Secret> {
    using secret = await this.secretOf(holderOf('recovery', this.groups))
    return this.quorum.backupKek(secret, this.plan.partition)
  }

  [Symbol.dispose](): void {
    for (const { share } of this.#presented.values()) share[Symbol.dispose]()
    this.#presented.clear()
  }
}

/** Its holder is no custodian here, so that the ledger does not name them. */
function foreign(seat: Elsewhere | undefined): KeyriteError {
  if (!seat) return refused('SHARE-FOREIGN', 'this share is of another partition, or of none', 'keyrite quorum show')
  const { member, partition } = seat
  const hint = 'bring a share of this partition: keyrite quorum show'
  return refused('SHARE-FOREIGN', `this share is ${member.name}'s, but of partition ${partition}`, hint)
}

/** Whose share was refused goes into the ledger, and to a program that asked. */
const turnedAway = ({ member, group }: Seat, code: CodeOf<3>, text: string, hint: string): KeyriteError =>
  new KeyriteError(EXIT.refused, code, text, hint, false, { custodian: member.name, group: group.name })

const signedBy = ({ member, group }: Seat, share: Share, message: Uint8Array): Omit<Approval, 'via'> => ({
  custodian: member.name,
  group: group.name,
  epoch: group.epoch,
  key: member.key,
  value: toBase64url(share.sign(message)),
})
