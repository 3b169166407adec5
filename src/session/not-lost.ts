// A token that is given up as lost, and is there: it would be left with every key that it has.
import type { Credentials } from '../change/credentials.ts'
import { isOnlyToErase, isUnerased } from '../change/half-erased.ts'
import { loginAsUser } from '../change/login-wrapping.ts'
import { KeyriteError, refused } from '../domain/errors.ts'
import { newestHead } from '../domain/head.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { KnownMember } from '../domain/known-member.ts'
import { escaped } from '../domain/names.ts'
import { addressIn, tokenName } from '../domain/token-address.ts'
import type { UserSession } from '../hsm/port.ts'
import type { ChangeSession } from './change-session.ts'

/** TOKEN-THERE: the token of the partition opens, and has its head and its audit key. One that is only to be erased, and can't be, may be given up. */
export async function checkLost(credentials: Credentials, work: ChangeSession): Promise<void> {
  const { history } = work
  if (isOnlyToErase(history)) return
  const isWhole = await seen(async () => {
    const { hsm, address } = await work.openToken()
    await using session = await loginAsUser(credentials, { hsm }, address)
    return await isUnerased(session, await session.scan(), history)
  })
  if (!isWhole) return
  throw refused(
    'TOKEN-THERE',
    `the token ${escaped(tokenName(history.token))} is there, and opens: it would be left with every key that it has`,
    'end the partition with it: the same command without --lost-token',
  )
}

/** TOKEN-THERE: the token of the member opens, and has its audit key and its head as this ledger has it: it can be erased. */
export async function checkMemberLost(member: KnownMember, credentials: Credentials, work: ChangeSession) {
  const { history, members } = work
  // Nobody knows its PINs, and a wrong one costs a try.
  if (history.rosters.pins.isDoubtful(member.token.serial)) return
  const isWhole = await seen(async () => {
    const hsm = await members.open(member)
    return await history.members.as(member.name, async () => {
      await using session = await loginAsUser(credentials, { hsm }, addressIn(member))
      return (await isUnerased(session, await session.scan(), history)) && (await isOurs(session, member, work))
    })
  })
  if (!isWhole) return
  throw refused(
    'TOKEN-THERE',
    `the token ${escaped(tokenName(member.token))} of ${member.name} is there, and opens: it would be left with every key that it has`,
    to('erase it', keyrite('member', 'retire', member.name)),
  )
}

/** Of a member that followed another ledger, or of which an older copy was put back, no change goes on, and there is no other way but to give it up. */
async function isOurs(session: UserSession, { floor }: KnownMember, { history, ledger }: ChangeSession) {
  const { seq, leaf } = newestHead(await session.heads(), history.partition)
  return seq >= floor.seq && ledger.since(seq).leaf === leaf
}

/** Whatever keeps from looking at it, a library that is gone too, is a reason to go on without it. */
async function seen(look: () => Promise<boolean>): Promise<boolean> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof KeyriteError) return false
    throw error
  }
}
