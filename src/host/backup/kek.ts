// The backup KEK: a session object of the SO, trusted and good for wrapping alone. It is in no file and ends with the session.
import { randomBytes } from 'node:crypto'
import { flagDifferences } from '../../domain/as-asked.ts'
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import type { Device } from '../device.ts'
import { destroyObject } from '../keys/destroy.ts'
import { Dialect } from '../keys/dialects.ts'
import { checkIs, type Identity } from '../keys/identity.ts'
import type { Place } from '../keys/key-index.ts'
import { lookAt } from '../keys/objects.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKR, isCkr } from '../native/ckr.ts'
import { CKA, CKK, CKO, FLAG } from '../native/constants.ts'
import { keptSession } from '../native/sessions.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { ulongArray } from '../native/values.ts'
import type { WirePin } from '../pin.ts'
import { Scratch } from '../probe/scratch.ts'
import { type Kek, logIn, User } from '../user.ts'
import { type Brought, bringSecret } from './bring-secret.ts'
import { seal } from './seal.ts'
import { isKind, knownWraps, type Wrap, wrapsSame } from './wraps.ts'

/** It has a name so that no other object is ever taken for it. */
export const KEK: Identity = [[CKA.LABEL, 'keyrite/kek']]

const NOTHING: Flags = {
  TOKEN: false,
  SENSITIVE: true,
  EXTRACTABLE: false,
  WRAP: false,
  UNWRAP: false,
  ENCRYPT: false,
  DECRYPT: false,
  SIGN: false,
  VERIFY: false,
  DERIVE: false,
  MODIFIABLE: false,
  COPYABLE: false,
}

/** Public, for the SO sees no private objects; trusted, which only the SO can say, and only when making it. */
export const WRAPS: Flags = { ...NOTHING, TRUSTED: true, PRIVATE: false, WRAP: true }
const OF_A_USER: Flags = { ...NOTHING, PRIVATE: true, WRAP: true }
const UNWRAPS: Flags = { ...NOTHING, PRIVATE: true, UNWRAP: true }

function createKek(place: Place, value: Uint8Array, wraps: readonly Wrap[], flags: Flags): Brought {
  const kind: Template = [[CKA.CLASS, CKO.SECRET_KEY], [CKA.KEY_TYPE, CKK.AES], ...KEK]
  // Some modules don't know this attribute; the flags limit the key anyway.
  const mechanisms = wraps.map(({ mechanism }) => mechanism)
  const limited: Template = [[CKA.ALLOWED_MECHANISMS, ulongArray(place.session.length, ...mechanisms)]]
  // A token that knows no TRUSTED keys wraps with any: what it protects keys from is found by its probe.
  const dialect = new Dialect({}, [FLAG.TRUSTED])
  const { object, by } = bringSecret(place, dialect, [...kind, ...flagsTemplate(flags), ...limited], value)
  checkIs(place, object, KEK)
  seal(place, object, 'the backup KEK', flags, KEK)
  const { TRUSTED: _, ...others } = flags
  const isUnknown = Object.values(dialect.unknown).some((names) => names.includes('TRUSTED'))
  checkKek(place, object, isUnknown ? others : flags)
  return { object, by }
}

/** KEK-AS-ASKED: above all it is of this session alone. One that came to rest on the token goes at once. */
function checkKek(place: Place, object: ObjectHandle, flags: Flags): void {
  const { lib, session } = place
  const wrong = flagDifferences(flags, lookAt(lib, session, object, CKO.SECRET_KEY, CKK.AES).attributes)
  if (wrong.length === 0) return
  destroyObject(place, object, KEK)
  throw deviceFailed('KEK-AS-ASKED', `the token said CKR_OK, but of the backup KEK ${wrong.join(', ')}`)
}

/**
 * KEK-AS-ASKED: what it wraps opens with the custodians' shares, and not with some other key that the token made of theirs. Gives the ways
 * that were seen to be what they are called.
 */
function checkedWraps(
  place: Place,
  kek: ObjectHandle,
  kekValue: Uint8Array,
  [first, ...spare]: readonly Wrap[],
): Wrap[] {
  using scratch = new Scratch(place.lib, place.session)
  const value = randomBytes(32)
  const known = { kekValue, kek, value, key: scratch.aesKey(value, { EXTRACTABLE: true, SENSITIVE: false }) }
  if (wrapsSame(place, first!, known)) return [first!, ...spare.filter((wrap) => isKind(place, wrap, known, true))]
  throw deviceFailed('KEK-AS-ASKED', 'the token said CKR_OK, but the backup KEK on it is another than the shares give')
}

export function loginWithKek(
  device: Device,
  address: TokenAddress,
  so: WirePin,
  user: WirePin,
  value: Uint8Array,
): User {
  const { lib } = device
  const { slot, token } = device.find(address)
  const [soPin, userPin] = [so, user].map((pin) => device.pinAsEver(pin, token, address)) as [string, string]
  const mechanisms = lib.mechanisms(slot)
  const listed = new Set(mechanisms)
  const wraps = knownWraps(lib, slot, address.profile, listed)
  let kek: Kek | undefined
  try {
    const session = keptSession(lib, slot, (opened) => {
      const place = { lib, session: opened }
      const ofTheSo = asSo(place, soPin, () => createKek(place, value, wraps, WRAPS))
      logIn(lib, opened, userPin, user.form)
      const { object, by } = ofTheSo ?? createKek(place, value, wraps, OF_A_USER)
      const right = checkedWraps(place, object, value, wraps)
      kek = { object, by, opens: unwrappingKek(place, value, wraps).object, wraps: right }
    })
    return new User(device, slot, session, kek, mechanisms, address.profile)
  } finally {
    value.fill(0)
  }
}

/** Undefined where the token knows no SO any more: there the user makes it, and it is trusted by nothing. */
export function asSo<T>({ lib, session }: Place, pin: string, work: () => T): T | undefined {
  try {
    lib.login(session, 'SO', pin)
  } catch (error) {
    if (isCkr(error, CKR.USER_TYPE_INVALID)) return undefined
    throw error
  }
  const made = work()
  lib.logout(session)
  return made
}

/** Its second object: it only unwraps, and only this user sees it. */
export const unwrappingKek = (place: Place, value: Uint8Array, wraps: readonly Wrap[]): Brought =>
  createKek(place, value, wraps, UNWRAPS)
