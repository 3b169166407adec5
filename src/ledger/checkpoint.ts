// Checkpoints: C2SP signed notes over the ledger's size and root, for people to carry away (design, part 6.4).
import { fromBase64url, sha256, utf8 } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import type { SigningKey } from '../domain/shapes.ts'
import type { Signer } from './port.ts'
import { isSigned } from './signatures.ts'

export interface Checkpoint {
  /** `keyrite/<partition uuid>`. */
  origin: string
  size: number
  /** 32 bytes, standard base64. */
  root: string
  /** The signed text: three lines, each with its LF. */
  text: string
  signatures: { name: string; keyId: Buffer; value: Buffer }[]
}

export const originOf = (partition: string): string => `keyrite/${partition}`

/** The text that a checkpoint signs. `root`: 32 bytes. */
export const checkpointText = (partition: string, size: number, root: Uint8Array): string =>
  `${originOf(partition)}\n${size}\n${Buffer.from(root).toString('base64')}\n`

/** A whole note: the text, an empty line, the signature line. */
export async function signCheckpoint(
  partition: string,
  size: number,
  root: Uint8Array,
  signer: Signer,
): Promise<string> {
  const text = checkpointText(partition, size, root)
  const raw = await signer.sign(utf8(text))
  const value = signer.key.alg === 'ES256' ? derSignature(raw) : Buffer.from(raw)
  const line = Buffer.concat([noteKeyId(signer.key, originOf(partition)), value]).toString('base64')
  return `${text}\n— ${originOf(partition)} ${line}\n`
}

/** ES256: SHA-256(SPKI)[:4]; EdDSA: SHA-256(name LF 0x01 public key)[:4], as C2SP's signed-note says. */
function noteKeyId(key: SigningKey, name: string): Buffer {
  const spki = fromBase64url(key.spki)
  const hash = key.alg === 'EdDSA' ? sha256(utf8(`${name}\n`), Uint8Array.of(1), spki.subarray(-32)) : sha256(spki)
  return Buffer.from(hash.subarray(0, 4))
}

const NOTE =
  /^((?<origin>[^\n]+)\n(?<size>0|[1-9]\d{0,15})\n(?<root>[A-Za-z0-9+/]{43}=)\n)\n(?<signatures>(— [^ \n]+ [A-Za-z0-9+/]+=*\n)+)$/

/** CHECKPOINT-SHAPE. */
export function parseCheckpoint(note: string): Checkpoint {
  const match = NOTE.exec(note)
  if (!match?.groups)
    throw notVerified('CHECKPOINT-SHAPE', 'this is no checkpoint: a signed note of origin, size and root')
  const { origin, size, root, signatures } = match.groups as {
    origin: string
    size: string
    root: string
    signatures: string
  }
  return {
    origin,
    size: Number(size),
    root,
    text: match[1]!,
    signatures: signatures.trimEnd().split('\n').map(parseSignature),
  }
}

function parseSignature(line: string) {
  const [, name = '', value = ''] = line.split(' ')
  const bytes = Buffer.from(value, 'base64')
  return { name, keyId: bytes.subarray(0, 4), value: bytes.subarray(4) }
}

/** CHECKPOINT-ORIGIN, CHECKPOINT-SIGNED: it is this partition's, and one of its audit keys signed it. */
export function verifyCheckpoint(checkpoint: Checkpoint, partition: string, auditKeys: readonly SigningKey[]): void {
  const origin = originOf(partition)
  if (checkpoint.origin !== origin) {
    throw notVerified(
      'CHECKPOINT-ORIGIN',
      `the checkpoint is of ${JSON.stringify(checkpoint.origin)}, not of ${origin}`,
    )
  }
  const message = utf8(checkpoint.text)
  const good = checkpoint.signatures.some(({ name, keyId, value }) => {
    const key = auditKeys.find((candidate) => name === origin && noteKeyId(candidate, origin).equals(keyId))
    return key !== undefined && isSigned(key.alg, key.spki, message, key.alg === 'ES256' ? rawSignature(value) : value)
  })
  if (!good) throw notVerified('CHECKPOINT-SIGNED', 'no audit key of this ledger signed the checkpoint')
}

/** ECDSA: r‖s (64 bytes) as the ASN.1 DER sequence of two integers. */
function derSignature(raw: Uint8Array): Buffer {
  const integers = [raw.subarray(0, 32), raw.subarray(32)].map((half) => {
    const digits = Buffer.from(half).subarray(half.findIndex((byte) => byte !== 0))
    // A first bit of 1 would make the integer negative.
    const value = digits[0]! & 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits
    return Buffer.concat([Buffer.of(2, value.length), value])
  })
  const body = Buffer.concat(integers)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

/** The reverse of `derSignature`. Anything that is not its exact output gives no valid signature. */
function rawSignature(der: Buffer): Uint8Array {
  const raw = Buffer.alloc(64)
  for (let i = 0, at = 2; i < 2; i++) {
    const value = der.subarray(at + 2, at + 2 + (der[at + 1] ?? 0)).subarray(-32)
    value.copy(raw, (i + 1) * 32 - value.length)
    at += 2 + (der[at + 1] ?? 0)
  }
  return derSignature(raw).equals(der) ? raw : new Uint8Array(64)
}
