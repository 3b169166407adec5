// A secret key whose value we have comes to a token: by C_CreateObject, or, where a token makes no secret keys so, under a key pair of the
// session. That pair is its own: node encrypts for it, and the value is never outside this process in the clear.
import { constants, publicEncrypt } from 'node:crypto'
import type { OaepHash } from '../../domain/destinations.ts'
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import { destroyObject } from '../keys/destroy.ts'
import type { Dialect } from '../keys/dialects.ts'
import type { Place } from '../keys/key-index.ts'
import { lookAt } from '../keys/objects.ts'
import { flagsTemplate, sealedLast } from '../keys/templates.ts'
import { isRefused, Pkcs11Error } from '../native/ckr.ts'
import { CKA, CKK, CKM, CKO, FLAG, MASKED } from '../native/constants.ts'
import type { Mechanism } from '../native/native.ts'
import { quietly } from '../native/quietly.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import { orFirst, takenIn } from './taken-in.ts'

/** How it came. */
export type BroughtBy = 'create' | 'oaep'

export interface Brought {
  object: ObjectHandle
  by: BroughtBy
}

/** pkcs11js's number for CK_RSA_PKCS_OAEP_PARAMS, and CKZ_DATA_SPECIFIED: a label, which is empty. */
const [OAEP_PARAMS, DATA_SPECIFIED] = [4, 1]

export const oaepBy = (hash: OaepHash): Mechanism => ({
  mechanism: CKM.RSA_PKCS_OAEP,
  parameter: { type: OAEP_PARAMS, ...MASKED[hash], source: DATA_SPECIFIED },
})

/** By preference: some tokens know SHA-1 alone, which is no weakness here. */
export const OAEP: readonly [hash: string, mechanism: Mechanism][] = [
  ['sha256', oaepBy('sha256')],
  ['sha1', oaepBy('sha1')],
]

/** `template`: of the key, but for its value. */
export function bringSecret(place: Place, dialect: Dialect, template: Template, value: Uint8Array): Brought {
  try {
    return { object: createSecret(place, dialect, template, value), by: 'create' }
  } catch (error) {
    if (!isRefused(error)) throw error
    return { object: orFirst(error, () => underPair(place, dialect, template, value)), by: 'oaep' }
  }
}

export function createSecret(
  { lib, session }: Place,
  dialect: Dialect,
  template: Template,
  value: Uint8Array,
): ObjectHandle {
  const made: Template = [...template, [CKA.VALUE, value]]
  return dialect.try('create', (fit) => lib.create(session, fit(made)))
}

const LABEL = 'keyrite/carrier'
const MINE: Template = [
  [CKA.LABEL, LABEL],
  [FLAG.TOKEN, false],
]
/** It lives for one call, in this session, and is never outside of the token. */
const MODULUS_BITS = 2048

const CARRIES: Flags = { SENSITIVE: true, EXTRACTABLE: false, DECRYPT: false, SIGN: false, UNWRAP: true }

/** Whoever sees the key may see the pair: the SO makes public objects alone. */
function underPair(place: Place, dialect: Dialect, template: Template, value: Uint8Array): ObjectHandle {
  const { lib, session } = place
  const isPrivate = template.some(([type, flag]) => type === FLAG.PRIVATE && flag === true)
  const common: Template = [...MINE, [FLAG.PRIVATE, isPrivate]]
  const publicHalf: Template = [
    ...common,
    [CKA.MODULUS_BITS, MODULUS_BITS],
    [CKA.PUBLIC_EXPONENT, Buffer.from([1, 0, 1])],
  ]
  const pair = lib.generateKeyPair(session, CKM.RSA_PKCS_KEY_PAIR_GEN, publicHalf, [
    ...common,
    ...flagsTemplate(CARRIES),
  ])
  try {
    const { spki } = lookAt(lib, session, pair.publicKey, CKO.PUBLIC_KEY, CKK.RSA)
    if (spki === undefined)
      throw deviceFailed('KEY-UNREADABLE', 'the public key of a pair of the session reads back as none')
    return unwrapped(place, pair.privateKey, spki, dialect, template, value)
  } finally {
    for (const object of [pair.privateKey, pair.publicKey]) quietly(() => destroyObject(place, object, MINE))
  }
}

function unwrapped(
  { lib, session }: Place,
  privateKey: ObjectHandle,
  spki: Uint8Array,
  dialect: Dialect,
  template: Template,
  value: Uint8Array,
): ObjectHandle {
  const key = publicKeyOf(spki)
  const asked = sealedLast(template)
  let first: unknown
  for (const [oaepHash, mechanism] of OAEP) {
    const blob = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, value)
    try {
      return takenIn(dialect, asked, (fit) => lib.unwrap(session, mechanism, privateKey, blob, fit))
    } catch (error) {
      if (!(error instanceof Pkcs11Error)) throw error
      first ??= error
    }
  }
  throw first
}
