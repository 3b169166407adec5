// Ten replacements in a row, in stages and in one sitting, some given up before: whether one group holds every role, or each has its own.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import type { GroupRole } from '../../src/domain/shapes.ts'
import { auditText, openText, ruleOf } from '../support/audit.ts'
import { type Custody, newCustody } from '../support/custody.ts'
import { readAll } from '../support/independent.ts'
import { issuedOf, needOf, type QuorumCast, QuorumStory, quorumCast } from '../support/quorum-story.ts'

const TIMES = 10
/** Of whom each set has the next five, so that in ten everyone goes, and some come back. */
const PEOPLE = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'gina', 'hans']

let cast: QuorumCast
before(async () => {
  cast = await quorumCast()
})

/** A partition in which custodians change all the time. */
class Years {
  readonly story: QuorumStory
  /** Every set that was in force, and those that were given up. */
  readonly former: Custody[] = []
  readonly unstaged: Custody[] = []

  constructor(layout: readonly (readonly GroupRole[])[]) {
    const roster = layout.map((roles, i) => this.#set(`group-${i}`, [...roles], 1, 0))
    this.story = QuorumStory.begun(cast, roster)
    const leaving = { custodian: 'alice', on: '2026-12-31' }
    this.story.statement('depart', 'custodian.departed', leaving, roster[0]!, ['bob', 'carol'])
  }

  #set(name: string, roles: GroupRole[], epoch: number, turn: number): Custody {
    const people = [0, 1, 2, 3, 4].map((i) => PEOPLE[(turn + i) % PEOPLE.length]!)
    return newCustody(cast.partition, { name, roles, threshold: 2 + (turn % 2), people, epoch })
  }

  get present(): readonly Custody[] {
    return this.story.roster
  }

  /** Who approves what is about this group: those with its roles, and whoever is user. */
  #approving(old: Custody): Custody[] {
    return this.present.filter((one) => one === old || one.group.roles.includes('user'))
  }

  /** `turn`: 1 to 10. Each third time a set is given up first. */
  replace(name: string, turn: number): void {
    const old = this.present.find(({ group }) => group.name === name)!
    const { roles, epoch } = old.group
    const by = this.#approving(old)
    if (turn % 3 === 0) this.#giveUp(this.#set(name, [...roles], epoch + 1, turn), by, turn)
    const next = this.#set(name, [...roles], epoch + (turn % 3 === 0 ? 2 : 1), turn)
    if (turn % 2 === 0) this.#inOneSitting(next, by, turn)
    else this.#inStages(next, by, turn)
    this.former.push(old)
  }

  #giveUp(set: Custody, by: Custody[], turn: number): void {
    const step = `unstage ${set.group.name} ${turn}`
    const stage = this.story.stage(`stage for ${step}`, set, by, ['alice'])
    this.story.ended(step, this.story.change(step, 'quorum.unstage', { group: set.group, stage }, by), false)
    this.unstaged.push(set)
  }

  /** Those who are first are there; the others are not, and one of them confirms. */
  #inStages(next: Custody, by: Custody[], turn: number): void {
    const { group } = next
    const names = group.custodians.map(({ name }) => name)
    const step = `${group.name} ${turn}`
    const stage = this.story.stage(`stage ${step}`, next, by, names.slice(group.threshold))
    this.story.confirm(`confirm ${step}`, next, names.at(-1)!)
    const leaf = this.story.change(
      `replace ${step}`,
      'quorum.replace',
      { group, stage },
      [...by, next],
      this.story.bridge,
    )
    this.story.replaced(`replaced ${step}`, leaf, next)
    this.story.ended(`replace ${step}`, leaf, true)
  }

  /** Cut off, and taken up by the new shares. */
  #inOneSitting(next: Custody, by: Custody[], turn: number): void {
    const { group } = next
    const step = `${group.name} ${turn}`
    const needs = [...by.map((one) => needOf(one.group)), { ...needOf(group), threshold: group.custodians.length }]
    const members = { group, issued: issuedOf(cast.partition, next), needs }
    const all = { custody: next, people: group.custodians.map(({ name }) => name) }
    const leaf = this.story.change(`replace ${step}`, 'quorum.replace', members, [...by, all], this.story.bridge)
    const heirs = by.map((one) => (one.group.name === group.name ? next : one))
    const recovery = this.story.change(`recover ${step}`, 'partition.recover', { recovers: leaf }, heirs)
    this.story.replaced(`replaced ${step}`, leaf, next)
    this.story.add(`recovered ${step}`, 'recovered', { intent: leaf, found: 'done', keys: [] })
    this.story.ended(`recover ${step}`, recovery, true)
  }

  /** The rule that a look breaks which these shares approve, and which says that this is needed. */
  rulesOut(custody: Custody, need: object): string {
    const { story } = this
    const { length } = story.lines
    story.change('look', 'partition.check', { needs: [need] }, [custody])
    const rule = ruleOf(() => openText(story.text))
    story.lines.length = length
    story.leaves.length = length
    return rule
  }
}

const LAYOUTS: [what: string, layout: GroupRole[][]][] = [
  ['one group holds every role', [['so', 'user', 'recovery']]],
  ['so and user are held together', [['so', 'user'], ['recovery']]],
  ['each role has a group', [['so'], ['user'], ['recovery']]],
]

for (const [what, layout] of LAYOUTS)
  describe(what, () => {
    let years: Years
    before(() => {
      years = new Years(layout)
      for (let turn = 1; turn <= TIMES; turn++)
        // The threshold of the group with so is never below another's: it goes up first, and down last.
        for (const i of layout.keys()) years.replace(`group-${turn % 2 ? i : layout.length - 1 - i}`, turn)
    })

    test('both readers take it', async () => {
      auditText(years.story.text)
      assert.deepEqual(await readAll([years.story.text]), ['none'])
    })

    test('the sets of today are in force, and no others', () => {
      const { rosters, groups } = openText(years.story.text).history
      assert.deepEqual(
        groups,
        years.present.map(({ group }) => group),
      )
      const standing = (sets: readonly Custody[]) =>
        new Set(sets.map(({ group }) => rosters.setOf({ group: group.name, epoch: group.epoch })?.standing))
      assert.deepEqual([...standing(years.present)], ['in force'])
      assert.deepEqual([...standing(years.former)], ['retired'])
      assert.deepEqual([...standing(years.unstaged)], ['unstaged'])
      assert.equal(rosters.sets.length, years.present.length + years.former.length + years.unstaged.length)
    })

    test('from each secret of today bridges lead to every former one of its group, and to none that was given up', () => {
      const { rosters } = openText(years.story.text).history
      for (const { group } of years.present) {
        const [first] = rosters.bridgesDown(group.name, group.epoch, 1)
        assert.equal(first?.epoch, group.epoch)
        assert.equal(rosters.bridgesDown(group.name, group.epoch, 1).at(-1)?.before, 1)
        assert.equal(rosters.bridgesDown(group.name, group.epoch, 1).length, TIMES)
      }
      const reaches = ({ group: { name, epoch } }: Custody) => {
        const today = years.present.find(({ group }) => group.name === name)!
        return rosters.bridgesDown(name, today.group.epoch, epoch).length > 0
      }
      assert.ok(years.former.every(reaches))
      assert.ok(!years.unstaged.some(reaches))
    })

    test('shares of no former set, and of none that was given up, approve anything, whatever a plan says', () => {
      const user = years.present.find(({ group }) => group.roles.includes('user'))!
      const rule = (custody: Custody, need: object) => years.rulesOut(custody, need)
      assert.equal(rule(user, needOf(user.group)), 'none')
      const old = [...years.former, ...years.unstaged]
      const named = (one: Custody) => rule(one, needOf({ ...one.group, name: user.group.name }))
      assert.deepEqual([...new Set(old.map(named))], ['NEEDS-RECOMPUTED'])
      assert.deepEqual([...new Set(old.map((one) => rule(one, needOf(user.group))))], ['APPROVER-CURRENT'])
    })

    test('who left is said to have left until they are custodians anew', () => {
      const { story } = years
      const after = (step: string) => openText(story.textTo(step)).history
      assert.equal(after('replaced group-0 3').custody.person('alice').departed?.on, '2026-12-31')
      assert.equal(after('replaced group-0 10').custody.person('alice').departed, undefined)
    })
  })
