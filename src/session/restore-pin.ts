// The SO PIN that a token has before a restore empties it: a person's, the temporary one of a restore before, or that of the shares.
import type { Credentials } from '../change/credentials.ts'
import { openingPin } from '../change/opening-pin.ts'
import { likelyEpochs } from '../change/pin-epochs.ts'
import { proveSoPin } from '../change/prove-restore.ts'
import { opensAsSo } from '../change/so-pin.ts'
import * as taken from '../change/taken-token.ts'
import { KeyriteError } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { Pending } from '../domain/pending.ts'
import type { Secret } from '../domain/secret.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { Hsm, Pin } from '../hsm/port.ts'
import { type PinPorts, presentPin, presetPin } from './present-pin.ts'
import { sharesOpen } from './restore-target.ts'

export class PresentPin implements Disposable {
  #persons: Secret | undefined
  #temporary: Pin | undefined

  get isAsked(): boolean {
    return this.#persons !== undefined
  }

  /** The one of a blank token that has one already. */
  get preset(): Secret | undefined {
    return this.#persons
  }

  async askPreset(target: { slot: number; preset?: boolean }, options: { soPinFile?: string }, ports: PinPorts) {
    this.#persons = await presetPin(target, options, ports)
  }

  /** SO-PIN: where the shares don't give it, before anything is touched. `taken`: what a restore before has noted of this token. */
  async ask(
    token: TokenAddress,
    options: { soPinFile?: string },
    history: History,
    taken: Pending | undefined,
    ports: PinPorts,
  ): Promise<void> {
    const isOurs = sharesOpen(token, history) || taken !== undefined
    if (options.soPinFile === undefined && isOurs && !taken?.asked) return
    this.#persons = await presentPin(token, options, ports).catch((error) => {
      // A restore that got further has given the token the PIN from the shares.
      if (taken && error instanceof KeyriteError && error.code === 'SO-PIN') return undefined
      throw error
    })
  }

  /** The token may still have its temporary PIN. */
  carry(before: Pending): void {
    this.#temporary = taken.temporaryPin(before)
  }

  /** SO-PIN: the one that opens it. */
  async current(token: TokenAddress, credentials: Credentials, hsm: Hsm, history: History): Promise<Pin> {
    if (this.#persons) return { bytes: this.#persons, form: 'text' }
    if (this.#temporary && (await opensAsSo(token, this.#temporary, hsm))) return this.#temporary
    // Where there is no SO the user's PIN is the only one.
    const role = history.profile.so ? 'so' : 'user'
    const epochs = likelyEpochs(role, token.serial, history)
    const pinOf = (epoch?: number) => credentials.pinOf(role, epoch)
    const found = await openingPin(epochs.slice(0, -1), pinOf, (pin) => opensAsSo(token, pin, hsm))
    if (found) return found
    const pin = await pinOf(epochs.at(-1))
    await proveSoPin(token, pin, hsm)
    return pin
  }

  [Symbol.dispose](): void {
    this.#persons?.[Symbol.dispose]()
    this.#temporary?.bytes[Symbol.dispose]()
  }
}
