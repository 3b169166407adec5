// The envelope of a key block (ANSI X9.143, before that TR-31; ISO 20038): what it says of its key in the clear. The key in it, and whether anybody changed it, is for whoever has the key that protects it.
import { notVerified } from './errors.ts'
import { quoted } from './names.ts'

export interface KeyBlock {
  version: string
  usage: string
  algorithm: string
  mode: string
  keyVersion: string
  exportability: string
  context: string
  optional: readonly OptionalBlock[]
  /** What the MAC is over, before the key. */
  header: string
  /** Hex. */
  encrypted: string
  mac: string
}

export interface OptionalBlock {
  id: string
  data: string
}

/** How a text begins that is to be one. */
export const KEY_BLOCK = /^[A-E][0-9A-Z]{7}[0-9A-Z][0-9A-Za-z]{2}[0-9A-Z]\d{2}[0-9A-Z]{2}/

/** Bytes of a block of the cipher, and of the MAC. E has no whole blocks: its cipher is AES-CTR. */
const VERSIONS: { readonly [version: string]: { align: number; cipher: number; mac: number } } = {
  A: { align: 8, cipher: 8, mac: 4 },
  B: { align: 8, cipher: 8, mac: 8 },
  C: { align: 8, cipher: 8, mac: 4 },
  D: { align: 16, cipher: 16, mac: 16 },
  E: { align: 16, cipher: 1, mac: 16 },
}

const HEADER = 16

const wrong = (why: string) => notVerified('KEY-BLOCK', `it is no key block as X9.143 has it: ${why}`)

/** KEY-BLOCK. Lines that end, or blanks, behind it are not part of it. */
export function parseKeyBlock(file: string): KeyBlock {
  const text = file.trimEnd()
  if (!/^[\x20-\x7e]*$/.test(text)) throw wrong('it holds other characters than those of ASCII')
  const version = VERSIONS[text[0] ?? '']
  if (version === undefined) throw wrong(`its version is ${quoted(text.slice(0, 1))}, which is none of A to E`)
  if (text.length < HEADER) throw wrong(`it ends within its header, after ${text.length} characters`)
  checkLength(text)
  const { blocks: optional, end } = optionalBlocks(text)
  if (end % version.align !== 0)
    throw wrong(`its header and optional blocks have ${end} characters, which are not whole blocks of ${version.align}`)
  const macAt = text.length - 2 * version.mac
  const [encrypted, mac] = [text.slice(end, Math.max(end, macAt)), text.slice(Math.max(end, macAt))]
  checkEncrypted(encrypted, mac, version)
  return { ...fieldsOf(text), optional, header: text.slice(0, end), encrypted, mac }
}

const fieldsOf = (text: string) => ({
  version: text[0]!,
  usage: text.slice(5, 7),
  algorithm: text[7]!,
  mode: text[8]!,
  keyVersion: text.slice(9, 11),
  exportability: text[11]!,
  context: text[14]!,
})

function checkLength(text: string): void {
  const said = text.slice(1, 5)
  if (!/^\d{4}$/.test(said)) throw wrong(`its length is ${quoted(said)}, which is no number`)
  if (Number(said) !== text.length)
    throw wrong(`it says that it has ${Number(said)} characters, and has ${text.length}`)
}

function checkEncrypted(encrypted: string, mac: string, version: { cipher: number; mac: number }): void {
  if (mac.length !== 2 * version.mac) throw wrong('it has no room for its MAC')
  if (!/^([0-9A-Fa-f]{2})+$/.test(encrypted + mac)) throw wrong('its key and its MAC are not hex')
  const bytes = encrypted.length / 2
  if (bytes < 3 || !Number.isInteger(bytes) || bytes % version.cipher !== 0)
    throw wrong(`its key has ${bytes} bytes, which are not whole blocks`)
}

/** Those of a header by itself, as a ledger has it. KEY-BLOCK. */
export const optionalBlocksOf = (header: string): readonly OptionalBlock[] => optionalBlocks(header).blocks

/** Where each ends is told by the one before: one that says too much ends behind the text. */
function optionalBlocks(text: string): { blocks: OptionalBlock[]; end: number } {
  const count = text.slice(12, 14)
  if (!/^\d{2}$/.test(count)) throw wrong(`its number of optional blocks is ${quoted(count)}`)
  const blocks: OptionalBlock[] = []
  let at = HEADER
  while (blocks.length < Number(count)) {
    const block = optionalBlock(text, at)
    if (blocks.some(({ id }) => id === block.id)) throw wrong(`its optional block ${block.id} is there twice`)
    if (blocks.at(-1)?.id === 'PB') throw wrong('more follows the optional block PB, which fills it up and is the last')
    blocks.push({ id: block.id, data: text.slice(block.from, block.to) })
    at = block.to
  }
  return { blocks, end: at }
}

/** Lengths count the block from its first character. One of 00 is followed by how many digits the length has, and by the length. */
function optionalBlock(text: string, at: number): { id: string; from: number; to: number } {
  const id = text.slice(at, at + 2)
  if (!/^[0-9A-Z]{2}$/.test(id)) throw wrong(`an optional block is called ${quoted(id)}`)
  const short = numberAt(text, at + 2, 2, id)
  const digits = short === 0 ? numberAt(text, at + 4, 2, id) : 0
  if (short === 0 && (digits < 2 || digits > 4))
    throw wrong(`the length of its optional block ${id} has ${digits} digits`)
  const from = at + (short === 0 ? 6 + digits : 4)
  const to = at + (short === 0 ? numberAt(text, at + 6, digits, id) : short)
  if (to < from) throw wrong(`its optional block ${id} is shorter than what it begins with`)
  if (to > text.length) throw wrong(`its optional block ${id} is longer than all of it`)
  return { id, from, to }
}

function numberAt(text: string, at: number, digits: number, id: string): number {
  const hex = text.slice(at, at + digits)
  if (hex.length !== digits || !/^[0-9A-Fa-f]*$/.test(hex))
    throw wrong(`the length of its optional block ${id} is ${quoted(hex)}`)
  return Number.parseInt(hex, 16)
}
