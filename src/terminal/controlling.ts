// Whether what is written to a descriptor is seen on the terminal that asks.
import { fstatSync, readFileSync } from 'node:fs'

/** /dev/tty itself, as Linux numbers devices. */
const DEV_TTY = 0x500

/** The terminal of that descriptor is the one that asks. Where that can't be known it is not: then it is told twice. */
export function isControlling(fd: number): boolean {
  try {
    const { rdev } = fstatSync(fd)
    const [, , , , terminal] = readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return rdev === DEV_TTY || rdev === Number(terminal) >>> 0
  } catch {
    return false
  }
}
