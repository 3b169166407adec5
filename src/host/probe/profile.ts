// What a token can do, found as the SO and the user who will work with it: on a token that holds nothing, and nothing stays behind.
import { randomBytes } from 'node:crypto'
import { WHOLE_PIN } from '../../domain/pins.ts'
import { brokenIn, type Profile, SAID_OF_LIBRARY, type Weakness } from '../../domain/profile.ts'
import { checkSure, type Renewed } from '../../domain/renewed-profile.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import type { FoundProfile } from '../../hsm/port.ts'
import { loginWithKek } from '../backup/kek.ts'
import { kindsListed, mechanismName } from '../backup/wraps.ts'
import type { Device } from '../device.ts'
import { Dialect } from '../keys/dialects.ts'
import type { Throttle } from '../keys/pace.ts'
import { CKM, FLAG } from '../native/constants.ts'
import { asRole } from '../native/sessions.ts'
import type { WirePin } from '../pin.ts'
import { login, type User } from '../user.ts'
import { rulesOf } from './probe-rules.ts'
import { ability, rehearsed, tried } from './probe-try.ts'
import { type Reason, Rehearsal, reasonOf } from './rehearsal.ts'
import { Scratch } from './scratch.ts'

interface Pins {
  so: WirePin
  user: WirePin
}

/** MECHANISM, HEAD-KEPT, SENSITIVE-KEPT, USAGE-KEPT, RESTORE-EQUAL, SEARCH-WHOLE: what no partition can begin without. */
export async function profileOf(
  device: Device,
  address: TokenAddress,
  pins: Pins,
  throttle: Throttle,
  keeps = false,
): Promise<FoundProfile> {
  const value = randomBytes(32)
  const so = soLogsIn(device, address, pins)
  const { user, lacks } = await enter(device, address, pins, value, so ? rehearsed : tried)
  try {
    user.dialect = new Dialect({}, [FLAG.WRAP_WITH_TRUSTED])
    const pin = device.derivedOf(user.slot)
    return { so, ...(pin < WHOLE_PIN && { pin }), ...(await found(user, lacks ?? value, throttle, keeps)) }
  } finally {
    user.close()
  }
}

/** One PIN may stand for both roles, and whoever reads it wipes it. */
const copyOf = (pin: WirePin): WirePin => ({ ...pin, bytes: Uint8Array.from(pin.bytes) })

/** Some modules know no SO any more once there is a user. */
function soLogsIn(device: Device, address: TokenAddress, { so }: Pins): boolean {
  const { slot, token } = device.find(address)
  const pin = device.pin(copyOf(so), token)
  return ability(() => asRole(device.lib, slot, 'SO', pin, () => undefined)) === true
}

/** With the KEK as for a backup; else as for any other change, and why there is no KEK. An SO who is refused does not try again. */
async function enter(
  device: Device,
  address: TokenAddress,
  { so, user }: Pins,
  value: Uint8Array,
  trying: typeof tried,
) {
  let entered: User | undefined
  const can = await trying(async () => {
    entered = loginWithKek(device, address, copyOf(so), copyOf(user), Uint8Array.from(value))
  })
  if (can === true) return { user: entered! }
  return { user: login(device, address, copyOf(user)), lacks: reasonOf(can) }
}

async function found(
  user: User,
  kek: Uint8Array | Reason,
  throttle: Throttle,
  keeps: boolean,
): Promise<Omit<FoundProfile, 'so'>> {
  const { lib, slot } = user
  const mechanisms = new Set(lib.mechanisms(slot))
  const rehearsal = new Rehearsal(user, mechanisms, kek, throttle, keeps)
  rehearsal.checkEmpty()
  try {
    const audit = await rehearsal.audit()
    const head = await rehearsal.head()
    const lacks = kek instanceof Uint8Array ? undefined : kek
    return { audit, head, ...(await abilitiesOf(user, rehearsal, lacks, mechanisms)) }
  } finally {
    rehearsal.sweep()
  }
}

/** `lacks`: why there is no key that wraps. */
async function abilitiesOf(
  user: User,
  rehearsal: Rehearsal,
  lacks: Reason | undefined,
  mechanisms: ReadonlySet<number>,
): Promise<Renewed> {
  const types = await rehearsal.types()
  if (!user.lib.has('usage-unkept')) await rehearsal.usage(types)
  await rehearsal.search(types)
  const objects = objectsOf(user)
  const broken = [...brokenBy(user, objects, mechanisms), ...SAID_OF_LIBRARY.filter(user.lib.has)].sort()
  const { generate, create, unwrap } = unknownTo(user)
  return {
    types,
    mechanisms: mechanismsOf(user),
    unknown: { ...some({ generate }), ...some({ create }), ...some({ unwrap }) },
    unwrap: user.dialect.unwrap,
    point: user.dialect.point,
    kek: lacks ?? user.kek!.by,
    checkValue: rehearsal.checkValue,
    objects,
    ...some({ broken }),
  }
}

/** Found on it, and known of its library. */
function unknownTo({ dialect, lib }: User): Dialect['unknown'] {
  const known = lib.known?.unknown ?? []
  const all = (found: readonly string[]): string[] => [...new Set([...found, ...known])].sort()
  const { generate, create, unwrap } = dialect.unknown
  return { generate: all(generate), create: all(create), unwrap: all(unwrap) }
}

/** What the kinds of wrapping are called here: a name tells nothing, and was found by what it makes. */
const mechanismsOf = ({ kek }: User): Profile['mechanisms'] =>
  Object.fromEntries((kek?.wraps ?? []).map(({ kind, mechanism }) => [kind.name, mechanismName(mechanism)]))

/** What a user may find anew: the key that wraps, or why there is none. */
const asked = new WeakMap<User, { value: Uint8Array; lacks: Reason | undefined; profile: Profile }>()

/** As for a look at an empty token, on one that is in use: nothing is tried with what the ledger lives by. A wrong PIN of the SO is no lack of the token's. */
export async function loginToRenew(device: Device, address: TokenAddress, so: WirePin, pin: WirePin): Promise<User> {
  const { profile, ...place } = address
  if (profile === undefined) throw new TypeError('the token has no profile')
  if (profile.so) {
    const { slot, token } = device.find(address)
    asRole(device.lib, slot, 'SO', device.pinAsEver(copyOf(so), token, address), () => undefined)
  }
  const value = randomBytes(32)
  const { user, lacks } = await enter(device, place, { so, user: pin }, value, profile.so ? rehearsed : tried)
  user.headKind = profile.head
  user.dialect = new Dialect(profile)
  asked.set(user, { value, lacks, profile })
  return user
}

/** RENEWAL-SURE; SENSITIVE-KEPT, USAGE-KEPT, RESTORE-EQUAL, SEARCH-WHOLE: what no partition can go on with. Keys that are there stay as they are. */
export async function renewProfile(user: User, throttle: Throttle): Promise<Renewed> {
  const { value, lacks, profile } = asked.get(user)!
  const mechanisms = new Set(user.lib.mechanisms(user.slot))
  const rehearsal = new Rehearsal(user, mechanisms, lacks ?? value, throttle, true)
  user.dialect = new Dialect({}, [FLAG.WRAP_WITH_TRUSTED])
  try {
    const found = await abilitiesOf(user, rehearsal, lacks, mechanisms)
    checkSure(profile, found, kindsListed(mechanisms))
    return found
  } finally {
    rehearsal.sweep()
    user.dialect = new Dialect(profile)
  }
}

/** Without the empty ones. */
const some = <K extends string, T>(lists: Record<K, T[]>): { [name in K]?: T[] } =>
  Object.fromEntries(Object.entries<T[]>(lists).filter(([, list]) => list.length > 0)) as { [name in K]?: T[] }

function objectsOf({ lib, session }: User): Profile['objects'] {
  using scratch = new Scratch(lib, session, { TOKEN: false, PRIVATE: true })
  return ability(() => void scratch.newKey({})) === true ? 'session' : 'token'
}

/** What could not be tried counts where there is something to protect: a token that wraps nothing gives nothing away. */
function brokenBy(user: User, objects: Profile['objects'], mechanisms: ReadonlySet<number>): Weakness[] {
  if (!mechanisms.has(CKM.AES_KEY_GEN)) return []
  using scratch = new Scratch(user.lib, user.session, { TOKEN: objects === 'token', PRIVATE: true })
  const rules = rulesOf(scratch, mechanisms, user.kek?.wraps[0]?.mechanism, user.kek)
  return brokenIn({
    notExtractable: rules.notExtractable(),
    userTrusted: rules.userTrusted(),
    wrapWithTrusted: rules.wrapWithTrusted(),
  })
}
