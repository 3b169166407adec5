// DER in a file: as it is, or as the one PEM block of its kind.
import { textIn } from '../domain/encoding.ts'
import { Unreadable } from './names.ts'

/** `kinds`: what may stand behind BEGIN. Text around the block is let be, as openssl writes it there. Throws Unreadable. */
export function derOf(bytes: Uint8Array, kinds: readonly string[]): Uint8Array {
  const text = textIn(bytes) ?? Buffer.from(bytes).toString('latin1')
  if (!text.includes('-----BEGIN')) return bytes
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n([A-Za-z0-9+/=\s]+)-----END \1-----/g)]
  const [block, ...more] = blocks
  const [, kind = '', base64 = ''] = block ?? []
  if (block && more.length === 0 && kinds.includes(kind)) return Uint8Array.from(Buffer.from(base64, 'base64'))
  const what =
    block === undefined ? 'no whole PEM' : more.length > 0 ? 'more than one PEM block' : `a PEM block of ${kind}`
  throw new Unreadable(`it holds ${what}, and is to hold one of ${kinds[0]}`)
}
