// Session objects for trying things out: public, on no token, and gone when we are done.
import type { Flags } from '../../domain/keys.ts'
import { bringSecret } from '../backup/bring-secret.ts'
import { destroyObject } from '../keys/destroy.ts'
import { Dialect } from '../keys/dialects.ts'
import type { Identity } from '../keys/identity.ts'
import { flagsTemplate } from '../keys/templates.ts'
import { CKA, CKK, CKO, FLAG } from '../native/constants.ts'
import type { Native } from '../native/native.ts'
import { quietly } from '../native/quietly.ts'
import type { ObjectHandle, Session, Template } from '../native/values.ts'

/** Neither on the token nor in need of a login. */
export const PASSING: Flags = { TOKEN: false, PRIVATE: false }

const OF_A_SESSION: Identity = [[FLAG.TOKEN, false]]

export class Scratch implements Disposable {
  private readonly made: ObjectHandle[] = []

  constructor(
    readonly lib: Native,
    readonly session: Session,
  ) {}

  keep(object: ObjectHandle): ObjectHandle {
    this.made.push(object)
    return object
  }

  /** An AES key of a value that we know. */
  aesKey(value: Uint8Array, flags: Flags): ObjectHandle {
    const kind: Template = [
      [CKA.CLASS, CKO.SECRET_KEY],
      [CKA.KEY_TYPE, CKK.AES],
    ]
    const template = [...kind, ...flagsTemplate({ ...PASSING, ...flags })]
    return this.keep(bringSecret(this, new Dialect(), template, value).object)
  }

  [Symbol.dispose](): void {
    for (const object of this.made.reverse()) quietly(() => destroyObject(this, object, OF_A_SESSION))
  }
}
