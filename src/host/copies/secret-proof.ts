// What a secret key makes of a random block is taken when it is delivered, and asked for again later: no value, and no other token, is needed for that.
import { createCipheriv, randomBytes } from 'node:crypto'
import type { CopyProof } from '../../domain/copy-proof.ts'
import { deviceFailed } from '../../domain/errors.ts'
import type { Flags } from '../../domain/keys.ts'
import type { CopySpec } from '../../hsm/port.ts'
import { unwrapBy, type Wrap, wrapBy, wrapsOf } from '../backup/wraps.ts'
import { HMACS } from '../keys/fingerprint.ts'
import type { Place } from '../keys/key-index.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKM, CKO } from '../native/constants.ts'
import type { ObjectHandle } from '../native/values.ts'
import { Scratch } from '../probe/scratch.ts'
import type { User } from '../user.ts'
import { orNo } from './or-no.ts'
import { secretWay } from './provable.ts'

const BLOCK = 16
const ECB = { mechanism: CKM.AES_ECB }
const ECBS = {
  'aes-ecb': { how: ECB, block: BLOCK },
  'tdes-ecb': { how: { mechanism: CKM.DES3_ECB }, block: 8 },
} as const
const isEcb = (name: string): name is keyof typeof ECBS => Object.hasOwn(ECBS, name)
const OF_A_USER: Flags = { TOKEN: false, PRIVATE: true }

const MACS = { 'aes-cmac': CKM.AES_CMAC, ...HMACS } as const
const isMac = (name: string): name is keyof typeof MACS => Object.hasOwn(MACS, name)

/** A way to know a key again. */
interface Way {
  by: CopyProof['by']
  /** What the key must be able to do when the proof is taken. */
  needs: 'ENCRYPT' | 'SIGN' | 'WRAP'
  take(key: ObjectHandle): { input: Uint8Array; output: Uint8Array }
  /** With one of two usages, whichever the key has. */
  holds(key: ObjectHandle, flags: Flags, input: Uint8Array, output: Uint8Array): boolean
}

export class SecretProofs {
  #found: readonly Wrap[] | undefined

  constructor(private readonly user: User) {}

  /** COPY-PROVABLE: how a key with this usage is known again on this token. */
  wayOf({ label, type, attributes }: CopySpec): Way {
    const by = secretWay(type, attributes as Flags, this.user.mechanisms)
    const [wrap] = by === 'wrap' ? this.#wraps : []
    const way = by === 'wrap' ? wrap && this.#wrapping(wrap) : by && this.#named(by)
    if (way !== undefined) return way
    throw deviceFailed('COPY-PROVABLE', `nothing that ${label} may do on this token could prove that it is the key`)
  }

  take(way: Way, key: ObjectHandle): CopyProof {
    const { input, output } = way.take(key)
    return { by: way.by, input: text(input), output: text(output) }
  }

  /** A proof that the usage gives no way to ask for is none. */
  holds(key: ObjectHandle, flags: Flags, { by, input, output }: CopyProof): boolean {
    const way = this.#named(by)
    return way?.holds(key, flags, Buffer.from(input, 'base64url'), Buffer.from(output, 'base64url')) ?? false
  }

  #named(by: CopyProof['by']): Way | undefined {
    if (isEcb(by)) return this.#ecb(by)
    if (isMac(by)) return this.#mac(by)
    const wrap = this.#wraps.find(({ kind }) => kind.name === by)
    return wrap && this.#wrapping(wrap)
  }

  get #wraps(): readonly Wrap[] {
    this.#found ??= wrapsOf(this.user, this.user.mechanisms)
    return this.#found
  }

  #ecb(by: keyof typeof ECBS): Way {
    const { lib, session } = this.user
    const { how, block } = ECBS[by]
    const encrypted = (key: ObjectHandle, input: Uint8Array) => lib.encrypt(session, how, key, input)
    return {
      by,
      needs: 'ENCRYPT',
      take: (key) => taken(block, (input) => encrypted(key, input)),
      holds: (key, flags, input, output) => {
        if (flags.ENCRYPT) return encrypted(key, input).equals(output)
        return flags.DECRYPT === true && lib.decrypt(session, how, key, output).equals(input)
      },
    }
  }

  #mac(by: keyof typeof MACS): Way {
    const { lib, session } = this.user
    const how = { mechanism: MACS[by] }
    const says = (key: ObjectHandle, input: Uint8Array, output: Uint8Array) =>
      lib.verify(session, how, key, input, output)
    return {
      by,
      needs: 'SIGN',
      take: (key) => taken(BLOCK, (input) => lib.sign(session, how, key, input)),
      holds: (key, flags, input, output) => {
        if (flags.SIGN) return lib.sign(session, how, key, input).equals(output)
        // A token that says yes to everything says nothing.
        return flags.VERIFY === true && says(key, input, output) && !says(key, input, another(output))
      },
    }
  }

  #wrapping(wrap: Wrap): Way {
    const { user } = this
    return {
      by: wrap.kind.name,
      needs: 'WRAP',
      take: (key) => taken(32, (input) => wrapped(user, wrap, key, input)),
      holds: (key, flags, input, output) => {
        if (flags.WRAP) return wrapped(user, wrap, key, input, output.subarray(0, wrap.kind.ivLength)).equals(output)
        const opens = () => opened(user, wrap, key, input, output)
        return flags.UNWRAP === true && orNo(opens, () => control(user, wrap))
      },
    }
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
const another = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))

function taken(length: number, make: (input: Uint8Array) => Uint8Array): { input: Uint8Array; output: Uint8Array } {
  const input = randomBytes(length)
  return { input, output: make(input) }
}

/** The key of this value, which wraps as nothing else, under the copy. */
function wrapped(place: Place, wrap: Wrap, key: ObjectHandle, value: Uint8Array, iv?: Uint8Array): Buffer {
  using scratch = new Scratch(place.lib, place.session, OF_A_USER)
  const known = scratch.aesKey(value, { EXTRACTABLE: true, SENSITIVE: false })
  return Buffer.from(wrapBy(place, wrap, key, known, iv))
}

/** What the copy opens encrypts as the key of this value does. */
function opened(place: Place, wrap: Wrap, key: ObjectHandle, value: Uint8Array, blob: Uint8Array): boolean {
  const { lib, session } = place
  using scratch = new Scratch(lib, session, OF_A_USER)
  const object = scratch.keep(unwrapBy(place, wrap, key, blob, OPENED))
  const block = randomBytes(BLOCK)
  const cipher = createCipheriv('aes-256-ecb', value, null)
  return lib.encrypt(session, ECB, object, block).equals(cipher.update(block))
}

const OPENED = [
  [CKA.CLASS, CKO.SECRET_KEY],
  [CKA.KEY_TYPE, CKK.AES],
  ...flagsTemplate({ ...OF_A_USER, SENSITIVE: true, EXTRACTABLE: false, ENCRYPT: true }),
] as const

/** A key of ours opens what node wrapped under it. */
function control(place: Place, wrap: Wrap): void {
  using scratch = new Scratch(place.lib, place.session, OF_A_USER)
  const [kek, value, iv] = [randomBytes(32), randomBytes(32), randomBytes(wrap.kind.ivLength)]
  const blob = Buffer.concat([iv, wrap.kind.wrapped(kek, value, iv)])
  opened(place, wrap, scratch.aesKey(kek, { UNWRAP: true }), value, blob)
}
