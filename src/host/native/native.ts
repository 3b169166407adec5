// Objects, keys and what is done with them: one checked method for each native call. This is all that the rest may call.
import { deviceFailed } from '../../domain/errors.ts'
import { escaped } from '../../domain/names.ts'
import { badData, checkLength, checkLengths, checkRoom } from './answers.ts'
import { calling, callingBeside, loadBinding } from './binding.ts'
import { CKR, isCkr } from './ckr.ts'
import { attributeName } from './constants.ts'
import type { FunctionName } from './functions.ts'
import { type Manners, NativeTokens } from './native-tokens.ts'
import { bindToOwnLibraries } from './own-symbols.ts'
import { quietly } from './quietly.ts'
import { readAttributes } from './reading.ts'
import { traced } from './trace.ts'
import type { ObjectHandle, Session, Template } from './values.ts'
import { bytes, freshQuery, freshTemplate, handle, text, ulong32 } from './values.ts'

/** A mechanism with its parameter: bytes, or one of the structures that pkcs11js knows. */
export interface Mechanism {
  mechanism: number
  parameter?:
    | Buffer
    | { type: number; hashAlg: number; mgf: number; saltLen: number }
    | { type: number; hashAlg: number; mgf: number; source: number }
    | { type: number; kdf: number; publicData: Buffer }
}

interface Pair {
  publicKey: ObjectHandle
  privateKey: ObjectHandle
}

export class Native extends NativeTokens {
  /** Loads the library. One that is not PKCS#11 may end the process right here. */
  static async load(path: string, manners: Manners = {}): Promise<Native> {
    const binding = await loadBinding()
    const { trace } = manners
    const lib = trace === undefined ? binding : traced(binding, trace, path)
    try {
      bindToOwnLibraries(text(path, 'path'))
      lib.load(path)
    } catch (error) {
      throw deviceFailed(
        'MODULE-INVALID',
        `${escaped(path)} is not a PKCS#11 library: ${escaped((error as Error).message)}`,
      )
    }
    return new Native(lib, manners)
  }

  /** Every match. The search is always closed, or the session would stay in it. */
  find(session: Session, template: Template): ObjectHandle[] {
    calling('C_FindObjectsInit', () => this.lib.C_FindObjectsInit(handle(session), freshTemplate(template)))
    const close = () => calling('C_FindObjectsFinal', () => this.lib.C_FindObjectsFinal(handle(session)))
    try {
      const found = this.findAll(session)
      close()
      return found
    } catch (error) {
      quietly(close)
      throw error
    }
  }

  private findAll(session: Session): ObjectHandle[] {
    const found: ObjectHandle[] = []
    const names = new Set<string>()
    for (let some = this.findSome(session); some.length > 0; some = this.findSome(session)) {
      for (const object of some) names.add(object.toString('hex'))
      found.push(...some)
      if (names.size < found.length) throw badData('C_FindObjects', 'lists an object more than once')
    }
    return found
  }

  private findSome = (session: Session) =>
    calling('C_FindObjects', () => this.lib.C_FindObjects(handle(session), 1000)) as ObjectHandle[]

  /** The attributes that the object has and shows; the others are left out. */
  read = (session: Session, object: ObjectHandle, types: readonly number[]): Map<number, Buffer> =>
    checkLengths(readAttributes((wanted) => this.readBatch(session, object, wanted), types))

  /** One attribute, and whatever the module answers. */
  readAlone = (session: Session, object: ObjectHandle, type: number) => this.readBatch(session, object, [type])

  private readBatch = (session: Session, object: ObjectHandle, types: readonly number[]) =>
    calling('C_GetAttributeValue', () =>
      this.lib.C_GetAttributeValue(handle(session), handle(object), freshQuery(types)),
    )

  /** For a new object: without what the library is known to have no word for. */
  #fresh(template: Template) {
    const { unknown } = this.known ?? {}
    return freshTemplate(
      unknown ? template.filter(([type]) => !unknown.includes(attributeName(type).slice(4))) : template,
    )
  }

  set = (session: Session, object: ObjectHandle, template: Template) =>
    calling('C_SetAttributeValue', () =>
      this.lib.C_SetAttributeValue(handle(session), handle(object), freshTemplate(template)),
    )
  create = (session: Session, template: Template) =>
    calling('C_CreateObject', () => this.lib.C_CreateObject(handle(session), this.#fresh(template))) as ObjectHandle
  copy = (session: Session, object: ObjectHandle, template: Template) =>
    calling('C_CopyObject', () =>
      this.lib.C_CopyObject(handle(session), handle(object), this.#fresh(template)),
    ) as ObjectHandle
  destroy(session: Session, object: ObjectHandle): void {
    this.room?.drops(object)
    calling('C_DestroyObject', () => this.lib.C_DestroyObject(handle(session), handle(object)))
  }

  generateKey = (session: Session, mechanism: number, template: Template) =>
    calling('C_GenerateKey', () =>
      this.lib.C_GenerateKey(handle(session), checked(mechanism), this.#fresh(template)),
    ) as ObjectHandle
  generateKeyPair(session: Session, mechanism: number, publicHalf: Template, privateHalf: Template): Pair {
    this.room?.makes(2)
    const made = calling('C_GenerateKeyPair', () => {
      const [publicKey, privateKey] = [this.#fresh(publicHalf), this.#fresh(privateHalf)]
      return this.lib.C_GenerateKeyPair(handle(session), checked(mechanism), publicKey, privateKey)
    }) as Pair
    this.room?.made(made.publicKey, made.privateKey)
    return made
  }

  private underWay = 0

  /** Calls on other threads have not come back: a process that ends by itself now tears the module down under them. */
  get isBusy(): boolean {
    return this.underWay > 0
  }

  /** As `generateKey`, and other sessions work meanwhile. */
  generateKeyBeside = (session: Session, mechanism: number, template: Template) =>
    this.beside('C_GenerateKey', () =>
      this.lib.C_GenerateKeyAsync(handle(session), checked(mechanism), this.#fresh(template)),
    ) as Promise<ObjectHandle>
  async generateKeyPairBeside(session: Session, mechanism: number, publicHalf: Template, privateHalf: Template) {
    this.room?.makes(2)
    const made = (await this.beside('C_GenerateKeyPair', () => {
      const [publicKey, privateKey] = [this.#fresh(publicHalf), this.#fresh(privateHalf)]
      return this.lib.C_GenerateKeyPairAsync(handle(session), checked(mechanism), publicKey, privateKey)
    })) as Pair
    this.room?.made(made.publicKey, made.privateKey)
    return made
  }

  private async beside<T>(fn: FunctionName, call: () => Promise<T>): Promise<T> {
    this.underWay++
    try {
      return await callingBeside(fn, call)
    } finally {
      this.underWay--
    }
  }

  /** `length`: of a signature that has always the same; some modules refuse any other room for it. */
  sign(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array, length?: number): Buffer {
    this.room?.uses(key)
    calling('C_SignInit', () => this.lib.C_SignInit(handle(session), checked(mechanism), handle(key)))
    const call = (out: Buffer) => this.lib.C_Sign(handle(session), bytes(data, 'data'), out)
    if (length === undefined) return checkRoom('C_Sign', 1024, call)
    try {
      return checkLength('C_Sign', length, call)
    } catch (error) {
      // By this answer alone a signature is not at its end, and no other could begin: it is taken, and is nobody's.
      if (isCkr(error, CKR.BUFFER_TOO_SMALL)) quietly(() => call(Buffer.alloc(1024)))
      throw error
    }
  }

  encrypt(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array): Buffer {
    this.room?.uses(key)
    calling('C_EncryptInit', () => this.lib.C_EncryptInit(handle(session), checked(mechanism), handle(key)))
    const room = data.length + 1024
    return checkRoom('C_Encrypt', room, (out) => this.lib.C_Encrypt(handle(session), bytes(data, 'data'), out))
  }

  decrypt(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array): Buffer {
    this.room?.uses(key)
    calling('C_DecryptInit', () => this.lib.C_DecryptInit(handle(session), checked(mechanism), handle(key)))
    const room = data.length + 1024
    return checkRoom('C_Decrypt', room, (out) => this.lib.C_Decrypt(handle(session), bytes(data, 'data'), out))
  }

  /** False where the token says that the signature is another. */
  verify(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array, signature: Uint8Array): boolean {
    this.room?.uses(key)
    calling('C_VerifyInit', () => this.lib.C_VerifyInit(handle(session), checked(mechanism), handle(key)))
    const verify = () => this.lib.C_Verify(handle(session), bytes(data, 'data'), bytes(signature, 'signature'))
    try {
      return calling('C_Verify', verify)
    } catch (error) {
      if (isCkr(error, CKR.SIGNATURE_INVALID, CKR.SIGNATURE_LEN_RANGE)) return false
      throw error
    }
  }

  derive = (session: Session, mechanism: Mechanism, key: ObjectHandle, template: Template) =>
    calling('C_DeriveKey', () =>
      this.lib.C_DeriveKey(handle(session), checked(mechanism), handle(key), this.#fresh(template)),
    ) as ObjectHandle

  /** 8 KiB hold the PKCS#8 of an RSA-4096 key three times. */
  wrap = (session: Session, mechanism: number | Mechanism, kek: ObjectHandle, key: ObjectHandle) =>
    checkRoom('C_WrapKey', 8192, (out) =>
      this.lib.C_WrapKey(handle(session), checked(mechanism), handle(kek), handle(key), out),
    )
  unwrap = (session: Session, mechanism: number | Mechanism, kek: ObjectHandle, blob: Uint8Array, template: Template) =>
    calling('C_UnwrapKey', () => {
      const [how, fresh] = [checked(mechanism), this.#fresh(template)]
      return this.lib.C_UnwrapKey(handle(session), how, handle(kek), bytes(blob, 'blob'), fresh)
    }) as ObjectHandle
}

const checked = (how: number | Mechanism): Mechanism => {
  const mechanism = typeof how === 'number' ? { mechanism: how } : how
  ulong32(mechanism.mechanism, 'mechanism')
  return mechanism
}
