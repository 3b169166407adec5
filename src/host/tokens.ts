// Slots and tokens: what is plugged in, and the token of a serial wherever its slot is now.

import { deviceFailed } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import { recordable } from '../domain/texts.ts'
import { addressOf, isAt, type TokenAddress } from '../domain/token-address.ts'
import type { PinTries, SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { TokenInfo } from './native/binding.ts'
import { isCkr, Pkcs11Error } from './native/ckr.ts'
import { CKF } from './native/constants.ts'
import type { Native } from './native/native.ts'
import type { Slot } from './native/values.ts'
import { fromUlong } from './native/values.ts'

/** PKCS#11 pads its texts with blanks; some modules end them with a zero, or pad them with zeros in front. */
export const trimmed = (text: string): string => text.replace(/^\0+/, '').replace(/\0.*$/s, '').trimEnd()

export const version = ({ major, minor }: { major: number; minor: number }): string => `${major}.${minor}`

/** What a token says of itself goes into plans and records, and is how it is found again: spelled here, for all of them alike. */
const said = (text: string): string => recordable(trimmed(text))

const tries = (flags: number, low: number, final: number, locked: number): PinTries => {
  if (flags & locked) return 'locked'
  if (flags & final) return 'final'
  return flags & low ? 'low' : 'ok'
}

function tokenFacts(info: TokenInfo): TokenFacts {
  const { flags } = info
  return {
    serial: said(info.serialNumber),
    label: said(info.label),
    manufacturer: said(info.manufacturerID),
    model: said(info.model),
    firmware: version(info.firmwareVersion),
    hardware: version(info.hardwareVersion),
    initialised: (flags & CKF.TOKEN_INITIALIZED) !== 0,
    userPinSet: (flags & CKF.USER_PIN_INITIALIZED) !== 0,
    pinLength: { min: info.minPinLen, max: info.maxPinLen },
    tries: {
      so: tries(flags, CKF.SO_PIN_COUNT_LOW, CKF.SO_PIN_FINAL_TRY, CKF.SO_PIN_LOCKED),
      user: tries(flags, CKF.USER_PIN_COUNT_LOW, CKF.USER_PIN_FINAL_TRY, CKF.USER_PIN_LOCKED),
    },
    pinPad: (flags & CKF.PROTECTED_AUTHENTICATION_PATH) !== 0,
    writeProtected: (flags & CKF.WRITE_PROTECTED) !== 0,
    loginRequired: (flags & CKF.LOGIN_REQUIRED) !== 0,
    // A blank token of SoftHSM says so too, and that it is locked: it has none.
    soPinPreset: (flags & (CKF.SO_PIN_TO_BE_CHANGED | CKF.SO_PIN_LOCKED)) === CKF.SO_PIN_TO_BE_CHANGED,
  }
}

/** What the module says of a slot's token; undefined when it says that there is none. */
export function tokenIn(lib: Native, slot: Slot): TokenFacts | undefined {
  try {
    return { ...tokenFacts(lib.tokenInfo(slot)), ...(lib.has('unnamed') && { unnamed: true as const }) }
  } catch (error) {
    if (isCkr(error, ...NO_TOKEN)) return undefined
    throw error
  }
}

/** CKR_TOKEN_NOT_PRESENT and CKR_TOKEN_NOT_RECOGNIZED. */
const NO_TOKEN = [0xe0, 0xe1]

/** A faulty slot or token must not hide the others: its error is listed in its place. */
export function slotFacts(lib: Native, slot: Slot): SlotFacts {
  const facts: SlotFacts = { slot: fromUlong(slot), description: '', manufacturer: '' }
  try {
    const info = lib.slotInfo(slot)
    Object.assign(facts, { description: trimmed(info.slotDescription), manufacturer: trimmed(info.manufacturerID) })
    const token = info.flags & CKF.TOKEN_PRESENT ? tokenIn(lib, slot) : undefined
    return token === undefined ? facts : { ...facts, token }
  } catch (error) {
    if (error instanceof Pkcs11Error) return { ...facts, fault: error.message }
    throw error
  }
}

/** The slot of this id, as it is now. */
export function slotAt(lib: Native, id: number): Slot {
  const slot = lib.slots(false).find((candidate) => fromUlong(candidate) === id)
  if (slot === undefined)
    throw deviceFailed('NO-SLOT', `the module has no slot ${id}`, to('see', keyrite('token', 'list')))
  return slot
}

export interface Found {
  slot: Slot
  token: TokenFacts
}

/** Every slot that says that it has a token, and the first failure to ask one. */
function tokensNow(lib: Native): { found: Found[]; fault?: Pkcs11Error } {
  const found: Found[] = []
  let fault: Pkcs11Error | undefined
  for (const slot of lib.slots(true)) {
    try {
      const token = tokenIn(lib, slot)
      if (token !== undefined) found.push({ slot, token })
    } catch (error) {
      if (!(error instanceof Pkcs11Error)) throw error
      fault ??= error
    }
  }
  return { found, ...(fault && { fault }) }
}

/** At this address. A blank token is nobody's duplicate: some modules give it the serial that another has. */
function tokensAt(lib: Native, address: TokenAddress): Found[] {
  const { found, fault } = tokensNow(lib)
  const named = found.filter(({ token }) => isAt(address, token))
  // A token that could not be read may be the one.
  if (named.length === 0 && fault !== undefined) throw fault
  const initialised = named.filter(({ token }) => token.initialised)
  return initialised.length > 0 ? initialised : named
}

/** TWO-TOKENS: what two tokens share names neither. Seen before one of them is initialised, and gets this label. */
export function checkNoDuplicate(lib: Native, slot: Slot, before: TokenFacts, label: string): void {
  const others = tokensNow(lib).found.filter((other) => !other.slot.equals(slot) && other.token.initialised)
  const address = addressOf({ serial: before.serial, label: before.unnamed ? before.label : label })
  if (others.some(({ token }) => isAt(address, token))) throw twoTokens(2, address)
}

const twoTokens = (count: number, { serial, label }: TokenAddress) =>
  label === undefined
    ? deviceFailed('TWO-TOKENS', `${count} tokens have the serial ${serial}`, 'take one of them away')
    : deviceFailed(
        'TWO-TOKENS',
        `${count} tokens are called ${escaped(label)}, and no serial number tells them apart`,
        'take one of them away, or give the other one a name of its own',
      )

/** Some modules show a newly initialised token only after they are restarted. */
function afterRestart(lib: Native, address: TokenAddress): Found[] {
  lib.finalize()
  lib.initialize()
  return tokensAt(lib, address)
}

/** TOKEN-BY-SERIAL: a token is chosen by its address, and only when exactly one has it. Slot ids change. */
export function tokenOf(lib: Native, address: TokenAddress, mayRestart = false): Found {
  const { serial, label } = address
  if (serial === '' && label === undefined) throw deviceFailed('NO-TOKEN', 'a blank token has no serial')
  const now = tokensAt(lib, address)
  const found = now.length === 0 && mayRestart ? afterRestart(lib, address) : now
  if (found.length > 1) throw twoTokens(found.length, address)
  const called = label === undefined ? '' : ` and is called ${escaped(label)}`
  if (found[0] === undefined) throw deviceFailed('NO-TOKEN', `no token has the serial ${serial}${called}`)
  return found[0]
}
