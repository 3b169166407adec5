// A blank token that has the keys of a backup for a moment. What is to be known of it is noted before it is touched, and it is erased by that
// note alone, in the same command or by a recovery.

import { toBase64url } from '../domain/encoding.ts'
import { deviceFailed, type KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { KeyType } from '../domain/keys.ts'
import { noted, type ReachedModule, reachedBy } from '../domain/module-profile.ts'
import { escaped } from '../domain/names.ts'
import { PENDING_FORMAT, type SpareNote } from '../domain/pending.ts'
import { longestPin } from '../domain/pins.ts'
import type { BackupTestPlan } from '../domain/plan.ts'
import { addressName, addressOf, tokenName } from '../domain/token-address.ts'
import type { Hsm, TokenFacts, UserSession } from '../hsm/port.ts'
import type { BackupContent, PendingNote } from '../ledger/port.ts'
import { checkRestoreAbility } from './bring-keys.ts'
import type { Credentials } from './credentials.ts'
import { checkEmpty } from './empty-token.ts'
import type { HostSources } from './ports.ts'
import { faultsIn } from './slots.ts'
import { opensAsSo } from './so-pin.ts'
import { fitFor, slotOf, temporaryPin, unfinishedToken } from './taken-token.ts'

interface SparePorts {
  partition: PendingNote
  sources: HostSources
  /** A process of its own beside the library: the partition's token is logged in to in another. */
  open(module: ReachedModule): Promise<Hsm>
}

export class SpareToken implements AsyncDisposable {
  #hsm: Hsm | undefined

  constructor(
    readonly plan: BackupTestPlan,
    readonly ports: SparePorts,
  ) {}

  /** TOKEN-CHOSEN: the token is blank still; then it is noted, before the intent. `module`: the library by the name that it was given by. */
  async note(module: ReachedModule, name: string): Promise<void> {
    const { slot } = this.plan.spare
    const slots = await (await this.#open(module)).slots()
    const token = slots.find((one) => one.slot === slot)?.token
    if (!token || token.initialised)
      throw refused(
        'TOKEN-CHOSEN',
        `the blank token of slot ${slot} is not there any more${faultsIn(slots)}`,
        'put it back, and try again',
      )
    const { partition, nonce } = this.plan
    const serialsBefore = slots.flatMap((one) => (one.token?.initialised ? [tokenName(one.token)] : []))
    const secret = toBase64url(this.ports.sources.random(20))
    const what = {
      format: PENDING_FORMAT,
      kind: 'test',
      stage: 'spare',
      partition,
      name,
      ...noted(module),
      nonce,
    } as const
    this.ports.partition.writePending({ ...what, token: { slot }, serialsBefore, temporaryPin: secret })
  }

  /** C_InitToken, and a login that can bring keys. MECHANISM: what a blank token could not be asked. */
  async login(credentials: Credentials, backup: BackupContent): Promise<UserSession> {
    const note = this.#note()
    const hsm = await this.#open(reachedBy(note))
    const { slot, label } = this.plan.spare
    const [so, user] = [temporaryPin(note), temporaryPin(note)]
    using _so = so.bytes
    using _user = user.bytes
    const token = await hsm.initToken(slot, so, label)
    const address = addressOf(token)
    this.#noteToken(note, token, fitFor(token, { prefix: note.profile?.pinPrefix, accepted: ['short-pin'] }).longestPin)
    const types = [...new Set(this.plan.keys.map(({ type }) => type as KeyType))]
    checkRestoreAbility(this.plan, backup, await hsm.probe(await slotOf(address, hsm), types))
    await hsm.setPins(address, so, so, user)
    using kek = await credentials.backupKek(backup.header.kek.epoch)
    return await hsm.loginWithKek(address, so, user, kek)
  }

  /**
   * Erases it, and proves it empty: only the token that has the label of the plan and opens by the PIN of the note. Gives its serial;
   * undefined where none was initialised, so that no key can be on any.
   */
  async erase(): Promise<string | undefined> {
    // A library that failed is started anew.
    await this[Symbol.asyncDispose]()
    const note = this.#note()
    const hsm = await this.#open(reachedBy(note))
    const token = await this.#find(note, hsm)
    if (!token) return undefined
    const address = addressOf(token)
    if (typeof note.token !== 'string') this.#noteToken(note, token, longestPin(token.pinLength))
    const [so, user] = [temporaryPin(note), temporaryPin(note)]
    using _so = so.bytes
    using _user = user.bytes
    await hsm.initToken(await slotOf(address, hsm), so, this.plan.spare.label, address)
    await hsm.setPins(address, so, so, user)
    await using session = await hsm.login(address, user)
    await checkEmpty(session)
    return addressName(address)
  }

  /** SPARE-PRESENT, SPARE-KNOWN. */
  async #find(note: SpareNote, hsm: Hsm): Promise<TokenFacts | undefined> {
    const { label } = this.plan.spare
    const slots = await hsm.slots()
    const tokens = slots.flatMap(({ token }) => token ?? [])
    const token = unfinishedToken(note, tokens, label)
    if (!token && typeof note.token !== 'string') return undefined
    if (!token) throw orLost(deviceFailed('SPARE-PRESENT', `${this.#whole(note)} is not there${faultsIn(slots)}`))
    const pin = temporaryPin(note)
    using _ = pin.bytes
    if (token.label === label && (await opensAsSo(addressOf(token), pin, hsm))) return token
    // Nothing was brought to it before its serial was noted.
    if (typeof note.token !== 'string') return undefined
    throw orLost(notVerified('SPARE-KNOWN', `${this.#whole(note)} is not as the test left it, and is let be`))
  }

  #noteToken(note: SpareNote, token: TokenFacts, longest: number | undefined): void {
    const more = longest === undefined ? {} : { longestPin: longest }
    this.ports.partition.writePending({ ...note, token: tokenName(token), ...more })
  }

  #whole = ({ token }: SpareNote): string =>
    `the spare token ${escaped(`${token}`)} (${escaped(this.plan.spare.label)}), which may hold keys of the backup ${escaped(this.plan.backup.name)},`

  /** SPARE-KNOWN: without its PIN it can't be erased. */
  #note(): SpareNote {
    const note = this.ports.partition.spare()
    if (note?.nonce === this.plan.nonce) return note
    const { label } = this.plan.spare
    throw orLost(
      notVerified('SPARE-KNOWN', `this home knows nothing of the spare token ${escaped(label)}, which may hold keys`),
      'recover at the machine that started the test; where the token is gone',
    )
  }

  async #open(module: ReachedModule): Promise<Hsm> {
    this.#hsm ??= await this.ports.open(module)
    return this.#hsm
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const hsm = this.#hsm
    this.#hsm = undefined
    await hsm?.[Symbol.asyncDispose]()
  }
}

const orLost = (failure: KeyriteError, first = 'where it is gone'): KeyriteError =>
  failure.with({ hint: to(first, keyrite('partition', 'recover', '--lost-token')) })
