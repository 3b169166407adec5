// The story of members: a second token comes, follows, is away, fails, is made right, signs, goes through a replacement of custodians, and ends; a third comes, and the first is lost.
import { newKeyId } from '../../src/domain/key-id.ts'
import { memberLabel, newMemberId } from '../../src/domain/member-id.ts'
import type { Floor, Holder } from '../../src/domain/member-shapes.ts'
import { plannedKeys } from '../../src/domain/plan.ts'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { type Custody, newCustody, newSigner, type TestSigner } from './custody.ts'
import type { Change, Loose } from './ledger.ts'
import { WRAPPING_KEY } from './plan-samples.ts'
import { issuedOf, needOf, type QuorumCast, QuorumStory, quorumCast } from './quorum-story.ts'
import { PROFILE, wanted } from './story.ts'

const MODULE = { path: '/lib/hsm-2.so', sha256: 'ab'.repeat(32) }
const FAILED = { code: 'CKR_DEVICE_MEMORY', message: 'C_UnwrapKey: CKR_DEVICE_MEMORY' }

/** What needs no SO: nothing goes from one member to another, and nothing is about them. */
const BY_USER = ['key.deactivate', 'key.destroy', 'key.import-request', 'key.import-cancel', 'partition.recover']

export interface MemberCast extends QuorumCast {
  officers: Custody
  officers2: Custody
  auditB: TestSigner
  auditC: TestSigner
}

/** Whoever holds `so` is of another group than whoever holds `user`. */
export async function memberCast(): Promise<MemberCast> {
  const cast = await quorumCast()
  const officers = { name: 'officers', roles: ['so' as const], threshold: 2 }
  const made = (epoch: number, ...people: string[]) => newCustody(cast.partition, { ...officers, people, epoch })
  return {
    ...cast,
    ops: newCustody(cast.partition, { name: 'ops', roles: ['user'], threshold: 2, people: ['alice', 'bob', 'carol'] }),
    officers: made(1, 'dora', 'erin', 'fay'),
    officers2: made(2, 'dora', 'erin', 'gus'),
    auditB: newSigner('ES256'),
    auditC: newSigner('ES256'),
  }
}

interface KnownHere {
  name: string
  serial: string
  floor: Floor
  audit: TestSigner
}

interface Work {
  absent?: readonly string[]
  /** Whom it makes right, or ends. */
  targets?: readonly string[]
  /** The member that has what it needs. */
  holder?: string
}

export class MemberStory extends QuorumStory {
  declare readonly cast: MemberCast
  #live: KnownHere[] = []

  static override whole(cast: MemberCast): MemberStory {
    const story = new MemberStory(cast)
    story.#tell()
    return story
  }

  /** Up to where a change of it is signed. */
  static override bent(cast: MemberCast, changes: Record<string, Change>): MemberStory {
    const story = new MemberStory(cast, changes, true)
    return story.told(() => story.#tell())
  }

  #tell(): void {
    const { cast } = this
    this.roster = [cast.ops, cast.officers, cast.vault]
    this.begin()
    this.#live = [
      { name: 'first', serial: this.token.serial, floor: { seq: 0, leaf: this.leaves[0]! }, audit: cast.audit },
    ]
    this.generateOne('generate', 'card', 'aes-256')
    this.#come('add', 'site-b', '2222', cast.auditB)
    this.#make('both', 'dek')
    this.#look('check', ['first', 'site-b'])
    this.#away()
    this.#fails()
    this.#crash()
    this.#replaced()
    this.#leave('retire', 'site-b')
    this.#come('add c', 'site-c', '3333', cast.auditC)
    this.#leave('lose', 'first', true)
    this.#make('alone', 'last')
    this.note('after')
  }

  #named(names: readonly string[]): KnownHere[] {
    return names.map((name) => this.#live.find((one) => one.name === name)!)
  }

  /** Those that are there, the holder first and targets last, and those that are not. */
  #tokens({ absent = [], targets = [], holder }: Work): { acting: KnownHere; members: object } {
    if (this.#live.length === 1) return { acting: this.#live[0]!, members: {} }
    const there = this.#live.filter(({ name }) => !absent.includes(name))
    const turnOf = ({ name }: KnownHere) => (targets.includes(name) ? 2 : name === holder ? 0 : 1)
    const inTurn = there.toSorted((a, b) => turnOf(a) - turnOf(b))
    const told = ({ name, serial, floor }: KnownHere) => ({ member: name, serial, head: floor })
    const away = this.#named(absent).map(told)
    return {
      acting: inTurn[0]!,
      members: { tokens: inTurn.map(told), ...(away.length > 0 ? { absent: away } : {}) },
    }
  }

  /** The intent of a plan of members; both groups approve. */
  #begin(step: string, op: string, members: object, work: Work = {}): { plan: Loose; leaf: string; there: string[] } {
    const { cast } = this
    const by = BY_USER.includes(op) ? [cast.ops] : op === 'member.add' ? this.roster : [cast.ops, this.roster[1]!]
    const named = this.#tokens(work)
    this.audit = named.acting.audit
    this.token = { ...this.token, serial: named.acting.serial }
    const plan = this.plan(step, op, { needs: by.map(({ group }) => needOf(group)), ...named.members, ...members })
    const leaf = this.approve(step, plan, by)
    const tokens = 'tokens' in named.members ? (named.members.tokens as { member: string }[]) : []
    return { plan, leaf, there: tokens.map(({ member }) => member) }
  }

  /** `unproven`: of which that is so. */
  #end(
    step: string,
    leaf: string,
    there: readonly string[],
    { keys = [], ...told }: { keys?: KeyReport[]; changed?: boolean; artefacts?: object[]; transport?: string } = {},
    unproven: readonly string[] = [],
  ): void {
    const holders = there.map(
      (member): Holder =>
        unproven.includes(member)
          ? { member, proof: 'unproven', head: true, error: FAILED }
          : { member, proof: 'proven', head: true },
    )
    const partly =
      unproven.length > 0 ? { result: 'partial', error: { code: 'MEMBER-UNPROVEN', message: 'one lacks it' } } : {}
    const floor = { seq: this.leaves.indexOf(leaf), leaf }
    for (const one of this.#named(there)) one.floor = floor
    const owed = there.length > 0 ? { holders } : {}
    this.outcome(`${step} done`, leaf, keys, { changed: true, ...partly, ...owed, ...told })
  }

  #make(step: string, name: string, work: Work = {}, unproven: readonly string[] = []): void {
    const template = this.template('aes-256')
    const { plan, leaf, there } = this.#begin(step, 'key.generate', { template, names: [name] }, work)
    const keys = plannedKeys(plan).map((key) => this.made(key))
    this.#end(step, leaf, there, { keys }, unproven)
  }

  #look(step: string, members: string[]): void {
    const { leaf, there } = this.#begin(step, 'member.check', { members })
    this.#end(step, leaf, there, { changed: false })
  }

  #sync(step: string, name: string, more: object = {}): void {
    const { leaf, there } = this.#begin(step, 'member.sync', { members: [name], ...more }, { targets: [name] })
    this.#end(step, leaf, there)
  }

  #come(step: string, name: string, serial: string, audit: TestSigner): void {
    const { cast } = this
    const nonce = this.random(16).toString('base64url')
    const id = newMemberId(nonce, cast.partition)
    const label = memberLabel(name, id)
    const included = [...this.keys.values()].filter(({ state }) => state !== 'destroyed').length
    const planned = { nonce, member: { name, id, label }, spare: { slot: 3, module: MODULE }, included }
    const { leaf, there } = this.#begin(step, 'member.add', planned)
    const token = { ...cast.token, serial, label }
    const member = { name, id, token, profile: PROFILE, auditKey: audit.key }
    this.add(`${step} added`, 'member.added', { intent: leaf, member, keyApprovals: this.keyApprovals(serial, audit) })
    const brought = { name, serial, floor: { seq: this.leaves.indexOf(leaf), leaf }, audit }
    const told = [...(there.length > 0 ? there : [this.#live[0]!.name]), name]
    this.#live.push(brought)
    this.#end(step, leaf, told)
  }

  #away(): void {
    this.#make('away', 'while-away', { absent: ['site-b'] })
    this.#sync('sync', 'site-b')
    this.#make('second acts', 'by-second', { absent: ['first'] })
    const asked = this.#ask('ask', 'partner/dek', 'e1', { absent: ['first'] })
    const other = this.#ask('ask other', 'partner/kek', 'e2', { absent: ['first'] })
    this.#sync('sync first', 'first', { rolledBack: true })
    this.#bring('import', 'partner/dek', asked)
    this.#giveUp('cancel', 'partner/kek', other)
  }

  /** A key that others are to send: what opens it is on the member that acts. Gives the request. */
  #ask(step: string, name: string, digest: string, work: Work): string {
    const sha256 = digest.repeat(32)
    const how = { bits: 3072, hash: 'sha1', until: '2040-01-01T00:00:00.000Z', file: `/srv/${step}` }
    const asked = { name, type: 'aes-256', usage: ['encrypt', 'decrypt'], backup: true }
    const { leaf, there } = this.#begin(step, 'key.import-request', { wanted: asked, ...how }, work)
    this.#end(step, leaf, there, {
      artefacts: [{ name: step, sha256, bytes: 900 }],
      transport: WRAPPING_KEY,
    })
    return sha256
  }

  /** It comes in where it can be opened, and goes to the other from there. */
  #bring(step: string, name: string, request: string): void {
    const nonce = this.random(16).toString('base64url')
    const id = newKeyId(nonce, this.cast.partition, 0)
    const origin = { kind: 'transport' as const, request, sender: 'Example Partner' }
    const keys = [{ ...this.template('aes-256', { origin }), name, version: 1, id }]
    const source = { path: '/srv/dek.wrapped', bytes: 384, sha256: 'ab'.repeat(32) }
    const { plan, leaf, there } = this.#begin(step, 'key.import', { nonce, keys, source }, { holder: 'site-b' })
    this.#end(step, leaf, there, { keys: [this.made(plan.keys[0])] })
  }

  #giveUp(step: string, name: string, request: string): void {
    const { leaf, there } = this.#begin(step, 'key.import-cancel', { name, request }, { holder: 'site-b' })
    this.#end(step, leaf, there)
  }

  #fails(): void {
    this.#make('fail', 'half', {}, ['site-b'])
    this.#sync('sync after', 'site-b')
  }

  /** A destruction is cut off, and site-b does not come to its recovery. */
  #crash(): void {
    const target = this.inState(this.keys.get('while-away#1')!, 'deactivated')
    const { leaf, there } = this.#begin('deactivate', 'key.deactivate', { keys: [wanted(target)] })
    this.#end('deactivate', leaf, there, { keys: [target] })
    const gone = this.inState(this.keys.get('while-away#1')!, 'destroyed')
    const cut = this.#begin('destroy', 'key.destroy', { keys: [wanted(gone)] })
    const recovery = this.#begin('recover', 'partition.recover', { recovers: cut.leaf }, { absent: ['site-b'] })
    this.add('recovered', 'recovered', { intent: cut.leaf, found: 'not done', keys: [] }, null)
    this.#end('recover', recovery.leaf, recovery.there, { changed: false })
    this.#sync('sync again', 'site-b')
  }

  /** The officers change: of each member the SO PIN follows. */
  #replaced(): void {
    const { cast } = this
    const { ops, officers, officers2 } = cast
    const { leaf: stage, there } = this.#begin('stage', 'quorum.stage', {
      group: officers2.group,
      issued: issuedOf(cast.partition, officers2),
    })
    this.#end('stage', stage, there, { changed: false })
    const named = this.#tokens({})
    const atRisk = [...this.keys.keys()].sort()
    const members = { group: officers2.group, stage, atRisk, accepted: ['unbacked'], ...named.members }
    const leaf = this.change('replace', 'quorum.replace', members, [ops, officers, officers2], this.bridge)
    const pins = this.#live.map(({ serial }) => ({ token: serial, role: 'so', epoch: 2 }))
    this.add('replaced', 'quorum.replaced', { intent: leaf, group: officers2.group, pins })
    this.roster = [ops, officers2, cast.vault]
    this.#end('replace', leaf, there)
  }

  /** A ledger that left this one behind the record before the newest. */
  #other(): object {
    const seq = this.lines.length - 1
    const key = { id: this.random(16).toString('hex'), name: 'alone', version: 1, type: 'aes-256' }
    return { common: seq - 1, head: { seq: seq + 1, leaf: this.random(32).toString('base64url') }, keys: [key] }
  }

  #leave(step: string, name: string, lost = false): void {
    const work = lost ? { absent: [name] } : { targets: [name] }
    const told = { member: name, ...(lost ? { lost, other: this.#other() } : {}) }
    const { leaf, there } = this.#begin(step, 'member.retire', told, work)
    this.add(`${step} retired`, 'member.retired', { intent: leaf, member: name, token: lost ? 'lost' : 'erased' })
    this.#end(
      step,
      leaf,
      there.filter((one) => one !== name),
    )
    this.#live = this.#live.filter((one) => one.name !== name)
  }
}
