// What may go into a native call: pkcs11js dies of a wrong type, so every value is checked here, in TypeScript.
import { endianness } from 'node:os'

/** Handles are opaque bytes of the size of a CK_ULONG; the brands keep a slot from being taken for a key. */
export type Slot = Buffer & { readonly of: 'slot' }
export type Session = Buffer & { readonly of: 'session' }
export type ObjectHandle = Buffer & { readonly of: 'object' }

export type Value = boolean | number | string | Uint8Array
export type Template = readonly (readonly [type: number, value: Value])[]

/** A bug of ours, never of the module. */
const wrong = (what: string): never => {
  throw new TypeError(`not fit for a native call: ${what}`)
}

/** pkcs11js silently cuts numbers to 32 bits. */
export const ulong32 = (value: number, what: string): number =>
  Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff ? value : wrong(`${what} ${value}`)

const attributeValue = (value: Value, type: number): boolean | number | Buffer => {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return ulong32(value, `attribute 0x${type.toString(16)} =`)
  if (typeof value === 'string') return Buffer.from(value, 'utf8')
  return bytes(value, `attribute 0x${type.toString(16)}`)
}

/** A fresh template: pkcs11js writes into the one that it is given. */
export const freshTemplate = (template: Template) =>
  template.map(([type, value]) => ({ type: ulong32(type, 'attribute type'), value: attributeValue(value, type) }))

/** A fresh template that asks for values. */
export const freshQuery = (types: readonly number[]) => types.map((type) => ({ type: ulong32(type, 'attribute type') }))

/** A handle must be what the module gave: 8 bytes, 4 on a 32-bit system. */
export const handle = <H extends Buffer>(value: H): H =>
  Buffer.isBuffer(value) && (value.length === 8 || value.length === 4) ? value : wrong('handle')

export const text = (value: string, what: string): string => (typeof value === 'string' ? value : wrong(what))
export const bytes = (value: Uint8Array, what: string): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : wrong(what)

const LITTLE = endianness() === 'LE'

/** A CK_ULONG as a number, of whatever size it came in. */
export function fromUlong(value: Buffer): number {
  if (value.length === 4) return LITTLE ? value.readUInt32LE() : value.readUInt32BE()
  if (value.length === 8) return Number(LITTLE ? value.readBigUInt64LE() : value.readBigUInt64BE())
  return wrong(`a CK_ULONG of ${value.length} bytes`)
}

/** An array of CK_ULONG as the module wants it in memory: pkcs11js has no word for that, but takes the bytes. */
export function ulongArray(size: number, ...numbers: number[]): Buffer {
  const out = Buffer.alloc(size * numbers.length)
  for (const [i, number] of numbers.entries()) {
    // One 32-bit half holds every number we use; the other stays zero.
    if (LITTLE) out.writeUInt32LE(ulong32(number, 'element'), i * size)
    else out.writeUInt32BE(ulong32(number, 'element'), i * size + size - 4)
  }
  return out
}
