// Which witnesses must have seen a checkpoint.
import type { VerifierKey } from './vkey.ts'

/** At least so many of these have seen it. */
export interface WitnessGroup {
  least: number
  members: readonly string[]
}

export interface WitnessPolicy {
  logs: readonly VerifierKey[]
  /** By their names in the policy. */
  witnesses: ReadonlyMap<string, VerifierKey>
  groups: ReadonlyMap<string, WitnessGroup>
  /** A witness, a group, or `none`. */
  quorum: string
}

/** Names no witness and no group. */
export const NONE = 'none'

/** Whether those who have seen it, by their names in the policy, are enough. */
export function isEnough({ groups, quorum }: WitnessPolicy, seen: ReadonlySet<string>): boolean {
  const has = (name: string): boolean => {
    const group = groups.get(name)
    return group ? group.members.filter(has).length >= group.least : seen.has(name)
  }
  return quorum === NONE || has(quorum)
}
