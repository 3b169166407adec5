// A logged-in user on one token: the session, and what was learned about the token on the way in.

import { deviceFailed } from '../domain/errors.ts'
import type { HeadKind, Profile } from '../domain/profile.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { BroughtBy } from './backup/bring-secret.ts'
import type { Wrap } from './backup/wraps.ts'
import type { Device } from './device.ts'
import type { Head } from './heads.ts'
import { Dialect } from './keys/dialects.ts'
import { CheckValues } from './keys/fingerprint.ts'
import { Index } from './keys/key-index.ts'
import type { Seen } from './keys/objects.ts'
import type { Throttle } from './keys/pace.ts'
import { CKR, isCkr } from './native/ckr.ts'
import type { Mechanism, Native } from './native/native.ts'
import { keptSession, leave } from './native/sessions.ts'
import type { ObjectHandle, Session, Slot } from './native/values.ts'
import type { WirePin } from './pin.ts'

/** A KEK in a session, and what it may do there. */
export interface Kek {
  /** It wraps, and does nothing else. */
  object: ObjectHandle
  by: BroughtBy
  /** The same key, which only unwraps: what was wrapped is looked into before it is believed. */
  opens: ObjectHandle
  wraps: readonly Wrap[]
}

/** What keys may go out under, in a session that was made for that. */
export interface Carrier {
  /** OAEP as the other side takes it. */
  oaep: Mechanism
  /** The public key of the other side: it wraps, and does nothing else. */
  wrapping: ObjectHandle
  /** The mechanism by which AES keys wrap, and of each key that goes out the one between; what of that the other side gets, where it was made here. */
  between?: { kwp: number; keys: Between[] }
  /** How many keys have gone out. */
  gone: number
}

export interface Between {
  key: ObjectHandle
  sealed?: Uint8Array
}

export class User {
  readonly lib: Native
  readonly checkValues: CheckValues
  readonly mechanisms: ReadonlySet<number>
  dialect: Dialect
  headKind: HeadKind | undefined
  /** The heads on the token that this session has seen or made. */
  heads: Head[] = []
  /** What the last reading of keys went by, until something changes. */
  index: Index | undefined
  /** What keys may go out under, where it was logged in for that. */
  carrier: Carrier | undefined
  /** Audit keys by their SPKI in hex, once they were found. */
  readonly auditKeys = new Map<string, Seen>()

  constructor(
    readonly device: Device,
    readonly slot: Slot,
    readonly session: Session,
    /** Absent after a plain login. */
    readonly kek?: Kek,
    mechanisms: readonly number[] = device.lib.mechanisms(slot),
    readonly profile?: Profile,
  ) {
    this.dialect = new Dialect(profile)
    this.headKind = profile?.head
    this.lib = device.lib
    this.mechanisms = new Set(mechanisms)
    this.checkValues = new CheckValues(this.lib, this.mechanisms)
  }

  /** What was read last where that was of these keys, so that they are the very objects. */
  indexFor = async (ids: readonly Uint8Array[], throttle: Throttle): Promise<Index> =>
    this.index?.covers(ids) ? this.index : await Index.of(this, ids, throttle)

  close = (): void => leave(this.lib, this.session)
}

export function login(device: Device, address: TokenAddress, pin: WirePin): User {
  const { slot, token } = device.find(address)
  const text = device.pinAsEver(pin, token, address)
  // Asked before the login: a failure after it would leave the session open.
  const mechanisms = device.lib.mechanisms(slot)
  const session = keptSession(device.lib, slot, (opened) => logIn(device.lib, opened, text, pin.form))
  return new User(device, slot, session, undefined, mechanisms, address.profile)
}

const CHANGED = [CKR.PIN_INCORRECT, CKR.PIN_LOCKED, CKR.USER_PIN_NOT_INITIALIZED]

/** USER-PIN: the derived PIN is right, since its secret was compared: so the token's PIN is another. */
export function logIn(lib: Native, session: Session, pin: string, form: WirePin['form']): void {
  try {
    lib.login(session, 'USER', pin)
  } catch (error) {
    if (lib.has('unnamed') && isCkr(error, CKR.USER_TYPE_INVALID))
      throw deviceFailed(
        'USER-PIN',
        `this token has no user PIN: somebody erased it, or it is another (${error.message})`,
      )
    if (form !== 'derived' || !isCkr(error, ...CHANGED)) throw error
    const locked = error.number === CKR.PIN_LOCKED
    const what = locked ? 'is locked: somebody tried wrong ones' : 'is not the one of the shares'
    throw deviceFailed('USER-PIN', `the user PIN of this token ${what} (${error.message})`)
  }
}
