// Objects for trying things out, which are gone when we are done: public and on no token, or as a logged-in user makes them.
import { randomBytes } from 'node:crypto'
import type { Flags } from '../../domain/keys.ts'
import { bringSecret, createSecret } from '../backup/bring-secret.ts'
import { destroyObject } from '../keys/destroy.ts'
import { Dialect } from '../keys/dialects.ts'
import { flagsTemplate, newSecretTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKM, CKO, FLAG } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import { quietly } from '../native/quietly.ts'
import type { ObjectHandle, Session, Template } from '../native/values.ts'

/** Neither on the token nor in need of a login. */
export const PASSING: Flags = { TOKEN: false, PRIVATE: false }

export class Scratch implements Disposable {
  private readonly made: ObjectHandle[] = []

  constructor(
    readonly lib: Native,
    readonly session: Session,
    /** What all of them have. */
    readonly flags: Flags = PASSING,
  ) {}

  keep(object: ObjectHandle): ObjectHandle {
    this.made.push(object)
    return object
  }

  /** An AES key of a value that we know. */
  aesKey(value: Uint8Array, flags: Flags): ObjectHandle {
    return this.keep(bringSecret(this, new Dialect(), this.aesTemplate(flags), value).object)
  }

  /** The same by C_CreateObject or not at all. */
  createdKey(value: Uint8Array, flags: Flags): ObjectHandle {
    return this.keep(createSecret(this, new Dialect(), this.aesTemplate(flags), value))
  }

  /** Bytes that are no key of a cipher. */
  secret(value: Uint8Array, flags: Flags): ObjectHandle {
    const kind: Template = [
      [CKA.CLASS, CKO.SECRET_KEY],
      [CKA.KEY_TYPE, CKK.GENERIC_SECRET],
    ]
    const template = [...kind, ...flagsTemplate({ ...this.flags, ...flags }), [CKA.VALUE, value] as const]
    return this.keep(this.lib.create(this.session, template))
  }

  aesTemplate(flags: Flags): Template {
    const kind: Template = [
      [CKA.CLASS, CKO.SECRET_KEY],
      [CKA.KEY_TYPE, CKK.AES],
    ]
    return [...kind, ...flagsTemplate({ ...this.flags, ...flags })]
  }

  /** One whose value the token alone knows. */
  newKey(flags: Flags): ObjectHandle {
    const spec = { label: 'keyrite/probe', id: randomBytes(16), type: 'aes-256' as const, attributes: {} }
    const template = newSecretTemplate(spec, { ...this.flags, ...flags })
    return this.keep(this.lib.generateKey(this.session, CKM.AES_KEY_GEN, template))
  }

  [Symbol.dispose](): void {
    const ours = [[FLAG.TOKEN, this.flags.TOKEN === true]] as const
    for (const object of this.made.reverse()) quietly(() => destroyObject(this, object, ours))
  }
}
