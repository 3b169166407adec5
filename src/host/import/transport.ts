// The transport key of a request for a key: a pair of ours on the token, whose private half may unwrap by RSA-OAEP and do nothing else.
import { constants, createCipheriv, publicEncrypt, randomBytes } from 'node:crypto'
import { flagDifferences } from '../../domain/as-asked.ts'
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import { TRANSPORT_LABEL } from '../../domain/import-requests.ts'
import type { Flags } from '../../domain/keys.ts'
import { publicKeyOf } from '../../domain/public-keys.ts'
import type { NewTransport, Transport } from '../../hsm/port.ts'
import { oaepBy } from '../backup/bring-secret.ts'
import { takenIn } from '../backup/taken-in.ts'
import { destroyObject } from '../keys/destroy.ts'
import { type CheckValues, cmac5 } from '../keys/fingerprint.ts'
import { checkIs, type Identity } from '../keys/identity.ts'
import { withId } from '../keys/key-index.ts'
import type { ParallelSession } from '../keys/lanes.ts'
import { isLimitedTo, limited } from '../keys/limits.ts'
import { look, lookAt, type Seen } from '../keys/objects.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKM, CKO } from '../native/constants.ts'
import { quietly } from '../native/quietly.ts'
import { publicTemplate } from '../native/spki.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { User } from '../user.ts'

const PRIVATE_HALF: Flags = {
  TOKEN: true,
  PRIVATE: true,
  SENSITIVE: true,
  EXTRACTABLE: false,
  DECRYPT: false,
  SIGN: false,
  UNWRAP: true,
  DERIVE: false,
  MODIFIABLE: false,
  COPYABLE: false,
  DESTROYABLE: true,
}
/** The ledger keeps the public key: on the token it is for this session. */
const PUBLIC_HALF: Flags = { TOKEN: false, PRIVATE: true, ENCRYPT: false, VERIFY: false, WRAP: false }

/** TRANSPORT-AS-ASKED: gives its SPKI (DER) once it has opened what was made for it here. */
export function makeTransport(user: User, { id, bits, hash }: NewTransport): Uint8Array {
  const { lib, session, dialect } = user
  const names: Template = [
    [CKA.LABEL, TRANSPORT_LABEL],
    [CKA.ID, id],
  ]
  const numbers: Template = [
    [CKA.MODULUS_BITS, bits],
    [CKA.PUBLIC_EXPONENT, Buffer.from([1, 0, 1])],
  ]
  const made = dialect.try('generate', (fit) =>
    lib.generateKeyPair(
      session,
      CKM.RSA_PKCS_KEY_PAIR_GEN,
      fit([...names, ...flagsTemplate(PUBLIC_HALF), ...numbers]),
      fit([...names, ...flagsTemplate(PRIVATE_HALF), ...limited(user, CKM.RSA_PKCS_OAEP)]),
    ),
  )
  try {
    const { spki } = lookAt(lib, session, made.publicKey, CKO.PUBLIC_KEY, CKK.RSA)
    if (spki === undefined) throw deviceFailed('KEY-UNREADABLE', 'the public transport key reads back as none')
    checkMade(user, made.privateKey, names)
    if (!opensAs(user, made.privateKey, { spki, hash }))
      throw deviceFailed(
        'TRANSPORT-AS-ASKED',
        'the token made a transport key that does not open what is wrapped for it',
      )
    user.device.changed()
    return spki
  } catch (error) {
    quietly(() => destroyObject(user, made.privateKey, names))
    user.device.changed()
    throw error
  } finally {
    quietly(() => destroyObject(user, made.publicKey, names))
  }
}

function checkMade(user: User, object: ObjectHandle, names: Identity): void {
  const { lib, session } = user
  checkIs(user, object, names)
  const { attributes } = lookAt(lib, session, object, CKO.PRIVATE_KEY, CKK.RSA)
  const isLimited = isLimitedTo(user, object, CKM.RSA_PKCS_OAEP)
  const wrong = [...flagDifferences(PRIVATE_HALF, attributes), ...(isLimited ? [] : ['ALLOWED_MECHANISMS'])]
  if (wrong.length === 0) return
  throw deviceFailed(
    'TRANSPORT-AS-ASKED',
    `the token said CKR_OK, but of the transport key ${wrong.join(', ')} is not as it was asked`,
  )
}

/** KEY-ABSENT, KEY-TWINS, KEY-REPLACED: the one private object of its id, with its modulus. */
export const transportKey = (user: User, transport: Transport): ObjectHandle =>
  oneAmong(withId(user, transport.id), user, transport)

function oneAmong(objects: readonly ObjectHandle[], { lib, session }: User, { id, spki }: Transport): ObjectHandle {
  const found = objects.map((object) => look(lib, session, object))
  const name = Buffer.from(id).toString('hex')
  if (found.length === 0) throw deviceFailed('KEY-ABSENT', `the token has no transport key with the id ${name}`)
  if (found.length > 1) throw notVerified('KEY-TWINS', `${found.length} private objects have the id ${name}`)
  const [only] = found as [Seen]
  const told = lib.read(session, only.object, [CKA.MODULUS]).get(CKA.MODULUS)
  const modulus = publicTemplate('rsa-2048', spki, 'der').find(([type]) => type === CKA.MODULUS)![1]
  if (only.class === 'private' && told?.equals(Buffer.from(modulus as Uint8Array))) return only.object
  throw notVerified(
    'KEY-REPLACED',
    `the token has another object in the place of the transport key with the id ${name}`,
  )
}

/** Whether the pair is there, and opens what was wrapped for its public key. */
export function provesTransport(user: User, transport: Transport): boolean {
  const found = withId(user, transport.id)
  return found.length > 0 && opensAs(user, oneAmong(found, user, transport), transport)
}

const PASSING: Flags = { TOKEN: false, PRIVATE: true, SENSITIVE: true, EXTRACTABLE: false, COPYABLE: false }
const PROOF = 'keyrite/proof'

/** A key that we know comes out of it as what it was. */
function opensAs(user: User, privateKey: ObjectHandle, { spki, hash }: Pick<Transport, 'spki' | 'hash'>): boolean {
  return opensOaep({ ...user, isPrivate: true }, privateKey, spki, hash)
}

type Trying = Pick<ParallelSession, 'lib' | 'session' | 'dialect'> & { checkValues: CheckValues; isPrivate: boolean }

/** The same of a pair of any session. */
export function opensOaep(
  { lib, session, dialect, checkValues, isPrivate }: Trying,
  privateKey: ObjectHandle,
  spki: Uint8Array,
  hash: Transport['hash'],
): boolean {
  const value = randomBytes(32)
  const key = publicKeyOf(spki)
  const blob = publicEncrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, value)
  const needed = checkValues.needs('aes-256')
  const flags: Flags = { ...PASSING, PRIVATE: isPrivate, ...(needed ? { [needed]: true } : {}) }
  const names: Identity = [[CKA.LABEL, PROOF]]
  const template: Template = [[CKA.CLASS, CKO.SECRET_KEY], [CKA.KEY_TYPE, CKK.AES], ...names, ...flagsTemplate(flags)]
  const object = takenIn(dialect, template, (fit) => lib.unwrap(session, oaepBy(hash), privateKey, blob, fit))
  try {
    return checkValuesOf(value).includes(checkValues.take(session, object, 'aes-256', flags))
  } finally {
    quietly(() => destroyObject({ lib, session }, object, names))
  }
}

/** By each method that a token may have. */
function checkValuesOf(value: Buffer): string[] {
  const block = (data: Buffer): Buffer => {
    const cipher = createCipheriv('aes-256-ecb', value, null).setAutoPadding(false)
    return Buffer.concat([cipher.update(data), cipher.final()])
  }
  return [cmac5(block), `ecb3:${block(Buffer.alloc(16)).subarray(0, 3).toString('hex')}`]
}
