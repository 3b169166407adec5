// The story of custodians who are replaced and suspended: in stages, in one sitting, given up, cut off and taken up by a recovery, and by a restore.
import { appTokenLabel, newAppId } from '../../src/domain/application-id.ts'
import { confirmationMessage, sharesOf } from '../../src/domain/confirmation.ts'
import { attributesFor, usualUsages } from '../../src/domain/keys.ts'
import { planMessage } from '../../src/domain/proposal.ts'
import type { Issued } from '../../src/domain/quorum-plans.ts'
import type { Group, KeyApproval } from '../../src/domain/shapes.ts'
import { type Cast, newCast } from './cast.ts'
import { type Custody, newCustody, signaturesOf } from './custody.ts'
import type { Change, Loose } from './ledger.ts'
import { PROFILE, Story, stationOf, wanted } from './story.ts'

/** The sets that follow each other: of ops by two stages, of the vault by one that is given up, and in one sitting. */
export interface QuorumCast extends Cast {
  ops2: Custody
  ops3: Custody
  vault2: Custody
  vault3: Custody
}

const MODULE = { path: '/lib/app.so', sha256: 'ab'.repeat(32) }
const FOUR = ['alice', 'bob', 'carol', 'dave']

export async function quorumCast(partition?: string): Promise<QuorumCast> {
  const cast = await newCast(partition)
  const ops = { name: 'ops', roles: ['so' as const, 'user' as const], threshold: 2 }
  const vault = { name: 'vault', roles: ['recovery' as const], threshold: 2 }
  const made = (request: typeof ops | typeof vault, epoch: number, ...people: string[]) =>
    newCustody(cast.partition, { ...request, people, epoch })
  return {
    ...cast,
    ops: made(ops, 1, ...FOUR),
    ops2: made(ops, 2, 'alice', 'bob', 'erin'),
    ops3: made(ops, 3, 'alice', 'erin', 'frank'),
    vault: made(vault, 1, 'alice', 'dora', 'erin'),
    vault2: made(vault, 2, 'alice', 'dora', 'frank'),
    vault3: made(vault, 3, 'dora', 'gina', 'hans'),
  }
}

/** What a custodian signs who has read a share back. */
export function confirmationOf(partition: string, custody: Custody, person: string): KeyApproval {
  const share = sharesOf(custody.group).find(({ custodian }) => custodian === person)!
  return signaturesOf(custody, confirmationMessage(partition, share), [person])[0]!
}

/** To each a new share, sealed for those who are not there. */
export const issuedOf = (partition: string, custody: Custody, absent: readonly string[] = []): Issued[] =>
  custody.group.custodians.map(({ name }) =>
    absent.includes(name)
      ? { custodian: name, recipient: `age1${'q'.repeat(58)}` }
      : { custodian: name, confirmation: confirmationOf(partition, custody, name).value },
  )

export const needOf = ({ name, epoch, threshold }: Group) => ({ group: name, epoch, threshold })

/** Who approves: the first M of a set, or these people. */
type Approving = readonly (Custody | { custody: Custody; people: string[] })[]

export class QuorumStory extends Story {
  declare readonly cast: QuorumCast
  #file: Loose

  static whole(cast: QuorumCast): QuorumStory {
    const story = new QuorumStory(cast)
    story.#tell()
    return story
  }

  /** Up to where a change of it is signed. */
  static bent(cast: QuorumCast, changes: Record<string, Change>): QuorumStory {
    const story = new QuorumStory(cast, changes, true)
    return story.told(() => story.#tell())
  }

  /** A beginning with these groups, to be gone on from by a test. */
  static begun(cast: QuorumCast, roster: Custody[]): QuorumStory {
    const story = new QuorumStory(cast)
    story.roster = roster
    story.create()
    return story
  }

  #tell(): void {
    this.begin()
    this.#keysAndBackup()
    this.#application()
    this.#suspensions()
    this.#givenUp()
    this.#inStages()
    this.#inOneSitting()
    this.#restored()
    this.note('after')
  }

  /** The intent of a plan whose needs are told. */
  change(step: string, op: string, members: object, by: Approving, more: object = {}, signer = this.audit): string {
    const sets = by.map((one) => ('custody' in one ? one.custody : one))
    const plan = this.plan(step, op, { needs: sets.map(({ group }) => needOf(group)), ...members })
    return this.approve(step, plan, by, more, signer)
  }

  approve(step: string, plan: Loose, by: Approving, more: object = {}, signer = this.audit): string {
    const signed = by.flatMap((one) =>
      'custody' in one
        ? signaturesOf(one.custody, planMessage(plan), one.people)
        : signaturesOf(one, planMessage(plan)),
    )
    return this.add(
      step,
      'intent',
      { plan, approvals: signed.map((one) => ({ ...one, via: 'file' })), ...more },
      signer,
    )
  }

  ended(step: string, intent: string, changed: boolean, members: object = {}): void {
    this.add(`${step} done`, 'outcome', { intent, result: 'done', changed, keys: [], ...members })
  }

  confirm(step: string, custody: Custody, person: string): void {
    this.add(step, 'quorum.confirmed', { proof: confirmationOf(this.cast.partition, custody, person) }, this.station)
  }

  #keysAndBackup(): void {
    this.generateOne('generate', 'dek', 'aes-256')
    const attributes = attributesFor('aes-256', [...usualUsages('aes-256')], false)
    this.generateOne('generate own', 'own', 'aes-256', { attributes })
    const { ops, vault } = this.cast
    const omitted = [{ name: 'own', version: 1, reason: 'it may not leave the token' }]
    const leaf = this.change('backup', 'backup.create', { file: '/media/pay.krb', included: 1, omitted }, [ops, vault])
    const file = { name: 'pay.krb', sha256: this.random(32).toString('hex'), bytes: 4711 }
    this.#file = { name: file.name, sha256: file.sha256, seq: this.lines.length - 1 }
    this.ended('backup', leaf, false, { artefacts: [file] })
  }

  /** What every replacement here says of the risk that it takes. */
  private get risks(): { backup: object; atRisk: string[] } {
    return { backup: this.#file, atRisk: ['own#1'] }
  }

  #app = { name: 'till', id: '', token: '', module: MODULE }

  /** One whose token has PINs of ops. */
  #application(): void {
    const { ops, partition, token } = this.cast
    const nonce = this.random(16).toString('base64url')
    const id = newAppId(nonce, partition)
    const app = { name: 'till', id, label: appTokenLabel('till', id) }
    const spare = { slot: 3, module: MODULE }
    const intent = this.change('init', 'app.init', { nonce, app, spare, pinFile: '/run/till.pin' }, [ops])
    const own = { ...token, serial: '1111', label: app.label }
    const added = { name: 'till', id, token: own, pin: this.#pin(1, 1, 1), wraps: ['kwp'] }
    this.add('init added', 'app.added', { intent, app: added })
    this.ended('init', intent, true)
    Object.assign(this.#app, { id, token: own.serial })
  }

  #pin = (generation: number, user: number, so: number) => ({
    kind: 'derived',
    generation,
    user: { group: 'ops', epoch: user },
    so: { group: 'ops', epoch: so },
  })

  /** It is seen, and its SO PIN follows; then its own PIN, of the next generation. */
  #follow(by: Custody, epoch: number): void {
    const sync = this.change('sync', 'app.sync', { apps: [{ ...this.#app, copies: [] }] }, [by])
    this.add('sync pin', 'app.pin', { intent: sync, app: 'till', pin: this.#pin(1, 1, epoch) })
    this.ended('sync', sync, true)
    const apps = [{ ...this.#app, generation: 2 }]
    const given = this.change('pin', 'app.pin', { apps, pinFile: '/run/till.pin' }, [by])
    this.add('pin given', 'app.pin', { intent: given, app: 'till', pin: this.#pin(2, epoch, epoch) })
    this.ended('pin', given, true)
  }

  /** dave is away, and the others go on. */
  #suspensions(): void {
    const { ops } = this.cast
    const until = '2026-01-09T00:00:00.000Z'
    const leaf = this.change('suspend', 'custodian.suspend', { custodian: 'dave', until }, [ops])
    this.ended('suspend', leaf, true)
    this.ended('look', this.change('look', 'partition.check', {}, [ops]), false)
    const back = this.change('resume', 'custodian.resume', { custodian: 'dave' }, [ops])
    this.ended('resume', back, true)
    const everyone = [{ custody: ops, people: FOUR }]
    this.ended('look all', this.change('look all', 'partition.check', {}, everyone), false)
  }

  stage(step: string, custody: Custody, by: Approving, absent: string[] = [], members: object = {}): string {
    const issued = issuedOf(this.cast.partition, custody, absent)
    const leaf = this.change(step, 'quorum.stage', { group: custody.group, issued, ...members }, by)
    this.ended(step, leaf, false)
    return leaf
  }

  /** Of the vault, while a plan waits; then it is given up. */
  #givenUp(): void {
    const { ops, vault, vault2 } = this.cast
    const stage = this.stage('stage vault', vault2, [ops, vault], ['dora', 'frank'])
    const look = this.plan('look on', 'partition.check', { needs: [needOf(ops.group)] })
    this.confirm('confirm vault', vault2, 'dora')
    this.ended('look on', this.approve('look on', look, [ops]), false)
    const leaf = this.change('unstage', 'quorum.unstage', { group: vault2.group, stage }, [ops, vault])
    this.ended('unstage', leaf, false)
  }

  /** `pins`: the epochs of so and user. */
  replaced(step: string, intent: string, custody: Custody, epochs?: [number, number]): void {
    const { group } = custody
    const pins = (['so', 'user'] as const)
      .map((role, i) => ({ token: this.token.serial, role, epoch: epochs?.[i] ?? group.epoch }))
      .filter(({ role }) => group.roles.includes(role))
    this.add(step, 'quorum.replaced', { intent, group, pins })
    this.roster = this.roster.map((one) => (one.group.name === group.name ? custody : one))
  }

  readonly bridge = { bridge: this.random(40).toString('base64url') }

  /** Of ops alice and bob go on; carol and dave leave. */
  #inStages(): void {
    const { ops, ops2 } = this.cast
    const stage = this.stage('stage', ops2, [ops], ['bob', 'erin'])
    this.confirm('confirm', ops2, 'erin')
    const told = { group: ops2.group, stage, ...this.risks, behind: ['till'] }
    const leaf = this.change('replace', 'quorum.replace', told, [ops, ops2], this.bridge)
    this.replaced('replaced', leaf, ops2)
    this.ended('replace', leaf, true)
    this.confirm('confirm later', this.cast.vault, 'dora')
    this.ended('look by new', this.change('look by new', 'partition.check', {}, [ops2]), false)
    this.#follow(ops2, 2)
  }

  /** The vault, by everyone of the new set; it is cut off, and taken up. */
  #inOneSitting(): void {
    const { ops2, vault, vault3, partition } = this.cast
    const { group } = vault3
    const told = { group, issued: issuedOf(partition, vault3), ...this.risks }
    const needs = [ops2, vault].map((one) => needOf(one.group))
    const all = { custody: vault3, people: group.custodians.map(({ name }) => name) }
    const members = { ...told, needs: [...needs, { ...needOf(group), threshold: 3 }] }
    const leaf = this.change('sitting', 'quorum.replace', members, [ops2, vault, all], this.bridge)
    this.change('recover cut', 'partition.recover', { recovers: leaf }, [ops2, vault3])
    const recovery = this.change('recover', 'partition.recover', { recovers: leaf }, [ops2, vault3])
    this.replaced('sitting replaced', leaf, vault3)
    this.add('sitting recovered', 'recovered', { intent: leaf, found: 'done', keys: [] }, null)
    this.ended('recover', recovery, true)
    this.ended('look by vault', this.change('look by vault', 'partition.check', {}, [ops2]), false)
  }

  /** The token dies while ops are replaced once more. */
  #restored(): void {
    const { cast } = this
    const { ops2, ops3, vault3 } = cast
    const stage = this.stage('stage again', ops3, [ops2])
    const told = { group: ops3.group, stage, ...this.risks, behind: ['till'] }
    const leaf = this.change('replace again', 'quorum.replace', told, [ops2, ops3], this.bridge)
    const keys = [this.keys.get('dek#1')!]
    const members = {
      tokens: [{ serial: cast.newToken.serial }],
      replaces: [cast.token.serial],
      backup: this.#file,
      keys: keys.map(wanted),
      missing: [{ name: 'own', version: 1, reason: 'it was in no backup' }],
      recovers: leaf,
      station: stationOf(cast.newStation),
    }
    this.station = cast.newStation
    const restore = this.change('restore', 'backup.restore', members, [ops3, vault3], {}, cast.newStation)
    this.roster = [ops3, vault3]
    const entry = { intent: restore, token: cast.newToken, profile: PROFILE, auditKey: cast.newAudit.key }
    const keyApprovals = this.keyApprovals(cast.newToken.serial, cast.newAudit)
    this.add('token', 'token.replaced', { ...entry, keyApprovals }, cast.newAudit)
    this.audit = cast.newAudit
    this.token = cast.newToken
    this.replaced('replaced again', leaf, ops3)
    this.add('recovered again', 'recovered', { intent: leaf, found: 'done', keys: [] }, null)
    const error = { code: 'RESTORE-COMPLETE', message: 'one is missing' }
    this.add('restore done', 'outcome', { intent: restore, result: 'partial', changed: true, keys, error })
  }
}
