// Whether a token keeps what a copy is promised to be, tried on it as the user of the application: with keys that nobody needs, which go again.
import { randomBytes } from 'node:crypto'
import { deviceFailed, KeyriteError } from '../../domain/errors.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import type { ApplicationAbilities, CopyToSeat } from '../../hsm/copies.ts'
import { KEK, unwrappingKek } from '../backup/kek.ts'
import { someWraps } from '../backup/wraps.ts'
import type { Device } from '../device.ts'
import { destroyObject } from '../keys/destroy.ts'
import type { Throttle } from '../keys/pace.ts'
import { isRefused, Pkcs11Error } from '../native/ckr.ts'
import { CKA } from '../native/constants.ts'
import type { WirePin } from '../pin.ts'
import { login, type User } from '../user.ts'
import { CopyIndex } from './copy-index.ts'
import { destroyCopies } from './destroy-copies.ts'
import { proveCopies } from './prove.ts'
import { brokenOf } from './sealed.ts'
import { seatCopies } from './seat.ts'
import { LABEL, specimens } from './specimens.ts'

/** COPY-SEALED, NO-KEY-WRAP. */
export async function tryAsApplication(
  device: Device,
  address: TokenAddress,
  pin: WirePin,
  throttle: Throttle,
): Promise<ApplicationAbilities> {
  const user = login(device, address, pin)
  try {
    sweep(user)
    const wraps = someWraps(user, user.mechanisms)
    const value = randomBytes(32)
    const { object, by } = unwrappingKek(user, value, wraps)
    destroyObject(user, object, KEK)
    for (const specimen of specimens(value, wraps, user.mechanisms)) await tryOne(user, value, specimen, throttle)
    return { wraps: wraps.map(({ kind }) => kind.name), kek: by }
  } finally {
    sweep(user)
    user.close()
  }
}

async function tryOne(user: User, value: Uint8Array, specimen: CopyToSeat, throttle: Throttle): Promise<void> {
  const [facts] = await seated(() => seatCopies(user, Uint8Array.from(value), [specimen], throttle))
  const index = await CopyIndex.of(user, throttle)
  const broken = index.at(specimen).flatMap((found) => brokenOf(user, found))
  if (broken.length > 0) throw notSealed(`a copy of a key can be ${[...new Set(broken)].join(', ')} there`)
  const [found] = await proveCopies(user, [{ ...specimen, ...(facts?.proof && { proof: facts.proof }) }], throttle)
  if (found?.state !== 'present') throw notSealed('a copy that was tried there was not found again as it was')
  await destroyCopies(user, [specimen], throttle)
}

/** Some tokens take a part of the template later, or not at all. */
async function seated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isItsCall = error instanceof Pkcs11Error && error.fn === 'C_UnwrapKey'
    const isItsTemplate = isRefused(error) || (error instanceof KeyriteError && error.code === 'KEY-AS-ASKED')
    throw isItsCall || isItsTemplate ? notSealed(`no copy can be made there in one call: ${error.message}`) : error
  }
}

const notSealed = (why: string) => deviceFailed('COPY-SEALED', `this token keeps no keys for an application: ${why}`)

/** What an earlier trial that was cut off left goes too. */
function sweep(user: User): void {
  const { lib, session, device } = user
  const mine = [[CKA.LABEL, LABEL]] as const
  for (const object of lib.find(session, mine)) device.changing(() => destroyObject(user, object, mine))
}
