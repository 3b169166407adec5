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

export interface Head {
  object: ObjectHandle
  value: string
}

export function heads(user: User): string[] {
  const { lib, session } = user
  user.heads = lib.find(session, [...HEAD, [FLAG.TOKEN, true]]).flatMap((object) => {
    const value = lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)
    return value === undefined ? [] : [{ object, value: value.toString('utf8') }]
  })
  return user.heads.map(({ value }) => value)
}

/** CKA_VALUE can't be rewritten everywhere: a head is replaced by making the next one and dropping the last. */
export function createHead(user: User, value: string): void {
  const template: Template = [...HEAD, [FLAG.TOKEN, true], [CKA.APPLICATION, 'keyrite'], [CKA.VALUE, value]]
  user.heads.push({ object: user.lib.create(user.session, template), value })
}

/** A search goes through every object on the token: what this session has seen or made is not searched again. */
export function dropHeads(user: User, values: readonly string[]): void {
  if (!values.every((value) => user.heads.some((head) => head.value === value))) heads(user)
  const dropped = user.heads.filter(({ value }) => values.includes(value))
  for (const { object } of dropped) user.lib.destroy(user.session, object)
  user.heads = user.heads.filter((head) => !dropped.includes(head))
}
