// The key that came from the vault, as an object of the session: it proves that it is the one that was meant before anything lasting is made of it.
import type { CopyProof } from '../../domain/copy-proof.ts'
import { notVerified } from '../../domain/errors.ts'
import { type Flags, isPair, isTdes } from '../../domain/keys.ts'
import type { CopyToSeat } from '../../hsm/port.ts'
import type { Opener } from '../backup/unwrap.ts'
import { dropPassing } from '../keys/destroy.ts'
import { checkIs, type Identity } from '../keys/identity.ts'
import { CKA, CKM, FLAG } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { answersByUsage } from './private-proof.ts'
import type { SecretProofs } from './secret-proof.ts'
import { unwrapCopy } from './unwrap-copy.ts'

const LABEL = 'keyrite/proof'
const PROOF: Identity = [
  [CKA.LABEL, LABEL],
  [FLAG.TOKEN, false],
]
const USAGE = ['ENCRYPT', 'DECRYPT', 'SIGN', 'VERIFY', 'WRAP', 'UNWRAP', 'DERIVE']

/** Only what proves it. */
function passing(final: Flags, usage: readonly string[]): Flags {
  const used = USAGE.filter((flag) => flag in final).map((flag) => [flag, usage.includes(flag)])
  return { ...final, ...Object.fromEntries(used), TOKEN: false }
}

export class RealKey {
  constructor(
    private readonly user: User,
    private readonly opener: Opener,
    private readonly proofs: SecretProofs,
  ) {}

  /** COPY-EQUAL: of a secret key. */
  proof(copy: CopyToSeat): CopyProof {
    const way = this.proofs.wayOf(copy)
    const { checkValues } = this.user
    const ofAes = copy.fingerprint.startsWith('ecb3:') && !isTdes(copy.type)
    const isEcb = ofAes && this.user.mechanisms.has(CKM.AES_ECB)
    const first = passing(copy.attributes as Flags, isEcb ? ['ENCRYPT', way.needs] : [way.needs])
    const needed = checkValues.ready(copy.type, first) ? {} : { [checkValues.needs(copy.type)!]: true }
    const flags = { ...first, ...needed }
    return this.#as(copy, flags, (object) => {
      const found = isEcb ? this.#ecb3(object) : checkValues.take(this.user.session, object, copy.type, flags)
      if (found !== copy.fingerprint) throw another(copy)
      return this.proofs.take(way, object)
    })
  }

  /** COPY-EQUAL: the private half of a pair. */
  checkAnswers(copy: CopyToSeat): void {
    const { type, spki, attributes } = copy
    if (!isPair(attributes) || spki === undefined) throw new TypeError(`${copy.label}: a pair has a public key`)
    const flags = { ...attributes.private, TOKEN: false }
    this.#as(copy, flags, (privateKey) => {
      if (!answersByUsage(this.user, { privateKey, type, spki }, flags)) throw another(copy)
    })
  }

  #ecb3(object: ObjectHandle): string {
    const { lib, session } = this.user
    const block = lib.encrypt(session, { mechanism: CKM.AES_ECB }, object, Buffer.alloc(16))
    return `ecb3:${block.subarray(0, 3).toString('hex')}`
  }

  #as<T>(copy: CopyToSeat, flags: Flags, work: (object: ObjectHandle) => T): T {
    const spec = { label: LABEL, id: new Uint8Array(1), type: copy.type, attributes: flags }
    const object = unwrapCopy(this.user, this.opener, copy, spec, flags)
    checkIs(this.user, object, PROOF)
    try {
      return work(object)
    } finally {
      dropPassing(this.user, object)
    }
  }
}

const another = ({ label }: CopyToSeat) =>
  notVerified('COPY-EQUAL', `what came for ${label} is another key, and was not put on the token`)
