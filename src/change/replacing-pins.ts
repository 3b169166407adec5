// The PINs of the partition's token while its custodians are replaced: the SO's first, then the user's. Each is noted before it is sent and
// once it is proved, so that a recovery need not guess.
import { KeyriteError, refused } from '../domain/errors.ts'
import { type Hint, keyrite, type Line, to } from '../domain/hints.ts'
import type { KnownMember } from '../domain/known-member.ts'
import { PIN_NOTE_FORMAT, type PinNotes, type PinStep } from '../domain/pin-note.ts'
import type { LastTries, QuorumReplacePlan } from '../domain/quorum-plans.ts'
import { pinRolesOf } from '../domain/roster.ts'
import { PIN_ROLES } from '../domain/shapes.ts'
import { addressIn, type TokenAddress, tokenName } from '../domain/token-address.ts'
import type { Hsm, Pin, PinTries, Role } from '../hsm/port.ts'
import type { Credentials } from './credentials.ts'
import { seenNow } from './slots.ts'
import { opensAsSo } from './so-pin.ts'

interface PinWork {
  plan: QuorumReplacePlan
  member: Pick<KnownMember, 'token' | 'profile'>
  /** Of its token, as the ledger has them. */
  before: Readonly<Record<Role, number>>
  credentials: Pick<Credentials, 'pinOf'>
  hsm: Pick<Hsm, 'slots' | 'changePin' | 'pinOpens' | 'setUserPin'>
  notes: PinNotes
  /** The SO's, where those who hold `so` are being replaced themselves: their step comes first, so that one PIN is certain. */
  so?: ReplacingPins | undefined
  /** The nonce of the plan that its step comes first of: that one's notes tell of it too. */
  over?: string
  /** Which one may be tried where few tries are left: people have approved that. */
  lastTry: LastTries | undefined
  /** The command by which they would. */
  trying: (...words: string[]) => Line
}

type Which = 'old' | 'new'

export class ReplacingPins {
  readonly #work: PinWork
  readonly #address: TokenAddress
  /** Undefined: nothing is known. */
  readonly #steps: Partial<Record<Role, PinStep>>
  /** The token takes no new one of this role. */
  readonly #kept = new Set<Role>()

  constructor(work: PinWork) {
    this.#work = work
    this.#address = { ...addressIn(work.member), label: work.member.token.label }
    const noted = work.notes.read()
    const isOurs = noted && [work.plan.nonce, work.over].includes(noted.nonce)
    this.#steps = isOurs ? { so: noted.so, user: noted.user } : {}
  }

  /** Those that the group holds, in the order in which they change: an old set that still had the SO's could set the user's anew. */
  get roles(): Role[] {
    return pinRolesOf(this.#work.plan.group)
  }

  /** Before the intent: whatever crashes then, nothing was sent. */
  begin(): void {
    for (const role of PIN_ROLES) this.#steps[role] = 'old'
    this.#write()
  }

  /** SO-PIN, PIN-TRIES: that the SO PIN is one of those that can be known, before anything is announced. */
  async checkSo(): Promise<void> {
    const { so, member } = this.#work
    if (!this.#has('so')) return
    if (!so && !(await this.#opensBySo())) throw isAnother(member.token)
    if (so && !(await so.#find('so'))) throw neither('so', member.token)
  }

  async #opensBySo(): Promise<boolean> {
    const { member, credentials, hsm } = this.#work
    const so = await credentials.pinOf('so')
    using _ = so.bytes
    return await opensAsSo(addressIn(member), so, hsm)
  }

  /** USER-PIN: of which epoch the user PIN is that opens the token now. Where neither does, the SO sets it, if the group has that role, or the old one is lost. */
  async openingUser(): Promise<number> {
    if (!this.roles.includes('user')) return this.#work.before.user
    const found = await this.#find('user')
    if (found) return this.#epochOf('user', found)
    if (!this.#isLost) {
      if (!this.roles.includes('so') || !this.#has('so')) throw neither('user', this.#work.member.token)
      await this.finish('so')
    }
    await this.#setBySo()
    return this.#epochOf('user', 'new')
  }

  /** Of an interrupted replacement: goes on from wherever it was. */
  async finish(role: Role): Promise<void> {
    // To open it the SO has set it, or it was seen to be the new one.
    if (this.#isLost) return
    const found = await this.#find(role)
    if (!found) throw neither(role, this.#work.member.token)
    if (found === 'old') await this.change(role).catch((error) => this.#keep(role, error))
  }

  /** Of which epoch each PIN of the group is on the token now. */
  get epochs(): { token: string; role: Role; epoch: number }[] {
    const { serial } = this.#work.member.token
    return this.roles.map((role) => ({
      token: serial,
      role,
      epoch: this.#epochOf(role, this.#kept.has(role) ? 'old' : 'new'),
    }))
  }

  /** That of the user who logs in at the end. */
  get userEpoch(): number {
    return this.epochs.find(({ role }) => role === 'user')?.epoch ?? this.#work.before.user
  }

  /** Roles whose PIN the token has kept. */
  get kept(): Role[] {
    return [...this.#kept]
  }

  /** As far as it is known. */
  get stepOfSo(): { so?: PinStep } {
    const { so } = this.#steps
    return so ? { so } : {}
  }

  /** Old by now for certain; where the old shares are lost nobody knows it. */
  async change(role: Role): Promise<void> {
    if (!this.#has(role)) return this.#note(role, 'new')
    if (this.#isLost) return await this.#setBySo()
    const { hsm } = this.#work
    const [from, to] = [await this.#pin(role, 'old'), await this.#pin(role, 'new')]
    using _from = from.bytes
    using _to = to.bytes
    this.#note(role, 'sending')
    await hsm.changePin(this.#address, role, from, to)
    this.#note(role, 'new')
  }

  /** A token that takes no such PIN keeps the one that it has, which the bridge leads to. */
  async #keep(role: Role, error: unknown): Promise<void> {
    const isRefused = error instanceof KeyriteError && error.code.startsWith('CKR_') && !error.changed
    if (!isRefused || !(await this.#opens(role, 'old'))) throw error
    this.#kept.add(role)
    this.#note(role, 'old')
  }

  /** It can be done again and again, whatever the PIN is by then. */
  async #setBySo(): Promise<void> {
    const { hsm, credentials } = this.#work
    const [so, user] = [await credentials.pinOf('so', await this.#soEpoch()), await this.#pin('user', 'new')]
    using _so = so.bytes
    using _user = user.bytes
    this.#note('user', 'sending')
    await hsm.setUserPin(this.#address, so, user)
    this.#note('user', 'new')
  }

  /** Of which epoch the SO PIN is. */
  async #soEpoch(): Promise<number> {
    const { so } = this.#work
    await so?.finish('so')
    if (so) return so.epochs.find(({ role }) => role === 'so')!.epoch
    return this.#epochOf('so', this.#kept.has('so') || !this.roles.includes('so') ? 'old' : 'new')
  }

  /** PIN-TRIES: which one opens the role: as far as it is not known for certain, the new one is tried and then the old one, each once. */
  async #find(role: Role): Promise<Which | undefined> {
    if (!this.#has(role)) return 'new'
    const step = this.#steps[role]
    const given = this.#work.lastTry?.[role]
    // The SO needs no try to set it.
    if (this.#isLost && (step !== 'new' || (await this.#triesLeft(role)) !== 'ok')) return undefined
    const candidates = given ? [given] : CANDIDATES[step ?? 'sending']
    await this.#checkTries(role, step, given)
    for (const which of candidates) {
      if (which === 'new' && step !== 'new') this.#note(role, 'trying')
      const opens = await this.#opens(role, which)
      if (opens) this.#note(role, which)
      if (opens) return which
      // The one that was refused need not be tried again by whoever goes on.
      if (which === 'new' && candidates.length > 1) this.#note(role, 'old')
    }
    if (candidates.length === 1 && !given && !this.#isLost) throw this.#refusedAlone(role, candidates[0]!)
    return undefined
  }

  /** PIN-TRIES: it was certain; so a token was put back as it had been before, or somebody changed it. The other one is no guess once people say so. */
  #refusedAlone(role: Role, which: Which): Error {
    const other = which === 'new' ? 'old' : 'new'
    const again = this.#work.trying('--last-try', `${role}=${other}`)
    const text = `the ${whose(role)} PIN of the ${which} shares opens the token no more, and it was the one: the token was put back as it had been before, or somebody changed it`
    return refused('PIN-TRIES', text, to(`to try that of the ${other} shares`, again))
  }

  async #opens(role: Role, which: Which): Promise<boolean> {
    const pin = await this.#pin(role, which)
    using _ = pin.bytes
    return this.#work.hsm.pinOpens(this.#address, role, pin)
  }

  async #triesLeft(role: Role): Promise<PinTries> {
    return (await seenNow(this.#address, this.#work.hsm))?.tries[role] ?? 'ok'
  }

  async #checkTries(role: Role, step: PinStep | undefined, given: Which | undefined): Promise<void> {
    const left = await this.#triesLeft(role)
    const isCertain = step === 'old' || step === 'new'
    if (left === 'locked') throw fewTries(role, 'is locked', RESET)
    if (given || left === 'ok' || (left === 'low' && isCertain)) return
    const likely = step === 'old' || step === 'trying' ? 'old' : 'new'
    const again = this.#work.trying('--last-try', `${role}=${likely}`)
    const hint = to(`to try that of the ${likely} shares all the same`, again)
    throw fewTries(role, left === 'final' ? 'has one try left' : 'was given wrong before', hint)
  }

  get #isLost(): boolean {
    return this.#work.plan.lost === true
  }

  #has = (role: Role): boolean => role === 'user' || this.#work.member.profile.so

  #pin = (role: Role, which: Which): Promise<Pin> => this.#work.credentials.pinOf(role, this.#epochOf(role, which))

  #epochOf = (role: Role, which: Which): number =>
    which === 'new' ? this.#work.plan.group.epoch : this.#work.before[role]

  #note(role: Role, step: PinStep): void {
    this.#steps[role] = step
    this.#write()
  }

  #write(): void {
    const { so = 'sending', user = 'sending' } = { ...this.#steps, ...this.#work.so?.stepOfSo }
    this.#work.notes.write({ format: PIN_NOTE_FORMAT, nonce: this.#work.plan.nonce, so, user })
  }
}

const CANDIDATES: Readonly<Record<PinStep, readonly Which[]>> = {
  old: ['old'],
  sending: ['new', 'old'],
  trying: ['new', 'old'],
  new: ['new'],
}

const RESET = 'have the tries reset by the means that its maker gives'

const whose = (role: Role): string => (role === 'so' ? 'SO' : 'user')

const fewTries = (role: Role, state: string, hint: Hint): Error =>
  refused('PIN-TRIES', `the ${whose(role)} PIN of the token ${state}, and it is not certain which one it has now`, hint)

const isAnother = (token: KnownMember['token']): Error =>
  refused('SO-PIN', 'the SO PIN of the token is not that of the shares: somebody changed it', byRestore(token))

const neither = (role: Role, token: KnownMember['token']): Error =>
  refused(
    role === 'so' ? 'SO-PIN' : 'USER-PIN',
    `neither the ${whose(role)} PIN of the old shares nor that of the new ones opens the token: somebody changed it`,
    byRestore(token),
  )

const byRestore = (token: KnownMember['token']): Hint =>
  to('the keys come back by a restore', keyrite('backup', 'restore', 'FILE', '--erase-token', tokenName(token)))
