// What a change does beyond its first member.
import { incomplete, type KeyriteError } from '../../domain/errors.ts'
import { add, type Hint, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import type { Holder } from '../../domain/member-shapes.ts'
import type { IntentPlan } from '../../domain/plan.ts'
import { failureFrom } from '../../domain/system-failure.ts'
import { listed } from '../../domain/words.ts'
import type { Hsm } from '../../hsm/port.ts'
import type { Effects, OperationContext } from '../operation.ts'
import type { Ports } from '../ports.ts'
import type { Mending } from '../write-ahead-log.ts'

interface Attempt {
  done: Effects
  failure?: KeyriteError
}

/** Done with each member of a plan that is there, in turn; of a partition that has one with that alone. */
export async function onEachMember<T>(
  plan: Pick<IntentPlan, 'tokens'>,
  { ledger, hsm, members: tokens }: Pick<Ports, 'ledger' | 'hsm' | 'members'>,
  work: (hsm: Hsm, member: KnownMember) => Promise<T>,
): Promise<T[]> {
  const { members } = ledger.history
  if (!members.areSeveral) return [await work(hsm, members.acting)]
  const done: T[] = []
  for (const member of members.of(plan))
    done.push(await members.as(member.name, async () => work(await tokens!.open(member), member)))
  return done
}

/** Work on one, which is the member that is asked meanwhile; of several what fails tells whose it is. */
export const asMember = <T>(
  { name }: KnownMember,
  { members }: Pick<History, 'members'>,
  work: () => Promise<T>,
): Promise<T> =>
  members.as(name, work).catch((error) => {
    throw members.areSeveral ? ofMember(failureFrom(error), name) : error
  })

/** Of a plan that mends members which have missed something. */
export const mendedBy = (plan: IntentPlan): Mending => ({
  rolledBack: plan.op === 'member.sync' && plan.rolledBack ? plan.members : [],
})

/** MEMBER-UNPROVEN: the others get what the first one has, and whoever fails holds nobody up. */
export async function onMembers(
  attempt: Attempt,
  { members, session, log, history }: OperationContext,
): Promise<Attempt> {
  const { done, failure } = attempt
  if (!members?.isTold(done)) return attempt
  const { holders, touched } = await members.follow(done, session)
  const changed = done.changed || touched
  const told = { ...done, changed, holders }
  // Its head stays at the intent: whoever died can't move it, and nobody waits for it.
  for (const { member, proof } of holders) if (proof === 'unproven') log.leave(member)
  if (failure) return { done: told, failure }
  const partly = unproven(holders, changed, history)
  return partly ? { done: { ...told, partly }, failure: partly } : { done: told }
}

function unproven(holders: readonly Holder[], changed: boolean, history: History): KeyriteError | undefined {
  const failed = holders.filter(({ proof }) => proof === 'unproven')
  if (failed.length === 0) return undefined
  const why = failed.map(({ member, error }) => `${member}: ${error!.message}`).join('; ')
  const names = failed.map(({ member }) => member)
  const message = `${listed(names)} ${names.length === 1 ? 'does' : 'do'} not have what was done, or nobody could prove it: ${why}`
  return incomplete('MEMBER-UNPROVEN', message, wayOn(failed, history)).with({ changed })
}

/** What is gone from one for good has to go from the others first. */
function wayOn(failed: readonly Holder[], { members, keys }: History): Hint {
  const sync = keyrite('member', 'sync', ...failed.map(({ member }) => member))
  const ended = failed.filter(({ error }) => error!.code === 'MEMBER-DESTROYED').map(({ member }) => member)
  const ending = new Set(ended.flatMap((name) => members.named(name)?.perhapsDestroyed ?? []))
  const living = [...ending].filter((name) => keys.get(name)?.state !== 'destroyed')
  if (living.length === 0) return sync
  const without = ended.flatMap((name) => ['--absent', name])
  const destroys = living.map((name) => keyrite('key', 'destroy', name, ...without))
  return to('end it on the others too', ...destroys, sync)
}

/** What keeps a change from beginning on one member keeps it from all: it is left out, or mended. */
export const ofMember = (error: KeyriteError, name: string): KeyriteError =>
  error.with({ message: `${error.message} (member ${name})`, ...(error.hint ? {} : { hint: add('--absent', name) }) })
