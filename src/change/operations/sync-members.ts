// Members are made what the ledger says: what they have missed comes to them, and what is destroyed goes.
import { refused, usage } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { MemberSyncPlan } from '../../domain/member-plans.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

interface SyncRequest {
  members: readonly string[]
  rolledBack: boolean
}

/** MEMBER-KNOWN, MEMBER-SOURCE: whoever acts is proven to hold every key. */
export function planMemberSync(
  { members, rolledBack }: SyncRequest,
  history: History,
  inputs: PlanInputs,
): MemberSyncPlan {
  checkNoneOpen(history)
  if (!history.members.areSeveral) throw usage('the partition has one member', keyrite('member', 'add', '--help'))
  const targets = history.members.live.map(({ name }) => name).filter((name) => members.includes(name))
  const header = planHeader('member.sync', history, inputs, {}, targets)
  const [{ member }] = header.tokens
  const source = history.members.named(member)!
  if (targets.includes(source.name) || source.standing !== 'current')
    throw refused(
      'MEMBER-SOURCE',
      'no member is there that is proven to hold every key, and is not to be made right itself',
      to('where the others are gone for good', keyrite('member', 'retire', 'NAME', '--lost')),
    )
  const absent = targets.find((name) => !header.tokens.some((token) => token.member === name))
  if (absent !== undefined) throw usage(`${absent} is absent, and is to be made right`, 'leave out --absent for it')
  return { ...header, members: [...targets].sort(), ...(rolledBack ? { rolledBack } : {}) }
}

/** On the one that acts nothing is done. */
export const syncMembers: Operation = {
  run: async () => ({ changed: false, keys: [] }),
  determineOutcome: async () => ({ changed: false, keys: [] }),
}
