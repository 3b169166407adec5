// The ledger's head on the token: private data objects, because what is public anyone may change.
import { deviceFailed } from '../domain/errors.ts'
import { answersStill, destroyObject } from './keys/destroy.ts'
import type { Place } from './keys/key-index.ts'
import { badData } from './native/answers.ts'
import { CKA, CKO, FLAG } from './native/constants.ts'
import type { ObjectHandle, Template } from './native/values.ts'

export const LABEL = 'keyrite/head'
const HEAD: Template = [
  [CKA.CLASS, CKO.DATA],
  [FLAG.PRIVATE, true],
  [CKA.LABEL, LABEL],
]

const KEPT: Template = [[FLAG.TOKEN, true]]

export interface Head {
  object: ObjectHandle
  value: string
}

/** A user, as far as heads go. */
interface Headed extends Place {
  /** Those on the token that this session has seen or made. */
  heads: Head[]
}

export function heads(user: Headed): string[] {
  const { lib, session } = user
  const found = lib.find(session, [...HEAD, ...KEPT]).map((object) => ({ object, value: headIn(user, object) }))
  checkList(user, found)
  user.heads = found
  return found.map(({ value }) => value)
}

/** SEARCH-WHOLE: a head that this session knows and that still answers is in the list, or the list was cut off and tells of nobody else. */
function checkList(user: Headed, found: readonly Head[]): void {
  const unlisted = user.heads.filter(({ value }) => !found.some((head) => head.value === value))
  if (unlisted.some(({ object }) => answersStill(user, object)))
    throw deviceFailed('SEARCH-WHOLE', `the token's list of its objects lacks the ${LABEL} that is there`)
}

/** A head that can't be read is not passed over: it may be the newest. */
function headIn({ lib, session }: Headed, object: ObjectHandle): string {
  const value = lib.read(session, object, [CKA.VALUE]).get(CKA.VALUE)
  if (value !== undefined) return value.toString('utf8')
  throw badData('C_GetAttributeValue', `does not give the value of ${LABEL}`)
}

/** CKA_VALUE can't be rewritten everywhere: a head is replaced by making the next one and dropping the last. It is read back. */
export function createHead(user: Headed, value: string): void {
  const { lib, session } = user
  const object = lib.create(session, [...HEAD, ...KEPT, [CKA.APPLICATION, 'keyrite'], [CKA.VALUE, value]])
  user.heads.push({ object, value })
  const seen = lib.read(session, object, [CKA.VALUE, FLAG.TOKEN, FLAG.PRIVATE])
  const isKept = [FLAG.TOKEN, FLAG.PRIVATE].every((flag) => seen.get(flag)?.[0] === 1)
  if (!isKept || seen.get(CKA.VALUE)?.toString('utf8') !== value)
    throw badData('C_CreateObject', `made another ${LABEL}`)
}

/** A search goes through every object on the token: what this session has seen or made is not searched again. */
export function dropHeads(user: Headed, values: readonly string[]): void {
  if (!values.every((value) => user.heads.some((head) => head.value === value))) heads(user)
  const dropped = user.heads.filter(({ value }) => values.includes(value))
  for (const { object, value } of dropped) destroyObject(user, object, [...HEAD, [CKA.VALUE, value]])
  user.heads = user.heads.filter((head) => !dropped.includes(head))
}
