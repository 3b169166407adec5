// What a token that an init or a restore takes may hold. TOKEN-AS-ASKED: what C_InitToken has erased is gone. Private objects show once the user is logged in: before a key of ours is let in.
import { deviceFailed, refused } from '../domain/errors.ts'
import type { InitPlan } from '../domain/first-plans.ts'
import { COPY_HINT, checkHead, newestHead } from '../domain/head.ts'
import { escaped } from '../domain/names.ts'
import type { HeadKind } from '../domain/profile.ts'
import { counted } from '../domain/words.ts'
import type { ObjectFacts, UserSession } from '../hsm/port.ts'
import type { Ledger } from '../ledger/port.ts'
import { AUDIT_LABEL, isHead, nameOf } from './inventory.ts'

export async function checkEmpty(session: UserSession): Promise<void> {
  const { private: objects } = await session.scan()
  if (objects.length > 0)
    throw deviceFailed('TOKEN-AS-ASKED', `C_InitToken: CKR_OK, but the token still holds ${inWords(objects)}`)
}

const inWords = (objects: readonly ObjectFacts[]): string =>
  `${counted(objects.length, 'private object')}, such as ${escaped(nameOf(objects[0]!))}`

/**
 * TOKEN-EMPTY, HEAD-..., LEDGER-...: the token holds what an init leaves that was cut off, and nothing of a partition that has gone on. Asked
 * before anything on it is destroyed: the note of an init can be made from the first record of any ledger.
 */
export async function checkOnlyBegun(
  session: UserSession,
  { partition, profile }: Pick<InitPlan, 'partition' | 'profile'>,
  ledger: Pick<Ledger, 'since'> | undefined,
): Promise<void> {
  await checkHeads(session, partition, ledger)
  const others = (await session.scan()).private.filter((object) => !isOfInit(object, profile.head))
  if (others.length > 0)
    throw refused('TOKEN-EMPTY', `the token is in use, and is let be: it holds ${inWords(others)}`, COPY_HINT)
}

/** HEAD-..., LEDGER-...: a head that is there already is of this partition, and says no more than its ledger. */
export async function checkHeads(
  session: UserSession,
  partition: string,
  ledger: Pick<Ledger, 'since'> | undefined,
): Promise<void> {
  const heads = await session.heads()
  if (heads.length > 0) {
    const head = newestHead(heads, partition)
    const { leaf, beyond } = ledger?.since(head.seq) ?? { leaf: undefined, beyond: [] }
    checkHead(head, leaf, beyond)
  }
}

/** Its audit key, its head, and what was cut off before it had a name. */
export const isOfInit = (object: ObjectFacts, head: HeadKind): boolean => {
  const { class: kind, label, id } = object
  return (
    (label === '' && id.length === 0) ||
    isHead(object, head) ||
    (label === AUDIT_LABEL && (kind === 'private' || kind === 'public'))
  )
}
