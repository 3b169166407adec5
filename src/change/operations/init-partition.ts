// The beginning of a partition: an empty token gets its PINs from shares that its custodians have read back and approved.

import { everyCustodian } from '../../domain/approvals.ts'
import { sha256, toHex } from '../../domain/encoding.ts'
import { notVerified, refused } from '../../domain/errors.ts'
import type { FirstPlan, InitPlan } from '../../domain/first-plans.ts'
import { OPERATIONS } from '../../domain/operations.ts'
import type { ApprovedPending, Pending, TakenPending } from '../../domain/pending.ts'
import { PLAN_FORMAT } from '../../domain/plan-shapes.ts'
import type { Profile, Weakness } from '../../domain/profile.ts'
import { type Proposal, planSummary, propose } from '../../domain/proposal.ts'
import { auditKeyMessage } from '../../domain/record.ts'
import { needsOf } from '../../domain/roster.ts'
import { saidOf } from '../../domain/said.ts'
import type { Group, GroupRole, SigningKey, Station, Token } from '../../domain/shapes.ts'
import { addressNamed, addressOf, type TokenAddress, tokenName } from '../../domain/token-address.ts'
import type { Hsm, Pin, UserSession } from '../../hsm/port.ts'
import type { ApprovalCheck, Checkpoints, Ledger, LedgerHome, PendingNote, Signer } from '../../ledger/port.ts'
import type { ShareMaking } from '../../quorum/port.ts'
import { type ApprovedChange, approve, checkApproved } from '../change.ts'
import type { Credentials } from '../credentials.ts'
import { checkEmpty, checkOnlyBegun } from '../empty-token.ts'
import { makeSet, type NewShare } from '../make-set.ts'
import { moment, type PlanInputs, recordedModule } from '../plan-header.ts'
import { seenNow } from '../slots.ts'
import { opensAsSo } from '../so-pin.ts'
import { newAuditKey, type TakingPorts, temporaryPin } from '../taken-token.ts'
import { auditSigner, WriteAheadLog } from '../write-ahead-log.ts'

/** Where a partition begins. */
export interface InitPorts extends Omit<TakingPorts, 'pins'> {
  approvals: ApprovalCheck
  partition: LedgerHome & Checkpoints & PendingNote
}

export interface GroupRequest {
  name: string
  roles: GroupRole[]
  threshold: number
  custodians: string[]
}

/** Secrets and shares of every group. Every subset of M shares is tried before any is handed out. */
export async function makeGroups(
  requests: readonly GroupRequest[],
  pending: TakenPending,
  { sources, hsm, quorum }: Pick<InitPorts, 'sources' | 'hsm'> & { quorum: ShareMaking },
): Promise<{ groups: Group[]; shares: NewShare[] }> {
  const { partition, token } = pending
  const tokenRandom = (length: number) => hsm.random(addressNamed(token), length)
  const made: Awaited<ReturnType<typeof makeSet>>[] = []
  for (const request of requests)
    made.push(await makeSet({ ...request, epoch: 1 }, { partition, sources, quorum, tokenRandom }))
  return { groups: made.map(({ group }) => group), shares: made.flatMap(({ shares }) => shares) }
}

/** The token that a partition begins on, and what of its weaknesses was accepted. */
export interface Beginning {
  token: Token
  profile: Profile
  accepted: Weakness[]
}

export function planInit(
  pending: Pick<Pending, 'partition' | 'name'>,
  { token, profile, accepted }: Beginning,
  groups: Group[],
  station: Station,
  inputs: PlanInputs,
): InitPlan {
  return {
    format: PLAN_FORMAT,
    op: 'partition.init',
    partition: pending.partition,
    name: pending.name,
    token,
    profile,
    ...(accepted.length > 0 ? { accepted } : {}),
    head: null,
    ...moment(inputs),
    needs: needsOf(OPERATIONS['partition.init'].roles, groups),
    module: recordedModule(inputs.module),
    ...(inputs.first ? { ceremony: inputs.first } : {}),
    ...saidOf(inputs),
    groups,
    station,
  }
}

/** Notes a share file before it is written: a second beginning takes away what the first one left. */
export function noteFile(path: string, content: Uint8Array, pending: Pending, partition: PendingNote): void {
  pending.files.push({ path, sha256: toHex(sha256(content)) })
  partition.writePending(pending)
}

/** Everyone has read their share back and approved. From here M shares of each group can finish. */
export function approveInit(
  change: ApprovedChange<FirstPlan>,
  pending: TakenPending,
  { approvals: check, partition }: Pick<InitPorts, 'approvals' | 'partition'>,
): ApprovedPending {
  const { plan, approvals } = change
  checkApproved(change, plan.groups, check, everyCustodian(plan.groups))
  const kind = plan.op === 'partition.adopt' ? 'adopt' : 'init'
  const approved: ApprovedPending = { ...pending, kind, stage: 'approved', plan, approvals: [...approvals] }
  partition.writePending(approved)
  return approved
}

/** PENDING: the note is what everyone approved, its serial above all: the PINs of the shares go to no other token. */
export function checkNoted(
  { plan, approvals, partition, token }: ApprovedPending,
  check: ApprovalCheck,
): Proposal<FirstPlan> {
  if (plan.partition !== partition || tokenName(plan.token) !== token)
    throw notVerified('PENDING', 'what is noted of the beginning is not what was approved')
  const proposal = propose(plan)
  checkApproved(approve(proposal, approvals), plan.groups, check, everyCustodian(plan.groups))
  return proposal
}

/** The PINs, the audit key, the first record, the head. Each step can be done again: after a crash this is the recovery too (`resumed`). */
export async function finishInit(
  pending: ApprovedPending,
  credentials: Credentials,
  ports: InitPorts,
  resumed: boolean,
  taking: Taking = ofEmptyToken(pending),
) {
  const { hsm, partition } = ports
  const proposal = checkNoted(pending, ports.approvals)
  const { profile, token } = proposal.plan
  const address = { ...addressOf(token), profile }
  const so = await credentials.pinOf('so')
  const user = await credentials.pinOf('user')
  using _so = so.bytes
  using _user = user.bytes
  // A wrong PIN costs a try: the derived one is tried only where a crash may have come after the change.
  const changed = resumed && (profile.so ? await opensAsSo(address, so, hsm) : await opensAsUser(address, user, hsm))
  if (!changed || !(await opensAsUser(address, user, hsm))) await openToShares()
  await using session = await hsm.login(address, user)
  const ledger = partition.hasLedger ? partition.openLedger('all') : undefined
  await taking.check(session, { ledger, resumed })
  if (resumed && taking.clears) await session.clearIncompleteObjects([])
  const first = await writeFirstRecord(pending, ledger, credentials, session, ports, taking)
  partition.removePending()
  return { plan: planSummary(proposal), ...first }

  async function openToShares(): Promise<void> {
    const current = changed ? so : await taking.present()
    using _current = current.bytes
    await hsm.setPins(address, current, so, user)
  }
}

/** How a token is taken by its shares. */
export interface Taking {
  /** The SO PIN that it has before it has that of the shares. */
  present(): Promise<Pin>
  /** What it holds is what it may hold, before a key of ours is let in. */
  check(session: UserSession, at: { ledger: Ledger | undefined; resumed: boolean }): Promise<void>
  /** What was cut off half way is ours, since it held nothing. */
  clears: boolean
}

/** One that was initialised for it. */
const ofEmptyToken = (pending: ApprovedPending): Taking => ({
  present: async () => temporaryPin(pending),
  check: (session, { ledger, resumed }) =>
    resumed ? checkOnlyBegun(session, pending.plan, ledger) : checkEmpty(session),
  clears: true,
})

/** TOKEN-EMPTY, HEAD-..., LEDGER-...: what the shares open has nothing that giving up an init may erase: without a user PIN it never had a key. */
export async function checkForgettable(
  { plan, temporaryPin: text }: ApprovedPending,
  credentials: Credentials,
  { hsm, partition: home }: { hsm: Hsm; partition: LedgerHome },
): Promise<void> {
  const { profile, token } = plan
  const address = { ...addressOf(token), profile }
  if (!(await seenNow(address, hsm))?.userPinSet) return
  const user = await credentials.pinOf('user')
  using _user = user.bytes
  // The user has the temporary PIN until the SO gives it that of the shares.
  const temporary = temporaryPin({ temporaryPin: text })
  using _temporary = temporary.bytes
  const pin = (await hsm.pinOpens(address, 'user', user)) ? user : temporary
  if (pin === temporary && !(await hsm.pinOpens(address, 'user', temporary)))
    throw refused(
      'TOKEN-EMPTY',
      'the token is let be: what it holds can not be looked at by the user PIN of the shares',
    )
  await using session = await hsm.login(address, pin)
  await checkOnlyBegun(session, plan, home.hasLedger ? home.openLedger('all') : undefined)
}

const opensAsUser = async (address: TokenAddress, user: Pin, hsm: Hsm): Promise<boolean> =>
  (await seenNow(address, hsm))?.userPinSet === true && (await hsm.pinOpens(address, 'user', user))

async function writeFirstRecord(
  pending: ApprovedPending,
  ledgerBefore: Ledger | undefined,
  credentials: Credentials,
  session: UserSession,
  ports: InitPorts,
  taking: Taking,
) {
  const { partition } = ports
  const ledger = ledgerBefore ?? partition.beginLedger()
  const signer = ledgerBefore
    ? auditSigner(ledgerBefore.history.auditKey, session)
    : await makeAuditKey(pending, session, ports, taking)
  const log = new WriteAheadLog(session, signer, { ledger, checkpoints: partition })
  if (!ledgerBefore) await log.writeOutcome([createdRecord(pending, signer.key, credentials)])
  const { seq, leaf, groups } = ledger.history
  await log.readHeads()
  await log.checkpoint({ seq, leaf })
  return { seq, leaf, groups, partition: pending.partition }
}

/** An audit key left by an interrupted init is in no record: it is destroyed. */
async function makeAuditKey(
  pending: ApprovedPending,
  session: UserSession,
  { sources }: Pick<InitPorts, 'sources'>,
  taking: Taking,
): Promise<Signer> {
  await session.destroyStrayAuditKeys()
  await taking.check(session, { ledger: undefined, resumed: false })
  return auditSigner(await newAuditKey(session, pending.plan.profile.audit, sources), session)
}

function createdRecord({ plan, approvals }: ApprovedPending, auditKey: SigningKey, credentials: Credentials) {
  const message = auditKeyMessage(plan.partition, plan.token.serial, auditKey)
  return {
    type: 'partition.created' as const,
    name: plan.name,
    token: plan.token,
    auditKey,
    stationKey: plan.station.key,
    groups: plan.groups,
    plan,
    approvals,
    keyApprovals: credentials.sign(message),
  }
}
