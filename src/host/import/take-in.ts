// A key that was wrapped for a transport key comes to the token: first as an object of the session, which proves what it is, and then for good.
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import { classOf, type Flags } from '../../domain/keys.ts'
import type { ComingKey, KeyFacts, KeySpec, Transport } from '../../hsm/port.ts'
import { oaepBy } from '../backup/bring-secret.ts'
import { createPublicHalf } from '../backup/public-half.ts'
import { takenIn } from '../backup/taken-in.ts'
import { unwrapped } from '../backup/unwrap.ts'
import { knownWraps, kwpAmong, type Wrap } from '../backup/wraps.ts'
import { finishPair, finishSecret, privateBirth, secretBirth, usedFor } from '../keys/birth.ts'
import { answers } from '../keys/challenge.ts'
import { destroyObject } from '../keys/destroy.ts'
import { orDiscard } from '../keys/discard.ts'
import type { Identity } from '../keys/identity.ts'
import { limited } from '../keys/limits.ts'
import { halves } from '../keys/pair-facts.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKR, Pkcs11Error } from '../native/ckr.ts'
import { CKA, CKK, CKM, CKO, FLAG } from '../native/constants.ts'
import { quietly } from '../native/quietly.ts'
import type { ObjectHandle, Template } from '../native/values.ts'
import type { User } from '../user.ts'
import { COMPARE, checkLength, isOfAnyLength, measured } from './length.ts'
import { transportKey } from './transport.ts'
import { isOfUniform } from './uniform.ts'

/** IMPORT-OPENS, IMPORT-CHECK, IMPORT-LENGTH, KEY-WEAK, KEY-AS-ASKED, KEY-ANSWERS. */
export function takeIn(user: User, transport: Transport, key: ComingKey): KeyFacts {
  using coming = new Coming(user, transport, key)
  return classOf(key.type) === 'pair' ? takePair(user, coming, key) : takeSecret(user, coming, key)
}

/** How tokens say that what is to be unwrapped is not what it should be. */
const NOT_OPENED: readonly number[] = [
  CKR.ATTRIBUTE_VALUE_INVALID,
  CKR.DATA_INVALID,
  CKR.DATA_LEN_RANGE,
  CKR.ENCRYPTED_DATA_INVALID,
  CKR.ENCRYPTED_DATA_LEN_RANGE,
  CKR.TEMPLATE_INCOMPLETE,
  CKR.TEMPLATE_INCONSISTENT,
  CKR.WRAPPED_KEY_INVALID,
  CKR.WRAPPED_KEY_LEN_RANGE,
]
/** Some say so too, and so does a device that is ill: the one can't be told from the other. */
const FAILED: readonly number[] = [CKR.GENERAL_ERROR, CKR.FUNCTION_FAILED]

function opening<T>({ label }: KeySpec, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Pkcs11Error && error.fn === 'C_UnwrapKey')) throw error
    const message = `what came for ${label} does not open (${error.message}): `
    if (NOT_OPENED.includes(error.number)) throw notVerified('IMPORT-OPENS', message + WRONG, COMPARE)
    if (FAILED.includes(error.number))
      throw deviceFailed('IMPORT-OPENS', `${message}the token failed, or ${WRONG}`, COMPARE)
    throw error
  }
}

const WRONG = 'it was made for another request, is cut, or holds no such key'

const BETWEEN: Identity = [[CKA.LABEL, 'keyrite/between']]
const OPENS: Flags = {
  TOKEN: false,
  PRIVATE: true,
  SENSITIVE: true,
  EXTRACTABLE: false,
  ENCRYPT: false,
  DECRYPT: false,
  SIGN: false,
  VERIFY: false,
  WRAP: false,
  UNWRAP: true,
  DERIVE: false,
  COPYABLE: false,
}

/** What opens the blob: the transport key itself, or the AES key in its first part. */
class Coming implements Disposable {
  /** The one that it came by, and the others that the token has. */
  readonly wraps: readonly [kwp: Wrap, ...others: Wrap[]]
  readonly #first: Uint8Array
  readonly #rest: Uint8Array
  readonly #opens: ObjectHandle
  readonly #between: ObjectHandle | undefined

  constructor(
    private readonly user: User,
    private readonly transport: Transport,
    private readonly key: ComingKey,
  ) {
    // The token had one when the request was made.
    const wraps = knownWraps(user.lib, user.slot, user.profile, user.mechanisms)
    const kwp = kwpAmong(wraps)
    this.wraps = [kwp, ...wraps.filter((one) => one !== kwp)]
    const size = key.bits / 8
    this.#first = key.blob.subarray(0, size)
    this.#rest = key.blob.subarray(size)
    this.#opens = transportKey(user, transport)
    this.#between = this.isDirect ? undefined : opening(key, () => this.#openFirst())
  }

  get isDirect(): boolean {
    return this.#rest.length === 0
  }

  /** Bytes of the blob under the AES key, where there is one. */
  get length(): number | undefined {
    return this.isDirect ? undefined : this.#rest.length
  }

  make(spec: KeySpec, flags: Flags): ObjectHandle {
    const { lib, session } = this.user
    const [mechanism, opens, blob] =
      this.#between === undefined
        ? [oaepBy(this.transport.hash), this.#opens, this.#first]
        : [{ mechanism: this.wraps[0].mechanism }, this.#between, this.#rest]
    const unwrap = (fit: Template) => lib.unwrap(session, mechanism, opens, blob, fit)
    return opening(this.key, () => unwrapped(this.user, spec, flags, unwrap, undefined, this.key.spki))
  }

  #openFirst(): ObjectHandle {
    const { lib, session, dialect } = this.user
    const template: Template = [
      [CKA.CLASS, CKO.SECRET_KEY],
      [CKA.KEY_TYPE, CKK.AES],
      ...BETWEEN,
      ...flagsTemplate(OPENS),
      ...limited(this.user, this.wraps[0].mechanism),
    ]
    const oaep = oaepBy(this.transport.hash)
    return takenIn(dialect, template, (fit) => lib.unwrap(session, oaep, this.#opens, this.#first, fit))
  }

  [Symbol.dispose](): void {
    const between = this.#between
    if (between !== undefined) quietly(() => destroyObject(this.user, between, BETWEEN))
  }
}

const PROOF = 'keyrite/proof'
const SESSION: Flags = { TOKEN: false, WRAP_WITH_TRUSTED: false }

/** As an object of this session, which goes again. */
function asProof<T>(user: User, coming: Coming, key: ComingKey, flags: Flags, work: (object: ObjectHandle) => T): T {
  const names: Identity = [
    [CKA.LABEL, PROOF],
    [FLAG.TOKEN, false],
  ]
  const object = coming.make({ ...key, label: PROOF, id: new Uint8Array(1) }, flags)
  try {
    return work(object)
  } finally {
    destroyObject(user, object, names)
  }
}

const another = (label: string, what: string) => notVerified('IMPORT-CHECK', `what came for ${label} ${what}`, COMPARE)

function takeSecret(user: User, coming: Coming, key: ComingKey): KeyFacts {
  const fingerprint = provedSecret(user, coming, key)
  const birth = secretBirth(user, key)
  const made = coming.make(key, birth)
  return orDiscard(user, key, [made], () => {
    const facts = finishSecret(user, made, key, birth, 'brought')
    if (facts.fingerprint === fingerprint) return facts
    throw another(key.label, 'became another key on the token than it was before')
  })
}

/** Its check value. */
function provedSecret(user: User, coming: Coming, key: ComingKey): string {
  const { checkValues } = user
  const isEcb = key.check?.startsWith('ecb3:') && key.type.startsWith('aes')
  const needed = checkValues.needs(key.type)
  // What tells no length by itself is wrapped once more; nothing else could take it out of this session.
  const flags: Flags = {
    ...usedFor(needed, key.attributes as Flags),
    ...SESSION,
    EXTRACTABLE: coming.isDirect || isOfAnyLength(key.type),
    ...(isEcb ? { ENCRYPT: true } : {}),
  }
  return asProof(user, coming, key, flags, (object) => {
    checkLength(user, coming.wraps, key, object, coming.length)
    const found = measured(key, () => checkValues.take(user.session, object, key.type, flags))
    if (isOfUniform(key.type, found))
      throw notVerified('KEY-WEAK', `what came for ${key.label} is a key whose bytes are all the same`, COMPARE)
    const told = isEcb ? ecb3(user, object).slice(0, key.check?.length) : found
    if (key.check !== undefined && !told.startsWith(key.check))
      throw another(key.label, `has the check value ${told || 'that nobody can take'}, and was to have ${key.check}`)
    return found
  })
}

/** To as many digits as anybody announces. */
const ecb3 = ({ lib, session }: User, object: ObjectHandle): string =>
  `ecb3:${lib.encrypt(session, { mechanism: CKM.AES_ECB }, object, Buffer.alloc(16)).subarray(0, 5).toString('hex')}`

function takePair(user: User, coming: Coming, key: ComingKey): KeyFacts {
  const flags = { ...usedFor('SIGN', halves(key).private), ...SESSION, EXTRACTABLE: false }
  asProof(user, coming, key, flags, (object) => {
    if (measured(key, () => answers(user, object, key.type, key.spki!))) return
    throw another(key.label, 'is not the private half of the public key that was given')
  })
  const birth = privateBirth(key)
  const privateKey = coming.make(key, birth)
  const publicKey = orDiscard(user, key, [privateKey], () => createPublicHalf(user, key))
  return orDiscard(user, key, [privateKey, publicKey], () =>
    finishPair(user, { privateKey, publicKey }, key, birth, 'brought'),
  )
}
