// Key blocks that others have published (test/vectors/tr31.json), with what is in them.
import { execFileSync } from 'node:child_process'
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

const openssl = (args: string[], input: Uint8Array): Buffer =>
  execFileSync('openssl', args, { input, stdio: ['pipe', 'pipe', 'ignore'] })

/** By the program of openssl alone; a wrong MAC throws. Under a KBPK of 32 bytes. */
export function openedByOpenssl(block: string, kbpk: Uint8Array): Buffer {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const cmacOf = (key: Uint8Array, input: Uint8Array): Buffer => {
    const how = ['mac', '-cipher', 'AES-256-CBC', '-macopt', `hexkey:${hex(key)}`, '-binary', '-in', '-', 'CMAC']
    return openssl(how, input)
  }
  const derived = (use: number) =>
    Buffer.concat([1, 2].map((counter) => cmacOf(kbpk, Uint8Array.of(counter, 0, use, 0, 0, 4, 1, 0))))
  const header = block.slice(0, headerLength(block))
  const mac = Buffer.from(block.slice(-32), 'hex')
  const hidden = Buffer.from(block.slice(header.length, -32), 'hex')
  const clear = openssl(['enc', '-d', '-aes-256-cbc', '-nopad', '-K', hex(derived(0)), '-iv', hex(mac)], hidden)
  if (!cmacOf(derived(1), Buffer.concat([Buffer.from(header), clear])).equals(mac)) throw new Error('another MAC')
  return clear.subarray(2, 2 + clear.readUInt16BE() / 8)
}

/** Optional blocks of less than 256 characters. */
function headerLength(block: string): number {
  let at = 16
  for (let left = Number(block.slice(12, 14)); left > 0; left--) at += Number.parseInt(block.slice(at + 2, at + 4), 16)
  return at
}

const SCRIPT = `
import sys
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
def cmac(key, data):
    made = CMAC(algorithms.AES(key))
    made.update(data)
    return made.finalize()
block, kbpk = sys.argv[1], bytes.fromhex(sys.argv[2])
assert int(block[1:5]) == len(block)
end = 16
for _ in range(int(block[12:14])):
    end += int(block[end + 2:end + 4], 16)
derived = [b"".join(cmac(kbpk, bytes([i, 0, use, 0, 0, 4, 1, 0])) for i in (1, 2)) for use in (0, 1)]
mac, hidden = bytes.fromhex(block[-32:]), bytes.fromhex(block[end:-32])
opening = Cipher(algorithms.AES(derived[0]), modes.CBC(mac)).decryptor()
clear = opening.update(hidden) + opening.finalize()
assert cmac(derived[1], block[:end].encode() + clear) == mac
sys.stdout.buffer.write(clear[2:2 + int.from_bytes(clear[:2], "big") // 8])
`
/** The same by Python's cryptography. */
export const openedByPython = (block: string, kbpk: Uint8Array): Buffer =>
  execFileSync('python3', ['-c', SCRIPT, block, Buffer.from(kbpk).toString('hex')])
