// The ledger's head on the token: private data objects, because what is public anyone may change.
import { CKA, CKO, FLAG } from './native/constants.ts'
import type { ObjectHandle, Template } from './native/values.ts'
import type { User } from './user.ts'

const LABEL = 'keyrite/head'
const HEAD: Template = [
  [CKA.CLASS, CKO.DATA],
  [FLAG.PRIVATE, true],
  [CKA.LABEL, LABEL],
]

interface Head {
  object: ObjectHandle
  value: string
}

const allHeads = ({ lib, session }: User): Head[] =>
  lib.find(session, [...HEAD, [FLAG.TOKEN, true]]).flatMap((object) => {
    const value = lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)
    return value === undefined ? [] : [{ object, value: value.toString('utf8') }]
  })

export const heads = (user: User): string[] => allHeads(user).map((head) => head.value)

/** CKA_VALUE can't be rewritten everywhere: a head is replaced by making the next one and dropping the last. */
export function createHead({ lib, session }: User, value: string): void {
  lib.create(session, [...HEAD, [FLAG.TOKEN, true], [CKA.APPLICATION, 'keyrite'], [CKA.VALUE, value]])
}

export function dropHeads(user: User, values: readonly string[]): void {
  const dropped = allHeads(user).filter((head) => values.includes(head.value))
  for (const { object } of dropped) user.lib.destroy(user.session, object)
}
