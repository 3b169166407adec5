// The tokens of a partition, those of now and of before. What is asked of `the` token is asked of the member that acts: mostly it has no other.
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import { Members } from './members.ts'
import type { RestorePlan } from './plan.ts'
import { takenWith } from './profile.ts'
import type { Created, MemberAdded, TokenReplaced } from './record.ts'
import type { EarlierToken, SigningKey } from './shapes.ts'
import { TokenSuccession } from './token-succession.ts'

export class MembersAsked {
  readonly members = new Members()
  /** Every audit key that this ledger ever let in: old checkpoints are by old keys. */
  readonly auditKeys: SigningKey[] = []
  /** As long as they are not erased they still open with the same shares. */
  readonly earlierTokens: EarlierToken[] = []
  protected readonly signers = new TokenSuccession()

  /** The token with this serial, and its audit key, as they were when a record with this number was made. */
  at = (seq: number, serial: string) => this.signers.at(seq, serial)

  /** Whether this restore has let its token in. */
  replacedBy = ({ nonce }: RestorePlan): boolean => this.signers.isBy(nonce)

  get token() {
    return this.members.acting.token
  }
  /** What its token can do, and how it wants to be asked. */
  get profile() {
    return this.members.acting.profile
  }
  /** Weaknesses of the token that were accepted. */
  get accepted() {
    return this.members.acting.accepted
  }
  get auditKey() {
    return this.members.acting.auditKey
  }
  /** What was on the token when it was adopted, in words, and is let be. */
  get leaves() {
    return this.members.acting.leaves
  }
  /** The module that the last change was approved for, and the record of that change. */
  get module() {
    return this.members.acting.module
  }

  protected beginWith(record: Created, leaf: string, leaves: readonly string[]): void {
    const { token, auditKey, plan, seq, time } = record
    const module = plan.module && { ...plan.module, seq, time }
    const taken = takenWith(plan.profile, plan.accepted)
    this.members.begin({ token, auditKey, ...taken, leaves, module, since: 0, floor: { seq, leaf } })
    this.signers.add(record)
    this.auditKeys.push(auditKey)
  }

  /** TOKEN-WEAK. What was erased and taken again holds nothing of before. */
  protected replaceTokens(
    record: TokenReplaced,
    leaf: string,
    { accepted, nonce }: RestorePlan,
    notRestored: ReadonlySet<string>,
  ): void {
    const { token, auditKey, profile, seq, time } = record
    for (const { token: before } of this.members.live)
      if (before.serial !== token.serial)
        this.earlierTokens.push({ ...before, until: seq, replaced: time, notRestored })
    const { module } = this.members.first
    const taken = takenWith(profile, accepted)
    this.members.begin({ token, auditKey, ...taken, leaves: [], module, since: seq, floor: { seq, leaf } }, record)
    this.signers.add(record, nonce)
    this.auditKeys.push(auditKey)
  }

  /** MEMBER-PLANNED, TOKEN-WEAK. */
  protected addMember(record: MemberAdded, intent: OpenIntent): void {
    this.members.add(record, intent)
    const { seq, member, keyApprovals } = record
    this.signers.join({ seq, token: member.token, auditKey: member.auditKey, keyApprovals })
    this.auditKeys.push(member.auditKey)
  }

  /** TOKEN-REPLACED: approvals of long ago would let an audit key in once more. */
  protected checkNewKey(id: string): void {
    if (this.auditKeys.some((one) => one.id === id))
      throw notVerified('TOKEN-REPLACED', 'its audit key was that of an earlier token')
  }
}
