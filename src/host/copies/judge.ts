// Whether what is on a token under a copy's id and label is this copy, object by object, and what it is otherwise.

import { flagDifferences } from '../../domain/as-asked.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import type { CopySpec, KeyFacts } from '../../hsm/port.ts'
import { lookAt, type Seen } from '../keys/objects.ts'
import { isCkr } from '../native/ckr.ts'
import { CKO } from '../native/constants.ts'
import { KINDS } from '../native/mechanisms.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import type { CopyObject } from './copy-index.ts'
import { type Part, partsOf } from './parts.ts'
import { answersByUsage } from './private-proof.ts'
import type { SecretProofs } from './secret-proof.ts'

/** Of a part: the object that is right, if there is one, and whatever else there is of its class. */
export interface PartFound {
  part: Part
  right?: Seen
  /** There is nothing to know it by: it is as asked for, and counts as right. */
  unproved?: true
  others: ObjectHandle[]
  /** Of the others. */
  why: string[]
}

export interface Judged {
  parts: PartFound[]
  /** Of a class that the copy has no part of. */
  strays: ObjectHandle[]
}

type Problem = string | 'unproved' | undefined

export class Judge {
  constructor(
    private readonly user: User,
    private readonly proofs: SecretProofs,
  ) {}

  judge(spec: CopySpec, objects: readonly CopyObject[]): Judged {
    const parts = partsOf(spec)
    const isPart = ({ kind }: CopyObject) => parts.some((part) => part.class === kind[0])
    const strays = objects.filter((one) => !isPart(one) && one.kind[0] !== CKO.CERTIFICATE)
    return {
      parts: parts.map((part) => this.#part(spec, part, objects)),
      strays: strays.map(({ object }) => object),
    }
  }

  #part(spec: CopySpec, part: Part, objects: readonly CopyObject[]): PartFound {
    const found: PartFound = { part, others: [], why: [] }
    for (const { object, kind } of objects.filter((one) => one.kind[0] === part.class)) {
      const seen = lookAt(this.user.lib, this.user.session, object, ...kind)
      const problem = this.problem(spec, part, seen)
      const isRight = found.right === undefined && (problem === undefined || problem === 'unproved')
      if (isRight) Object.assign(found, { right: seen, ...(problem && { unproved: true }) })
      else {
        found.others.push(object)
        found.why.push(problem === undefined || problem === 'unproved' ? 'it is there twice' : problem)
      }
    }
    return found
  }

  /** What is wrong with an object that is to be this part. */
  problem(spec: CopySpec, part: Part, seen: Seen): Problem {
    return this.differs(spec, part, seen).join(', ') || this.#another(spec, part, seen)
  }

  differs({ type }: CopySpec, { name, flags }: Part, seen: Seen): string[] {
    const isOfType = seen.type === type || (seen.typeGuessed && KINDS[seen.type!].keyType === KINDS[type].keyType)
    const half = name === 'secret' ? '' : `${name} `
    return [
      ...(isOfType ? [] : [`${half}it is ${seen.type ?? 'no whole key'}`]),
      ...flagDifferences(flags, seen.attributes).map((what) => `${half}${what}`),
    ]
  }

  /** It is used for that: a key that can't be used as it says is none. */
  #another(spec: CopySpec, part: Part, seen: Seen): Problem {
    try {
      if (part.name === 'secret' && spec.proof === undefined) return 'unproved'
      return this.#is(spec, part, seen) ? undefined : `its ${NAMES[part.name]} is another`
    } catch (error) {
      if (isCkr(error, ...UNUSABLE)) return `its ${NAMES[part.name]} can't be used: ${error.message}`
      throw error
    }
  }

  #is({ type, spki, proof }: CopySpec, { name, flags }: Part, { object, spki: seen }: Seen): boolean {
    if (name === 'secret') return proof !== undefined && this.proofs.holds(object, flags, proof)
    if (spki === undefined) return false
    if (name === 'private') return answersByUsage(this.user, { privateKey: object, type, spki }, flags)
    return seen !== undefined && Buffer.compare(seen, spki) === 0
  }
}

const NAMES = { secret: 'key', private: 'private key', public: 'public key' } as const
/** CKR_KEY_SIZE_RANGE, CKR_KEY_TYPE_INCONSISTENT, CKR_KEY_FUNCTION_NOT_PERMITTED, CKR_MECHANISM_INVALID. */
const UNUSABLE = [0x62, 0x63, 0x68, 0x70]

/** Of a copy all parts of which are right. */
export function factsOf({ label, id, type, fingerprint, spki }: CopySpec, parts: readonly PartFound[]): KeyFacts {
  const attributes = (name: Part['name']) => parts.find(({ part }) => part.name === name)?.right?.attributes ?? {}
  const named = { label, id: Uint8Array.from(id), type }
  if (spki === undefined) return { ...named, class: 'secret', fingerprint, attributes: attributes('secret') }
  return {
    ...named,
    class: 'pair',
    fingerprint: pairFingerprint(spki),
    attributes: { private: attributes('private'), public: attributes('public') },
    spki,
  }
}
