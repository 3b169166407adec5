// The members of a partition that has several: whether the token of each is there, and whether it has followed. Nobody logs in.
import { faultsIn, slotWith } from '../../change/slots.ts'
import type { Context, Globals, PartitionSettings } from '../../cli/context.ts'
import { deviceFailed, KeyriteError } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { KnownMember } from '../../domain/known-member.ts'
import { escaped } from '../../domain/names.ts'
import { addressOf, tokenName } from '../../domain/token-address.ts'
import type { SlotFacts } from '../../hsm/port.ts'
import { reachedMember } from '../../session/members-at-work.ts'
import { type Checks, type Finding, ok, problem, skipped, warning } from './checks.ts'
import { type PartitionHealth, without } from './partition.ts'

/** How the members are reached that came later, where the settings say so: by the library of each. */
export function modulesOfMembers(
  health: readonly PartitionHealth[],
  globals: Globals,
  context: Context,
): [module: string, settings: PartitionSettings][] {
  const all = health.flatMap(({ name, history, settings }) =>
    settings && history?.members.areSeveral
      ? history.members.live.flatMap((member) => settingsOf(member, name, settings, globals, context) ?? [])
      : [],
  )
  return all.map((settings) => [settings.module, settings])
}

const settingsOf = (
  member: KnownMember,
  partition: string,
  settings: PartitionSettings,
  { home }: Globals,
  context: Context,
): PartitionSettings | undefined => {
  try {
    return reachedMember(member, { context, home, partition, settings })
  } catch (error) {
    if (error instanceof KeyriteError && error.code === 'CONFIG') return undefined
    throw error
  }
}

/** `shown`: what each library showed. Whether the token of the first is there has been looked at. */
export async function lookAtMembers(
  checks: Checks,
  { name: partition, history, settings }: PartitionHealth,
  shown: ReadonlyMap<string, readonly SlotFacts[]>,
  { home }: Globals,
  context: Context,
): Promise<void> {
  if (!history?.members.areSeveral || !settings) return
  const { first, live } = history.members
  for (const member of live)
    await checks.look(`${partition}: member ${member.name}`, () => {
      if (member === first) return standingOf(member)
      const { module } = reachedMember(member, { context, home, partition, settings })
      const slots = shown.get(module)
      return slots ? memberFinding(member, slots) : skipped(`its module ${escaped(module)} shows no slots`)
    })
}

/** MEMBER-PRESENT. */
function memberFinding(member: KnownMember, slots: readonly SlotFacts[]): Finding {
  const { name, token } = member
  if (slotWith(addressOf(token), slots)?.token?.initialised) return standingOf(member)
  const message = `the token ${escaped(tokenName(token))} is not there${faultsIn(slots)}`
  return problem(deviceFailed('MEMBER-PRESENT', message, without(name)))
}

/** Whether it has followed. */
function standingOf({ name, token, standing }: KnownMember): Finding {
  const named = `token ${escaped(tokenName(token))}`
  if (standing === 'current') return ok(`${named}; it has followed every change`)
  const missed = standing === 'behind' ? 'it has missed a change' : 'a change did not come through on it'
  return warning(`${named}; ${missed}`, to('make it right', keyrite('member', 'sync', name)))
}
