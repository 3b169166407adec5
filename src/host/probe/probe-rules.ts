// The rules that a token must enforce to protect its keys even from a logged-in user: each is broken once, on purpose.
import { randomBytes } from 'node:crypto'
import type { Flags } from '../../domain/keys.ts'
import type { Ability, Capabilities, Enforcement } from '../../hsm/port.ts'
import { unwrapBy, wrapBy } from '../backup/wraps.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKM, FLAG } from '../native/constants.ts'
import type { Mechanism } from '../native/native.ts'
import type { ObjectHandle } from '../native/values.ts'
import type { Kek } from '../user.ts'
import { ability, refuses } from './probe-try.ts'
import type { Scratch } from './scratch.ts'

/** With whatever the token wraps: a rule holds for all mechanisms or for none. */
function wrapWith(mechanisms: ReadonlySet<number>, wrapping: number | undefined): Mechanism | undefined {
  if (wrapping !== undefined && wrapping !== CKM.AES_CBC_PAD) return { mechanism: wrapping }
  return mechanisms.has(CKM.AES_CBC_PAD) ? { mechanism: CKM.AES_CBC_PAD, parameter: Buffer.alloc(16) } : undefined
}

class Rules {
  #kek: ObjectHandle | undefined

  constructor(
    private readonly scratch: Scratch,
    private readonly mechanism: Mechanism | undefined,
    private readonly kek: Kek | undefined,
  ) {}

  /** Not trusted. Where the value of a key can't be given, the token makes it. */
  #untrusted(): ObjectHandle {
    if (this.#kek !== undefined) return this.#kek
    const isBrought = ability(() => {
      this.#kek = this.scratch.aesKey(randomBytes(32), { WRAP: true })
    })
    if (isBrought !== true) this.#kek = this.scratch.newKey({ WRAP: true })
    return this.#kek!
  }

  #key = (flags: Flags): ObjectHandle => this.scratch.newKey({ SENSITIVE: true, EXTRACTABLE: true, ...flags })

  #wrap(kek: ObjectHandle, key: ObjectHandle): void {
    this.scratch.lib.wrap(this.scratch.session, this.mechanism!, kek, key)
  }

  /** The same key without the rule must wrap, or a refusal means nothing. */
  #keepsFromWrapping(flags: Flags, broken: string): Enforcement {
    if (this.mechanism === undefined)
      return { lacks: 'no mechanism to wrap with, so it could not be tried', untried: true }
    const control = ability(() => this.#wrap(this.#untrusted(), this.#key({})))
    if (control !== true) return { ...control, untried: true }
    return ability(() => {
      const key = this.#key(flags)
      return refuses(() => this.#wrap(this.#untrusted(), key)) ? undefined : broken
    })
  }

  wrapWithTrusted = () =>
    this.#keepsFromWrapping({ WRAP_WITH_TRUSTED: true }, 'a WRAP_WITH_TRUSTED key was wrapped with an untrusted key')
  notExtractable = () => this.#keepsFromWrapping({ EXTRACTABLE: false }, 'a key that is not EXTRACTABLE was wrapped')

  sensitive = (): Ability =>
    ability(() => {
      const { lib, session } = this.scratch
      const seen = lib.read(session, this.#key({}), [CKA.VALUE]).get(CKA.VALUE)
      return seen === undefined || seen.length === 0 ? undefined : 'the value of a SENSITIVE key could be read'
    })

  notCopyable = (): Ability =>
    ability(() => {
      const { lib, session, flags } = this.scratch
      const key = this.#key({ COPYABLE: false })
      const copy = () => this.scratch.keep(lib.copy(session, key, flagsTemplate(flags)))
      return refuses(copy) ? undefined : 'a key that is not COPYABLE was copied'
    })

  /** TRUSTED is the SO's to give: a user who can say it of a key of his own takes every exportable key out under it. */
  userTrusted = (): Ability => {
    const { scratch, kek } = this
    const ways: (() => ObjectHandle)[] = [
      ...(kek === undefined ? [] : [() => this.#unwrapped(kek, TRUSTED)]),
      // Where a token makes a key whose value it is told, this refusal is its answer, and no pair of RSA need be made to carry it in.
      () => (kek?.by === 'create' ? scratch.createdKey : scratch.aesKey).call(scratch, randomBytes(32), TRUSTED),
      () => scratch.newKey(TRUSTED),
      () => {
        const key = scratch.newKey({ WRAP: true })
        scratch.lib.set(scratch.session, key, [[FLAG.TRUSTED, true]])
        return key
      },
    ]
    const broken = ways.some((make) => ability(() => (this.#isTrusted(make()) ? undefined : 'it is not')) === true)
    return broken ? { lacks: 'a user can make a TRUSTED key' } : true
  }

  #unwrapped({ wraps, object, opens }: Kek, flags: Flags): ObjectHandle {
    const { scratch } = this
    const [wrap] = wraps
    const blob = wrapBy(scratch, wrap!, object, this.#key({}))
    return scratch.keep(unwrapBy(scratch, wrap!, opens, blob, scratch.aesTemplate(flags)))
  }

  #isTrusted(key: ObjectHandle): boolean {
    const { lib, session } = this.scratch
    if (lib.read(session, key, [FLAG.TRUSTED]).get(FLAG.TRUSTED)?.[0] === 1) return true
    return this.mechanism !== undefined && this.#opensAll(key)
  }

  /** It wraps what the same key without TRUSTED does not. */
  #opensAll(key: ObjectHandle): boolean {
    const guarded = this.#key({ WRAP_WITH_TRUSTED: true })
    return !refuses(() => this.#wrap(key, guarded)) && refuses(() => this.#wrap(this.#untrusted(), guarded))
  }
}

const TRUSTED: Flags = { WRAP: true, TRUSTED: true }

/** `kek`: of a logged-in user. */
export const rulesOf = (
  scratch: Scratch,
  mechanisms: ReadonlySet<number>,
  wrapping: number | undefined,
  kek?: Kek,
): Rules => new Rules(scratch, wrapWith(mechanisms, wrapping), kek)

export function enforcements(
  scratch: Scratch,
  mechanisms: ReadonlySet<number>,
  wrapping: number | undefined,
): Capabilities['enforces'] {
  const rules = rulesOf(scratch, mechanisms, wrapping)
  return {
    wrapWithTrusted: rules.wrapWithTrusted(),
    sensitive: rules.sensitive(),
    notExtractable: rules.notExtractable(),
    notCopyable: rules.notCopyable(),
  }
}
