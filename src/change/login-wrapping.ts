// The session of a change: as the user, or one in which keys are wrapped under a key that it alone has.

import type { Secret } from '../domain/secret.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { Pin, Role, UserSession } from '../hsm/port.ts'
import type { Credentials } from './credentials.ts'
import type { Ports } from './ports.ts'

/** Of a token whose PINs are of other epochs than those of the partition's own. */
export type PinEpochs = Readonly<Partial<Record<Role, number>>>

/** `epoch`: of which set of shares the PIN is, where that is not as the ledger has it. */
export async function loginAsUser(
  credentials: Credentials,
  { hsm }: Pick<Ports, 'hsm'>,
  token: TokenAddress,
  epoch?: number,
): Promise<UserSession> {
  const pin = await credentials.pinOf('user', epoch)
  using _wiped = pin.bytes
  return await hsm.login(token, pin)
}

/** The SO makes the key, the user wraps with it, in one session: closing that ends the key. */
export async function loginWrapping(
  key: Secret,
  credentials: Credentials,
  { hsm }: Pick<Ports, 'hsm'>,
  token: TokenAddress,
  pins: PinEpochs = {},
): Promise<UserSession> {
  return await withBothPins(credentials, pins, (so, user) => hsm.loginWithKek(token, so, user, key))
}

/** The PINs of SO and user are there for as long as `use` takes. */
export async function withBothPins<T>(
  credentials: Credentials,
  pins: PinEpochs,
  use: (so: Pin, user: Pin) => Promise<T>,
): Promise<T> {
  const so = await credentials.pinOf('so', pins.so)
  using _so = so.bytes
  const user = await credentials.pinOf('user', pins.user)
  using _user = user.bytes
  return await use(so, user)
}
