// What the token of a partition can do, found anew as SO and user in a check: by another library, or after the token's own software changed.

import type { CheckPlan } from '../domain/check-plan.ts'
import { fromHex, toHex } from '../domain/encoding.ts'
import type { History } from '../domain/history.ts'
import { isWeakness, type Profile, type Weakness } from '../domain/profile.ts'
import { renewedFrom } from '../domain/renewed-profile.ts'
import type { TokenAddress } from '../domain/token-address.ts'
import type { UserSession } from '../hsm/port.ts'
import { differencesBetween, renewalNotes } from './asked-anew.ts'
import type { Credentials } from './credentials.ts'
import { PROBE_LABEL } from './inventory.ts'
import { withBothPins } from './login-wrapping.ts'
import type { Effects, OperationContext } from './operation.ts'
import type { Ports } from './ports.ts'
import { checkWeaknesses } from './taken-token.ts'

/** What was accepted stays so; what the token keeps now needs no acceptance. */
export const acceptedAnew = (history: History, accepted: readonly string[] = []): Weakness[] => [
  ...history.accepted,
  ...accepted.filter(isWeakness),
]

export const loginToRenew = (
  credentials: Credentials,
  { hsm }: Pick<Ports, 'hsm'>,
  token: TokenAddress,
): Promise<UserSession> => withBothPins(credentials, {}, (so, user) => hsm.loginToRenew(token, so, user))

/** TOKEN-WEAK: the ledger goes on by what it has. */
export async function renewedProfile(
  { accepted, module }: CheckPlan,
  { session, history }: OperationContext,
): Promise<Pick<Effects, 'profile' | 'notes'> & { profile: Profile }> {
  const profile = renewedFrom(history.profile, await session.renewProfile(), module!.sha256)
  checkWeaknesses(profile, accepted)
  return { profile, notes: renewalNotes(module!.sha256, differencesBetween(history.profile, profile)) }
}

/** Keys that showed what the token can do, and that a crash left there. */
export async function clearSpecimens({ session, history }: OperationContext): Promise<void> {
  const { private: objects } = await session.scan()
  const left = objects.filter(({ label, id }) => label === PROBE_LABEL && !isOfKey(id, history))
  if (left.length > 0) await session.destroyKeys([...new Set(left.map(({ id }) => toHex(id)))].map(fromHex))
}

const isOfKey = (id: Uint8Array, { keys }: History): boolean => [...keys].some((key) => key.id === toHex(id))
