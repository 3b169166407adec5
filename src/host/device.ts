// The loaded module and what is done to whole tokens: list, initialise, random bytes, PINs.

import { deviceFailed, refused, usage } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { longestPin, WHOLE_PIN } from '../domain/pins.ts'
import { addressOf, isAt, namesOne, type TokenAddress } from '../domain/token-address.ts'
import type { ModuleFacts, Role, SlotFacts, TokenFacts } from '../hsm/port.ts'
import { emptyOut } from './emptied.ts'
import { isThing, look } from './keys/objects.ts'
import { Listing } from './listing.ts'
import { badData } from './native/answers.ts'
import { isRefused } from './native/ckr.ts'
import type { CKU } from './native/constants.ts'
import type { Native } from './native/native.ts'
import { opensAs, withSession } from './native/sessions.ts'
import type { Slot } from './native/values.ts'
import type { WirePin } from './pin.ts'
import { derivedCharacters, pinText } from './pin.ts'
import { changePin, setPins, setUserPin } from './set-pins.ts'
import type { Found } from './tokens.ts'
import { checkNoDuplicate, slotAt, tokenIn, tokenOf, trimmed, version } from './tokens.ts'
import { initUnnamed } from './unnamed.ts'

const USERS: Record<Role, keyof typeof CKU> = { so: 'SO', user: 'USER' }

/** What C_GetInfo adds to what the file says. */
type ModuleInfo = Omit<ModuleFacts, 'path' | 'sha256'>

/** TOKEN-CHOSEN: whatever was put into the slot since it was chosen gets no PIN of ours, and is not emptied. */
function checkChosen({ initialised, serial, label }: TokenFacts, id: number, erases: TokenAddress | undefined): void {
  if (erases === undefined ? !initialised : initialised && isAt(erases, { serial, label })) return
  const there = initialised ? `${escaped(serial)} (${escaped(label)}), which is initialised` : 'a blank one'
  const wanted = erases === undefined ? 'the blank token' : `the token ${escaped(erases.serial)}`
  const hint = to('find out who exchanged it; to see what is there', keyrite('token', 'list', '--module', 'PATH'))
  throw refused('TOKEN-CHOSEN', `${wanted} was chosen, and now the one in slot ${id} is ${there}`, hint)
}

/** PIN-TRIES. */
function lastTry(role: Role, left: 'final' | 'locked', { serial }: TokenFacts): Error {
  const whose = role === 'so' ? 'SO' : 'user'
  const text = left === 'final' ? 'has one try left' : 'is locked'
  const hint = 'have the tries reset by the means that its maker gives'
  return refused('PIN-TRIES', `the ${whose} PIN of the token ${escaped(serial)} ${text}`, hint)
}

/** A user as the device knows it: what it remembers of the token is void once something has changed. */
interface LoggedIn {
  index: unknown
  close(): void
}

export class Device {
  /** The sessions of logged-in users: while there is one, the module may not be started anew. */
  readonly users = new Map<number, LoggedIn>()
  /** Lasting changes of the call that is being served: an error after the first one must say so. */
  changes = 0

  private readonly listing: Listing

  constructor(
    readonly lib: Native,
    private readonly pinPrefix: string,
  ) {
    this.listing = new Listing(lib)
  }

  module(): ModuleInfo {
    const info = this.lib.info()
    return {
      description: trimmed(info.libraryDescription),
      manufacturer: trimmed(info.manufacturerID),
      version: version(info.libraryVersion),
      cryptoki: version(info.cryptokiVersion),
    }
  }

  changed(): void {
    this.changes++
    for (const user of this.users.values()) user.index = undefined
  }

  /** A call that changes something. A failed one may have changed it all the same, unless the token refused. */
  changing<T>(call: () => T): T {
    try {
      const done = call()
      this.changed()
      return done
    } catch (error) {
      if (!isRefused(error)) this.changed()
      throw error
    }
  }

  slots = (): SlotFacts[] => this.listing.slots()

  /** The token at this address as it is now, where one is there, and one alone. */
  token(address: TokenAddress): TokenFacts | undefined {
    const known = this.listing.known(address)
    if (known) return known.token
    this.slots()
    return this.listing.known(address)?.token
  }

  find(address: TokenAddress): Found {
    const known = this.listing.known(address)
    if (known) return known
    this.listing.forget()
    return tokenOf(this.lib, address, this.users.size === 0)
  }

  /** How many characters of a PIN are derived for the token in this slot. */
  derivedOf = (slot: Slot): number => derivedCharacters(this.lib.tokenInfo(slot), this.pinPrefix)
  pin = (pin: WirePin, token: TokenFacts, characters?: number): string =>
    pinText(pin, token.pinLength, this.pinPrefix, characters)

  /** SHORT-PIN: of as many characters as ever on a token that is known. One that says now that it takes fewer is sent none: a cut PIN is a wrong one, and costs a try. */
  pinAsEver(pin: WirePin, token: TokenFacts, { profile }: Pick<TokenAddress, 'profile'>): string {
    const characters = pin.characters ?? (profile && (profile.pin ?? WHOLE_PIN))
    if (pin.form !== 'derived' || characters === undefined) return this.pin(pin, token)
    const max = longestPin(token.pinLength)
    if (max === undefined || this.pinPrefix.length + characters <= max) return this.pin(pin, token, characters)
    throw deviceFailed(
      'SHORT-PIN',
      `the token ${escaped(token.serial)} says that it takes PINs of at most ${max} characters, and took longer ones before; none was sent`,
      to('what it says of itself', keyrite('token', 'list', '--module', 'PATH')),
    )
  }

  initToken(id: number, soPin: WirePin, label: string, erases?: TokenAddress): TokenFacts {
    const slot = slotAt(this.lib, id)
    const before = tokenIn(this.lib, slot)
    if (before === undefined) throw deviceFailed('NO-TOKEN', `slot ${id} has no token`)
    if (Buffer.byteLength(label) > 32) throw usage(`${label} is longer than 32 bytes`, undefined, 'LABEL-TOO-LONG')
    checkNoDuplicate(this.lib, slot, before, label)
    const pin = this.pin(soPin, before)
    checkChosen(tokenIn(this.lib, slot) ?? before, id, erases)
    this.listing.forget()
    if (erases !== undefined && this.lib.known?.once) {
      emptyOut(this, slot, pin)
      return this.find(addressOf(before)).token
    }
    if (before.unnamed) initUnnamed(this, slot, pin, erases !== undefined)
    else this.changing(() => this.lib.initToken(slot, pin, label))
    // The slot still answers for it; the next listing may give it another id, or none before a new start.
    const after = tokenIn(this.lib, slot)
    const isSeen = after?.initialised && (namesOne(after.serial) || after.label === label || after.unnamed)
    const token = isSeen ? this.find(addressOf(after)).token : this.newest(label)
    this.checkEmptied(token, label, before.initialised)
    return token
  }

  /** TOKEN-AS-ASKED: C_InitToken said OK; the token says whether it has done it. Private objects show once the user is logged in. */
  private checkEmptied(token: TokenFacts, label: string, wasInitialised: boolean): void {
    const { slot } = this.find(addressOf(token))
    const objects = withSession(this.lib, slot, (session) => {
      const all = this.lib.find(session, []).map((object) => look(this.lib, session, object))
      return all.filter(isThing).length
    })
    const wrong = [
      ...(token.label === label || token.unnamed ? [] : [`its label is ${escaped(token.label)}`]),
      // Some say so of every token; one that was blank had none.
      ...(wasInitialised && token.userPinSet && !token.unnamed ? ['it has a user PIN still'] : []),
      ...(objects === 0 ? [] : [`it holds ${objects} objects still`]),
    ]
    if (wrong.length === 0) return
    throw deviceFailed(
      'TOKEN-AS-ASKED',
      `C_InitToken: CKR_OK, but of the token ${escaped(token.serial)}: ${wrong.join(', ')}`,
    )
  }

  private newest(label: string): TokenFacts {
    this.lib.finalize()
    this.lib.initialize()
    const named = this.slots().flatMap(({ token }) => (token?.initialised && token.label === label ? [token] : []))
    if (named.length === 1) return named[0]!
    throw deviceFailed('NO-TOKEN', `${named.length} tokens are called ${label} after C_InitToken`)
  }

  random(address: TokenAddress, length: number): Uint8Array {
    const { slot } = this.find(address)
    const bytes = withSession(this.lib, slot, (session) => this.lib.random(session, length))
    if (length >= 16 && bytes.every((byte) => byte === bytes[0]))
      throw badData('C_GenerateRandom', 'gave the same byte throughout')
    return Uint8Array.from(bytes)
  }

  setPins(address: TokenAddress, current: WirePin, so: WirePin, user: WirePin): void {
    const { slot, token } = this.find(address)
    // One PIN may be given twice, and then arrives as one array: a copy each, because the first to be read is wiped.
    const copies = [current, so, user].map((pin) => ({ ...pin, bytes: Uint8Array.from(pin.bytes) }))
    const [now, next, users] = copies.map((pin) => this.pinAsEver(pin, token, address)) as [string, string, string]
    for (const { bytes } of [current, so, user]) bytes.fill(0)
    setPins(this, slot, { now, so: next, user: users })
  }

  setUserPin(address: TokenAddress, so: WirePin, user: WirePin): void {
    const { slot, token } = this.find(address)
    const [soPin, userPin] = [this.pinAsEver(so, token, address), this.pinAsEver(user, token, address)]
    setUserPin(this, slot, soPin, userPin)
  }

  /** PIN-TRIES: asked of the token at the last moment, since somebody may have tried meanwhile. */
  changePin(address: TokenAddress, role: Role, from: WirePin, to: WirePin): void {
    const { slot, token } = this.find(address)
    const [now, next] = [this.pinAsEver(from, token, address), this.pinAsEver(to, token, address)]
    const { [role]: left } = token.tries
    if (left === 'final' || left === 'locked') throw lastTry(role, left, token)
    changePin(this, slot, USERS[role], now, next)
  }

  pinOpens(address: TokenAddress, role: Role, pin: WirePin): boolean {
    const { slot, token } = this.find(address)
    return opensAs(this.lib, slot, USERS[role], this.pinAsEver(pin, token, address))
  }
}
