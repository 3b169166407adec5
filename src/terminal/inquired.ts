// What inquirer is given instead of a terminal: the keys that it knows, and an output that goes on after it.
import { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import type { Key } from './keys.ts'

/** What inquirer knows: letters, control keys, arrows, and keys such as home and delete. */
export function bytesOf(key: Key): Uint8Array | undefined {
  if (key.kind === 'character') return Uint8Array.from(key.bytes)
  if (key.kind === 'control') return Uint8Array.of(key.byte)
  return /^(?:[[O][A-DHF]|\[[1-8]~)$/.test(key.name) ? Buffer.from(`\x1b${key.name}`) : undefined
}

/** inquirer ends the output that it is given after the first prompt; the terminal goes on. */
export function unending(output: WriteStream): Writable {
  // At once: what the next question writes may not overtake it.
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    output.write(chunk)
    done()
  }
  const stream = new Writable({ write })
  return Object.assign(stream, { columns: output.columns, rows: output.rows, isTTY: true, end: () => stream })
}
