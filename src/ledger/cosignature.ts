// Cosignatures of witnesses on a checkpoint, as C2SP tlog-cosignature has them: Ed25519, with the time at which it was the newest that they saw.
import { toBase64url, utf8 } from '../domain/encoding.ts'
import { notVerified } from '../domain/errors.ts'
import { formatVerifierKey, NOTE_TYPES, noteKeyId, type VerifierKey } from '../domain/vkey.ts'
import type { Note } from './note.ts'
import type { Signer } from './port.ts'
import { ed25519, isSigned } from './signatures.ts'

/** The key of a witness by which others know it. */
function witnessKey(name: string, { key }: Pick<Signer, 'key'>): VerifierKey {
  const material = Uint8Array.from(Buffer.from(key.spki, 'base64url').subarray(-32))
  return { name, id: noteKeyId(name, NOTE_TYPES.cosignature, material), type: NOTE_TYPES.cosignature, material }
}

export const witnessKeyText = (name: string, signer: Pick<Signer, 'key'>): string =>
  formatVerifierKey(witnessKey(name, signer))

const messageOf = (text: string, seconds: number | bigint): Uint8Array =>
  utf8(`cosignature/v1\ntime ${seconds}\n${text}`)

/** The line of a cosignature, with its LF. `seconds`: since 1970. */
export async function cosign(text: string, name: string, seconds: number, signer: Signer): Promise<string> {
  const time = Buffer.alloc(8)
  time.writeBigUInt64BE(BigInt(seconds))
  const value = await signer.sign(messageOf(text, seconds))
  const id = Buffer.from(witnessKey(name, signer).id, 'hex')
  return `— ${name} ${Buffer.concat([id, time, value]).toString('base64')}\n`
}

/** The note with this line, in the place of an older one by the same key. */
export function withCosignature(note: string, cosignature: string): string {
  const [, name, value] = cosignature.trimEnd().split(' ')
  // The id of the key is the first 4 bytes: 5 characters of base64, and 2 bits of the next.
  const isOlder = (line: string) => line.startsWith(`— ${name} ${value!.slice(0, 5)}`)
  const lines = note.split('\n').filter((line) => !isOlder(line))
  return lines.join('\n') + cosignature
}

/** WITNESS-SIGNED: when this witness cosigned the note, in seconds since 1970; undefined where it did not. A line in its name that is wrong spoils the note. */
export function cosignedAt({ text, signatures }: Note, { name, id, material }: VerifierKey): number | undefined {
  const times = signatures
    .filter((one) => one.name === name && one.keyId.toString('hex') === id)
    .map(({ value }) => {
      if (value.length !== 72) throw wrong(name)
      const seconds = value.readBigUInt64BE()
      const spki = ed25519(toBase64url(material))
      if (seconds === 0n || !isSigned('EdDSA', spki, messageOf(text, seconds), value.subarray(8))) throw wrong(name)
      return Number(seconds)
    })
  return times.length > 0 ? Math.max(...times) : undefined
}

const wrong = (name: string): Error =>
  notVerified('WITNESS-SIGNED', `the cosignature of ${name} is wrong`, 'take another copy of the checkpoint')
