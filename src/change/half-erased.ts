// A token whose C_InitToken was cut off between two objects: its PINs still open it, and what a change begins with is gone from it.

import { type KeyriteError, notVerified } from '../domain/errors.ts'
import { COPY_HINT } from '../domain/head.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'
import type { RetirePlan } from '../domain/plan.ts'
import { addressIn } from '../domain/token-address.ts'
import { counted, listed } from '../domain/words.ts'
import type { ObjectFacts, UserSession } from '../hsm/port.ts'
import type { Credentials } from './credentials.ts'
import { checkHeads, isOfInit } from './empty-token.ts'
import { holdsAuditKey, liveKeys, objectInWords, type Scan, unknownObjectsIn } from './inventory.ts'
import { loginAsUser } from './login-wrapping.ts'
import type { Ports } from './ports.ts'

/** By the ledger every key is destroyed and the retirement isn't finished: nothing is left to be done on the token but to erase it. */
export const isOnlyToErase = (history: History): boolean =>
  history.unfinished?.plan.op === 'partition.retire' && liveKeys(history).length === 0

/** The head and the audit key, with which every change begins, are there. */
export const isUnerased = async (session: UserSession, scan: Scan, history: History): Promise<boolean> =>
  (await session.heads()).length > 0 && holdsAuditKey(scan, history)

/**
 * Its audit key or its head is gone, and all that is left is the ledger's or was approved by its name. Where both are there, nothing was begun.
 * TOKEN-KNOWN, HEAD-..., LEDGER-...: it holds more than this ledger tells of, which may be an older copy.
 */
export async function isHalfErased(
  plan: RetirePlan,
  credentials: Credentials,
  { hsm, ledger }: Pick<Ports, 'hsm' | 'ledger'>,
): Promise<boolean> {
  const { history } = ledger
  await using session = await loginAsUser(credentials, { hsm }, addressIn(history))
  const scan = await session.scan()
  if (await isUnerased(session, scan, history)) return false
  await checkHeads(session, history.partition, ledger)
  const strangers = unknownObjectsIn(scan, history, plan.others ?? []).filter(
    (object) => !isOfInit(object, history.profile.head),
  )
  if (strangers.length > 0) throw isSomebodys(strangers)
  return true
}

const isSomebodys = (strangers: readonly ObjectFacts[]): KeyriteError =>
  notVerified(
    'TOKEN-KNOWN',
    `the token has been erased in part, and holds ${counted(strangers.length, 'object')} that the ledger does not know: ${escaped(listed(strangers.map(objectInWords)))}`,
    apart(COPY_HINT, to('where this ledger is the newest', keyrite('partition', 'recover', '--lost-token'))),
  )
