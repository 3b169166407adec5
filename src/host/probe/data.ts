// Many objects for a search, where a token makes few keys in a process.
import type { Place } from '../keys/key-index.ts'
import { CKA, CKO, FLAG } from '../native/constants.ts'

export function makeData({ lib, session }: Place, label: string, count: number): void {
  for (let i = 0; i < count; i++)
    lib.create(session, [
      [CKA.CLASS, CKO.DATA],
      [CKA.LABEL, label],
      [CKA.VALUE, Buffer.from([i])],
      [FLAG.TOKEN, true],
      [FLAG.PRIVATE, true],
    ])
}
