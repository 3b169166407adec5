// Signed notes as C2SP describes them: a text, an empty line, and a line for each signature.
import { fromBase64url, sha256, utf8 } from '../domain/encoding.ts'
import type { SigningKey } from '../domain/shapes.ts'
import { fromDer, toDer } from './der.ts'
import type { Signer } from './port.ts'
import { isSigned } from './signatures.ts'

interface NoteSignature {
  name: string
  keyId: Buffer
  value: Buffer
}

export interface Note {
  /** What is signed: every line with its LF. */
  text: string
  signatures: NoteSignature[]
}

export async function signNote(text: string, name: string, { key, sign }: Signer): Promise<string> {
  const raw = await sign(utf8(text))
  const value = key.alg === 'ES256' ? toDer(raw) : raw
  return `${text}\n— ${name} ${Buffer.concat([noteKeyId(key, name), value]).toString('base64')}\n`
}

/** Undefined where it is no note. */
export function parseNote(note: string): Note | undefined {
  const gap = note.lastIndexOf('\n\n')
  const lines = note.slice(gap + 2).split('\n')
  const signatures = lines.slice(0, -1).map(parseSignature)
  if (gap < 1 || lines.at(-1) !== '' || signatures.length === 0) return undefined
  return signatures.every((one) => one !== undefined) ? { text: note.slice(0, gap + 1), signatures } : undefined
}

function parseSignature(line: string): NoteSignature | undefined {
  const [, name, value] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? []
  const bytes = Buffer.from(value ?? '', 'base64')
  if (name === undefined || bytes.length <= 4 || bytes.toString('base64') !== value) return undefined
  return { name, keyId: bytes.subarray(0, 4), value: bytes.subarray(4) }
}

/** One of the keys signed it under this name. Signatures of others may stand beside. */
export const isNoteSignedBy = (note: Note, name: string, keys: readonly SigningKey[]): boolean =>
  note.signatures.some((signature) =>
    keys.some((key) => signature.name === name && isSignatureOf(key, signature, utf8(note.text))),
  )

function isSignatureOf(key: SigningKey, { name, keyId, value }: NoteSignature, message: Uint8Array): boolean {
  const raw = key.alg === 'ES256' ? fromDer(value) : value
  return noteKeyId(key, name).equals(keyId) && raw !== undefined && isSigned(key.alg, key.spki, message, raw)
}

/** ECDSA: SHA-256(SPKI)[:4]; Ed25519: SHA-256(name LF 0x01 public key)[:4]. */
function noteKeyId({ alg, spki }: SigningKey, name: string): Buffer {
  const der = fromBase64url(spki)
  const hash = alg === 'EdDSA' ? sha256(utf8(`${name}\n`), Uint8Array.of(1), der.subarray(-32)) : sha256(der)
  return Buffer.from(hash.subarray(0, 4))
}
