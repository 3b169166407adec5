// Which SO PIN a token has after an interrupted init: each candidate is tried once, and never where that could be the last try.
import { KeyriteError, refused } from '../domain/errors.ts'
import { addressName, type TokenAddress } from '../domain/token-address.ts'
import type { Hsm, Pin } from '../hsm/port.ts'
import { seenNow } from './slots.ts'

type Asked = Pick<Hsm, 'slots' | 'pinOpens'>

/** PIN-TRIES. A locked PIN opens nothing. */
export async function opensAsSo(token: TokenAddress, pin: Pin, hsm: Asked): Promise<boolean> {
  const tries = (await seenNow(token, hsm))?.tries.so
  if (tries === 'locked') return false
  if (tries !== 'final') return hsm.pinOpens(token, 'so', pin).catch((error) => orAsUser(error, token, pin, hsm))
  const message = `the SO PIN of the token ${addressName(token)} has one try left, and it is not certain which PIN it has now`
  throw refused('PIN-TRIES', message, 'have the tries reset by the means that its maker gives')
}

/** A token that knows no SO once there is a user has its only PIN from then on for that one. */
function orAsUser(error: unknown, token: TokenAddress, pin: Pin, hsm: Asked): Promise<boolean> {
  if (error instanceof KeyriteError && error.code === 'CKR_USER_TYPE_INVALID') return hsm.pinOpens(token, 'user', pin)
  throw error
}
