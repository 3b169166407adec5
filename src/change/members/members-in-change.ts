// The other members of a change: a session with each, and after the first one has done what was asked, the same on them. One that fails holds nobody up:
// it is unproven then, and `member sync` comes later.
import type { KeyriteError } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import type { Holder } from '../../domain/member-shapes.ts'
import { operationOf } from '../../domain/operations.ts'
import type { IntentPlan } from '../../domain/plan.ts'
import { Secret } from '../../domain/secret.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { recordable } from '../../domain/texts.ts'
import { addressIn, tokenName } from '../../domain/token-address.ts'
import type { UserSession } from '../../hsm/port.ts'
import type { Credentials } from '../credentials.ts'
import { loginAsUser, loginWrapping } from '../login-wrapping.ts'
import type { Effects, OpenMember, Operation, OtherMembers } from '../operation.ts'
import type { MemberTokens, Ports } from '../ports.ts'
import { type HeldToken, heldBy } from '../write-ahead-log.ts'
import { type Aligned, align, type KeySource, type Wanted } from './align.ts'
import { asMember } from './on-members.ts'
import { NOTHING, wantedAfter, wantedWhole } from './wanted.ts'

/** What a change asks for on its other members. */
interface Work {
  plan: IntentPlan
  history: History
  tokens: MemberTokens
  credentials: Credentials
  operation: Pick<Operation, 'login' | 'transfer'>
  crosses: boolean
}

export class MembersInChange implements OtherMembers, AsyncDisposable {
  /** What keys travel under, where they do. */
  readonly transfer: Secret | undefined
  readonly #work: Work
  readonly #open: OpenMember[] = []
  /** Those whose session is over. */
  readonly #left: string[] = []
  #followed: ReturnType<OtherMembers['follow']> | undefined

  /** Undefined where the partition has one member, and the change brings none. */
  static of(
    plan: IntentPlan,
    credentials: Credentials,
    { ledger, members, sources }: Ports,
    operation: Work['operation'],
  ): MembersInChange | undefined {
    const { history } = ledger
    if (!members || (!history.members.areSeveral && plan.op !== 'member.add')) return undefined
    const { op } = plan.op === 'partition.recover' ? (history.open?.plan ?? plan) : plan
    const crosses = op !== 'partition.recover' && operationOf({ op }).several === 'cross'
    const work = { plan, history, tokens: members, credentials, operation, crosses }
    return new MembersInChange(work, crosses && !operation.login ? sources.random(32) : undefined)
  }

  constructor(work: Work, transfer: Uint8Array | undefined) {
    this.#work = work
    this.transfer = transfer && new Secret(transfer)
  }

  /** With the key that goes from member to member, where keys do. */
  readonly login: NonNullable<Operation['login']> = (...opened) => {
    const { crosses, operation } = this.#work
    if (this.transfer) return loginWrapping(this.transfer, ...opened)
    return crosses && operation.login ? operation.login(...opened) : loginAsUser(...opened)
  }

  get others(): readonly OpenMember[] {
    return this.#open
  }

  /** MEMBER-PRESENT, MEMBER-TOKEN, MODULE-CHANGED: logged in to each that the plan names besides its first. */
  async logIn(): Promise<void> {
    const { plan, history } = this.#work
    const [, ...others] = history.members.of(plan)
    for (const member of others) {
      const session = await asMember(member, history, () => this.#session(member).catch(orTakenAgain(member)))
      this.#open.push({ member, session })
    }
  }

  async #session(member: KnownMember): Promise<UserSession> {
    const { tokens, credentials } = this.#work
    const hsm = await tokens.open(member)
    return await this.login(credentials, { hsm }, addressIn(member))
  }

  get held(): HeldToken[] {
    return this.#open.map(heldBy)
  }

  /** One that this change has brought. */
  join(open: OpenMember): void {
    this.#open.push(open)
  }

  /** One whose session is over. */
  leave(name: string): OpenMember | undefined {
    const at = this.#open.findIndex(({ member }) => member.name === name)
    if (at < 0) return undefined
    this.#left.push(name)
    return this.#open.splice(at, 1)[0]
  }

  /** Whether the outcome has to tell of them: of one that does not come to be a member nothing is told. */
  isTold({ before = [] }: Pick<Effects, 'before'>): boolean {
    const [{ member }] = this.#work.plan.tokens
    return member !== undefined || before.some(({ type }) => type === 'member.added')
  }

  /** What was done, done on the others too; once. */
  follow(effects: Pick<Effects, 'keys' | 'before'>, session: UserSession): ReturnType<OtherMembers['follow']> {
    this.#followed ??= this.#follow(effects, session)
    return this.#followed
  }

  async #follow(effects: Pick<Effects, 'keys' | 'before'>, session: UserSession): ReturnType<OtherMembers['follow']> {
    const { history } = this.#work
    const { acting } = history.members
    using transfer = await this.#transferred()
    const source = transfer && { session, profile: acting.profile, transfer }
    let touched = await this.#mendOwn(effects, session)
    const holders: Holder[] = [{ member: acting.name, head: true, proof: 'proven' }]
    const went = new Map<string, ReadonlySet<string>>()
    for (const member of this.#left)
      if (!isEnded(member, effects)) holders.push({ member, proof: 'unproven', head: true, error: NOT_ENDED })
    for (const open of this.#open) {
      const done = await this.#on(open, effects, source).catch(failureFrom)
      const holder = { member: open.member.name, head: true }
      if (done instanceof Error) {
        holders.push({ ...holder, ...unprovenBy(done) })
        touched ||= done.changed !== false
        continue
      }
      touched ||= done.touched
      went.set(open.member.name, done.went)
      holders.push({ ...holder, proof: 'proven', ...(done.differs.length > 0 ? { differs: done.differs } : {}) })
    }
    return { holders: this.#inTurn(holders), touched, went }
  }

  async #transferred(): Promise<Secret | undefined> {
    const { credentials, crosses, operation } = this.#work
    if (!crosses || !operation.login) return this.transfer?.clone()
    return await operation.transfer?.(credentials)
  }

  /** As the plan names them, and then the one that came. */
  #inTurn(holders: readonly Holder[]): Holder[] {
    const names = this.#work.plan.tokens.map(({ member }) => member)
    const isNamed = ({ member }: Holder) => names.includes(member)
    const planned = names.flatMap((name) => holders.find(({ member }) => member === name) ?? [])
    return [...planned, ...holders.filter((holder) => !isNamed(holder))]
  }

  /** A recovery may begin on a member to which the change had come second: of keys that it does not tell of it has what it had. Where that fails nobody could bring it later. */
  async #mendOwn({ keys, before }: Pick<Effects, 'keys' | 'before'>, session: UserSession): Promise<boolean> {
    const { plan, history } = this.#work
    if (plan.op !== 'partition.recover') return false
    const { profile } = history.members.acting
    return (await align(this.#afterRecovery(keys, before), { session, profile }, undefined)).touched
  }

  #on(
    { member, session }: OpenMember,
    { keys, before }: Pick<Effects, 'keys' | 'before'>,
    source: KeySource | undefined,
  ): Promise<Aligned> {
    const { plan, history } = this.#work
    const to = { session, profile: member.profile }
    return history.members.as(member.name, () => align(this.#wantedBy(plan, member, keys, before), to, source))
  }

  #wantedBy(plan: IntentPlan, member: KnownMember, keys: Effects['keys'], before: Effects['before']): Wanted {
    const { history } = this.#work
    if (plan.op === 'partition.recover') return this.#afterRecovery(keys, before)
    const isNew = plan.op === 'member.add' && plan.member.name === member.name
    if (isNew || (plan.op === 'member.sync' && plan.members.includes(member.name))) return wantedWhole(history, member)
    const wanted = operationOf(plan).changes === 'nothing' ? NOTHING : wantedAfter(plan, { keys }, history)
    // At the end of all what it has missed goes too.
    if (plan.op !== 'partition.retire' || member.standing === 'current') return wanted
    return { ...wanted, gone: [...wanted.gone, ...wantedWhole(history, member).gone] }
  }

  /** Of the change that was interrupted, as it was found. */
  #afterRecovery(keys: Effects['keys'], before: Effects['before'] = []): Wanted {
    const { history } = this.#work
    const recovered = before.flatMap((record) => (record.type === 'recovered' ? [record] : []))
    const found = recovered.flatMap((record) => record.keys)
    const { open } = history
    // A request that was not given up is open, and keeps the key that opens it.
    const isOpenStill =
      open?.plan.op === 'key.import-cancel' && recovered.every((record) => record.found === 'not done')
    return open && !isOpenStill ? wantedAfter(open.plan, { keys: [...keys, ...found] }, history) : NOTHING
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.transfer?.[Symbol.dispose]()
    for (const { session } of this.#open.splice(0)) await session[Symbol.asyncDispose]()
  }
}

/** Nothing leads to its PINs: the others have what it has. */
const orTakenAgain =
  ({ name, token }: KnownMember) =>
  (error: unknown): never => {
    const failure = failureFrom(error)
    if (failure.code !== 'SECRET-LOST') throw failure
    const hint = to(
      'give it up, and take its token again',
      keyrite('member', 'retire', name, '--lost'),
      keyrite('member', 'add', 'NAME', '--erase-token', tokenName(token), '--module', 'PATH'),
    )
    throw failure.with({ hint })
  }

const isEnded = (member: string, { before = [] }: Pick<Effects, 'before'>): boolean =>
  before.some((record) => record.type === 'member.retired' && record.member === member)

const unprovenBy = ({ code, message }: KeyriteError): Pick<Holder, 'proof' | 'error'> => ({
  proof: 'unproven',
  error: { code, message: recordable(message) },
})

/** Its token was to be erased. */
const NOT_ENDED = { code: 'MEMBER-UNPROVEN', message: 'its token may be erased, in part or whole' }
