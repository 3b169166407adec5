// What shares unlock while they are held: the PINs and the backup key. None of it is evidence, and none is kept.
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { notVerified, refused } from '../domain/errors.ts'
import { holderOf, type Seat } from '../domain/roster.ts'
import type { Secret } from '../domain/secret.ts'
import type { Group, GroupRole, KeyApproval } from '../domain/shapes.ts'
import type { Pin } from '../hsm/port.ts'
import type { ApplicationPin, Share, SharedSecrets } from '../quorum/port.ts'

interface Held {
  seat: Seat
  share: Share
}

export class Credentials implements Disposable {
  readonly #held: Held[] = []

  constructor(
    readonly partition: string,
    readonly groups: readonly Group[],
    readonly quorum: SharedSecrets,
  ) {}

  hold(seat: Seat, share: Share): void {
    this.#held.push({ seat, share })
  }

  /** Everyone's signature over other bytes than a plan's: those that let an audit key in. */
  sign(message: Uint8Array): KeyApproval[] {
    return this.#held.map(({ seat, share }) => signedBy(seat, share, message))
  }

  /** CREDENTIALS-SUFFICE: the shares at hand unlock these roles. Custodians who approved from elsewhere have no share here. */
  check(roles: readonly GroupRole[]): void {
    for (const role of roles) this.#sharesOf(holderOf(role, this.groups))
  }

  /** The PIN of a role, from the group that holds it. */
  async pinOf(role: Extract<GroupRole, 'so' | 'user'>): Promise<Pin> {
    using secret = await this.#secretOf(holderOf(role, this.groups))
    return { bytes: this.quorum.derivedPin(secret, this.partition, role), form: 'derived' }
  }

  /** The PIN of an application token, from the group that holds the role. */
  async applicationPin(role: ApplicationPin['role'], { id, generation }: Omit<ApplicationPin, 'role'>): Promise<Pin> {
    using secret = await this.#secretOf(holderOf(role, this.groups))
    return { bytes: this.quorum.applicationPin(secret, this.partition, { role, id, generation }), form: 'derived' }
  }

  /** The key that wraps a backup, AES-256, from the group that holds `recovery`. */
  async backupKek(): Promise<Secret> {
    using secret = await this.#secretOf(holderOf('recovery', this.groups))
    return this.quorum.backupKek(secret, this.partition)
  }

  /** SECRET-CHECK: a group's secret from M of its shares, compared before anything is derived from it: a wrong PIN costs a try. */
  async #secretOf(group: Group): Promise<Secret> {
    const secret = await this.quorum.combineShares(this.#sharesOf(group))
    if (this.quorum.matchesCheck(secret, this.partition, fromBase64url(group.check))) return secret
    secret[Symbol.dispose]()
    throw notVerified(
      'SECRET-CHECK',
      `the shares of ${group.name} are right, but not what they were split from: the ledger is wrong`,
    )
  }

  #sharesOf({ name, threshold }: Group): Share[] {
    const shares = this.#held.filter(({ seat }) => seat.group.name === name).map(({ share }) => share)
    if (shares.length >= threshold) return shares.slice(0, threshold)
    const text = `${shares.length} of the ${threshold} shares of ${name} that open the token are at hand`
    throw refused('CREDENTIALS-SUFFICE', text, 'bring more shares: --share FILE')
  }

  [Symbol.dispose](): void {
    for (const { share } of this.#held.splice(0)) share[Symbol.dispose]()
  }
}

export const signedBy = ({ custodian, group }: Seat, share: Share, message: Uint8Array): KeyApproval => ({
  custodian: custodian.name,
  group: group.name,
  epoch: group.epoch,
  key: custodian.key,
  value: toBase64url(share.sign(message)),
})
