// The rules that a token must enforce to protect its keys even from a logged-in user: each is broken once, on purpose.
import { randomBytes } from 'node:crypto'
import type { Flags } from '../../domain/keys.ts'
import type { Ability, Capabilities } from '../../hsm/port.ts'
import { flagsTemplate, newSecretTemplate } from '../keys/templates.ts'
import { CKA, CKM } from '../native/constants.ts'
import type { Mechanism } from '../native/native.ts'
import type { ObjectHandle } from '../native/values.ts'
import { ability, refuses } from './probe-try.ts'
import type { Scratch } from './scratch.ts'
import { PASSING } from './scratch.ts'

/** With whatever the token wraps: a rule holds for all mechanisms or for none. */
function wrapWith(mechanisms: ReadonlySet<number>, wrapping: number | undefined): Mechanism | undefined {
  if (wrapping !== undefined && wrapping !== CKM.AES_CBC_PAD) return { mechanism: wrapping }
  return mechanisms.has(CKM.AES_CBC_PAD) ? { mechanism: CKM.AES_CBC_PAD, parameter: Buffer.alloc(16) } : undefined
}

class Rules {
  private readonly kek: () => ObjectHandle

  constructor(
    private readonly scratch: Scratch,
    private readonly mechanism: Mechanism | undefined,
  ) {
    let made: ObjectHandle | undefined
    this.kek = () => {
      made ??= scratch.aesKey(randomBytes(32), { WRAP: true })
      return made
    }
  }

  private key(flags: Flags): ObjectHandle {
    const spec = { label: 'keyrite/probe', id: randomBytes(16), type: 'aes-256' as const, attributes: {} }
    const template = newSecretTemplate(spec, { ...PASSING, SENSITIVE: true, EXTRACTABLE: true, ...flags })
    return this.scratch.keep(this.scratch.lib.generateKey(this.scratch.session, CKM.AES_KEY_GEN, template))
  }

  private wrap(key: ObjectHandle): void {
    this.scratch.lib.wrap(this.scratch.session, this.mechanism!, this.kek(), key)
  }

  /** The same key without the rule must wrap, or a refusal means nothing. */
  private keepsFromWrapping(flags: Flags, broken: string): Ability {
    if (this.mechanism === undefined) return { lacks: 'no mechanism to wrap with, so it could not be tried' }
    return ability(() => {
      this.wrap(this.key({}))
      const key = this.key(flags)
      return refuses(() => this.wrap(key)) ? undefined : broken
    })
  }

  wrapWithTrusted = () =>
    this.keepsFromWrapping({ WRAP_WITH_TRUSTED: true }, 'a WRAP_WITH_TRUSTED key was wrapped with an untrusted key')
  notExtractable = () => this.keepsFromWrapping({ EXTRACTABLE: false }, 'a key that is not EXTRACTABLE was wrapped')

  sensitive = (): Ability =>
    ability(() => {
      const { lib, session } = this.scratch
      const seen = lib.read(session, this.key({}), [CKA.VALUE]).get(CKA.VALUE)
      return seen === undefined || seen.length === 0 ? undefined : 'the value of a SENSITIVE key could be read'
    })

  notCopyable = (): Ability =>
    ability(() => {
      const { lib, session } = this.scratch
      const key = this.key({ COPYABLE: false })
      const copy = () => this.scratch.keep(lib.copy(session, key, flagsTemplate(PASSING)))
      return refuses(copy) ? undefined : 'a key that is not COPYABLE was copied'
    })
}

export function enforcements(
  scratch: Scratch,
  mechanisms: ReadonlySet<number>,
  wrapping: number | undefined,
): Capabilities['enforces'] {
  const rules = new Rules(scratch, wrapWith(mechanisms, wrapping))
  return {
    wrapWithTrusted: rules.wrapWithTrusted(),
    sensitive: rules.sensitive(),
    notExtractable: rules.notExtractable(),
    notCopyable: rules.notCopyable(),
  }
}
