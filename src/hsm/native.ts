// The only door to pkcs11js: typed, checked calls, each of which fails with its own name and the module's number.
import type { PKCS11, SlotInfo, TokenInfo } from 'pkcs11js'
import { deviceFailed } from '../domain/errors.ts'
import { Pkcs11Error } from './ckr.ts'
import { CKF } from './constants.ts'
import { readAttributes } from './reading.ts'
import type { ObjectHandle, Session, Slot, Template } from './values.ts'
import { bytes, freshQuery, freshTemplate, handle, text, ulong32 } from './values.ts'

/** A mechanism with its parameter: bytes, or one of the structures that pkcs11js knows. */
export interface Mechanism {
  mechanism: number
  parameter?: Buffer | { type: number; hashAlg: number; mgf: number; saltLen: number }
}

/** pkcs11js reports a CKR as `.code`, or only in the text of a plain Error. Anything else is a mistake of ours. */
export function calling<T>(fn: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string }
    const number = typeof code === 'number' && code > 0 ? code : Number(/CKR_\w+:(\d+)/.exec(message)?.[1])
    throw Number.isInteger(number) ? new Pkcs11Error(fn, number) : error
  }
}

async function loadBinding(): Promise<PKCS11> {
  try {
    const { PKCS11 } = await import('pkcs11js')
    return new PKCS11()
  } catch {
    throw deviceFailed(
      'NATIVE-MISSING',
      'the native part of pkcs11js is missing or of another Node.js',
      'run: npm rebuild pkcs11js',
    )
  }
}

export class Native {
  private constructor(private readonly lib: PKCS11) {}

  /** Loads the library. One that is not PKCS#11 may end the process right here. */
  static async load(path: string): Promise<Native> {
    const lib = await loadBinding()
    try {
      lib.load(text(path, 'path'))
    } catch (error) {
      throw deviceFailed('MODULE-INVALID', `${path} is not a PKCS#11 library: ${(error as Error).message}`)
    }
    return new Native(lib)
  }

  // Without OS locking, calls from several threads of a module's own hang or crash.
  initialize = () => calling('C_Initialize', () => this.lib.C_Initialize({ flags: CKF.OS_LOCKING_OK }))
  finalize = () => calling('C_Finalize', () => this.lib.C_Finalize())
  info = () => calling('C_GetInfo', () => this.lib.C_GetInfo())

  slots = (present: boolean) => calling('C_GetSlotList', () => this.lib.C_GetSlotList(present)) as Slot[]
  slotInfo = (slot: Slot): SlotInfo => calling('C_GetSlotInfo', () => this.lib.C_GetSlotInfo(handle(slot)))
  tokenInfo = (slot: Slot): TokenInfo => calling('C_GetTokenInfo', () => this.lib.C_GetTokenInfo(handle(slot)))
  mechanisms = (slot: Slot) => calling('C_GetMechanismList', () => this.lib.C_GetMechanismList(handle(slot)))
  mechanismInfo = (slot: Slot, mechanism: number) =>
    calling('C_GetMechanismInfo', () => this.lib.C_GetMechanismInfo(handle(slot), ulong32(mechanism, 'mechanism')))

  /** The label must fill 32 bytes: C_InitToken reads that many, whatever it was given. */
  initToken(slot: Slot, pin: string, label: string): void {
    const padded = Buffer.alloc(32, ' ')
    if (padded.write(label) !== Buffer.byteLength(label)) throw new TypeError('a token label has at most 32 bytes')
    calling('C_InitToken', () => this.lib.C_InitToken(handle(slot), text(pin, 'PIN'), padded.toString('utf8')))
  }

  openSession = (slot: Slot, flags: number) =>
    calling('C_OpenSession', () => this.lib.C_OpenSession(handle(slot), ulong32(flags, 'flags'))) as Session
  closeSession = (session: Session) => calling('C_CloseSession', () => this.lib.C_CloseSession(handle(session)))
  login = (session: Session, user: number, pin: string) =>
    calling('C_Login', () => this.lib.C_Login(handle(session), ulong32(user, 'user'), text(pin, 'PIN')))
  logout = (session: Session) => calling('C_Logout', () => this.lib.C_Logout(handle(session)))
  initPin = (session: Session, pin: string) =>
    calling('C_InitPIN', () => this.lib.C_InitPIN(handle(session), text(pin, 'PIN')))
  setPin = (session: Session, now: string, next: string) =>
    calling('C_SetPIN', () => this.lib.C_SetPIN(handle(session), text(now, 'PIN'), text(next, 'PIN')))

  /** The wrapper hands back the buffer that it was given, filled. */
  random(session: Session, length: number): Buffer {
    const out = Buffer.alloc(ulong32(length, 'length'))
    calling('C_GenerateRandom', () => this.lib.C_GenerateRandom(handle(session), out))
    return out
  }

  /** Every match. The search is always closed, or the session would stay in it. */
  find(session: Session, template: Template): ObjectHandle[] {
    const found: ObjectHandle[] = []
    calling('C_FindObjectsInit', () => this.lib.C_FindObjectsInit(handle(session), freshTemplate(template)))
    try {
      for (let some = this.findSome(session); some.length > 0; some = this.findSome(session)) found.push(...some)
    } finally {
      calling('C_FindObjectsFinal', () => this.lib.C_FindObjectsFinal(handle(session)))
    }
    return found
  }

  private findSome = (session: Session) =>
    calling('C_FindObjects', () => this.lib.C_FindObjects(handle(session), 1000)) as ObjectHandle[]

  /** The attributes that the object has and shows; the others are left out. */
  read = (session: Session, object: ObjectHandle, types: readonly number[]): Map<number, Buffer> =>
    readAttributes((wanted) => this.readBatch(session, object, wanted), types)

  private readBatch = (session: Session, object: ObjectHandle, types: readonly number[]) =>
    calling('C_GetAttributeValue', () =>
      this.lib.C_GetAttributeValue(handle(session), handle(object), freshQuery(types)),
    )

  set = (session: Session, object: ObjectHandle, template: Template) =>
    calling('C_SetAttributeValue', () =>
      this.lib.C_SetAttributeValue(handle(session), handle(object), freshTemplate(template)),
    )
  create = (session: Session, template: Template) =>
    calling('C_CreateObject', () => this.lib.C_CreateObject(handle(session), freshTemplate(template))) as ObjectHandle
  copy = (session: Session, object: ObjectHandle, template: Template) =>
    calling('C_CopyObject', () =>
      this.lib.C_CopyObject(handle(session), handle(object), freshTemplate(template)),
    ) as ObjectHandle
  destroy = (session: Session, object: ObjectHandle) =>
    calling('C_DestroyObject', () => this.lib.C_DestroyObject(handle(session), handle(object)))

  generateKey = (session: Session, mechanism: number, template: Template) =>
    calling('C_GenerateKey', () =>
      this.lib.C_GenerateKey(handle(session), checked(mechanism), freshTemplate(template)),
    ) as ObjectHandle
  generateKeyPair = (session: Session, mechanism: number, publicHalf: Template, privateHalf: Template) =>
    calling('C_GenerateKeyPair', () => {
      const [open, closed] = [freshTemplate(publicHalf), freshTemplate(privateHalf)]
      return this.lib.C_GenerateKeyPair(handle(session), checked(mechanism), open, closed)
    }) as { publicKey: ObjectHandle; privateKey: ObjectHandle }

  sign(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array): Buffer {
    calling('C_SignInit', () => this.lib.C_SignInit(handle(session), checked(mechanism), handle(key)))
    return calling('C_Sign', () => this.lib.C_Sign(handle(session), bytes(data, 'data'), Buffer.allocUnsafe(1024)))
  }

  encrypt(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array): Buffer {
    calling('C_EncryptInit', () => this.lib.C_EncryptInit(handle(session), checked(mechanism), handle(key)))
    const out = Buffer.allocUnsafe(data.length + 1024)
    return calling('C_Encrypt', () => this.lib.C_Encrypt(handle(session), bytes(data, 'data'), out))
  }

  decrypt(session: Session, mechanism: Mechanism, key: ObjectHandle, data: Uint8Array): Buffer {
    calling('C_DecryptInit', () => this.lib.C_DecryptInit(handle(session), checked(mechanism), handle(key)))
    const out = Buffer.allocUnsafe(data.length + 1024)
    return calling('C_Decrypt', () => this.lib.C_Decrypt(handle(session), bytes(data, 'data'), out))
  }

  /** 8 KiB hold the PKCS#8 of an RSA-4096 key three times. */
  wrap = (session: Session, mechanism: number | Mechanism, kek: ObjectHandle, key: ObjectHandle) =>
    calling('C_WrapKey', () =>
      this.lib.C_WrapKey(handle(session), checked(mechanism), handle(kek), handle(key), Buffer.alloc(8192)),
    )
  unwrap = (session: Session, mechanism: number, kek: ObjectHandle, blob: Uint8Array, template: Template) =>
    calling('C_UnwrapKey', () => {
      const [how, fresh] = [checked(mechanism), freshTemplate(template)]
      return this.lib.C_UnwrapKey(handle(session), how, handle(kek), bytes(blob, 'blob'), fresh)
    }) as ObjectHandle
}

const checked = (how: number | Mechanism): Mechanism => {
  const mechanism = typeof how === 'number' ? { mechanism: how } : how
  ulong32(mechanism.mechanism, 'mechanism')
  return mechanism
}
