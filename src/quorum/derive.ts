// Everything that follows from a group secret: check value, PINs, backup KEK, and the bridge to the secret before it.
import { timingSafeEqual } from 'node:crypto'
import { concat, hkdf, toBase64url, uuidBytes } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { unwrapBytes, wrapBytes } from '../domain/key-wrap.ts'
import { Secret } from '../domain/secret.ts'
import type { ApplicationPin } from './port.ts'
import { SECRET_BYTES } from './shamir.ts'

const CHECK_BYTES = 16
const PIN_BYTES = 20
const USER_PIN_BYTES = 15

const fromSecret = (secret: Secret, uuid: string, info: string, length: number): Uint8Array =>
  hkdf(secret.reveal(), uuidBytes(uuid), `keyrite/v1/${info}`, length)

/** A new group secret. Both sources are random, so that neither the token nor the host alone decides it. */
export function groupSecret(tokenRandom: Uint8Array, hostRandom: Uint8Array): Secret {
  for (const random of [tokenRandom, hostRandom]) {
    if (random.length !== SECRET_BYTES) throw new Error('a group secret is made from 32 bytes of each source')
  }
  using both = new Secret(concat(tokenRandom, hostRandom))
  return new Secret(hkdf(both.reveal(), new Uint8Array(0), 'keyrite/v1/group-secret', SECRET_BYTES))
}

/** What the roster knows of the secret, so that a wrong PIN is never sent. */
export const checkValue = (secret: Secret, partitionUuid: string): Uint8Array =>
  fromSecret(secret, partitionUuid, 'check', CHECK_BYTES)

export const matchesCheck = (secret: Secret, partitionUuid: string, check: Uint8Array): boolean =>
  check.length === CHECK_BYTES && timingSafeEqual(checkValue(secret, partitionUuid), check)

/** The 20 bytes of a PIN. The string that the token wants is made in the process that sends it. */
export const derivedPin = (secret: Secret, partitionUuid: string, role: 'so' | 'user'): Secret =>
  new Secret(fromSecret(secret, partitionUuid, `pin/${role}`, PIN_BYTES))

/** The 20 bytes of the PIN of a member's token, whose id follows from the plan that took it. */
export const memberPin = (secret: Secret, partitionUuid: string, role: 'so' | 'user', id: string): Secret =>
  new Secret(fromSecret(secret, partitionUuid, `member/${role}/${id}`, PIN_BYTES))

/** The bytes of an application token's PIN: 20 for the SO; 15 for the user, 24 characters, since libraries fail that are given more. */
export const applicationPin = (
  secret: Secret,
  partitionUuid: string,
  { role, id, generation }: ApplicationPin,
): Secret =>
  role === 'so'
    ? new Secret(fromSecret(secret, partitionUuid, `app/so/${id}/1`, PIN_BYTES))
    : new Secret(fromSecret(secret, partitionUuid, `app/user/${id}/${generation}`, USER_PIN_BYTES))

/** The AES-256 key that wraps a backup. */
export const backupKek = (secret: Secret, partitionUuid: string): Secret =>
  new Secret(fromSecret(secret, partitionUuid, 'kek', 32))

/** Stands in a backup's header: tells which KEK it needs without giving it away. */
export const kekCheck = (kek: Secret): string => toBase64url(wrapBytes(kek.reveal(), new Uint8Array(32)))

const bridgeKey = (newSecret: Secret, uuid: string, newEpoch: number): Secret =>
  new Secret(fromSecret(newSecret, uuid, `bridge/${newEpoch}`, 32))

function checked(secret: Uint8Array): Uint8Array {
  if (secret.length !== SECRET_BYTES) throw new Error('a group secret has 32 bytes')
  return secret
}

/** The old secret under the new one: never the other way, or a retired set could open what came after it. */
export function bridge(newSecret: Secret, oldSecret: Secret, partitionUuid: string, newEpoch: number): Uint8Array {
  using key = bridgeKey(newSecret, partitionUuid, newEpoch)
  return wrapBytes(key.reveal(), checked(oldSecret.reveal()))
}

/** BRIDGE-OPENS: the new secret gives the old one. */
export function openBridge(blob: Uint8Array, newSecret: Secret, partitionUuid: string, newEpoch: number): Secret {
  using key = bridgeKey(newSecret, partitionUuid, newEpoch)
  try {
    return new Secret(checked(unwrapBytes(key.reveal(), blob)))
  } catch {
    throw notVerified('BRIDGE-OPENS', `the bridge of epoch ${newEpoch} does not open with this secret`)
  }
}
