// The ledger's head on the token: private objects, because what is public anyone may change.

import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { deviceFailed } from '../domain/errors.ts'
import { HEADS, type HeadKind } from '../domain/profile.ts'
import { answersStill, destroyObject } from './keys/destroy.ts'
import type { Dialect } from './keys/dialects.ts'
import type { Place } from './keys/key-index.ts'
import { badData } from './native/answers.ts'
import { CKA, CKK, CKM, CKO, FLAG } from './native/constants.ts'
import { KINDS } from './native/mechanisms.ts'
import type { ObjectHandle, Template, Value } from './native/values.ts'

export const LABEL = 'keyrite/head'
const KEPT: Template = [[FLAG.TOKEN, true]]

export interface Head {
  object: ObjectHandle
  kind: HeadKind
  value: string
}

/** A user, as far as heads go. */
interface Headed extends Place {
  readonly dialect: Dialect
  /** Absent where nobody has told: then it may be of any, and a new one is a data object. */
  readonly headKind: HeadKind | undefined
  /** Those on the token that this session has seen or made. */
  heads: Head[]
}

/** Where a token keeps a head: what is searched for, what tells its value, and how one is made. */
interface Way {
  is: Template
  attribute: number
  stated(value: string): Value
  told(seen: Buffer): string
  make(user: Headed, template: Template): ObjectHandle
}

const text = { stated: (value: string) => value, told: (seen: Buffer) => seen.toString('utf8') }
const packed = { stated: fromBase64url, told: (seen: Buffer) => toBase64url(seen) }
/** A key that does nothing and goes nowhere: what counts is its name. */
const IDLE: Template = [
  [FLAG.SENSITIVE, true],
  [FLAG.EXTRACTABLE, false],
  [FLAG.SIGN, true],
]

const WAYS: Record<HeadKind, Way> = {
  data: {
    ...text,
    is: [
      [CKA.CLASS, CKO.DATA],
      [CKA.LABEL, LABEL],
    ],
    attribute: CKA.VALUE,
    make: ({ lib, session }, template) => lib.create(session, [...template, [CKA.APPLICATION, 'keyrite']]),
  },
  'hmac-id': {
    ...packed,
    is: [
      [CKA.CLASS, CKO.SECRET_KEY],
      [CKA.LABEL, LABEL],
    ],
    attribute: CKA.ID,
    make: ({ lib, session, dialect }, template) =>
      dialect.try('generate', (fit) => {
        const kind: Template = [
          [CKA.KEY_TYPE, CKK.GENERIC_SECRET],
          [CKA.VALUE_LEN, 32],
        ]
        return lib.generateKey(session, CKM.GENERIC_SECRET_KEY_GEN, fit([...template, ...kind, ...IDLE]))
      }),
  },
  label: {
    ...text,
    is: [
      [CKA.CLASS, CKO.PRIVATE_KEY],
      [CKA.ID, Buffer.from(LABEL)],
    ],
    attribute: CKA.LABEL,
    make: makeLabelled,
  },
}

/** The public half tells nothing, and goes at once. */
function makeLabelled({ lib, session, dialect }: Headed, template: Template): ObjectHandle {
  const { generate, curve } = KINDS['ec-p256']
  const publicHalf: Template = [
    [CKA.CLASS, CKO.PUBLIC_KEY],
    [CKA.LABEL, LABEL],
    [FLAG.TOKEN, true],
    [CKA.EC_PARAMS, Buffer.from(curve!.params[0]!, 'hex')],
  ]
  const made = dialect.try('generate', (fit) =>
    lib.generateKeyPair(session, generate, fit(publicHalf), fit([...template, ...IDLE])),
  )
  destroyObject({ lib, session }, made.publicKey, [[CKA.LABEL, LABEL]])
  return made.privateKey
}

const searched = (way: Way): Template => [...way.is, [FLAG.PRIVATE, true], ...KEPT]

export function heads(user: Headed): string[] {
  const { lib, session, headKind } = user
  const found = (headKind ? [headKind] : HEADS).flatMap((kind) =>
    lib.find(session, searched(WAYS[kind])).map((object) => ({ object, kind, value: headIn(user, object, kind) })),
  )
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
function headIn({ lib, session }: Headed, object: ObjectHandle, kind: HeadKind): string {
  const { attribute, told } = WAYS[kind]
  const value = lib.read(session, object, [attribute]).get(attribute)
  if (value !== undefined) return told(value)
  throw badData('C_GetAttributeValue', `does not give the value of ${LABEL}`)
}

/** Its value can't be rewritten everywhere: a head is replaced by making the next one and dropping the last. It is read back. */
export function createHead(user: Headed, value: string): void {
  const { lib, session } = user
  const kind = user.headKind ?? 'data'
  const way = WAYS[kind]
  const object = way.make(user, [...searched(way), [way.attribute, way.stated(value)]])
  user.heads.push({ object, kind, value })
  const seen = lib.read(session, object, [way.attribute, FLAG.TOKEN, FLAG.PRIVATE])
  const isKept = [FLAG.TOKEN, FLAG.PRIVATE].every((flag) => seen.get(flag)?.[0] === 1)
  const told = seen.get(way.attribute)
  if (!isKept || told === undefined || way.told(told) !== value)
    throw badData('C_CreateObject', `made another ${LABEL}`)
}

/** A search goes through every object on the token: what this session has seen or made is not searched again. */
export function dropHeads(user: Headed, values: readonly string[]): void {
  if (!values.every((value) => user.heads.some((head) => head.value === value))) heads(user)
  const dropped = user.heads.filter(({ value }) => values.includes(value))
  for (const { object, kind, value } of dropped) {
    const { is, attribute, stated } = WAYS[kind]
    destroyObject(user, object, [...is, [FLAG.PRIVATE, true], [attribute, stated(value)]])
  }
  user.heads = user.heads.filter((head) => !dropped.includes(head))
}
