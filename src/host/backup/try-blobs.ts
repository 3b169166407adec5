// Opens every blob of a backup before a token is erased for it: as session objects, without a login, and none of them stays.

import { randomBytes } from 'node:crypto'
import { KeyriteError } from '../../domain/errors.ts'
import { classOf, type Flags, isTdes, type KeyType } from '../../domain/keys.ts'
import { pairFingerprint } from '../../domain/public-keys.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import { WRAP_NAMES } from '../../domain/wrap-kinds.ts'
import type { BlobProblem, WrappedKey } from '../../hsm/port.ts'
import type { Device } from '../device.ts'
import { dropPassing } from '../keys/destroy.ts'
import { Dialect } from '../keys/dialects.ts'
import { CheckValues } from '../keys/fingerprint.ts'
import type { Identity } from '../keys/identity.ts'
import type { Throttle } from '../keys/pace.ts'
import { isCkr, Pkcs11Error } from '../native/ckr.ts'
import { FLAG } from '../native/constants.ts'
import { quietly } from '../native/quietly.ts'
import { withSessionAsync } from '../native/sessions.ts'
import { isValid, schemeOf, sign } from '../native/signatures.ts'
import type { ObjectHandle } from '../native/values.ts'
import { PASSING, Scratch } from '../probe/scratch.ts'
import { HostKek } from './clear-on-host.ts'
import { type Opener, unwrapKey } from './unwrap.ts'
import { someWraps, type Wrap } from './wraps.ts'

const CLOSED: Flags = { ...PASSING, SENSITIVE: true, EXTRACTABLE: false }

const OF_THE_SESSION: Identity = [[FLAG.TOKEN, false]]

/** What the key must be able to do to prove itself. */
const usage = (type: KeyType): Flags => ({
  ...CLOSED,
  SIGN: !isTdes(type),
  ...((isTdes(type) || type.startsWith('aes')) && { ENCRYPT: true }),
})

/** The device, the session or the module's state is gone: no blob is to blame. */
const GONE = [0x30, 0x31, 0x32, 0xb0, 0xb3, 0xe0, 0x101, 0x190]

const CONTROL = {
  label: 'keyrite/control',
  id: new Uint8Array(1),
  type: 'aes-256',
  fingerprint: '',
  attributes: {},
} as const

const ANOTHER = 'another key comes out'

class Trial implements Disposable {
  readonly #dialect = new Dialect()
  readonly #checkValues: CheckValues
  readonly #opener: Opener
  readonly #wraps: readonly Wrap[]
  /** A key of ours in each way of the token's under the same KEK: it opens wherever a blob could. */
  readonly #controls: readonly WrappedKey[]
  readonly #host: HostKek

  constructor(
    private readonly scratch: Scratch,
    kek: Uint8Array,
    wraps: readonly Wrap[],
    mechanisms: readonly number[],
  ) {
    this.#checkValues = new CheckValues(scratch.lib, new Set(mechanisms))
    this.#opener = { opens: scratch.aesKey(kek, { SENSITIVE: true, EXTRACTABLE: false, UNWRAP: true }), wraps }
    this.#wraps = wraps
    this.#controls = wraps.map(({ kind }) => {
      const iv = randomBytes(kind.ivLength)
      const blob = Buffer.concat([iv, kind.wrapped(kek, randomBytes(32), iv)])
      return { ...CONTROL, wrap: kind.name, blob }
    })
    this.#host = new HostKek(kek)
  }

  /** What is wrong with a blob; undefined where it is the key that was backed up. */
  problem(key: WrappedKey): BlobProblem | undefined {
    const lacks = this.#wraps.every(({ kind }) => kind.name !== key.wrap)
    const why = lacks ? `the token has no ${WRAP_NAMES[key.wrap]}` : this.#problemAsWrapped(key)
    if (why === undefined) return undefined
    if (!key.clear) return lacks ? { why, lacks } : { why }
    const still: string[] = []
    for (const again of this.#host.rewrapped(key, this.#wraps)) {
      const problem = this.#problemAsWrapped(again)
      if (problem === undefined) return undefined
      still.push(problem)
    }
    // The host has opened it: where the token says no to what came out, the backup is not to blame.
    return still.length === 0 || still.includes(ANOTHER) ? { why } : { why: still[0]!, refused: true }
  }

  /** One that the token refuses is to blame where it opens another. */
  #problemAsWrapped(key: WrappedKey): string | undefined {
    const first = this.#tryOnce(key)
    if (first === undefined) return undefined
    using scratch = new Scratch(this.scratch.lib, this.scratch.session)
    scratch.keep(this.#open(this.#controls.find(({ wrap }) => wrap === key.wrap)!))
    return this.#tryOnce(key)
  }

  [Symbol.dispose](): void {
    this.#host[Symbol.dispose]()
  }

  #tryOnce(key: WrappedKey): string | undefined {
    try {
      const object = this.#open(key)
      try {
        return this.#isIt(object, key) ? undefined : ANOTHER
      } finally {
        quietly(() => dropPassing(this.scratch, object))
      }
    } catch (error) {
      if ((error instanceof Pkcs11Error && !isCkr(error, ...GONE)) || error instanceof KeyriteError)
        return error.message
      throw error
    }
  }

  #open(key: WrappedKey): ObjectHandle {
    const { lib, session } = this.scratch
    const where = { lib, session, checkValues: this.#checkValues, dialect: this.#dialect }
    return unwrapKey(where, this.#opener, key, key, usage(key.type), OF_THE_SESSION)
  }

  #isIt(object: ObjectHandle, { type, fingerprint, spki }: WrappedKey): boolean {
    const { lib, session } = this.scratch
    if (classOf(type) === 'secret') return this.#checkValues.take(session, object, type, usage(type)) === fingerprint
    if (spki === undefined || pairFingerprint(spki) !== fingerprint) return false
    const [scheme, challenge] = [schemeOf(type), randomBytes(32)]
    return isValid(spki, scheme, challenge, sign(lib, session, object, scheme, challenge))
  }
}

/** For each key what is wrong, or null. */
export async function tryBlobs(
  device: Device,
  address: TokenAddress,
  kek: Uint8Array,
  keys: readonly WrappedKey[],
  throttle: Throttle,
): Promise<(BlobProblem | null)[]> {
  const { lib } = device
  const { slot } = device.find(address)
  return withSessionAsync(lib, slot, async (session) => {
    const mechanisms = lib.mechanisms(slot)
    const wraps = someWraps({ lib, session }, new Set(mechanisms))
    using scratch = new Scratch(lib, session)
    using trial = new Trial(scratch, kek, wraps, mechanisms)
    kek.fill(0)
    const problems: (BlobProblem | null)[] = []
    for (const key of keys) {
      problems.push(trial.problem(key) ?? null)
      await throttle.step(problems.length)
    }
    return problems
  })
}
