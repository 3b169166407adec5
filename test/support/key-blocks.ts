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
