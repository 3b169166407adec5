// Signatures that ssh-keygen -Y sign makes (PROTOCOL.sshsig of OpenSSH): read, and checked by node:crypto.
import { createHash, createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto'
import { notVerified } from '../domain/errors.ts'

/** What a ceremony's witnesses sign for. */
const NAMESPACE = 'keyrite-ceremony'

const MAGIC = 'SSHSIG'

/** Strings of SSH: a length of four bytes, and so many bytes. */
class Reader {
  #at = 0
  constructor(readonly bytes: Buffer) {}

  take(length: number): Buffer {
    if (this.#at + length > this.bytes.length) throw broken()
    this.#at += length
    return this.bytes.subarray(this.#at - length, this.#at)
  }

  number = (): number => this.take(4).readUInt32BE()
  string = (): Buffer => this.take(this.number())
  text = (): string => this.string().toString('latin1')
  rest = (): Buffer => this.take(this.bytes.length - this.#at)
  end(): void {
    if (this.#at !== this.bytes.length) throw broken()
  }
}

const broken = () => notVerified('WITNESS-FILE', 'it is no signature of ssh-keygen -Y sign')

const stringOf = (bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

interface SshSignature {
  /** The blob of the public key, in standard base64, as a .pub file has it. */
  key: string
  namespace: string
  hash: 'sha256' | 'sha512'
  kind: string
  value: Reader
}

/** WITNESS-FILE. */
function parse(text: string): SshSignature {
  const armour = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/.exec(text)
  if (!armour) throw broken()
  const reader = new Reader(Buffer.from(armour[1]!, 'base64'))
  if (reader.take(6).toString('latin1') !== MAGIC || reader.number() !== 1) throw broken()
  const key = reader.string().toString('base64')
  const namespace = reader.text()
  reader.string()
  const hash = reader.text()
  const signature = new Reader(reader.string())
  reader.end()
  if (hash !== 'sha256' && hash !== 'sha512') throw broken()
  return { key, namespace, hash, kind: signature.text(), value: signature }
}

/** What it says: by which key, and for what. WITNESS-FILE. */
export function signatureFacts(text: string): { [name: string]: string } {
  const { key, namespace, hash } = parse(text)
  const blob = Buffer.from(key, 'base64')
  const fingerprint = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')
  return { for: namespace, by: `${new Reader(blob).text()} SHA256:${fingerprint}`, hash }
}

/** WITNESS-FILE, WITNESS-HEAD: the key (base64, as in a .pub file) that signed this text, and nothing else, for a ceremony. */
export function signerOfText(text: string, signature: string): string {
  const { key, namespace, hash, kind, value } = parse(signature)
  if (namespace !== NAMESPACE)
    throw notVerified('WITNESS-HEAD', `it was signed for ${JSON.stringify(namespace)}, and not for ${NAMESPACE}`)
  const digest = createHash(hash).update(text).digest()
  const message = Buffer.concat([Buffer.from(MAGIC), ...[namespace, '', hash, digest].map(stringOf)])
  if (!isRight(Buffer.from(key, 'base64'), kind, value, message))
    throw notVerified('WITNESS-HEAD', 'it is a signature over something else than the head of this journal')
  return key
}

const CURVES: Readonly<Record<string, { name: string; hash: string }>> = {
  nistp256: { name: 'P-256', hash: 'sha256' },
  nistp384: { name: 'P-384', hash: 'sha384' },
  nistp521: { name: 'P-521', hash: 'sha512' },
}

function isRight(blob: Buffer, kind: string, value: Reader, message: Buffer): boolean {
  const reader = new Reader(blob)
  const type = reader.text()
  const isCard = type.startsWith('sk-')
  const isRsa = type === 'ssh-rsa'
  if (isRsa ? !/^rsa-sha2-(256|512)$/.test(kind) : kind !== type) return false
  const key = keyIn(type, reader)
  const application = isCard ? reader.string() : Buffer.alloc(0)
  reader.end()
  const signature = value.string()
  const signed = isCard ? ofCard(application, value.take(5), message) : message
  value.end()
  if (signed === undefined) return false
  if (isRsa) return verify(kind === 'rsa-sha2-512' ? 'sha512' : 'sha256', signed, key, signature)
  if (key.asymmetricKeyType === 'ed25519') return verify(null, signed, key, signature)
  const curve = /nistp\d+/.exec(type)![0]
  const size = { nistp256: 32, nistp384: 48, nistp521: 66 }[curve]!
  return verify(CURVES[curve]!.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, pointsOf(signature, size))
}

/** Of a security key: what it signs in place of the message. One that nobody touched signs nothing for us. */
function ofCard(application: Buffer, flagsAndCounter: Buffer, message: Buffer): Buffer | undefined {
  if ((flagsAndCounter[0]! & 1) === 0) return undefined
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest()
  return Buffer.concat([sha256(application), flagsAndCounter, sha256(message)])
}

function keyIn(type: string, reader: Reader): KeyObject {
  const url = (bytes: Buffer) => bytes.toString('base64url')
  if (type === 'ssh-rsa') {
    const e = url(reader.string())
    return keyOf({ kty: 'RSA', e, n: url(unsigned(reader.string())) })
  }
  if (type.endsWith('ssh-ed25519') || type === 'sk-ssh-ed25519@openssh.com')
    return keyOf({ kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) })
  const curve = CURVES[reader.text()]
  const point = reader.string()
  const size = (point.length - 1) / 2
  if (!curve || point[0] !== 4) throw broken()
  return keyOf({ kty: 'EC', crv: curve.name, x: url(point.subarray(1, 1 + size)), y: url(point.subarray(1 + size)) })
}

/** A point that is not on its curve makes no key. */
function keyOf(key: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key, format: 'jwk' })
  } catch {
    throw broken()
  }
}

/** Without the zero that keeps a number from being a negative one. */
const unsigned = (bytes: Buffer): Buffer => (bytes[0] === 0 ? bytes.subarray(1) : bytes)

/** r and s of ECDSA, each as long as the curve. */
function pointsOf(signature: Buffer, size: number): Buffer {
  const reader = new Reader(signature)
  const parts = [reader.string(), reader.string()].map(unsigned)
  reader.end()
  if (parts.some((part) => part.length > size)) throw broken()
  return Buffer.concat(parts.flatMap((part) => [Buffer.alloc(size - part.length), part]))
}
