// A set of shares that is lost, in a ledger: who holds so puts another in its place. Both readers take it, and find each forgery.
import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { auditText, openText, ruleOf } from '../support/audit.ts'
import { type Forgery, one, set } from '../support/bending.ts'
import { type Custody, newCustody } from '../support/custody.ts'
import { testForgeries } from '../support/forgery-tests.ts'
import { describeWhole, readAll } from '../support/independent.ts'
import type { Change, LedgerWriter, Loose } from '../support/ledger.ts'
import { issuedOf, needOf, type QuorumCast, QuorumStory, quorumCast } from '../support/quorum-story.ts'

interface LostCast extends QuorumCast {
  officers: Custody
  operators: Custody
  operators2: Custody
  operators3: Custody
}

const ABOVE = { name: 'officers', roles: ['so' as const], threshold: 2, people: ['alice', 'bob', 'carol'] }
/** Of them nobody but erin has a share any more: what is wrapped for recovery hangs on it too. */
const BELOW = { name: 'operators', roles: ['user' as const, 'recovery' as const], threshold: 2 }

async function lostCast(): Promise<LostCast> {
  const cast = await quorumCast()
  const operators = (epoch: number, ...people: string[]) => newCustody(cast.partition, { ...BELOW, people, epoch })
  return {
    ...cast,
    officers: newCustody(cast.partition, { ...ABOVE, epoch: 1 }),
    operators: operators(1, 'dave', 'erin', 'frank'),
    operators2: operators(2, 'dave', 'erin', 'gina'),
    operators3: operators(3, 'erin', 'gina', 'hans'),
  }
}

/** The backup is of before; what is open, a stage and a change, can't be ended by those whose shares are lost. */
class LostStory extends QuorumStory {
  declare readonly cast: LostCast

  static of(cast: LostCast, changes: Record<string, Change> = {}): LostStory {
    const story = new LostStory(cast, changes, Object.keys(changes).length > 0)
    return story.told(() => story.#tell())
  }

  #tell(): void {
    const { officers, operators, operators2, operators3, partition } = this.cast
    this.roster = [officers, operators]
    this.create()
    const file = { name: 'pay.krb', sha256: this.random(32).toString('hex'), bytes: 4711 }
    const members = { file: '/media/pay.krb', included: 0, omitted: [] }
    const backup = this.change('backup', 'backup.create', members, [officers, operators])
    this.ended('backup', backup, false, { artefacts: [file] })
    this.stage('stage', operators2, [operators])
    const waiting = this.change('waiting', 'partition.check', {}, [operators])
    const all = { custody: operators3, people: ['erin', 'gina', 'hans'] }
    const needs = [needOf(officers.group), { ...needOf(operators3.group), threshold: 3 }]
    const told = { group: operators3.group, issued: issuedOf(partition, operators3), lost: true, needs }
    const leaf = this.change('replace', 'quorum.replace', told, [officers, all], {}, this.station)
    const recovery = this.change('recover', 'partition.recover', { recovers: leaf }, [officers, operators3])
    this.replaced('replaced', leaf, operators3)
    this.add('recovered', 'recovered', { intent: leaf, found: 'done', keys: [] })
    this.ended('recover', recovery, true)
    const takenUp = this.change('take up', 'partition.recover', { recovers: waiting }, [operators3])
    this.add('taken up', 'recovered', { intent: waiting, found: 'not done', keys: [] })
    this.ended('take up', takenUp, false)
    this.ended('look', this.change('look', 'partition.check', {}, [operators3]), false)
  }
}

const VAULT = { name: 'vault', roles: ['recovery' as const], threshold: 2 }

/** Of the vault alone too few are left, and a backup waits for them that has no end yet. */
class VaultStory extends QuorumStory {
  static from(cast: QuorumCast, changes: Record<string, Change> = {}): VaultStory {
    const story = new VaultStory(cast, changes, Object.keys(changes).length > 0)
    return story.told(() => story.#tell())
  }

  /** What is open waits for other shares. */
  static outOfTurn(cast: QuorumCast): VaultStory {
    const story = new VaultStory(cast)
    story.roster = [cast.ops, cast.vault]
    story.create()
    story.change('look', 'partition.check', {}, [cast.ops])
    story.#replace()
    return story
  }

  #tell(): void {
    const { ops, vault } = this.cast
    this.roster = [ops, vault]
    this.create()
    const file = { name: 'pay.krb', sha256: this.random(32).toString('hex'), bytes: 4711 }
    const members = { file: '/media/pay.krb', included: 0, omitted: [] }
    const backup = this.change('backup', 'backup.create', members, [ops, vault])
    const leaf = this.#replace()
    this.replaced('replaced', leaf, vault2)
    this.ended('replace', leaf, true)
    const recovery = this.change('recover', 'partition.recover', { recovers: backup }, [ops, vault2])
    this.add('recovered', 'recovered', { intent: backup, found: 'done', keys: [], artefacts: [file] })
    this.ended('recover', recovery, false)
    this.ended('look', this.change('look', 'partition.check', {}, [ops]), false)
  }

  #replace(): string {
    const { ops, partition } = this.cast
    const { group } = vault2
    const all = { custody: vault2, people: ['dora', 'gina', 'hans'] }
    const needs = [needOf(ops.group), { ...needOf(group), threshold: 3 }]
    const told = { group, issued: issuedOf(partition, vault2), lost: true, needs }
    return this.change('replace', 'quorum.replace', told, [ops, all])
  }
}

/** A replacement of the operators was cut off, and its new shares are lost as well; one of the vault waits meanwhile. */
class TwiceStory extends QuorumStory {
  declare readonly cast: LostCast

  /** `over`: of whom a replacement is open when the operators' shares are given up; those with so may be in the midst of their own. */
  static over(cast: LostCast, over: 'officers' | 'operators' | 'vault'): TwiceStory {
    const own: LostCast = { ...cast, operators: apart[1], operators2: apart[2], operators3: apart[3] }
    const story = new TwiceStory(own)
    story.roster = [cast.officers, apart[1], cast.vault]
    story.create()
    story.#tell(over)
    return story
  }

  #tell(over: 'officers' | 'operators' | 'vault'): void {
    const { officers, operators, operators2, operators3, partition, vault } = this.cast
    const [old, next] = { officers: [officers, officers2], operators: [operators, operators2], vault: [vault, vault2] }[
      over
    ]
    const by = old === operators ? [old] : [old!, operators]
    const stage = this.stage('stage', next!, by)
    const told = { group: next!.group, stage, needs: [...by.map(({ group }) => needOf(group)), needOf(next!.group)] }
    const open = this.change('cut', 'quorum.replace', told, [...by, next!], { bridge: signs.bridge })
    const fresh = over === 'operators' ? operators3 : operators2
    const all = { custody: fresh, people: fresh.group.custodians.map(({ name }) => name) }
    // Whoever holds so by then, and can tell which PIN it has.
    const above = over === 'officers' ? next! : officers
    const needs = [needOf(above.group), { ...needOf(fresh.group), threshold: 3 }]
    const tries = over === 'officers' ? { lastTry: { so: 'old' } } : {}
    const lost = { group: fresh.group, issued: issuedOf(partition, fresh), lost: true, needs, ...tries }
    const leaf = this.change('replace', 'quorum.replace', lost, [above, all], {}, this.station)
    const again =
      over === 'officers'
        ? this.change('taken up', 'partition.recover', { recovers: leaf, ...tries }, [above, fresh])
        : ''
    this.replaced('replaced', leaf, fresh, [1, fresh.group.epoch])
    if (again) this.add('it was recovered', 'recovered', { intent: leaf, found: 'done', keys: [] })
    this.ended('replace', again || leaf, true)
    if (over !== 'operators') {
      const recovery = this.change('recover', 'partition.recover', { recovers: open }, [fresh, next!])
      this.replaced('the other one', open, next!)
      this.add('recovered', 'recovered', { intent: open, found: 'done', keys: [] })
      this.ended('recover', recovery, true)
    }
    this.ended('look', this.change('look', 'partition.check', {}, [fresh]), false)
  }
}

let cast: LostCast
let officers2: Custody
/** Operators of three epochs who hold `user` alone. */
let apart: [unknown, Custody, Custody, Custody]
let vault2: Custody
before(async () => {
  cast = await lostCast()
  vault2 = newCustody(cast.partition, { ...VAULT, epoch: 2, people: ['dora', 'gina', 'hans'] })
  officers2 = newCustody(cast.partition, { ...ABOVE, epoch: 2 })
  const user = { name: 'operators', roles: ['user' as const], threshold: 2, people: ['erin', 'frank', 'gina'] }
  const ofEpoch = (epoch: number) => newCustody(cast.partition, { ...user, epoch })
  apart = [undefined, ofEpoch(1), ofEpoch(2), ofEpoch(3)]
})

const { backup, ...signs } = {
  backup: { name: 'pay.krb', sha256: 'ab'.repeat(32), seq: 1 },
  bridge: Buffer.alloc(40, 1).toString('base64url'),
}
const theirs = ({ cast: those }: LedgerWriter) => those as LostCast

const FORGERIES: readonly Forgery[] = [
  one('REPLACE-LOST', 'a backup that opens no more', 'plan:replace', set({ backup })),
  one('REPLACE-LOST', 'of a set that was staged', 'plan:replace', (plan, writer) => {
    delete plan.issued
    plan.stage = writer.leaves[writer.steps.get('stage')!]
  }),
  one('ROSTER-SAME', 'of roles that the group has not', 'plan:replace', (plan) => void (plan.group.roles = ['user'])),
  one('BRIDGE-PRESENT', 'there is a bridge', 'replace', set(signs)),
  one('NEEDS-RECOMPUTED', 'without those who hold so', 'plan:replace', (plan) => void plan.needs.shift()),
  one('NEEDS-RECOMPUTED', 'one new custodian less', 'plan:replace', (plan) => void plan.needs[1].threshold--),
  one('SIGNER-MAY', 'it is not said to be lost', 'plan:replace', (plan) => void delete plan.lost),
  one('QUORUM-MET', 'one of those who hold so', 'replace', (record: Loose) => void record.approvals.shift()),
  one('QUORUM-MET', 'not everyone of the new set', 'replace', (record: Loose) => void record.approvals.pop()),
  one('NEEDS-RECOMPUTED', 'taken up by the new set alone', 'plan:recover', (plan) => void plan.needs.shift()),
  one('LAST-TRY', 'a try of the SO PIN, which is certain', 'plan:replace', set({ lastTry: { so: 'old' } })),
  one('LAST-TRY', 'a try of the PIN that is lost', 'plan:recover', set({ lastTry: { user: 'old' } })),
  one('PIN-EPOCHS', 'the token has the PIN that nobody knows', 'replaced', (record) => void (record.pins[0].epoch = 1)),
  one('SIGNER-MAY', 'the station tells of its end', 'replaced', (_, { station }) => station),
  one('SIGNER-MAY', 'the station signs what takes it up', 'recover', (_, { station }) => station),
  one('QUORUM-REPLACED', 'another set', 'replaced', (record, writer) => {
    record.group = theirs(writer).operators2.group
  }),
]

testForgeries(
  FORGERIES,
  ({ changes }) => LostStory.of(cast, changes).text,
  () => LostStory.of(cast).text,
)

const OF_THE_VAULT: readonly Forgery[] = [
  one(
    'INTENT-OPEN',
    'over a change that has no end, and shares that are there',
    'plan:replace',
    (plan) => void delete plan.lost,
  ),
  one('SIGNER-MAY', 'the station signs it, though the user can log in', 'replace', (_, { station }) => station),
  one('NEEDS-RECOMPUTED', 'without those who are left', 'plan:replace', (plan) => void plan.needs.shift()),
]

testForgeries(
  OF_THE_VAULT,
  ({ changes }) => VaultStory.from(cast, changes).text,
  () => VaultStory.from(cast).text,
)

describe('a set that took the place of a lost one', () => {
  test('is told of for good; nothing leads to the secret before, backups of it open no more, and the open stage came to nothing', async () => {
    const { text } = LostStory.of(cast)
    const { rosters, backups, closedBackups } = openText(text).history
    assert.deepEqual(
      rosters.takeovers.map(({ time: _, ...rest }) => rest),
      [{ group: 'operators', epoch: 3, before: 1, by: 'officers', seq: 8 }],
    )
    assert.deepEqual(rosters.bridgesDown('operators', 3, 1), [])
    assert.equal(rosters.lostBy({ group: 'operators', epoch: 1 })?.seq, 8)
    assert.equal(rosters.lostBy({ group: 'operators', epoch: 3 }), undefined)
    assert.equal(rosters.lostBy({ group: 'officers', epoch: 1 }), undefined)
    assert.deepEqual([backups.length, closedBackups.map(({ seq }) => seq)], [0, [1]])
    assert.equal(rosters.setOf({ group: 'operators', epoch: 2 })?.standing, 'unstaged')
    const said = await describeWhole(text)
    assert.deepEqual([said.takeovers, said.stage], [[['operators', 3]], undefined])
  })
  test('of the secret of the backups alone: no PIN changes, and a backup that had no end is closed when it is found', async () => {
    const { text } = VaultStory.from(cast)
    const { rosters, backups, closedBackups, newestBackup } = openText(text).history
    assert.deepEqual(
      rosters.takeovers.map(({ time: _, ...rest }) => rest),
      [{ group: 'vault', epoch: 2, before: 1, by: 'ops', seq: 3 }],
    )
    assert.deepEqual([backups.length, closedBackups.map(({ seq }) => seq), newestBackup], [0, [1], undefined])
    const said = await describeWhole(text)
    assert.deepEqual(said.takeovers, [['vault', 2]])
    const { text: early } = VaultStory.outOfTurn(cast)
    assert.equal(
      ruleOf(() => auditText(early)),
      'INTENT-OPEN',
    )
    assert.deepEqual(await readAll([early]), ['INTENT-OPEN'])
  })
  test('over a replacement that was cut off: of the same group that ends with it, any other waits, that of those with so too, who are asked by their new shares', async () => {
    const texts = (['operators', 'vault', 'officers'] as const).map((over) => TwiceStory.over(cast, over).text)
    assert.deepEqual(
      texts.map((text) => ruleOf(() => auditText(text))),
      ['none', 'none', 'none'],
    )
    assert.deepEqual(await readAll(texts), ['none', 'none', 'none'])
    const { rosters, unfinished } = openText(texts[0]!).history
    const standing = [1, 2, 3].map((epoch) => rosters.setOf({ group: 'operators', epoch })?.standing)
    assert.deepEqual([standing, unfinished, rosters.stage], [['retired', 'unstaged', 'in force'], undefined, undefined])
    assert.equal(openText(texts[1]!).history.rosters.setOf({ group: 'vault', epoch: 2 })?.standing, 'in force')
    assert.equal(openText(texts[2]!).history.rosters.setOf({ group: 'officers', epoch: 2 })?.standing, 'in force')
  })
})
