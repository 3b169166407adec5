// Key blocks that others have published (test/vectors/tr31.json), with what is in them.
import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cmac } from '@noble/ciphers/aes.js'

export interface KeyBlockVector {
  kbpk: string
  key: string
  block: string
  header: {
    version: string
    usage: string
    algorithm: string
    modeOfUse: string
    keyVersion: string
    exportability: string
  }
}

export const keyBlocks = (): KeyBlockVector[] => JSON.parse(readFileSync('test/vectors/tr31.json', 'utf8')).vectors

/** A header with these optional blocks, each shorter than 256 characters, and filled up to whole blocks of 16. */
export function withOptional(header: string, blocks: readonly (readonly [id: string, data: string])[]): string {
  const told = blocks.map(
    ([id, data]) => `${id}${(data.length + 4).toString(16).padStart(2, '0').toUpperCase()}${data}`,
  )
  const room = told.join('').length % 16
  const fill = room === 0 ? [] : [16 - room < 4 ? 32 - room : 16 - room]
  const pads = fill.map((length) => `PB${length.toString(16).padStart(2, '0').toUpperCase()}`.padEnd(length, '_'))
  const count = `${told.length + pads.length}`.padStart(2, '0')
  return `${header.slice(0, 12)}${count}${header.slice(14)}${told.join('')}${pads.join('')}`
}

/** One of version D under a KBPK of 32 bytes, by the steps of ANSI X9.143. `header`: with any length, and its optional blocks. */
export function blockOf(kbpk: Uint8Array, header: string, key: Uint8Array): string {
  const derived = (use: number) =>
    Buffer.concat([1, 2].map((counter) => cmac(Uint8Array.of(counter, 0, use, 0, 0, 4, 1, 0), kbpk)))
  const clear = Buffer.alloc(Math.ceil((2 + key.length) / 16) * 16, 0x5a)
  clear.writeUInt16BE(key.length * 8)
  clear.set(key, 2)
  const length = header.length + 2 * (clear.length + 16)
  const whole = `${header[0]}${String(length).padStart(4, '0')}${header.slice(5)}`
  const mac = cmac(Buffer.concat([Buffer.from(whole), clear]), derived(1))
  const cipher = createCipheriv('aes-256-cbc', derived(0), mac).setAutoPadding(false)
  const hex = Buffer.concat([cipher.update(clear), mac])
    .toString('hex')
    .toUpperCase()
  return `${whole}${hex}`
}
