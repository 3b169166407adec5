// Standard input as a file that can be read more than once: `-` in the place of a public file's name, such as a ledger's.

import { randomUUID } from 'node:crypto'
import { closeSync, constants, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { usage } from '../domain/errors.ts'

/** The name that stands for it. */
export const STANDARD_INPUT = '-'

let spooled: number | undefined

/** INPUT-MISSING: opens it for reading, from its beginning. What came in lies in a file without a name until we end. */
export function openStandardInput(): number {
  if (isatty(0)) throw usage('standard input is a terminal, and no file', '- < FILE', 'INPUT-MISSING')
  spooled ??= spool()
  return openSync(`/proc/self/fd/${spooled}`, 'r')
}

function spool(): number {
  const path = join(tmpdir(), `keyrite-${randomUUID()}`)
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
  rmSync(path)
  const chunk = Buffer.alloc(1 << 16)
  try {
    for (let length = read(chunk); length > 0; length = read(chunk)) writeWhole(fd, chunk.subarray(0, length))
    return fd
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Another process may have made the pipe one that does not wait. */
function read(chunk: Buffer): number {
  for (;;) {
    try {
      return readSync(0, chunk)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EOF') return 0
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
}
