// Puts copies of keys on an application's token. What is right there stays as it is, for whoever works with it would lose it.
import { notVerified, refused } from '../../domain/errors.ts'
import type { CopyFacts, CopySpec, CopyToSeat } from '../../hsm/port.ts'
import { KEK } from '../backup/kek.ts'
import { createPublicHalf } from '../backup/public-half.ts'
import { openerOf } from '../backup/restore.ts'
import type { Opener } from '../backup/unwrap.ts'
import { checkExtras, notAsAsked } from '../keys/as-asked.ts'
import { destroyObject } from '../keys/destroy.ts'
import { orDiscard } from '../keys/discard.ts'
import { lookAt, type Seen } from '../keys/objects.ts'
import type { Throttle } from '../keys/pace.ts'
import { PRIVATE_EXTRAS, PUBLIC_EXTRAS } from '../keys/templates.ts'
import { KINDS } from '../native/mechanisms.ts'
import { quietly } from '../native/quietly.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { checkCertificate, seatCertificate } from './certificates.ts'
import { CopyIndex } from './copy-index.ts'
import { destroyCopyObject } from './destroy-copies.ts'
import { factsOf, Judge, type PartFound } from './judge.ts'
import type { Part } from './parts.ts'
import { RealKey } from './real-key.ts'
import { SecretProofs } from './secret-proof.ts'
import { unwrapCopy } from './unwrap-copy.ts'

export async function seatCopies(
  user: User,
  value: Uint8Array,
  copies: readonly CopyToSeat[],
  throttle: Throttle,
): Promise<CopyFacts[]> {
  return await withSeating(user, value, throttle, async (seating) => {
    const seated: CopyFacts[] = []
    for (const copy of copies) {
      seated.push(seating.seat(copy))
      await throttle.step(seated.length)
    }
    return seated
  })
}

/** The key that copies come under is on the token while it lasts. `index`: what was there, and what came since. */
export async function withSeating<T>(
  user: User,
  value: Uint8Array,
  throttle: Throttle,
  work: (seating: Seating, index: CopyIndex) => Promise<T>,
): Promise<T> {
  const opener = openerOf(user, value)
  try {
    const index = await CopyIndex.of(user, throttle)
    return await work(new Seating(user, opener, index), index)
  } finally {
    if (opener !== user.kek) quietly(() => destroyObject(user, opener.opens, KEK))
  }
}

class Seating {
  readonly #proofs: SecretProofs
  readonly #judge: Judge
  readonly #real: RealKey

  constructor(
    private readonly user: User,
    private readonly opener: Opener,
    private readonly index: CopyIndex,
  ) {
    this.#proofs = new SecretProofs(user)
    this.#judge = new Judge(user, this.#proofs)
    this.#real = new RealKey(user, opener, this.#proofs)
  }

  seat(copy: CopyToSeat): CopyFacts {
    checkCertificate(copy)
    const spec: CopySpec = copy.spki === undefined ? { ...copy, proof: this.#real.proof(copy) } : copy
    const { parts, strays } = this.#judge.judge(spec, this.index.at(copy))
    this.#checkLabel(copy, parts)
    // Before anything of it goes.
    if (parts.some(({ part, right }) => part.name === 'private' && right === undefined)) this.#real.checkAnswers(copy)
    for (const object of [...strays, ...parts.flatMap(({ others }) => others)])
      this.user.device.changing(() => destroyCopyObject(this.user, object, copy))
    const seated = parts.map((found) => this.#whole(spec, copy, found))
    seatCertificate(this.user, copy, this.index)
    return { ...factsOf(copy, seated), ...(spec.proof && { proof: spec.proof }) }
  }

  /** LABEL-FREE: a client that searches by it would find either of them, and some load neither. */
  #checkLabel(copy: CopyToSeat, parts: readonly PartFound[]): void {
    if (parts.every(({ part }) => part.name === 'public') || !this.index.isTaken(copy)) return
    throw refused('LABEL-FREE', `another key on the token is called ${copy.label}`)
  }

  #whole(spec: CopySpec, copy: CopyToSeat, found: PartFound): PartFound {
    if (found.right !== undefined) return found
    const { part } = found
    const object = this.user.device.changing(() => this.#make(copy, part))
    const right = orDiscard(this.user, copy, [object], () => this.#proved(spec, part, object))
    this.index.add(copy, { object, kind: [part.class, KINDS[copy.type].keyType] })
    return { ...found, right }
  }

  #make(copy: CopyToSeat, { name, flags }: Part): ObjectHandle {
    if (name === 'public') return createPublicHalf(this.user, copy)
    return unwrapCopy(this.user, this.opener, copy, copy, flags)
  }

  /** KEY-AS-ASKED, COPY-EQUAL: the very object that stays. */
  #proved(spec: CopySpec, part: Part, object: ObjectHandle): Seen {
    const { lib, session } = this.user
    const seen = lookAt(lib, session, object, part.class, KINDS[spec.type].keyType)
    const named = Buffer.compare(seen.id, spec.id) === 0 && seen.label === spec.label
    const wrong = [...(named ? [] : ['its label or id is another']), ...this.#judge.differs(spec, part, seen)]
    if (wrong.length > 0) throw notAsAsked(spec.label, wrong)
    if (part.name !== 'secret')
      checkExtras(this.user, object, part.name === 'private' ? PRIVATE_EXTRAS : PUBLIC_EXTRAS, spec.label)
    const another = this.#judge.problem(spec, part, seen)
    if (another === undefined) return seen
    throw notVerified('COPY-EQUAL', `${spec.label} came to the token, and ${another}: it was destroyed again`)
  }
}
