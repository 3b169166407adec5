// What vouches for an index while nobody is logged in: the token's audit key has signed what it says, and custodians have let that token in, by
// signatures that lead back to the ledger's first record.
import { checkApprovers, checkNeeds, checkQuorum } from '../domain/approvals.ts'
import { sameJson } from '../domain/canonical.ts'
import { checkCreated } from '../domain/created.ts'
import type { History } from '../domain/history.ts'
import { planMessage } from '../domain/proposal.ts'
import type { QuorumReplacePlan } from '../domain/quorum-plans.ts'
import type { Created, Intent, Record } from '../domain/record.ts'
import { withGroup } from '../domain/roster.ts'
import { Rosters } from '../domain/rosters.ts'
import type { Told } from '../domain/saved-history.ts'
import type { Group } from '../domain/shapes.ts'
import { parseCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { checkApprovals, checkApproved } from './signatures.ts'

/** A record by its number, from the ledger. */
type RecordAt = (seq: number) => { record: Record; leaf: string }

/** Custodians who were in force from the record `since` on. `begun`: the intent that brought them. */
interface Roster {
  begun: number
  since: number
  groups: readonly Group[]
}

/** CHECKPOINT-SIGNED: the audit key of the token has signed that the ledger up to here says this. Throws where it has not. `state`: its digest. */
export function checkVouched(note: string, { history, tree }: Told, state: string): void {
  if (history.members.wereSeveral) throw new RangeError('several audit keys may have signed it')
  const checkpoint = parseCheckpoint(note)
  verifyCheckpoint(checkpoint, history.partition, [history.auditKey])
  const root = Buffer.from(tree.root()).toString('base64')
  if (checkpoint.state !== state || checkpoint.size !== tree.size || checkpoint.root !== root)
    throw new RangeError('the checkpoint is of another state')
}

/** AUDIT-KEY-APPROVED: custodians have let in the token of this history, which came from an index, and its audit key. Throws where they have not. */
export function checkLetIn(history: History, at: RecordAt): void {
  const { record: first, leaf } = at(0)
  if (first.type !== 'partition.created' || leaf !== history.anchor) throw notLetIn()
  checkCreated(first)
  checkApprovals(first)
  const rosters = rostersOf(first, history, at)
  const { last } = history.parts().signers
  const record = last.seq === 0 ? first : at(last.seq).record
  if (record !== first && record.type !== 'token.replaced') throw notLetIn()
  if (record !== first) checkApprovals(record)
  const { token, auditKey, keyApprovals, seq } = record
  const keys = new Set(keyApprovals.map(({ key }) => key))
  const isQuorum = ({ custodians, threshold }: Group) =>
    custodians.filter(({ key }) => keys.has(key)).length >= threshold
  const inForce = rosters.filter(
    ({ begun }, i) => begun <= seq && seq < (rosters[i + 1]?.since ?? Number.POSITIVE_INFINITY),
  )
  const isOurs =
    record.partition === history.partition && sameJson([token, auditKey], [history.token, history.auditKey])
  if (!isOurs || !inForce.some(({ groups }) => groups.every(isQuorum))) throw notLetIn()
}

/** All that the ledger had, each approved by the one before it. */
function rostersOf(first: Created, history: History, at: RecordAt): Roster[] {
  const rosters: Roster[] = [{ begun: 0, since: 0, groups: first.groups }]
  const ends = history.rosters.saved.rosters.slice(1).map(({ since }) => ({ since, ...replacementAt(since, at) }))
  for (const [i, { since, plan, approvals, seq: begun }] of ends.entries()) {
    const { groups } = rosters.at(-1)!
    // One that began before this one and ended after it: its new set stood in the place of the old one by then.
    const waited = ends.slice(i + 1).find((later) => later.seq < begun)
    checkReplacement(plan, approvals, waited ? withGroup(groups, waited.plan.group) : groups, first)
    rosters.push({ begun, since, groups: withGroup(groups, plan.group) })
  }
  if (!sameJson(history.groups, rosters.at(-1)!.groups)) throw notLetIn()
  return rosters
}

/** Between the intent of a replacement and its end stands what interrupted it, at most. */
const NEAR = 1000

/** The intent of the replacement that came to its end at this record. */
function replacementAt(since: number, at: RecordAt): Intent & { plan: QuorumReplacePlan } {
  const { record } = at(since)
  if (record.type !== 'quorum.replaced') throw notLetIn()
  for (let seq = since - 1; seq >= Math.max(0, since - NEAR); seq--) {
    const { record: intent, leaf } = at(seq)
    if (leaf !== record.intent) continue
    if (intent.type !== 'intent' || intent.plan.op !== 'quorum.replace') break
    return { ...intent, plan: intent.plan }
  }
  throw notLetIn()
}

/** NEEDS-RECOMPUTED, APPROVER-CURRENT, QUORUM-MET, APPROVAL-SIGNED: of the custodians of before, and of the new ones. */
function checkReplacement(
  plan: QuorumReplacePlan,
  approvals: Intent['approvals'],
  groups: readonly Group[],
  first: Created,
): void {
  const rosters = new Rosters()
  rosters.begin(groups, first.token.serial, first)
  checkNeeds(plan, rosters.needsOf(plan, undefined))
  checkApprovers(approvals, rosters.approving(plan, undefined))
  checkQuorum(approvals, plan.needs)
  checkApproved(planMessage(plan), approvals)
  if (plan.partition !== first.partition) throw notLetIn()
}

const notLetIn = (): Error => new RangeError('nobody has let this token in')
