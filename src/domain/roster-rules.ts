// What a plan may say of a new set of shares, and of a custodian who is suspended, held against the sets that there are and were.
import { sameJson } from './canonical.ts'
import { notVerified } from './errors.ts'
import type { IntentPlan } from './plan.ts'
import { ACCEPTS_NO_SPARE } from './plan-shapes.ts'
import type {
  Issued,
  QuorumReplacePlan,
  QuorumStagePlan,
  QuorumUnstagePlan,
  ResumePlan,
  SuspendPlan,
} from './quorum-plans.ts'
import { checkMemberKeys, checkRoster, custodiansOf, isCustodian, withGroup } from './roster.ts'
import type { Approval, Group, GroupRole } from './shapes.ts'
import { counted, orMeant } from './words.ts'

/** Of a ledger: today's groups, the set that is staged, and what no new set may have. */
export interface KnownSets {
  groups: readonly Group[]
  stage: { leaf: string; plan: QuorumStagePlan } | undefined
  nextEpoch(name: string): number
  /** A key or a check value that a set has, or ever had. */
  wasUsed(value: string): boolean
  isConfirmed(key: string): boolean
  isSuspended(custodian: string, time: string): boolean
}

/** What a plan says of new sets, and of custodians who are suspended. */
export function checkAboutSets(plan: IntentPlan, time: string, sets: KnownSets): void {
  if (plan.op === 'quorum.stage') checkStage(plan, sets)
  if (plan.op === 'quorum.unstage') checkStaged(plan, sets)
  if (plan.op === 'quorum.replace') checkReplace(plan, sets)
  if (plan.op === 'custodian.suspend') checkSuspension(plan, time, sets)
  if (plan.op === 'custodian.resume') checkResumption(plan, time, sets)
}

/** STAGE-OPEN, ROSTER-SAME, ROSTER-EPOCH, ROSTER-NEW, ROSTER-SPARE, STAGE-ISSUED and the rules of every roster. */
function checkStage(plan: QuorumStagePlan, sets: KnownSets): void {
  checkNewSet(plan, sets)
  checkIssued(plan.group, plan.issued)
}

/** REPLACE-LOST; STAGE-KNOWN: the set that is staged, or, in one sitting, a new one of which everyone has read their share back. */
function checkReplace(plan: QuorumReplacePlan, sets: KnownSets): void {
  checkLost(plan)
  const { group, stage, issued } = plan
  if ((stage === undefined) === (issued === undefined))
    throw notVerified('STAGE-KNOWN', 'shares are issued by the stage, or by a replacement without one')
  if (issued === undefined) {
    checkStaged({ group, stage: stage! }, sets)
    return checkSpare(plan)
  }
  checkNewSet(plan, sets)
  checkIssued(group, issued)
  const absent = issued.find((one) => 'recipient' in one)
  if (absent) throw notVerified('STAGE-ISSUED', `${absent.custodian} has not read the new share back`)
}

/** STAGE-KNOWN: it is the set that is staged, and no other. */
function checkStaged({ group, stage }: Pick<QuorumUnstagePlan, 'group' | 'stage'>, sets: KnownSets): void {
  if (sets.stage?.leaf !== stage) throw notVerified('STAGE-KNOWN', 'it is about a stage that is not open')
  if (!sameJson(sets.stage.plan.group, group)) throw notVerified('STAGE-KNOWN', 'it is not the group that was staged')
}

/** REPLACE-LOST: what the SO can set anew is the user PIN of others; of the backup key there is nothing on the token. A backup that nobody can open any more protects nothing. */
function checkLost({ lost, group: { name, roles }, issued, backup }: QuorumReplacePlan): void {
  if (!lost) return
  const wrong = [
    isBesideSo(roles) ? undefined : `${name} holds so`,
    issued === undefined ? 'it goes in one sitting, without a stage' : undefined,
    backup && roles.includes('recovery') ? `no backup opens without the lost shares of ${name}` : undefined,
  ].find((one) => one !== undefined)
  if (wrong) throw notVerified('REPLACE-LOST', wrong)
}

/** Whether others, who hold `so`, can put new shares in the place of its lost ones. */
export const isBesideSo = (roles: readonly GroupRole[]): boolean => !roles.includes('so')

/** The roster once this change is at its end, if it replaces custodians. */
export const afterReplacing = (groups: readonly Group[], change: { plan: IntentPlan } | undefined): readonly Group[] =>
  change?.plan.op === 'quorum.replace' ? withGroup(groups, change.plan.group) : groups

/** A change that has no end yet, as far as it decides what may come before its end. */
interface Waiting {
  plan: { op: string; group?: Pick<Group, 'name' | 'roles'> | undefined }
  roles: readonly GroupRole[]
}

interface Lost {
  lost?: true | undefined
  group: Pick<Group, 'name' | 'roles'>
}

/** Whether shares may be given up as lost while that change has no end: it waits for just these shares, or ends with them, unless a restore takes it up already. */
export function mayWaitFor(plan: Lost, waiting: Waiting, recovering: Pick<Waiting, 'plan'> | undefined): boolean {
  if (endsWith(plan, waiting)) return recovering?.plan.op !== 'backup.restore'
  return plan.lost === true && plan.group.roles.some((role) => waiting.roles.includes(role))
}

/** A replacement whose new shares are lost as well: nobody can finish it, and this one comes in its place. */
export const endsWith = ({ lost, group }: Lost, { plan }: Pick<Waiting, 'plan'>): boolean =>
  lost === true && plan.op === 'quorum.replace' && plan.group?.name === group.name

function checkNewSet(plan: QuorumStagePlan | QuorumReplacePlan, sets: KnownSets): void {
  const { group } = plan
  if (sets.stage && !('lost' in plan))
    throw notVerified(
      'STAGE-OPEN',
      `shares of ${sets.stage.plan.group.name}, epoch ${sets.stage.plan.group.epoch}, are staged`,
    )
  const old = sets.groups.find(({ name }) => name === group.name)
  if (!old || !sameJson(old.roles, group.roles))
    throw notVerified('ROSTER-SAME', `no group ${group.name} holds ${group.roles.join(', ')}`)
  const epoch = sets.nextEpoch(group.name)
  if (group.epoch !== epoch) throw notVerified('ROSTER-EPOCH', `the next epoch of ${group.name} is ${epoch}`)
  if (sets.wasUsed(group.check)) throw notVerified('ROSTER-NEW', `the secret of ${group.name} was there before`)
  const known = group.custodians.find(({ key }) => sets.wasUsed(key))
  if (known) throw notVerified('ROSTER-NEW', `the share of ${known.name} was there before`)
  checkRoster(withGroup(sets.groups, group), notVerified)
  checkMemberKeys([group])
  checkSpare(plan)
}

/** ROSTER-SPARE: that one lost share locks everyone out is accepted. */
function checkSpare({ group, accepted }: Pick<QuorumReplacePlan, 'group' | 'accepted'>): void {
  if (group.custodians.length > group.threshold || accepted?.includes(ACCEPTS_NO_SPARE)) return
  throw notVerified(
    'ROSTER-SPARE',
    `all ${group.threshold} shares of ${group.name} are needed, and nobody accepted that`,
  )
}

/** STAGE-ISSUED: each custodian has one share, in the order of the group. */
function checkIssued({ custodians }: Group, issued: readonly Issued[]): void {
  if (
    sameJson(
      issued.map(({ custodian }) => custodian),
      custodians.map(({ name }) => name),
    )
  )
    return
  throw notVerified('STAGE-ISSUED', 'it does not tell of each new share whose it is')
}

/** REPLACE-PROVEN: of min(N, M + 1) new shares it is known that they are there. */
export function checkProven({ group }: QuorumReplacePlan, approvals: readonly Approval[], sets: KnownSets): void {
  const approving = new Set(approvals.map(({ key }) => key))
  const proven = group.custodians.filter(({ key }) => sets.isConfirmed(key) || approving.has(key)).length
  const wanted = provenNeeded(group)
  if (proven >= wanted) return
  throw notVerified('REPLACE-PROVEN', `${proven} of ${counted(wanted, 'new share')} of ${group.name} were ever shown`)
}

/** Of so many new shares it has to be known that they are there before they take the place of the old ones. */
export const provenNeeded = ({ threshold, custodians }: Group): number => Math.min(custodians.length, threshold + 1)

/** CUSTODIAN-KNOWN, SUSPEND-UNTIL, SUSPEND-ENOUGH: M + 1 of each group can still approve. */
export function checkSuspension({ custodian, until }: SuspendPlan, time: string, sets: KnownSets): void {
  checkPerson(custodian, sets.groups)
  if (until <= time) throw notVerified('SUSPEND-UNTIL', `${until} is over`)
  for (const { name, threshold, custodians } of sets.groups.filter((group) => isCustodian(custodian, [group]))) {
    const able = custodians.filter((one) => one.name !== custodian && !sets.isSuspended(one.name, time)).length
    if (able <= threshold)
      throw notVerified(
        'SUSPEND-ENOUGH',
        `of ${name} ${able} could still approve; ${threshold + 1} have to be able to, one more than must agree`,
      )
  }
}

/** CUSTODIAN-KNOWN, CUSTODIAN-SUSPENDED. */
export function checkResumption({ custodian }: ResumePlan, time: string, sets: KnownSets): void {
  checkPerson(custodian, sets.groups)
  if (!sets.isSuspended(custodian, time)) throw notVerified('CUSTODIAN-SUSPENDED', `${custodian} is not suspended`)
}

function checkPerson(custodian: string, groups: readonly Group[]): void {
  if (isCustodian(custodian, groups)) return
  throw notVerified('CUSTODIAN-KNOWN', `no custodian is called ${custodian}${orMeant(custodian, custodiansOf(groups))}`)
}

/** APPROVER-SUSPENDED. */
export function checkNotSuspended(approvals: readonly { custodian: string }[], time: string, sets: KnownSets): void {
  const suspended = approvals.find(({ custodian }) => sets.isSuspended(custodian, time))
  if (suspended) throw notVerified('APPROVER-SUSPENDED', `${suspended.custodian} is suspended, and approves`)
}
