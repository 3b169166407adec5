// Keys of signed notes as C2SP writes them for those who verify: NAME+ID+base64(type ‖ key).
import { sha256, toHex, utf8 } from './encoding.ts'

/** Ed25519 of notes, ECDSA, and Ed25519 of cosignatures with a time. */
export const NOTE_TYPES = { ed25519: 1, ecdsa: 2, cosignature: 4 } as const

export interface VerifierKey {
  name: string
  /** 4 bytes, hex. */
  id: string
  type: number
  /** Of Ed25519 its 32 bytes, of ECDSA the SPKI. */
  material: Uint8Array
}

/** The first 4 bytes, hex. */
export const noteKeyId = (name: string, type: number, material: Uint8Array): string =>
  toHex(
    (type === NOTE_TYPES.ecdsa ? sha256(material) : sha256(utf8(`${name}\n`), Uint8Array.of(type), material)).subarray(
      0,
      4,
    ),
  )

export const formatVerifierKey = ({ name, id, type, material }: VerifierKey): string =>
  `${name}+${id}+${Buffer.from([type, ...material]).toString('base64')}`

/** Undefined where it is none, or its id is not that of its key. */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const [, name, id, value] = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u.exec(text) ?? []
  const bytes = Buffer.from(value ?? '', 'base64')
  if (name === undefined || id === undefined || bytes.length < 2 || bytes.toString('base64') !== value) return undefined
  const [type = 0, ...material] = bytes
  const key = { name, id, type, material: Uint8Array.from(material) }
  return noteKeyId(name, type, key.material) === id ? key : undefined
}
