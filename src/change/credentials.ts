// What shares unlock while they are held: the PINs and the backup key. None of it is evidence, and none is kept.
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { holderOf, type Seat } from '../domain/roster.ts'
import type { Secret } from '../domain/secret.ts'
import type { Group, GroupRole, KeyApproval } from '../domain/shapes.ts'
import type { Bridge, Takeover } from '../domain/share-sets.ts'
import { counted } from '../domain/words.ts'
import type { Pin, Role } from '../hsm/port.ts'
import type { ApplicationPin, Share, SharedSecrets } from '../quorum/port.ts'

/** A set of custodians: a group's name alone would not tell old shares from new ones. */
export interface SetName {
  group: string
  epoch: number
}

/** The sets of a partition, as its ledger has them. */
export interface KnownSets {
  /** Those in force. */
  readonly groups: readonly Group[]
  /** One that is, was, or is to be in force. */
  setOf(set: SetName): Group | undefined
  /** The way down, the newest bridge first. */
  bridgesDown(group: string, from: number, to: number): readonly Bridge[]
  /** What took the place of a set that was lost: nothing leads to its secret. */
  lostBy?(set: SetName): Takeover | undefined
  /** The epochs whose PINs the partition's token has. */
  readonly pins: Readonly<Partial<Record<Role, number>>>
  /** The id of the member that acts; the first has none. */
  readonly member?: string | undefined
}

/** Of a partition that begins: there is nothing before. */
export const firstSets = (groups: readonly Group[]): KnownSets => ({
  groups,
  setOf: ({ group, epoch }) => groups.find((one) => one.name === group && one.epoch === epoch),
  bridgesDown: () => [],
  pins: {},
})

interface Held {
  seat: Seat
  share: Share
}

export class Credentials implements Disposable {
  readonly #held: Held[] = []

  constructor(
    readonly partition: string,
    readonly sets: KnownSets,
    readonly quorum: SharedSecrets,
  ) {}

  hold(seat: Seat, share: Share): void {
    this.#held.push({ seat, share })
  }

  /** Everyone's signature over other bytes than a plan's: those that let an audit key in. */
  sign(message: Uint8Array): KeyApproval[] {
    return this.#held.map(({ seat, share }) => signedBy(seat, share, message))
  }

  /** CREDENTIALS-SUFFICE: the shares at hand unlock these roles. Custodians who approved from elsewhere have no share here. `groups`: where it is not those in force that hold them. */
  check(roles: readonly GroupRole[], groups = this.sets.groups): void {
    for (const role of roles) this.#suffices(inForce(holderOf(role, groups)))
  }

  /** The PIN of a role, as the partition's token has it; or that of another set of the group that holds it. */
  async pinOf(role: Role, epoch?: number): Promise<Pin> {
    const { name: group, epoch: today } = holderOf(role, this.sets.groups)
    using secret = await this.secretAt({ group, epoch: epoch ?? this.sets.pins[role] ?? today })
    const { member } = this.sets
    return { bytes: this.#pin(secret, role, member), form: 'derived' }
  }

  /** The same of a token that is about to be a member's: of the sets in force. */
  async memberPin(role: Role, id: string): Promise<Pin> {
    using secret = await this.secretAt(inForce(holderOf(role, this.sets.groups)))
    return { bytes: this.#pin(secret, role, id), form: 'derived' }
  }

  #pin = (secret: Secret, role: Role, member: string | undefined): Secret =>
    member === undefined
      ? this.quorum.derivedPin(secret, this.partition, role)
      : this.quorum.memberPin(secret, this.partition, role, member)

  /** The PIN of an application token. `holder`: the set that it was derived from; without it the one that holds the role. */
  async applicationPin(
    role: ApplicationPin['role'],
    { id, generation }: Omit<ApplicationPin, 'role'>,
    holder: SetName = inForce(holderOf(role, this.sets.groups)),
  ): Promise<Pin> {
    using secret = await this.secretAt(holder)
    return { bytes: this.quorum.applicationPin(secret, this.partition, { role, id, generation }), form: 'derived' }
  }

  /** The key that wraps a backup, AES-256, from the group that holds `recovery`. `epoch`: of a backup of before. */
  async backupKek(epoch?: number): Promise<Secret> {
    const { name: group, epoch: today } = holderOf('recovery', this.sets.groups)
    using secret = await this.secretAt({ group, epoch: epoch ?? today })
    return this.quorum.backupKek(secret, this.partition)
  }

  /**
   * SECRET-CHECK, BRIDGE-OPENS, CREDENTIALS-SUFFICE: the secret of a set, from M of its shares, or from M of a later one and the bridges
   * down from there. Each is compared before anything is derived from it: a wrong PIN costs a try.
   */
  async secretAt(set: SetName): Promise<Secret> {
    const held = this.#suffices(set)
    let secret = await this.#joined(held)
    for (const { epoch, before, value } of this.sets.bridgesDown(set.group, held.epoch, set.epoch)) {
      using above = secret
      const under = this.quorum.openBridge(fromBase64url(value), above, this.partition, epoch)
      secret = this.#checked(under, this.#known({ group: set.group, epoch: before }), BRIDGED)
    }
    return secret
  }

  /** The secret before under that of a set that takes over. */
  async bridge(from: SetName, to: SetName): Promise<Uint8Array> {
    using newer = await this.secretAt(to)
    using older = await this.secretAt(from)
    return this.quorum.bridge(newer, older, this.partition, to.epoch)
  }

  /** SECRET-CHECK: whichever of the shares at hand are joined, they give the secret of their set. */
  async checkSubsets(set: SetName): Promise<void> {
    using secret = await this.secretAt(set)
    const { threshold } = this.#known(set)
    const shares = this.#sharesOf(set)
    const hint = 'ask each custodian for another copy of the share'
    await this.quorum.verifySubsets(shares, threshold, secret).catch((error) => {
      if (error instanceof KeyriteError) throw error
      throw notVerified('SECRET-CHECK', `of ${inWords(set)}: ${(error as Error).message}`, hint)
    })
  }

  /** SECRET-CHECK. */
  async #joined(set: Group): Promise<Secret> {
    const shares = this.#sharesOf(inForce(set)).slice(0, set.threshold)
    return this.#checked(await this.quorum.combineShares(shares), set, SPLIT)
  }

  #checked(secret: Secret, { name, check }: Group, wrong: (name: string) => string): Secret {
    if (this.quorum.matchesCheck(secret, this.partition, fromBase64url(check))) return secret
    secret[Symbol.dispose]()
    throw notVerified('SECRET-CHECK', wrong(name))
  }

  /** The set whose shares are at hand, and lead to this one: the one itself, or the nearest after it. */
  #suffices(set: SetName): Group {
    const known = this.#known(set)
    const epochs = this.#held.flatMap(({ seat: { group } }) => (group.name === set.group ? [group.epoch] : []))
    // A set that is only staged has no bridge yet.
    const leads = (epoch: number): boolean =>
      epoch === set.epoch || this.sets.bridgesDown(set.group, epoch, set.epoch).length > 0
    const later = [...new Set(epochs)].filter((epoch) => epoch >= set.epoch && leads(epoch)).sort((a, b) => a - b)
    const enough = later
      .map((epoch) => this.#known({ group: set.group, epoch }))
      .find((one) => this.#sharesOf(inForce(one)).length >= one.threshold)
    if (enough) return enough
    const lost = this.sets.lostBy?.(set)
    if (lost) throw isLost(set, lost)
    const have = this.#sharesOf(set).length
    const text = `${have} of the ${counted(known.threshold, 'share')} of ${inWords(set)} that are needed are at hand`
    throw refused('CREDENTIALS-SUFFICE', text, 'bring more shares: --share FILE')
  }

  #known(set: SetName): Group {
    const known = this.sets.setOf(set)
    if (known) return known
    throw notVerified('SECRET-CHECK', `the ledger knows of no custodians of ${inWords(set)}`, 'bring the newest ledger')
  }

  #sharesOf({ group: name, epoch }: SetName): Share[] {
    return this.#held.flatMap(({ seat: { group }, share }) =>
      group.name === name && group.epoch === epoch ? [share] : [],
    )
  }

  [Symbol.dispose](): void {
    for (const { share } of this.#held.splice(0)) share[Symbol.dispose]()
  }
}

export const inForce = ({ name, epoch }: Group): SetName => ({ group: name, epoch })

const inWords = ({ group, epoch }: SetName): string => `${group}, epoch ${epoch}`

/** SECRET-LOST. */
export const isLost = (set: SetName, { by, seq, time }: Takeover): KeyriteError =>
  refused(
    'SECRET-LOST',
    `the shares of ${inWords(set)}, were lost, and custodians of ${by} replaced them by record ${seq} of ${time.slice(0, 10)}: nothing leads to their secret any more`,
    keyrite('quorum', 'show', '--former'),
  )

const SPLIT = (name: string) =>
  `the shares of ${name} are right, but not what they were split from: the ledger is wrong`
const BRIDGED = (name: string) => `the bridge to the secret of ${name} gives another one: the ledger is wrong`

export const signedBy = ({ custodian, group }: Seat, share: Share, message: Uint8Array): KeyApproval => ({
  custodian: custodian.name,
  group: group.name,
  epoch: group.epoch,
  key: custodian.key,
  value: toBase64url(share.sign(message)),
})
