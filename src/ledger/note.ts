// Signed notes as C2SP describes them: a text, an empty line, and a line for each signature.
import { fromBase64url, sha256, utf8 } from '../domain/encoding.ts'
import type { SigningKey } from '../domain/shapes.ts'
import { wrongInText } from '../domain/texts.ts'
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
  if (name === undefined || wrongInText(name) !== undefined || bytes.length <= 4 || bytes.toString('base64') !== value)
    return undefined
  return { name, keyId: bytes.subarray(0, 4), value: bytes.subarray(4) }
}

/** One of the keys signed it under this name, and no line in its name is wrong. Signatures of others may stand beside. */
export function isNoteSignedBy(note: Note, name: string, keys: readonly SigningKey[]): boolean {
  const ours = note.signatures.flatMap((signature) => {
    const signers = keys.filter((key) => signature.name === name && noteKeyId(key, name).equals(signature.keyId))
    return signers.length === 0 ? [] : [signers.some((key) => isSignatureOf(key, signature, utf8(note.text)))]
  })
  return ours.length > 0 && ours.every((right) => right)
}

function isSignatureOf(key: SigningKey, { value }: NoteSignature, message: Uint8Array): boolean {
  const raw = key.alg === 'ES256' ? fromDer(value) : value
  return raw !== undefined && isSigned(key.alg, key.spki, message, raw)
}

/** EdDSA: SHA-256(name LF 0x01 public key)[:4]; ES256, and PS256 after it: SHA-256(SPKI)[:4]. */
function noteKeyId({ alg, spki }: SigningKey, name: string): Buffer {
  const der = fromBase64url(spki)
  const hash = alg === 'EdDSA' ? sha256(utf8(`${name}\n`), Uint8Array.of(1), der.subarray(-32)) : sha256(der)
  return Buffer.from(hash.subarray(0, 4))
}
