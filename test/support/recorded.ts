// What goes into the library and comes out of it, and whether a secret is in it.
import pkcs11js from 'pkcs11js'
import { spellings } from './leaks.ts'

/** Every byte that goes into a call of the library, or comes out of it, while `work` is done. */
export async function recorded(work: () => Promise<unknown>): Promise<Buffer[]> {
  const seen: Buffer[] = []
  const note = (value: unknown): void => {
    if (Buffer.isBuffer(value)) seen.push(Buffer.from(value))
    else if (typeof value === 'string') seen.push(Buffer.from(value))
    else if (value !== null && typeof value === 'object') Object.values(value).forEach(note)
  }
  const { PKCS11 } = pkcs11js
  pkcs11js.PKCS11 = class extends PKCS11 {
    constructor() {
      super()
      const self = this as unknown as Record<string, (...args: unknown[]) => unknown>
      // Some of them are the object's own, others its class's.
      const names = [self, PKCS11.prototype].flatMap((one) => Object.getOwnPropertyNames(one))
      for (const name of names.filter((one) => one.startsWith('C_'))) {
        const call = self[name]!
        self[name] = (...args) => {
          args.forEach(note)
          const result = call.apply(this, args)
          args.forEach(note)
          note(result)
          return result
        }
      }
    }
  }
  try {
    await work()
  } finally {
    pkcs11js.PKCS11 = PKCS11
  }
  return seen
}

export const holds = (memory: readonly Buffer[], secret: Buffer): boolean =>
  spellings(secret).some((spelling) => memory.some((piece) => piece.includes(spelling)))
