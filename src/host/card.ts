// A card of a custodian: which P-256 keys it shows, and the secret on which one of them agrees. Nothing on it is changed.
import { refused } from '../domain/errors.ts'
import { recordable } from '../domain/texts.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { CardKey } from '../hsm/port.ts'
import type { Device } from './device.ts'
import { agreedSecret } from './keys/agree.ts'
import { badData } from './native/answers.ts'
import { CKR, isCkr } from './native/ckr.ts'
import { CKA, CKK, CKO } from './native/constants.ts'
import type { Native } from './native/native.ts'
import { asRole, READ_ONLY, withSession } from './native/sessions.ts'
import { spkiOf } from './native/spki.ts'
import type { ObjectHandle, Session } from './native/values.ts'
import type { WirePin } from './pin.ts'
import { slotAt } from './tokens.ts'

/** A pair that agrees on secrets: the object of its public half, and what it is known by. */
interface Shown extends CardKey {
  id: Buffer
}

/** The public keys of P-256 that show without a login. */
export const cardKeys = (lib: Native, slot: number): CardKey[] =>
  withSession(lib, slotAt(lib, slot), (session) => publicKeys(lib, session), READ_ONLY).map(({ spki, label }) => ({
    spki,
    label,
  }))

/** CARD-KEY. The x coordinate on which the private half of this public key agrees with a point; its caller has looked at the point. */
export function agreeOnCard(
  device: Device,
  address: TokenAddress,
  pin: WirePin,
  { spki, point }: { spki: Uint8Array; point: Uint8Array },
): Uint8Array {
  const { lib } = device
  const { slot, token } = device.find(address)
  const text = device.pin(pin, token)
  const agree = (session: Session) => {
    const shown = publicKeys(lib, session).find((key) => Buffer.compare(key.spki, spki) === 0)
    return agreed(lib, session, privateHalf(lib, session, shown?.id), point)
  }
  // Whatever is made is the session's, and ends with it.
  return asRole(lib, slot, 'USER', text, agree, READ_ONLY)
}

const SEEN = [CKA.ID, CKA.LABEL, CKA.EC_PARAMS, CKA.EC_POINT]

function publicKeys(lib: Native, session: Session): Shown[] {
  const found = lib.find(session, [
    [CKA.CLASS, CKO.PUBLIC_KEY],
    [CKA.KEY_TYPE, CKK.EC],
  ])
  return found.flatMap((object) => {
    const seen = lib.read(session, object, SEEN)
    const spki = spkiOf('ec-p256', seen)
    const isOurs = spki !== undefined && isP256(seen.get(CKA.EC_PARAMS))
    const [id = Buffer.alloc(0), label = Buffer.alloc(0)] = [seen.get(CKA.ID), seen.get(CKA.LABEL)]
    return isOurs ? [{ spki, id, label: recordable(label.toString('utf8')) }] : []
  })
}

/** The curve's OID; its name, as some modules have it; or nothing, where the point alone is shown. */
const P256 = ['06082a8648ce3d030107', Buffer.from('\x13\x0aprime256v1', 'latin1').toString('hex')]
const isP256 = (params: Buffer | undefined): boolean =>
  params === undefined || params.length === 0 || P256.includes(params.toString('hex'))

/** CARD-KEY: the one private key under this id. */
function privateHalf(lib: Native, session: Session, id: Buffer | undefined): ObjectHandle {
  if (id === undefined) throw refused('CARD-KEY', 'the card no longer shows the key that the share is for')
  const found = lib.find(session, [
    [CKA.CLASS, CKO.PRIVATE_KEY],
    [CKA.KEY_TYPE, CKK.EC],
    [CKA.ID, id],
  ])
  if (found.length === 1) return found[0]!
  throw refused('CARD-KEY', `${found.length} private keys of the card have the id of its public key, and not one`)
}

const SECRET_BYTES = 32

/** CARD-KEY, MODULE-DATA. */
function agreed(lib: Native, session: Session, key: ObjectHandle, point: Uint8Array): Uint8Array {
  const value = orNotPermitted(() => agreedSecret({ lib, session }, key, point, SECRET_BYTES))
  if (value?.length !== SECRET_BYTES) throw badData('C_DeriveKey', `gave no secret of ${SECRET_BYTES} bytes`)
  const secret = Uint8Array.from(value)
  value.fill(0)
  return secret
}

function orNotPermitted<T>(derive: () => T): T {
  try {
    return derive()
  } catch (error) {
    if (!isCkr(error, CKR.KEY_FUNCTION_NOT_PERMITTED)) throw error
    throw refused('CARD-KEY', `the key on the card may not derive (${(error as Error).message})`)
  }
}
