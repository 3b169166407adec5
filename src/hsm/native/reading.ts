// Reading attributes: all in one call, and one by one only where the object lacks some or hides them.
import { isCkr } from './ckr.ts'

/** The object is there and the attribute isn't, or can't be seen: half-made objects, other models, sensitive values. */
const ABSENT = [0x5, 0x6, 0x11, 0x12, 0x13, 0x82] as const

type Batch = (types: readonly number[]) => { type: number; value?: Buffer }[]

const asMap = (attributes: { type: number; value?: Buffer }[]): Map<number, Buffer> => {
  const present = new Map<number, Buffer>()
  for (const { type, value } of attributes) if (value !== undefined) present.set(type, value)
  return present
}

const orNothing = <T>(read: () => T): T | undefined => {
  try {
    return read()
  } catch (error) {
    if (isCkr(error, ...ABSENT)) return undefined
    throw error
  }
}

/** pkcs11js fails whole when one attribute is missing; single reads cost almost three times as much. */
export function readAttributes(batch: Batch, types: readonly number[]): Map<number, Buffer> {
  const all = orNothing(() => asMap(batch(types)))
  if (all !== undefined) return all
  const found = new Map<number, Buffer>()
  for (const type of types)
    for (const [key, value] of orNothing(() => asMap(batch([type]))) ?? []) found.set(key, value)
  return found
}
