// One session key of each type, generated, used and wrapped: the specimens that show what a token can do.
import { randomBytes } from 'node:crypto'
import type { Flags, KeyType } from '../../domain/keys.ts'
import { classOf } from '../../domain/keys.ts'
import { whyUnverified } from '../../domain/ml-dsa.ts'
import type { Ability, Capabilities } from '../../hsm/port.ts'
import { kindsFor, takes, type Wrap, wrapBy } from '../backup/wraps.ts'
import { CheckValues, macOf } from '../keys/fingerprint.ts'
import { look } from '../keys/objects.ts'
import { newSecretTemplate, pairParameters, privateTemplate, publicHalfTemplate } from '../keys/templates.ts'
import { ckmName } from '../native/constants.ts'
import { KINDS, sizeLack } from '../native/mechanisms.ts'
import type { Scheme } from '../native/signatures.ts'
import { isValid, mechanismOf, schemeOf, sign } from '../native/signatures.ts'
import type { ObjectHandle, Slot } from '../native/values.ts'
import { ability } from './probe-try.ts'
import type { Scratch } from './scratch.ts'
import { PASSING } from './scratch.ts'

/** RSA is slow to make: the smallest stands for the others, which go by C_GetMechanismInfo. */
const stands = (type: KeyType): KeyType => (type.startsWith('rsa') ? 'rsa-2048' : type)

const KEPT: Flags = { ...PASSING, SENSITIVE: true, EXTRACTABLE: true }
const spec = (type: KeyType) => ({ label: 'keyrite/probe', id: randomBytes(16), type, attributes: {} })

interface Specimen {
  keyObject: ObjectHandle
  publicHalf?: ObjectHandle
}

export class Specimens {
  private readonly made = new Map<KeyType, Specimen | { lacks: string }>()
  private readonly used = new Map<string, Ability>()
  private readonly checkValues: CheckValues
  private kek: ObjectHandle | undefined

  constructor(
    private readonly scratch: Scratch,
    private readonly slot: Slot,
    private readonly mechanisms: ReadonlySet<number>,
    private readonly ways: readonly Wrap[],
  ) {
    this.checkValues = new CheckValues(scratch.lib, mechanisms)
  }

  generates(type: KeyType): Ability {
    const unverified = whyUnverified(type)
    if (unverified !== undefined) return unverified
    const size = this.sizeIsKnown(type)
    if (size !== true) return size
    const kind = stands(type)
    return classOf(kind) === 'secret' ? this.makesSecret(kind) : this.signs(kind, schemeOf(kind))
  }

  private sizeIsKnown(type: KeyType): Ability {
    const { modulus, generate } = KINDS[type]
    if (modulus === undefined || !this.mechanisms.has(generate)) return true
    return ability(() => sizeLack(modulus, generate, this.scratch.lib.mechanismInfo(this.slot, generate)))
  }

  private specimen(type: KeyType): Specimen | { lacks: string } {
    const known = this.made.get(type)
    if (known !== undefined) return known
    let made: Specimen | undefined
    const can = ability(() => {
      if (!this.mechanisms.has(KINDS[type].generate)) return `${ckmName(KINDS[type].generate)} is missing`
      made = classOf(type) === 'secret' ? this.secret(type) : this.pair(type)
      return undefined
    })
    const result = can === true ? made! : can
    this.made.set(type, result)
    return result
  }

  private secret(type: KeyType): Specimen {
    const { lib, session } = this.scratch
    const template = newSecretTemplate(spec(type), { ...KEPT, SIGN: true, ENCRYPT: macOf(type) === undefined })
    return { keyObject: this.scratch.keep(lib.generateKey(session, KINDS[type].generate, template)) }
  }

  private pair(type: KeyType): Specimen {
    const { lib, session } = this.scratch
    const publicHalf = [...publicHalfTemplate(spec(type), { ...PASSING, VERIFY: true }), ...pairParameters(spec(type))]
    const privateHalf = privateTemplate(spec(type), { ...KEPT, SIGN: true })
    const made = lib.generateKeyPair(session, KINDS[type].generate, publicHalf, privateHalf)
    return { keyObject: this.scratch.keep(made.privateKey), publicHalf: this.scratch.keep(made.publicKey) }
  }

  private makesSecret(type: KeyType): Ability {
    const specimen = this.specimen(type)
    if ('lacks' in specimen) return specimen
    return ability(() => void this.value(specimen.keyObject, type))
  }

  private value = (key: ObjectHandle, type: KeyType): string =>
    this.checkValues.take(this.scratch.session, key, type, { SIGN: true, ENCRYPT: macOf(type) === undefined })

  /** How the check value of an AES key is taken here. */
  checkValue(): Capabilities['kcv'] {
    const specimen = this.specimen('aes-256')
    if ('lacks' in specimen) return 'none'
    let value = ''
    ability(() => {
      value = this.value(specimen.keyObject, 'aes-256')
    })
    return (value.split(':')[0] || 'none') as Capabilities['kcv']
  }

  /** A signature of the token that node verifies. */
  signs(type: KeyType, scheme: Scheme): Ability {
    const name = `${type} ${scheme}`
    const known = this.used.get(name) ?? this.trySigning(stands(type), scheme)
    this.used.set(name, known)
    return known
  }

  private trySigning(type: KeyType, scheme: Scheme): Ability {
    const specimen = this.specimen(type)
    if ('lacks' in specimen) return specimen
    const { lib, session } = this.scratch
    return ability(() => {
      if (!this.mechanisms.has(mechanismOf(scheme))) return `${ckmName(mechanismOf(scheme))} is missing`
      const spki = look(lib, session, specimen.publicHalf!).spki
      if (spki === undefined) return `the public key of ${type} can't be read`
      const data = randomBytes(32)
      const signature = sign(lib, session, specimen.keyObject, scheme, data)
      return isValid(spki, scheme, data, signature) ? undefined : `a signature of ${type} does not verify`
    })
  }

  wraps(type: KeyType): Ability {
    const fit = this.ways.filter((way) => takes(way, type))
    if (fit.length === 0) return { lacks: `it has no ${kindsFor(type).join(' and no ')}` }
    const specimen = this.specimen(stands(type))
    if ('lacks' in specimen) return specimen
    const tried = fit.map((way) => ability(() => void wrapBy(this.scratch, way, this.untrusted(), specimen.keyObject)))
    return tried.find((can) => can === true) ?? tried[0]!
  }

  private untrusted(): ObjectHandle {
    this.kek ??= this.scratch.aesKey(randomBytes(32), { WRAP: true })
    return this.kek
  }
}
