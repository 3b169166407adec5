// What a ledger knows of a member of its partition.
import type { OtherKey } from './member-plans.ts'
import type { Floor } from './member-shapes.ts'
import type { Profile, Weakness } from './profile.ts'
import type { MemberRetired } from './record.ts'
import type { SigningKey, Token } from './shapes.ts'

/** `behind`: it was absent from a change since; `unproven`: it did not come through one. */
type MemberStanding = 'current' | 'behind' | 'unproven'

export interface KnownMember {
  name: string
  /** From the plan that brought it; the first has none, and PINs as a partition of one token has them. */
  id: string | undefined
  token: Token
  profile: Profile
  /** Weaknesses of its token that were accepted. */
  accepted: readonly Weakness[]
  auditKey: SigningKey
  /** What is let be on it, in words. */
  leaves: readonly string[]
  /** The library that it was last reached through, and the record of that change. */
  module: KnownModule | undefined
  since: number
  floor: Floor
  standing: MemberStanding
  /** The newest record at which it was current. */
  proven: number
  /** Labels of keys whose destruction was cut off, and recovered without it: what is gone from it does not come back to it. */
  perhapsDestroyed?: string[]
}

interface KnownModule {
  path: string
  sha256: string
  seq: number
  time: string
}

/** `end`: what became of its token. Until it is erased it opens with the shares of today, or of then. `missed`: where it was not current at its end. */
export interface RetiredMember extends Pick<KnownMember, 'name' | 'id' | 'token' | 'since'> {
  missed?: Pick<KnownMember, 'standing' | 'proven'>
  /** Keys that it holds by a ledger that went another way, and that nothing here knows. */
  alone?: readonly OtherKey[]
  until: number
  time: string
  end: MemberRetired['token']
}

/** By their labels: none of them comes back to it. */
export function mayHaveDestroyed(member: KnownMember, ends: readonly string[] = []): void {
  if (ends.length > 0) member.perhapsDestroyed = [...new Set([...(member.perhapsDestroyed ?? []), ...ends])].sort()
}
