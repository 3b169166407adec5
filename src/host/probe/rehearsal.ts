// What will be done on a token with every key, done once with one that nobody needs: made, wrapped, brought back and destroyed, by the very
// functions and with the very templates of later. One specimen at a time, and none of them stays.
import { randomBytes } from 'node:crypto'
import { deviceFailed, notVerified } from '../../domain/errors.ts'
import { headSamples } from '../../domain/head.ts'
import {
  asKept,
  attributesFor,
  classOf,
  KEY_TYPES,
  type KeyType,
  usageAttributes,
  usualUsages,
} from '../../domain/keys.ts'
import { isMlDsa, provableTypes } from '../../domain/ml-dsa.ts'
import { HEADS, type HeadKind, type Profile } from '../../domain/profile.ts'
import { recordable } from '../../domain/texts.ts'
import type { WrapKind } from '../../domain/wrap-kinds.ts'
import type { Ability, KeyFacts, KeySpec } from '../../hsm/port.ts'
import { destroyStrayAuditKeys, generateAuditKey, signAudit } from '../audit-key.ts'
import { restoreKeys } from '../backup/restore.ts'
import { wrapKeys } from '../backup/wrap.ts'
import { createHead, dropHeads, heads } from '../heads.ts'
import { destroyKeys, setUsage } from '../keys/change-keys.ts'
import { destroyObject } from '../keys/destroy.ts'
import { macOf } from '../keys/fingerprint.ts'
import { generateKeys } from '../keys/generate.ts'
import type { Throttle } from '../keys/pace.ts'
import { isNoAnswer } from '../native/ckr.ts'
import { CKA, CKM, CKO, ckmName, FLAG } from '../native/constants.ts'
import { KINDS, sizeLack } from '../native/mechanisms.ts'
import { ALGORITHMS, type Algorithm, SIGNING_KEY, schemeOf, sign } from '../native/signatures.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { User } from '../user.ts'
import { makeData } from './data.ts'
import { ability, firstOf, rehearsed, tried } from './probe-try.ts'

const LABEL = 'keyrite/probe'
/** A search that ends before this many tells nothing of what it lacks: some end after ten. */
const MANY = 12

type Verdict = Profile['types'][KeyType]
export type Reason = Exclude<Ability, true>

/** As a profile holds it: text that nobody here chose. */
export const reasonOf = ({ lacks }: Reason): Reason => ({ lacks: [...recordable(lacks)].slice(0, 250).join('') })

export class Rehearsal {
  /** Of the first key of AES. */
  checkValue: Profile['checkValue'] = 'none'

  constructor(
    private readonly user: User,
    private readonly mechanisms: ReadonlySet<number>,
    /** What the KEK is made of, or why there is none. */
    private readonly kek: Uint8Array | Reason,
    private readonly throttle: Throttle,
    /** The token holds keys of others: nothing goes but what has a name of ours. */
    private readonly keeps: boolean,
  ) {}

  /** Of what can't be proved here nothing is said: whoever can asks the token when a key is wanted. */
  async types(): Promise<Profile['types']> {
    const found = {} as Record<KeyType, Verdict>
    for (const type of provableTypes()) found[type] = await this.#type(type, found)
    return found
  }

  /** RSA is slow to make: the smallest stands for the others. */
  async #type(type: KeyType, found: Readonly<Record<KeyType, Verdict>>): Promise<Verdict> {
    const lacks = this.#mechanismLacks(type)
    if (lacks !== undefined) return { make: reasonOf({ lacks }), wrap: reasonOf({ lacks }) }
    if (type.startsWith('rsa') && type !== 'rsa-2048') return found['rsa-2048']
    const once = await this.#swept(type)
    if (once.make === true && typeof once.wrap === 'string') return once
    // What a token lacks it lacks twice: a profile stays, and one call that failed must not decide it.
    const { make, wrap } = await this.#swept(type)
    return { make: once.make === true ? true : make, wrap: typeof once.wrap === 'string' ? once.wrap : wrap }
  }

  async #swept(type: KeyType): Promise<Verdict> {
    try {
      return await this.#made(type)
    } finally {
      this.sweep()
    }
  }

  #mechanismLacks(type: KeyType): string | undefined {
    const { lib, slot } = this.user
    const { modulus, generate } = KINDS[type]
    if (!this.mechanisms.has(generate)) return `${ckmName(generate)} is missing`
    if (modulus === undefined) return undefined
    const size = ability(() => sizeLack(modulus, generate, lib.mechanismInfo(slot, generate)))
    return size === true ? undefined : size.lacks
  }

  async #made(type: KeyType): Promise<Verdict> {
    if (this.user.lib.known?.stays && !(this.kek instanceof Uint8Array)) return this.#notExportable(type, this.kek)
    const spec = this.#specOf(type, true)
    let facts: KeyFacts | undefined
    const make = await tried(async () => {
      ;[facts] = await generateKeys(this.user, [spec], this.throttle)
      this.#checkSensitive(type)
    })
    if (facts === undefined || make !== true) return this.#notExportable(type, make)
    if (type === 'aes-256') this.#noteCheckValue(facts)
    if (!(this.kek instanceof Uint8Array)) return { make, wrap: reasonOf(this.kek) }
    const kek = this.kek
    let kind: WrapKind | undefined
    const wrap = await tried(async () => {
      kind = await this.#thereAndBack(spec, facts!, kek)
    })
    return { make, wrap: wrap === true ? kind! : reasonOf(wrap) }
  }

  #noteCheckValue({ fingerprint }: KeyFacts): void {
    const [method] = fingerprint.split(':')
    this.checkValue = method === 'cmac5' || method === 'ecb3' ? method : 'none'
  }

  /** A token that keeps every key makes keys all the same. */
  async #notExportable(type: KeyType, why: Ability): Promise<Verdict> {
    this.sweep()
    const make = await tried(() => generateKeys(this.user, [this.#specOf(type, false)], this.throttle).then(() => {}))
    const { lacks } = why === true ? { lacks: 'it was not made' } : why
    const wrap = reasonOf({ lacks })
    return { make: make === true ? true : reasonOf(make), wrap }
  }

  async #thereAndBack(spec: KeySpec, { fingerprint, spki }: KeyFacts, kek: Uint8Array): Promise<WrapKind> {
    const { user, throttle } = this
    const [wrapped] = await wrapKeys(user, [spec.id], throttle)
    if (wrapped === undefined || 'error' in wrapped)
      throw deviceFailed('NO-KEY-WRAP', wrapped?.error ?? 'it was not wrapped')
    if (wrapped.fingerprint !== fingerprint)
      throw notVerified('RESTORE-EQUAL', `of a key of ${spec.type} that the token wrapped another key came back`)
    await destroyKeys(user, [spec.id], throttle)
    const key = { ...spec, wrap: wrapped.wrap, blob: wrapped.blob, fingerprint, ...(spki && { spki }) }
    await restoreKeys(user, Uint8Array.from(kek), [key], throttle)
    this.#checkSensitive(spec.type)
    return wrapped.wrap
  }

  /** SENSITIVE-KEPT: what is never to be seen can't be read, whoever asks. */
  #checkSensitive(type: KeyType): void {
    const { lib, session } = this.user
    const secrets = [CKA.VALUE, CKA.PRIVATE_EXPONENT, ...(isMlDsa(type) ? [CKA.SEED] : [])]
    for (const object of this.#specimens().filter((one) => this.#isSensitive(one))) {
      const seen = lib.read(session, object, secrets)
      if (secrets.every((secret) => (seen.get(secret)?.length ?? 0) === 0)) continue
      throw notVerified('SENSITIVE-KEPT', `the value of a ${type} key that is SENSITIVE could be read from the token`)
    }
  }

  #isSensitive = (object: ObjectHandle): boolean =>
    this.user.lib.read(this.user.session, object, [FLAG.SENSITIVE]).get(FLAG.SENSITIVE)?.[0] === 1

  /** SEARCH-WHOLE. A token that has no room for so many can't be asked. */
  async search(types: Profile['types']): Promise<void> {
    const type = KEY_TYPES.find((one) => types[one]?.make === true && !one.startsWith('rsa'))
    if (type === undefined) return
    const each = classOf(type) === 'secret' ? 1 : 2
    try {
      if (this.user.lib.known?.stays) makeData(this.user, LABEL, MANY)
      else {
        const wraps = typeof types[type].wrap === 'string'
        const specs = Array.from({ length: MANY / each }, () => this.#specOf(type, wraps))
        for (const spec of specs) await generateKeys(this.user, [spec], this.throttle)
      }
      const found = this.#specimens().length
      if (found >= MANY) return
      throw deviceFailed('SEARCH-WHOLE', `the token holds ${MANY} objects, and a search gives ${found} of them`)
    } catch (error) {
      if (!isNoAnswer(error)) throw error
    } finally {
      this.sweep()
    }
  }

  /** USAGE-KEPT: of a secret key and of a pair, where the token takes usage away at all. */
  async usage(types: Profile['types']): Promise<void> {
    const makes = (kind: 'secret' | 'pair') => (type: KeyType) =>
      classOf(type) === kind && types[type]?.make === true && !type.startsWith('rsa')
    for (const type of [KEY_TYPES.find(makes('secret')), KEY_TYPES.find(makes('pair'))]) {
      if (type === undefined) continue
      try {
        if (await this.#worksUnasked(type, typeof types[type].wrap === 'string'))
          throw notVerified('USAGE-KEPT', `a key of ${type} went on working after its usage was taken away`)
      } finally {
        this.sweep()
      }
    }
  }

  async #worksUnasked(type: KeyType, exportable: boolean): Promise<boolean> {
    const { user } = this
    const spec = this.#specOf(type, exportable)
    await generateKeys(user, [spec], this.throttle)
    if ((await rehearsed(() => setUsage(user, spec.id, usageAttributes(type, []), this.throttle))) !== true)
      return false
    const kind = classOf(type) === 'secret' ? CKO.SECRET_KEY : CKO.PRIVATE_KEY
    const key = user.lib.find(user.session, [
      [CKA.LABEL, LABEL],
      [CKA.CLASS, kind],
    ])[0]
    return key !== undefined && ability(() => void this.#use(key, type)) === true
  }

  #use(key: ObjectHandle, type: KeyType): Uint8Array {
    const { lib, session } = this.user
    if (classOf(type) === 'pair') return sign(lib, session, key, schemeOf(type), randomBytes(32))
    const mac = macOf(type)
    if (mac !== undefined) return lib.sign(session, { mechanism: mac }, key, randomBytes(32))
    const parameter = randomBytes(16)
    return lib.encrypt(session, { mechanism: CKM.AES_CBC_PAD, parameter }, key, randomBytes(32))
  }

  /** MECHANISM: a partition is where its audit key is. */
  async audit(): Promise<Algorithm> {
    const { first, lacks } = await firstOf(ALGORITHMS, (alg) => this.#signs(alg))
    if (first !== undefined) return first
    throw deviceFailed('MECHANISM', `the token can hold no audit key; ${lacks}`)
  }

  async #signs(alg: Algorithm): Promise<string | undefined> {
    const { user, mechanisms } = this
    const { generate } = KINDS[SIGNING_KEY[alg]]
    if (!mechanisms.has(generate)) return `${ckmName(generate)} is missing`
    try {
      const spki = generateAuditKey(user, randomBytes(16), alg)
      signAudit(user, spki, alg, randomBytes(32))
      return undefined
    } finally {
      destroyStrayAuditKeys(user)
      user.auditKeys.clear()
    }
  }

  /** HEAD-KEPT: the first way to keep a head that this token has. */
  async head(): Promise<HeadKind> {
    const { first, lacks } = await firstOf(HEADS, (kind) => this.#keepsHead(kind))
    if (first !== undefined) return first
    throw deviceFailed('HEAD-KEPT', `the token can't keep the ledger's head; ${lacks}`)
  }

  async #keepsHead(kind: HeadKind): Promise<string | undefined> {
    const { user } = this
    const value = headSamples()[kind]
    user.headKind = kind
    user.heads = []
    dropHeads(user, heads(user))
    createHead(user, value)
    user.heads = []
    const found = heads(user)
    dropHeads(user, found)
    return found.join() === value ? undefined : 'it is not found again'
  }

  #specOf = (type: KeyType, exportable: boolean): KeySpec => specFor(type, exportable, this.user.lib.has('open-to-all'))

  #specimens = (): ObjectHandle[] => this.user.lib.find(this.user.session, [[CKA.LABEL, LABEL]])

  /** Nothing stays, whatever went wrong: what is here was not here before, and a call that fails may leave something without a name. */
  sweep(): void {
    for (const object of this.#specimens()) destroyObject(this.user, object, [[CKA.LABEL, LABEL]])
    if (!this.keeps) for (const object of this.#unnamed()) destroyObject(this.user, object, [])
    this.user.index = undefined
  }

  /** TOKEN-AS-ASKED: private objects show once the user is logged in. */
  checkEmpty(): void {
    if (this.keeps) return
    const { length } = this.#unnamed()
    if (length > 0)
      throw deviceFailed('TOKEN-AS-ASKED', `C_InitToken: CKR_OK, but the token still holds ${length} objects`)
  }

  #unnamed(): ObjectHandle[] {
    const { lib, session, kek } = this.user
    const ours = kek === undefined ? [] : [kek.object, kek.opens]
    return lib.find(session, [[FLAG.PRIVATE, true]]).filter((object) => !ours.some((one) => one.equals(object)))
  }
}

const specFor = (type: KeyType, exportable: boolean, leavesOpen: boolean): KeySpec => ({
  label: LABEL,
  id: randomBytes(16),
  type,
  attributes: asKept(attributesFor(type, usualUsages(type), exportable), leavesOpen),
  // Whether that rule is kept is another question.
  accepted: ['wrap-with-trusted'],
})
