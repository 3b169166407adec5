// A private half is who its public key says, by whatever it may do: it signs, decrypts, unwraps, or agrees on a secret.
import { constants, createECDH, publicEncrypt, randomBytes } from 'node:crypto'
import type { Flags, KeyType } from '../../domain/keys.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import { OAEP } from '../backup/bring-secret.ts'
import { agreedSecret, READABLE } from '../keys/agree.ts'
import { answers } from '../keys/challenge.ts'
import type { Place } from '../keys/key-index.ts'
import { lookAt } from '../keys/objects.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { isRefused } from '../native/ckr.ts'
import { CKA, CKK, CKM, CKO, FLAG } from '../native/constants.ts'
import type { Mechanism } from '../native/native.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { Scratch } from '../probe/scratch.ts'
import { orNo } from './or-no.ts'

interface Pair {
  privateKey: ObjectHandle
  type: KeyType
  spki: Uint8Array
}

/** `flags`: of the private half, which may do something. */
export function answersByUsage(place: Place, pair: Pair, flags: Flags): boolean {
  if (flags.SIGN) return answers(place, pair.privateKey, pair.type, pair.spki)
  if (flags.DERIVE) return agrees(place, pair)
  const usage = flags.DECRYPT ? 'DECRYPT' : 'UNWRAP'
  return orNo(
    () => opens(place, pair, usage),
    () => control(place, usage),
  )
}

/** It gives back what was encrypted to its public key, by the first way that the token has. */
function opens(place: Place, { privateKey, spki }: Pair, usage: 'DECRYPT' | 'UNWRAP'): boolean {
  const value = randomBytes(32)
  const key = publicKeyOf(spki)
  const open = usage === 'DECRYPT' ? decrypted : unwrapped
  let first: unknown
  for (const { mechanism, ...how } of WAYS) {
    try {
      return open(place, mechanism, privateKey, publicEncrypt({ key, ...how }, value))?.equals(value) ?? false
    } catch (error) {
      if (!isRefused(error)) throw error
      first ??= error
    }
  }
  throw first
}

const decrypted = ({ lib, session }: Place, mechanism: Mechanism, key: ObjectHandle, sent: Buffer): Buffer =>
  lib.decrypt(session, mechanism, key, sent)

function unwrapped({ lib, session }: Place, mechanism: Mechanism, key: ObjectHandle, sent: Buffer): Buffer | undefined {
  using scratch = new Scratch(lib, session)
  const object = scratch.keep(lib.unwrap(session, mechanism, key, sent, READABLE))
  return lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)
}

const WAYS: readonly { mechanism: Mechanism; padding: number; oaepHash?: string }[] = [
  ...OAEP.map(([oaepHash, mechanism]) => ({ mechanism, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash })),
  { mechanism: { mechanism: CKM.RSA_PKCS }, padding: constants.RSA_PKCS1_PADDING },
]

/** A pair of ours does the same. */
function control(place: Place, usage: 'DECRYPT' | 'UNWRAP'): void {
  const { lib, session } = place
  using scratch = new Scratch(lib, session)
  const size: Template = [
    [CKA.MODULUS_BITS, 2048],
    [CKA.PUBLIC_EXPONENT, Buffer.from([1, 0, 1])],
  ]
  const mine: Template = flagsTemplate({ TOKEN: false, PRIVATE: true })
  const made = lib.generateKeyPair(
    session,
    CKM.RSA_PKCS_KEY_PAIR_GEN,
    [...mine, ...size],
    [...mine, [FLAG[usage], true]],
  )
  for (const object of [made.privateKey, made.publicKey]) scratch.keep(object)
  const { spki } = lookAt(lib, session, made.publicKey, CKO.PUBLIC_KEY, CKK.RSA)
  opens(place, { privateKey: made.privateKey, type: 'rsa-2048', spki: spki! }, usage)
}

const CURVES: { readonly [type in KeyType]?: string } = {
  'ec-p256': 'prime256v1',
  'ec-p384': 'secp384r1',
  'ec-p521': 'secp521r1',
}

/** It comes to the same secret as its public key does, with a key of ours. */
function agrees(place: Place, { privateKey, type, spki }: Pair): boolean {
  const ours = createECDH(CURVES[type]!)
  const publicData = ours.generateKeys()
  const theirs = publicKeyOf(spki).export({ format: 'jwk' })
  const [x, y] = [theirs.x, theirs.y].map((half) => Buffer.from(half ?? '', 'base64url')) as [Buffer, Buffer]
  const secret = ours.computeSecret(Buffer.concat([Buffer.from([4]), x, y]))
  return agreedSecret(place, privateKey, publicData, secret.length)?.equals(secret) ?? false
}
