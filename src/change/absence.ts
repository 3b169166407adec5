// The proof that keys are gone from the token.
import { fromHex, toHex } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import { label } from '../domain/names.ts'
import type { KeyTarget } from '../domain/shapes.ts'
import type { UserSession } from '../hsm/port.ts'
import type { Scan } from './inventory.ts'
import { isPublicKeyOf } from './key-targets.ts'

/** DESTROY-PROVEN: each id is searched by itself in a second session, for a list that was cut off proves no absence. Gives the list. */
export async function proveAllGone(keys: readonly KeyTarget[], session: UserSession): Promise<Scan> {
  const scan = await session.scan()
  const ids = new Set(scan.private.map(({ id }) => toHex(id)))
  const counts = await session.countObjects(keys.map(({ id }) => fromHex(id)))
  const left = keys.find(
    (key, i) => counts[i]! > 0 || ids.has(key.id) || scan.private.some(({ spki }) => isPublicKeyOf(key, spki)),
  )
  if (!left) return scan
  const message = `${label(left.name, left.version)} is still on the token`
  throw notVerified('DESTROY-PROVEN', message, keyrite('partition', 'check'))
}
