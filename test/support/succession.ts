// Partitions whose custodians are replaced: which share files there are of each epoch, and the commands from a stage to its end.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { blank, copyOf, initByGroups, type TestPartition } from './partition.ts'
import { softhsm } from './softhsm.ts'

/** A group as a test knows it: of its present set, and who is in it. */
export interface TestSet {
  name: string
  roles: string
  epoch: number
  threshold: number
  people: readonly string[]
}

/** Where the share of somebody lies: with several groups the files are named after them too. */
export function shareOf(place: TestPartition, { name, epoch }: TestSet, person: string, several: boolean): string {
  const group = several ? `.${name}` : ''
  return place.path('shares', `${person}${group}${epoch === 1 ? '' : `.e${epoch}`}.share.txt`)
}

export class Succession {
  readonly sets: TestSet[]

  constructor(
    readonly place: TestPartition,
    sets: readonly TestSet[],
  ) {
    this.sets = sets.map((set) => ({ ...set }))
    if (!existsSync(place.path('stick'))) mkdirSync(place.path('stick'))
  }

  set = (name: string): TestSet => this.sets.find((set) => set.name === name)!

  file = (set: TestSet, person: string): string => shareOf(this.place, set, person, this.sets.length > 1)

  /** The flags by which M of a set approve, beginning with another person each turn. */
  by(set: TestSet, turn = 0, count = set.threshold): string[] {
    return Array.from({ length: count }, (_, i) => set.people[(turn + i) % set.people.length]!).flatMap((person) => [
      '--share',
      this.file(set, person),
    ])
  }

  /** Of every group that holds one of these roles. */
  byRoles = (...roles: string[]): string[] =>
    this.sets
      .filter((set) => set.roles.split(',').some((role) => roles.includes(role)))
      .flatMap((set) => this.by(set, set.epoch))

  all = (): string[] => this.sets.flatMap((set) => this.by(set, set.epoch))

  /** New shares for everyone of the group, in plain files: each is read back. */
  async stage(name: string, ...more: string[]): Promise<TestSet> {
    const old = this.set(name)
    const { group } = await this.place.data(
      ...['quorum', 'stage', '--group', name, '--shares-dir', this.place.path('shares'), '--unsafe-plain-shares'],
      ...more,
      ...this.approving(old),
    )
    return { ...old, epoch: group.epoch, threshold: group.threshold, people: group.custodians }
  }

  /** M of the group, and M of the one that holds `user`. */
  approving = (set: TestSet): string[] => [
    ...this.by(set, set.epoch),
    ...this.sets.filter((one) => one.roles.includes('user') && one !== set).flatMap((one) => this.by(one)),
  ]

  replaceArgs = (next: TestSet, ...more: string[]): string[] => [
    ...['quorum', 'replace', '--copy', this.place.path('stick'), '--confirm', next.name],
    ...more,
    ...this.approving(this.set(next.name)),
    ...this.by(next, next.epoch),
  ]

  /** By that set from now on. */
  follow(next: TestSet): void {
    this.sets[this.sets.findIndex(({ name }) => name === next.name)] = next
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  async replace(next: TestSet, ...more: string[]): Promise<any> {
    const told = await this.place.data(...this.replaceArgs(next, ...more))
    this.follow(next)
    return told
  }

  recoverArgs = (next: TestSet): string[] => [
    ...['partition', 'recover', '--copy', this.place.path('stick')],
    ...this.by(next, next.epoch),
    ...this.sets.filter((one) => one.roles.includes('user') && one.name !== next.name).flatMap((one) => this.by(one)),
  ]

  /** Onto a blank token, in another home, from a copy of the ledger. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it and says what it expects
  async restored(backup: string, ledger: string, exit = 0): Promise<any> {
    const home = this.place.path('other-home')
    rmSync(home, { recursive: true, force: true })
    const slot = await this.place.blankSlot()
    const how = ['--module', softhsm, '--slot', slot, '--ledger', ledger, '--no-checkpoint', '--confirm', 'pay']
    const { code, json, stderr } = await this.place.keyrite(['backup', 'restore', backup, ...how, ...this.all()], {
      home,
    })
    assert.equal(code, exit, stderr)
    return exit === 0 ? json.data : json.error
  }
}

export const TOGETHER: readonly TestSet[] = [
  { name: 'custodians', roles: 'so,user,recovery', epoch: 1, threshold: 2, people: ['alice', 'bob', 'carol'] },
]

export const APART: readonly TestSet[] = [
  { name: 'officers', roles: 'so', epoch: 1, threshold: 3, people: ['alice', 'bob', 'carol', 'dave'] },
  { name: 'operators', roles: 'user', epoch: 1, threshold: 2, people: ['erin', 'frank', 'grace'] },
  { name: 'keepers', roles: 'recovery', epoch: 1, threshold: 2, people: ['alice', 'heidi', 'ivan'] },
]

/** The partition `pay` with one key, `card`, by these groups. */
export async function succession(sets: readonly TestSet[]): Promise<Succession> {
  const name = `succession-${sets.map(({ name, threshold, people }) => `${name}-${threshold}-of-${people.length}`).join('-')}`
  const place = await copyOf(name, 'plain', async () => {
    const made = blank()
    const groups = sets.map(({ name, roles, threshold, people }) => `${name}:${roles}:${threshold}:${people.join(',')}`)
    await made.data(...initByGroups(made, groups))
    const story = new Succession(made, sets)
    await made.data('key', 'generate', 'card', '--type', 'aes-256', ...story.byRoles('user'))
    return made
  })
  return new Succession(place, sets)
}
