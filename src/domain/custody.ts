// What a ledger tells of people and their shares beside what they approved: shares that were shown, acknowledged, sealed, destroyed, and
// custodians who left.
import { checkApprovers } from './approvals.ts'
import { notVerified } from './errors.ts'
import { type Earlier, Places } from './places.ts'
import type { Acknowledged, Denied, Departed, Drill, Record, ShareRecorded } from './record.ts'
import { custodiansOf, isCustodian } from './roster.ts'
import type { Approval, Artefact, Group, KeyApproval } from './shapes.ts'
import type { Challenge, OneShare } from './statement.ts'

/** A share was used since this time, as the record `seq` tells. */
export interface Proven {
  time: string
  seq: number
  by: 'approval' | 'drill'
}

type Stated = Acknowledged | Departed | Drill | ShareRecorded

/** What was last recorded of a person. */
export interface Person {
  acknowledged?: { form: Artefact; time: string; seq: number }
  departed?: { on: string; time: string; seq: number }
}

/** Where a share is said to lie. `used`: the first record that shows its use while it was said to be sealed, lost or destroyed. */
export type Kept = Pick<ShareRecorded, 'state' | 'bag' | 'place' | 'witnesses' | 'time' | 'seq'> & { used?: number }

/** Where it is said to be, and can't be when it is used; undefined of one that is in no bag. */
export function awayInWords({ state, bag, seq }: Kept): string | undefined {
  if (state === 'opened') return undefined
  return `${state === 'sealed' ? `sealed in bag ${bag}` : state}, by record ${seq}`
}

/** Shares of one epoch that came from afar: whoever held the sealing key held them. The record is the last that tells of it. */
export interface Sent {
  group: string
  epoch: number
  custodians: string[]
  time: string
  seq: number
}

/** Today's groups, and every set of shares that there is or was. */
interface KnownShares {
  groups: readonly Group[]
  sets: readonly { group: Group }[]
}

const nameOf = ({ custodian, group, epoch }: OneShare): string => `${group}/${epoch}/${custodian}`

const drillOf = (key: string, leaf: string): string => `${key}/${leaf}`

export class Custody {
  readonly #places = new Places()
  /** By the key of the share. */
  readonly #proven = new Map<string, Proven>()
  readonly #people = new Map<string, Person>()
  readonly #kept = new Map<string, Kept>()
  /** By group and epoch. */
  readonly #sent = new Map<string, Sent>()
  /** Who brought a share of before, as the ledger tells of refusals. */
  readonly #retired: Pick<Denied, 'custodian' | 'group' | 'seq'>[] = []
  /** By the key of the share and the leaf that it signed: the first record of that drill. */
  readonly #drills = new Map<string, number>()

  get saved() {
    return {
      drills: [...this.#drills],
      kept: [...this.#kept],
      people: [...this.#people],
      proven: [...this.#proven],
      retired: this.#retired.map(({ custodian, group, seq }) => ({ custodian, group, seq })),
      sent: [...this.#sent.values()],
    }
  }

  /** `records`: so many lie before what comes now. */
  restore({ drills, kept, people, proven, retired, sent }: Custody['saved'], records: number, earlier: Earlier): void {
    this.#places.begin(records, earlier)
    for (const [drill, seq] of drills) this.#drills.set(drill, seq)
    for (const [share, one] of kept) this.#kept.set(share, one)
    for (const [name, one] of people) this.#people.set(name, one)
    for (const [key, one] of proven) this.#proven.set(key, one)
    this.#retired.push(...retired)
    for (const one of sent) this.#sent.set(`${one.group}/${one.epoch}`, one)
  }

  /** Of each record of the ledger, in order. */
  pass(record: Record, leaf: string): void {
    this.#places.add(leaf, record.time)
    if (record.type === 'denied' && record.reason === 'SHARE-RETIRED') this.#retired.push(record)
    if (!('approvals' in record)) return
    const { approvals, time, seq } = record
    for (const approval of approvals) {
      this.#prove(approval, { time, seq, by: 'approval' }, seq)
      if (approval.via === 'contribution') this.#send(approval, time, seq)
    }
  }

  #send({ custodian, group, epoch }: Approval, time: string, seq: number): void {
    const before = this.sentOf({ name: group, epoch })?.custodians ?? []
    const custodians = [...new Set([...before, custodian])]
    this.#sent.set(`${group}/${epoch}`, { group, epoch, custodians, time, seq })
  }

  sentOf({ name, epoch }: Pick<Group, 'name' | 'epoch'>): Sent | undefined {
    return this.#sent.get(`${name}/${epoch}`)
  }

  /** What shares signed without a plan. */
  take(record: Stated, { groups, sets }: KnownShares): void {
    switch (record.type) {
      case 'drill':
        return this.#drill(record, groups)
      case 'custodian.acknowledged':
        return this.#acknowledge(record, groups)
      case 'custodian.departed':
        return this.#depart(record, groups)
      case 'share.recorded':
        return this.#keep(record, groups, sets)
    }
  }

  lastProven(key: string): Proven | undefined {
    return this.#proven.get(key)
  }

  person(name: string): Person {
    return this.#people.get(name) ?? {}
  }

  /** The record of the drill by which this share has answered this challenge. */
  drilled = (key: string, { leaf }: Challenge): number | undefined => this.#drills.get(drillOf(key, leaf))

  /** The first record after this one that tells of a share of before, of this custodian and group, that was refused. */
  broughtAfter = (seq: number, { custodian, group }: OneShare): number | undefined =>
    this.#retired.find((one) => one.seq > seq && one.custodian === custodian && one.group === group)?.seq

  /** Those who are custodians anew: that they left is history. */
  welcome(people: readonly string[]): void {
    for (const name of people) {
      const { departed: _, ...person } = this.person(name)
      this.#people.set(name, person)
    }
  }

  keptOf(share: OneShare): Kept | undefined {
    return this.#kept.get(nameOf(share))
  }

  /** APPROVER-CURRENT, STATEMENT-CHALLENGE: a proof is as old as the record that was signed. */
  #drill({ proof, challenge, seq }: Drill, groups: readonly Group[]): void {
    checkApprovers([proof], groups)
    this.#prove(proof, { time: this.challenged(challenge), seq, by: 'drill' }, challenge.seq)
    const drill = drillOf(proof.key, challenge.leaf)
    if (!this.#drills.has(drill)) this.#drills.set(drill, seq)
  }

  /** APPROVER-CURRENT, STATEMENT-CHALLENGE. */
  #acknowledge(record: Acknowledged, groups: readonly Group[]): void {
    const { proof, form, time, seq } = record
    checkApprovers([proof], groups)
    this.#checkFresh(record)
    this.#people.set(proof.custodian, { ...this.person(proof.custodian), acknowledged: { form, time, seq } })
    this.#prove(proof, { time, seq, by: 'drill' }, seq)
  }

  /** CUSTODIAN-KNOWN, STATEMENT-OTHERS, STATEMENT-CHALLENGE. */
  #depart(record: Departed, groups: readonly Group[]): void {
    const { custodian, on, time, seq } = record
    checkKnown(custodian, groups)
    this.#checkOthers(record, custodian, groups)
    this.#people.set(custodian, { ...this.person(custodian), departed: { on, time, seq } })
  }

  /** CUSTODIAN-KNOWN, CUSTODY-TOLD, STATEMENT-OTHERS, STATEMENT-CHALLENGE. */
  #keep(record: ShareRecorded, groups: readonly Group[], sets: KnownShares['sets']): void {
    const { share, state, bag, place, witnesses, time, seq } = record
    checkKnown(
      share.custodian,
      sets.map(({ group }) => group).filter(({ name, epoch }) => name === share.group && epoch === share.epoch),
    )
    if (this.keptOf(share)?.state === 'destroyed')
      throw notVerified('CUSTODY-TOLD', `the share of ${share.custodian}, epoch ${share.epoch}, was destroyed before`)
    if ((state === 'sealed') !== (bag !== undefined))
      throw notVerified('CUSTODY-TOLD', bag === undefined ? 'no bag is named' : `a share that is ${state} is in no bag`)
    this.#checkOthers(record, share.custodian, groups)
    const told = { ...(bag && { bag }), ...(place && { place }), ...(witnesses && { witnesses }) }
    this.#kept.set(nameOf(share), { state, ...told, time, seq })
  }

  /** An old proof that comes late takes nothing back. `since`: the record after which the share was used. */
  #prove(share: KeyApproval, proven: Proven, since: number): void {
    const before = this.#proven.get(share.key)
    if (before === undefined || before.time < proven.time) this.#proven.set(share.key, proven)
    const kept = this.keptOf(share)
    if (kept && awayInWords(kept) && since >= kept.seq) kept.used ??= proven.seq
  }

  /** STATEMENT-OTHERS: two other people have signed it, or the only one that there is. */
  #checkOthers(record: Departed | ShareRecorded, whom: string, groups: readonly Group[]): void {
    const { signed } = record
    checkApprovers(signed, groups)
    this.#checkFresh(record)
    const names = new Set(signed.map(({ custodian }) => custodian))
    if (names.has(whom)) throw notVerified('STATEMENT-OTHERS', `${whom} signs what is about ${whom}`)
    const wanted = othersNeeded(whom, groups)
    if (names.size < wanted || names.size < signed.length)
      throw notVerified('STATEMENT-OTHERS', `${names.size} of ${wanted} other custodians have signed`)
  }

  /** STATEMENT-CHALLENGE: what is told now was signed over the record before it, so that nothing is told twice. */
  #checkFresh({ challenge, seq, waited }: Pick<Departed, 'challenge' | 'seq' | 'waited'>): void {
    this.challenged(challenge)
    // Of what waited it is the history that knows whether it was told before.
    if (!waited && challenge.seq !== seq - 1)
      throw notVerified('STATEMENT-CHALLENGE', `it was signed over record ${challenge.seq}, and stands behind others`)
  }

  /** When a record of this ledger was written. */
  timeOf = (record: Challenge): string | undefined => this.#places.timeOf(record)

  /** STATEMENT-CHALLENGE: the time of the record that was signed, which is one of this ledger. */
  challenged(challenge: Challenge): string {
    const time = this.timeOf(challenge)
    if (time !== undefined) return time
    throw notVerified('STATEMENT-CHALLENGE', `record ${challenge.seq} of this ledger is not what was signed`)
  }
}

/** CUSTODIAN-KNOWN. */
function checkKnown(custodian: string, groups: readonly Group[]): void {
  if (isCustodian(custodian, groups)) return
  throw notVerified('CUSTODIAN-KNOWN', `no custodian ${custodian} has, or had, such a share`)
}

/** How many other people sign what is recorded of somebody. */
export function othersNeeded(whom: string, groups: readonly Group[]): number {
  const names = new Set(custodiansOf(groups))
  names.delete(whom)
  return Math.min(2, names.size)
}
