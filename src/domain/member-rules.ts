// What plans and records may say of members, held against those that there are.
import { sameJson } from './canonical.ts'
import type { OpenIntent } from './conclusions.ts'
import { notVerified } from './errors.ts'
import type { KeyEntry } from './key-life.ts'
import { isExtractable } from './keys.ts'
import type { KnownMember } from './known-member.ts'
import { newMemberId } from './member-id.ts'
import { MENDS_MEMBERS } from './member-operations.ts'
import type { MemberAddPlan, MemberRetirePlan } from './member-plans.ts'
import { FIRST_MEMBER, type PlannedToken } from './member-shapes.ts'
import { label } from './names.ts'
import { type IntentPlan, plannedKeys } from './plan.ts'
import type { MemberAdded, MemberRetired, Outcome } from './record.ts'
import { tokenName } from './token-address.ts'

interface Directory {
  live: readonly KnownMember[]
  areSeveral: boolean
  first: KnownMember
  named(name: string): KnownMember | undefined
}

/** PLAN-TOKEN, PLAN-MEMBERS, MEMBER-KNOWN, MEMBER-NAME, MEMBER-LAST, MEMBER-SOURCE. `acting`: the member that has what the plan needs. */
export function checkNamed(plan: IntentPlan, members: Directory, acting: string | undefined): void {
  const serials = members.live.map(({ token }) => token.serial)
  // A restore acts on a new token; what it replaces is what the ledger knows.
  if (plan.op === 'backup.restore' ? !sameJson(plan.replaces, serials) : !isOfThem(plan, members, acting))
    throw notVerified('PLAN-TOKEN', `the plan is for token ${plan.tokens.map(({ serial }) => serial).join(', ')}`)
  if (plan.checkpoint !== undefined && !plan.absent && plan.op !== 'backup.restore')
    throw notVerified('PLAN-MEMBERS', 'nobody is absent, and a checkpoint vouches for that')
  checkAbout(plan, members)
  if (!members.areSeveral || plan.op === 'backup.restore') return
  const stale = presentIn(plan, members).find(({ standing }) => standing !== 'current')
  if (stale && !MENDS_MEMBERS.includes(plan.op))
    throw notVerified('PLAN-MEMBERS', `${stale.name} has missed a change, and is not absent`)
}

const isOfThem = (plan: IntentPlan, members: Directory, acting: string | undefined): boolean => {
  const { tokens, absent = [] } = plan
  if (!members.areSeveral) return absent.length === 0 && sameJson(tokens, [{ serial: members.first.token.serial }])
  const targets = targetsOf(plan)
  const away = new Set(absent.map(({ member }) => member))
  const present = members.live.filter(({ name }) => !away.has(name))
  const wanted = inTurn(present, targets, acting)
  return (
    sameJson(tokens.map(withoutModule), wanted.map(expectedOf)) &&
    sameJson(absent, members.live.filter(({ name }) => away.has(name)).map(expectedOf))
  )
}

/** Whom a plan is about to make right, or to end: none of them acts. */
const targetsOf = (plan: IntentPlan): readonly string[] =>
  plan.op === 'member.sync' ? plan.members : plan.op === 'member.retire' ? [plan.member] : []

/** The first of them acts: `acting` where it is among them, and none that is yet to be made right. */
export const inTurn = (
  present: readonly KnownMember[],
  targets: readonly string[],
  acting: string | undefined,
): KnownMember[] => {
  const turnOf = ({ name, standing }: KnownMember) =>
    targets.includes(name) || standing !== 'current' ? 2 : name === acting ? 0 : 1
  return present.toSorted((a, b) => turnOf(a) - turnOf(b))
}

export const expectedOf = ({ name, token, floor }: KnownMember) => ({ serial: token.serial, member: name, head: floor })

const withoutModule = ({ module: _, ...token }: PlannedToken) => token

const presentIn = ({ tokens }: IntentPlan, members: Directory): KnownMember[] =>
  tokens.flatMap(({ member }) => (member === undefined ? [] : (members.named(member) ?? [])))

/** MEMBER-NAME, MEMBER-KNOWN, MEMBER-LAST, MEMBER-SOURCE. */
function checkAbout(plan: IntentPlan, members: Directory): void {
  if (plan.op === 'member.add' && isTaken(plan.member.name, members))
    throw notVerified('MEMBER-NAME', `there is a member ${plan.member.name} already`)
  if (plan.op === 'member.add' && plan.member.id !== newMemberId(plan.nonce, plan.partition))
    throw notVerified('MEMBER-PLANNED', 'its id does not follow from the plan')
  const named = plan.op === 'member.check' ? plan.members : targetsOf(plan)
  const unknown = named.find((name) => !members.named(name))
  if (unknown !== undefined) throw notVerified('MEMBER-KNOWN', `there is no member ${unknown}`)
  if (plan.op === 'member.retire' && !members.areSeveral)
    throw notVerified('MEMBER-LAST', `${plan.member} is the last member`)
  const isThere = (name: string) => plan.tokens.some(({ member }) => member === name) || !members.areSeveral
  const [{ member: acting }] = plan.tokens
  if (acting !== undefined && targetsOf(plan).includes(acting))
    throw notVerified('PLAN-MEMBERS', `${acting} would be made right, or ended, by itself`)
  if (plan.op === 'member.sync' && members.named(acting ?? '')?.standing !== 'current')
    throw notVerified('MEMBER-SOURCE', `${acting} has missed a change, and others would be made right by it`)
  const isWrong =
    plan.op === 'member.retire' ? isThere(plan.member) === (plan.lost === true) : named.some((name) => !isThere(name))
  if (isWrong)
    throw notVerified('PLAN-MEMBERS', 'a member that it is about is to be there, or, where it is lost, absent')
}

/** Of what makes keys, or brings them from elsewhere. */
const BRINGS_KEYS: readonly string[] = ['key.generate', 'key.import', 'key.publish', 'key.rotate', 'manifest.apply']

/** MEMBER-KEYS: what could not leave its token would be on one member alone. */
export function checkAllLeave(plan: IntentPlan, { areSeveral }: Directory, held: Iterable<KeyEntry>): void {
  const keys =
    plan.op === 'member.add' ? [...held] : areSeveral && BRINGS_KEYS.includes(plan.op) ? plannedKeys(plan) : []
  const stays = keys.find(({ state, attributes }) => state !== 'destroyed' && !isExtractable(attributes))
  if (stays) throw notVerified('MEMBER-KEYS', `${label(stays.name, stays.version)} can not leave its token`)
}

export const isTaken = (name: string, members: Pick<Directory, 'named'>): boolean =>
  name === FIRST_MEMBER || members.named(name) !== undefined

/** MEMBER-PLANNED: the member that comes is the planned one, on a token that is nobody's, under an audit key of its own. */
export function checkMemberAdded(
  { member }: MemberAdded,
  { plan, installed }: OpenIntent,
  { live }: Directory,
): MemberAddPlan {
  if (plan.op !== 'member.add' || installed)
    throw notVerified('MEMBER-PLANNED', `no open change brings ${member.name}, or it comes twice`)
  const { name, id, label } = plan.member
  if (name !== member.name || id !== member.id || label !== member.token.label)
    throw notVerified('MEMBER-PLANNED', `${member.name} is not the member that was planned, or has another token`)
  if (live.some(({ token }) => tokenName(token) === tokenName(member.token)))
    throw notVerified('MEMBER-PLANNED', `the token of ${member.name} is that of another member`)
  return plan
}

/** MEMBER-PLANNED: how a member ends, and with what its token. */
export function checkMemberRetired(
  { member, token }: MemberRetired,
  { plan, installed }: OpenIntent,
): MemberRetirePlan {
  if (plan.op !== 'member.retire' || installed || plan.member !== member)
    throw notVerified('MEMBER-PLANNED', `no open change is of the end of ${member}`)
  if (token !== (plan.lost ? 'lost' : 'erased'))
    throw notVerified('MEMBER-PLANNED', `the token of ${member} was to be ${plan.lost ? 'lost' : 'erased'}`)
  return plan
}

/** HOLDERS: the last outcome tells of each member of its plan, in their order; what is done is proven on all, and of what is not there is a reason. */
export function checkHolders({ holders, result }: Outcome, members: readonly string[], isOwed: boolean): void {
  if (holders === undefined) {
    if (isOwed) throw notVerified('HOLDERS', 'it does not tell what became of each member')
    return
  }
  if (
    !isOwed ||
    !sameJson(
      holders.map(({ member }) => member),
      members,
    )
  )
    throw notVerified('HOLDERS', `it tells of members other than ${members.join(', ')}`)
  const wrong = holders.find(({ proof, error }) => (proof === 'proven') !== (error === undefined))
  if (wrong) throw notVerified('HOLDERS', `of ${wrong.member} it says neither that all is proven nor why not`)
  if (result === 'done' && holders.some(({ proof }) => proof === 'unproven'))
    throw notVerified('HOLDERS', 'it is done, and a member is unproven')
}

/** MEMBER-SOURCE: what came to a member came from the first of the plan, which is proven to have it. */
export function checkSource({ holders = [] }: Outcome, isMended: (member: string) => boolean): void {
  const [source, ...others] = holders
  const mended = others.find(({ member, proof }) => proof === 'proven' && isMended(member))
  if (source?.proof === 'unproven' && mended)
    throw notVerified(
      'MEMBER-SOURCE',
      `${mended.member} is proven, and ${source.member}, by which it was made right, is not`,
    )
}
