// A module's answers are checked before they are used: lengths, room, and that there is one at all.
import { deviceFailed } from '../../domain/errors.ts'
import { calling } from './binding.ts'
import { attributeName, CKA, FLAG } from './constants.ts'
import type { FunctionName } from './functions.ts'

/** MODULE-DATA: the call succeeded, and what it gave can't be. */
export const badData = (fn: string, what: string) => deviceFailed('MODULE-DATA', `${fn}: CKR_OK, but it ${what}`)

const NUMBERS: readonly number[] = [CKA.CLASS, CKA.KEY_TYPE, CKA.VALUE_LEN, CKA.PARAMETER_SET]
const FLAGS: ReadonlySet<number> = new Set(Object.values(FLAG))

/** A CK_BBOOL is one byte and a CK_ULONG is 8, or 4 on a 32-bit system. */
export function checkLengths(seen: Map<number, Buffer>): Map<number, Buffer> {
  for (const [type, { length }] of seen) {
    const fits = NUMBERS.includes(type) ? length === 8 || length === 4 : length === 1 || !FLAGS.has(type)
    if (!fits) throw badData('C_GetAttributeValue', `gave ${attributeName(type)} of ${length} bytes`)
  }
  return seen
}

/** Runs a call that gives so many bytes, no more and no less. */
export function checkLength(fn: FunctionName, length: number, call: (out: Buffer) => Buffer): Buffer {
  const out = calling(fn, () => call(Buffer.alloc(length)))
  if (out.length !== length) throw badData(fn, `gave ${out.length || 'no'} bytes`)
  return out
}

/** Runs a call that fills a buffer. A module that fills it completely has understated the length. */
export function checkRoom(fn: FunctionName, room: number, call: (out: Buffer) => Buffer): Buffer {
  const out = calling(fn, () => call(Buffer.alloc(room)))
  if (out.length === 0 || out.length >= room) throw badData(fn, `gave ${out.length || 'no'} bytes`)
  return out
}
