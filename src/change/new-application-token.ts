// The token that becomes an application's: its PIN is handed over, then it is initialised under PINs of the custodians, and tried. What came of an
// interrupted try is found again by its label, which no other token has.

import type { AppInitPlan, AppReplacePlan } from '../domain/application-plans.ts'
import type { Application } from '../domain/application-shapes.ts'
import { utf8 } from '../domain/encoding.ts'
import { deviceFailed, KeyriteError, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'
import { applicationPinLength, derivedLength, derivedPin } from '../domain/pins.ts'
import { Secret } from '../domain/secret.ts'
import { addressNamed, addressOf, type TokenAddress, tokenName } from '../domain/token-address.ts'
import type { Hsm, Pin, Role, TokenFacts, UserSession } from '../hsm/port.ts'
import { derivedAppPin } from './application-pin.ts'
import type { Credentials } from './credentials.ts'
import { faultsIn } from './slots.ts'
import { opensAsSo } from './so-pin.ts'
import { tokenOf } from './taken-token.ts'

export interface NewTokenPorts {
  /** A process of its own beside the application's library. */
  open(): Promise<Hsm>
  /** What that library puts before every derived PIN. */
  prefix?: string | undefined
  /** The SO PIN that the token has before: of one that is erased, or that has one from its maker. Undefined where nobody gave it. */
  present(credentials: Credentials): Promise<Pin | undefined>
  /** FILE-EXISTS. */
  writePin(path: string, pin: Secret, recipients: readonly string[]): Promise<void>
  dropPin(path: string): void
  /** How it is reached from now on; undefined: no more. */
  settings(kept: boolean): Promise<void>
  /** Leaves the SO PIN of an empty token in a file of the home, and gives its path. */
  leavePin(token: string, pin: string): string
}

/** A token that can't be an application's: it is empty, and its SO PIN is left in a file. */
export class Unfit extends Error {
  constructor(
    readonly failure: KeyriteError,
    readonly left: string,
  ) {
    super(failure.message)
  }
}

export class NewApplicationToken {
  #handedOver = false
  /** Its PIN went with the first refusal: a second look, at a token that says now this and now that, would find one that nobody was given. */
  #unfit: Unfit | undefined

  constructor(
    readonly plan: AppInitPlan | AppReplacePlan,
    readonly history: History,
    readonly credentials: Credentials,
    readonly ports: NewTokenPorts,
  ) {}

  /** The hand-over is on the disk before the token is touched: else a token could have a PIN that nobody was given. */
  async initialise(): Promise<void> {
    const { spare, app, erases, pinFile, recipients = [] } = this.plan
    const hsm = await this.ports.open()
    const slots = await hsm.slots()
    const token = slots.find(({ slot }) => slot === spare.slot)?.token
    if (!token) throw deviceFailed('NO-TOKEN', `slot ${spare.slot} shows no token any more${faultsIn(slots)}`)
    const present = await this.ports.present(this.credentials)
    using _present = present?.bytes
    using pin = await this.#userPin(token)
    await this.ports.writePin(pinFile, pin, recipients)
    this.#handedOver = true
    await this.ports.settings(true)
    const so = await this.#pin('so')
    using _so = so.bytes
    await hsm.initToken(spare.slot, present ?? so, app.label, erases === undefined ? undefined : addressNamed(erases))
  }

  /** PINs, and the trial. Undefined where nothing was initialised, and then nothing is left of it. SO-PIN; Unfit. */
  async finish(): Promise<Application | undefined> {
    if (this.#unfit) throw this.#unfit
    const hsm = await this.ports.open()
    const token = await this.#find(hsm)
    if (!token) {
      await this.#withdraw()
      return undefined
    }
    const address = addressOf(token)
    const [so, user] = [await this.#pin('so'), await this.#pin('user')]
    using _so = so.bytes
    using _user = user.bytes
    const before = (await opensAsSo(address, so, hsm)) ? undefined : await this.#present()
    using _before = before?.bytes
    await hsm.setPins(address, before ?? so, so, user)
    await this.ports.settings(true)
    await clearRemains(hsm, address, user)
    const { wraps } = await this.#tried(token, () => hsm.tryAsApplication(address, user))
    return this.#application(token, wraps)
  }

  /** As the application, once it is there. */
  async login({ token }: Application): Promise<UserSession> {
    const user = await this.#pin('user')
    using _ = user.bytes
    return (await this.ports.open()).login(addressOf(token), user)
  }

  /** By its label. */
  async #find(hsm: Hsm): Promise<TokenFacts | undefined> {
    const slots = await hsm.slots()
    const { label } = this.plan.app
    const found = slots.flatMap(({ token }) => (token?.initialised && token.label === label ? [token] : []))
    const faults = faultsIn(slots)
    // What can't be read may be the token that was initialised.
    if (found.length === 0 && faults !== '')
      throw deviceFailed('TOKEN-PRESENT', `the token ${escaped(label)} is not to be seen${faults}`)
    if (found.length > 1) throw deviceFailed('TWO-TOKENS', `${found.length} tokens are called ${escaped(label)}`)
    return found[0]
  }

  async #present(): Promise<Pin> {
    const present = await this.ports.present(this.credentials)
    if (present) return present
    const { label } = this.plan.app
    throw refused('SO-PIN', `the token ${escaped(label)} has the SO PIN still that it had before`, SO_PIN_HINT)
  }

  async #tried<T>(token: TokenFacts, look: () => Promise<T>): Promise<T> {
    try {
      return await look()
    } catch (error) {
      if (!(error instanceof KeyriteError) || !UNFIT.includes(error.code)) throw error
      const so = await this.#pin('so')
      using _so = so.bytes
      const { prefix } = this.ports
      const length = derivedLength(token.pinLength, { prefix, accepted: ['short-pin'] })
      const file = this.ports.leavePin(tokenName(token), derivedPin(so.bytes.reveal(), length, prefix))
      await this.#withdraw()
      const left = `the token ${escaped(tokenName(token))} is initialised, and empty; its SO PIN is in ${file}`
      this.#unfit = new Unfit(error, left)
      throw this.#unfit
    }
  }

  /** No application came of it: its PIN opens nothing. */
  async #withdraw(): Promise<void> {
    if (this.#handedOver) this.ports.dropPin(this.plan.pinFile)
    this.#handedOver = false
    await this.ports.settings(false)
  }

  #application(token: TokenFacts, wraps: Application['wraps']): Application {
    const { app, recipients } = this.plan
    return {
      name: app.name,
      id: app.id,
      token: tokenOf(token),
      pin: derivedAppPin(1, this.#characters(token), this.history.groups),
      wraps: [...wraps].sort(),
      ...(recipients ? { recipients } : {}),
    }
  }

  /** SHORT-PIN: as the application types it. */
  async #userPin(token: TokenFacts): Promise<Secret> {
    const user = await this.#pin('user')
    using _ = user.bytes
    return new Secret(utf8(derivedPin(user.bytes.reveal(), this.#characters(token), this.ports.prefix)))
  }

  #characters = ({ pinLength }: TokenFacts): number =>
    applicationPinLength(pinLength, { prefix: this.ports.prefix, accepted: this.plan.accepted })

  #pin = (role: Role): Promise<Pin> => this.credentials.applicationPin(role, { id: this.plan.app.id, generation: 1 })
}

/** Of a trial that was cut off in the making of a key. */
async function clearRemains(hsm: Hsm, address: TokenAddress, user: Pin): Promise<void> {
  await using session = await hsm.login(address, user)
  await session.clearIncompleteObjects([])
}

/** What a trial says of the token, and not of its library. */
const UNFIT: readonly string[] = ['COPY-SEALED', 'NO-KEY-WRAP', 'MECHANISM']

const SO_PIN_HINT = to('give the one that it had', keyrite('partition', 'recover', '--so-pin-file', 'FILE'))
