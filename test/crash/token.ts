// What is really on a token, seen through pkcs11js alone: nothing of the program under test takes part in the looking. Only the library is bound
// as the program binds it, which may load it in this process later: of what it links some stays in memory, as it was bound first.
import assert from 'node:assert/strict'
import pkcs11js from 'pkcs11js'
import { bindToOwnLibraries } from '../../src/host/native/own-symbols.ts'
import { isAtWork } from '../support/host-here.ts'
import { forgetErrors } from '../support/openssl-errors.ts'
import type { TokenFolder } from '../support/softhsm.ts'

export interface TokenObject {
  class: 'data' | 'certificate' | 'public' | 'private' | 'secret' | 'unknown'
  label: string
  /** CKA_ID in hex. */
  id: string
  /** Of a data object, as text. */
  value: string
  /** True, false, or absent where the object has no such attribute. */
  flag(name: string): boolean | undefined
  /** AES-ECB: one block at a time is all that a test wants to know. */
  encrypt(data: Buffer): Buffer
  decrypt(data: Buffer): Buffer
  /** ECDSA of 32 bytes, r and s one after the other. */
  sign(data: Buffer): Buffer
  destroy(): void
}

export interface Pins {
  so: string
  user: string
}

const CLASSES = ['data', 'certificate', 'public', 'private', 'secret'] as const
const LOCKING = { flags: pkcs11js.CKF_OS_LOCKING_OK }
const READ_WRITE = pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION
const TRIES_RUN_OUT =
  pkcs11js.CKF_SO_PIN_FINAL_TRY |
  pkcs11js.CKF_SO_PIN_LOCKED |
  pkcs11js.CKF_USER_PIN_FINAL_TRY |
  pkcs11js.CKF_USER_PIN_LOCKED

type Lib = pkcs11js.PKCS11

/** Loads the module for as long as `use` takes. SoftHSM reads its environment anew each time. */
function withModule<T>({ module, conf }: TokenFolder, use: (lib: Lib) => T): T {
  assert.equal(isAtWork(), false, 'a command of another test has the library: such tests run one at a time')
  const [lib, before] = [new pkcs11js.PKCS11(), process.env.SOFTHSM2_CONF]
  process.env.SOFTHSM2_CONF = conf
  bindToOwnLibraries(module)
  lib.load(module)
  lib.C_Initialize(LOCKING)
  try {
    return use(lib)
  } finally {
    lib.C_Finalize()
    lib.close()
    forgetErrors()
    if (before === undefined) delete process.env.SOFTHSM2_CONF
    else process.env.SOFTHSM2_CONF = before
  }
}

function infoOf(lib: Lib, slot: Buffer): pkcs11js.TokenInfo | undefined {
  try {
    return lib.C_GetTokenInfo(slot)
  } catch {
    return undefined
  }
}

function slotOf(lib: Lib, serial: string): Buffer {
  const slots = lib.C_GetSlotList(true).filter((slot) => infoOf(lib, slot)?.serialNumber.trim() === serial)
  if (slots.length !== 1) throw new Error(`${slots.length} tokens have the serial ${serial}`)
  return slots[0]!
}

/** Serials of all tokens that were initialised. One that SoftHSM was killed over has no SO PIN yet, which it calls locked, or can't be read. */
export const tokenSerials = (folder: TokenFolder): string[] =>
  withModule(folder, (lib) => {
    const tokens = lib.C_GetSlotList(true).flatMap((slot) => infoOf(lib, slot) ?? [])
    const made = tokens.filter(({ flags }) => flags & pkcs11js.CKF_TOKEN_INITIALIZED)
    return made
      .filter(({ flags }) => !(flags & pkcs11js.CKF_SO_PIN_LOCKED))
      .map(({ serialNumber }) => serialNumber.trim())
  })

/** Logs in as SO, then as user, and looks at everything that the user sees. Throws where a PIN does not open. */
export function lookInto<T>(folder: TokenFolder, serial: string, pins: Pins, look: (objects: TokenObject[]) => T): T {
  return withModule(folder, (lib) => {
    const slot = slotOf(lib, serial)
    if (lib.C_GetTokenInfo(slot).flags & TRIES_RUN_OUT) throw new Error('a PIN of the token is locked or nearly so')
    asRole(lib, slot, pkcs11js.CKU_SO, pins.so, () => undefined)
    return asRole(lib, slot, pkcs11js.CKU_USER, pins.user, (session) => look(allObjects(lib, session)))
  })
}

/** What whoever has the user PIN sees. */
export const lookAsUser = <T>(
  folder: TokenFolder,
  serial: string,
  pin: string,
  look: (objects: TokenObject[]) => T,
): T =>
  withModule(folder, (lib) =>
    asRole(lib, slotOf(lib, serial), pkcs11js.CKU_USER, pin, (session) => look(allObjects(lib, session))),
  )

/** Throws where the PIN does not open the role. */
export const openAs = (folder: TokenFolder, serial: string, role: keyof Pins, pin: string): void =>
  withModule(folder, (lib) =>
    asRole(lib, slotOf(lib, serial), role === 'so' ? pkcs11js.CKU_SO : pkcs11js.CKU_USER, pin, () => undefined),
  )

function asRole<T>(lib: Lib, slot: Buffer, role: number, pin: string, use: (session: Buffer) => T): T {
  const session = lib.C_OpenSession(slot, READ_WRITE)
  try {
    lib.C_Login(session, role, pin)
    return use(session)
  } finally {
    lib.C_CloseSession(session)
  }
}

function allObjects(lib: Lib, session: Buffer): TokenObject[] {
  lib.C_FindObjectsInit(session, [])
  const handles: Buffer[] = []
  for (let some = lib.C_FindObjects(session, 100); some.length > 0; some = lib.C_FindObjects(session, 100))
    handles.push(...some)
  lib.C_FindObjectsFinal(session)
  return handles.map((handle) => objectOf(lib, session, handle))
}

function objectOf(lib: Lib, session: Buffer, handle: Buffer): TokenObject {
  const read = (type: number): Buffer | undefined => {
    try {
      return lib.C_GetAttributeValue(session, handle, [{ type }])[0]!.value as Buffer
    } catch {
      return undefined
    }
  }
  const text = (type: number) => read(type)?.toString() ?? ''
  const ecb = { mechanism: pkcs11js.CKM_AES_ECB }
  return {
    class: CLASSES[read(pkcs11js.CKA_CLASS)?.readUInt8() ?? -1] ?? 'unknown',
    label: text(pkcs11js.CKA_LABEL),
    id: read(pkcs11js.CKA_ID)?.toString('hex') ?? '',
    value: text(pkcs11js.CKA_VALUE),
    flag: (name) => flagOf(read(numberOf(name))),
    encrypt(data) {
      lib.C_EncryptInit(session, ecb, handle)
      return lib.C_Encrypt(session, data, Buffer.alloc(data.length + 16))
    },
    decrypt(data) {
      lib.C_DecryptInit(session, ecb, handle)
      return lib.C_Decrypt(session, data, Buffer.alloc(data.length + 16))
    },
    sign(data) {
      lib.C_SignInit(session, { mechanism: pkcs11js.CKM_ECDSA }, handle)
      return lib.C_Sign(session, data, Buffer.alloc(256))
    },
    destroy: () => lib.C_DestroyObject(session, handle),
  }
}

const flagOf = (value: Buffer | undefined): boolean | undefined => (value?.length === 1 ? value[0] !== 0 : undefined)

function numberOf(name: string): number {
  const number = (pkcs11js as unknown as Record<string, unknown>)[`CKA_${name}`]
  if (typeof number === 'number') return number
  throw new Error(`pkcs11js knows no CKA_${name}`)
}
