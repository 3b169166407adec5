// The custodians of a group are replaced: the old secret is wrapped under the new one, then the PINs change, and only then the roster does.
// From the intent on there is no way but forward: whoever has the new shares can go on from wherever it stopped.
import { fromBase64url, toBase64url } from '../domain/encoding.ts'
import { EXIT, type KeyriteError, notVerified } from '../domain/errors.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Holder } from '../domain/member-shapes.ts'
import type { PinNotes } from '../domain/pin-note.ts'
import type { RecoverPlan } from '../domain/plan.ts'
import { planSummary } from '../domain/proposal.ts'
import type { QuorumReplacePlan } from '../domain/quorum-plans.ts'
import type { NewRecord } from '../domain/record.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressIn } from '../domain/token-address.ts'
import type { Appended } from '../ledger/port.ts'
import { type ApprovedChange, checkApproved } from './change.ts'
import { type Credentials, inForce } from './credentials.ts'
import { checkExpiry, checkModule, type Result, reconciledLog, signLast } from './execute.ts'
import { loginAsUser } from './login-wrapping.ts'
import { MembersInChange } from './members/members-in-change.ts'
import { ReplacingMembers } from './members/replacing-members.ts'
import type { Ports } from './ports.ts'
import { orRestore } from './way-back.ts'
import type { WriteAheadLog } from './write-ahead-log.ts'

export interface ReplacePorts extends Ports {
  notes: PinNotes
  /** What the ledger says, read once more from its file. */
  reopened(): History
}

/** How it ended: of which epoch the PINs of the token are, and which roles kept theirs. */
export interface ReplaceResult extends Result {
  pins: { token: string; role: 'so' | 'user'; epoch: number }[]
  kept: ('so' | 'user')[]
}

/** SECRET-CHECK, BRIDGE-OPENS, SO-PIN, TOKEN-FULL, and what every change throws before its intent. Of a lost secret of the backups no bridge is made, and no PIN hangs on it. */
export async function replaceQuorum(
  change: ApprovedChange<QuorumReplacePlan>,
  credentials: Credentials,
  ports: ReplacePorts,
): Promise<ReplaceResult> {
  const { plan } = change
  const { history } = ports.ledger
  checkApproved(change, history.approving(plan), ports.approvals)
  await checkModule(plan, ports)
  const bridge = await bridgeOf(plan, credentials, history)
  const pins = await ReplacingMembers.of({ plan, by: plan, credentials, ports })
  if (plan.group.roles.includes('so')) await pins.checkSo()
  const intent = await announce({ change, bridge, pins }, ports)
  try {
    if (bridge !== undefined) await checkBridge(plan, credentials, ports)
    await pins.change()
    return await conclude({ change, pins, told: [outcomeOf(intent.leaf, plan)], replaced: intent.leaf }, ports)
  } catch (error) {
    throw begun(error)
  }
}

/** RECOVERED-FOUND: goes on with one that was interrupted. What the ledger tells of already is not told again. */
export async function recoverReplacement(
  change: ApprovedChange<RecoverPlan>,
  credentials: Credentials,
  ports: ReplacePorts,
): Promise<ReplaceResult> {
  const { history } = ports.ledger
  checkApproved(change, history.approving(change.plan), ports.approvals)
  await checkModule(change.plan, ports)
  const { open, rosters } = history
  const replacing = rosters.replacing
  if (!open || !replacing) return await recoverTold(change, credentials, ports)
  const pins = await ReplacingMembers.of({ plan: replacing.plan, by: change.plan, credentials, ports })
  const users = await pins.openingUsers().catch((error) => {
    throw OF_PINS.includes(error.code) ? error : begun(error)
  })
  const intent = await announce({ change, pins, users }, ports).catch((error) => {
    // The SO may have set a PIN by now: what is full is said, and what goes on once it isn't.
    throw error.code === 'DISK' ? begun(error) : error
  })
  try {
    await pins.finishAll()
    const told: NewRecord[] = [
      { type: 'recovered', intent: open.leaf, found: 'done', keys: [] },
      outcomeOf(intent.leaf, change.plan),
    ]
    return await conclude({ change, pins, told, replaced: replacing.leaf }, ports)
  } catch (error) {
    throw begun(error)
  }
}

/** Its end stands in the ledger, and the line after it doesn't. */
async function recoverTold(
  change: ApprovedChange<RecoverPlan>,
  credentials: Credentials,
  ports: ReplacePorts,
): Promise<ReplaceResult> {
  const { history } = ports.ledger
  const { open } = history
  const { plan } = change
  await using members = MembersInChange.of(plan, credentials, ports, {})
  await using session = await loginAsUser(credentials, ports, addressIn(history))
  await members?.logIn()
  const log = await reconciledLog(session, ports, members?.held)
  checkExpiry(change.plan, ports)
  const intent = await log.writeIntent(change, ports)
  const found: NewRecord[] = open ? [{ type: 'recovered', intent: open.leaf, found: 'done', keys: [] }] : []
  const outcome = { ...outcomeOf(intent.leaf, plan), changed: open !== undefined }
  return await end({ change, log, pins: [], kept: [] }, [...found, outcome], ports)
}

export const outcomeOf = (intent: string, plan: Concluded) => ({
  type: 'outcome' as const,
  intent,
  result: 'done' as const,
  changed: true,
  keys: [],
  ...holdersOf(plan),
})

type Concluded = QuorumReplacePlan | RecoverPlan

/** Of several members: all have what was asked of them. */
function holdersOf({ tokens }: Concluded): { holders?: Holder[] } {
  const names = tokens.flatMap(({ member }) => member ?? [])
  return names.length > 0 ? { holders: names.map((member) => ({ member, proof: 'proven', head: true })) } : {}
}

/** SECRET-CHECK: of both sets whatever is at hand gives their secret, and the old one stands wrapped under the new one; of a lost one there is nothing to wrap. */
async function bridgeOf(
  { group, lost }: QuorumReplacePlan,
  credentials: Credentials,
  { groups }: History,
): Promise<string | undefined> {
  await credentials.checkSubsets(inForce(group))
  if (lost) return undefined
  const before = inForce(groups.find(({ name }) => name === group.name)!)
  await credentials.checkSubsets(before)
  return toBase64url(await credentials.bridge(before, inForce(group)))
}

interface Announcing {
  change: ApprovedChange<QuorumReplacePlan> | ApprovedChange<RecoverPlan>
  pins: ReplacingMembers
  bridge?: string | undefined
  /** Of which epoch the user PIN of each member is now, where that had to be found. */
  users?: ReadonlyMap<string, number>
}

/** The user logs in to each, the heads are compared, and the intent is in the ledger and on the token. Then the user logs out. */
async function announce({ change, pins, bridge, users }: Announcing, ports: ReplacePorts): Promise<Appended> {
  const restored = orRestore(ports.ledger.history, change.plan.module?.path ?? 'PATH')
  await using opened = await pins.logIn(users).catch(restored)
  const log = await reconciledLog(opened.session, ports, opened.held).catch(restored)
  checkExpiry(change.plan, ports)
  if (bridge === undefined) return await log.writeIntent(change, ports)
  pins.begin()
  await log.checkRoom()
  return await log.writeIntent(change, ports, bridge)
}

/** BRIDGE-OPENS: what is on the disk gives the old secret. No PIN has been sent yet. */
async function checkBridge(
  { group, nonce }: QuorumReplacePlan,
  credentials: Credentials,
  ports: ReplacePorts,
): Promise<void> {
  const { partition, rosters, groups } = ports.reopened()
  const { plan, bridge } = rosters.replacing ?? {}
  const before = groups.find(({ name }) => name === group.name)!
  if (plan?.nonce !== nonce || bridge === undefined)
    throw notVerified('BRIDGE-OPENS', 'the ledger on the disk does not hold the bridge that was written')
  using fresh = await credentials.secretAt(inForce(group))
  using opened = credentials.quorum.openBridge(fromBase64url(bridge), fresh, partition, group.epoch)
  if (!credentials.quorum.matchesCheck(opened, partition, fromBase64url(before.check)))
    throw notVerified('BRIDGE-OPENS', 'the bridge on the disk leads to another secret')
}

interface Concluding {
  change: Announcing['change']
  pins: ReplacingMembers
  /** What stands behind `quorum.replaced`. */
  told: NewRecord[]
  /** The leaf of the intent of the replacement. */
  replaced: string
}

/** The user logs in with the PIN of now; the roster switches, and the head follows. */
export async function conclude(
  { change, pins, told, replaced }: Concluding,
  ports: ReplacePorts,
): Promise<ReplaceResult> {
  await using opened = await pins.logInAtEnd()
  const log = await reconciledLog(opened.session, ports, opened.held)
  // What the station announced no head knows of yet: with two records beyond it the token would pass for an older copy of itself.
  await log.moveHead(ports.ledger.history)
  const { group } = ports.ledger.history.rosters.replacing!.plan
  const records: NewRecord[] = [{ type: 'quorum.replaced', intent: replaced, group, pins: pins.epochs }, ...told]
  const result = await end({ change, log, pins: pins.epochs, kept: pins.kept }, records, ports)
  return { ...result, ...holdersOf(change.plan) }
}

async function end(
  {
    change,
    log,
    pins,
    kept,
  }: Pick<Announcing, 'change'> & Pick<ReplaceResult, 'pins' | 'kept'> & { log: WriteAheadLog },
  records: readonly NewRecord[],
  ports: ReplacePorts,
): Promise<ReplaceResult> {
  const last = await log.writeOutcome(records)
  const unsigned = await signLast(log, last, change.plan, true)
  ports.changes.settle()
  ports.notes.remove()
  const { seq, leaf } = last
  return { plan: planSummary(change), seq, leaf, keys: [], pins, kept, ...(unsigned ? { lacking: unsigned } : {}) }
}

/** They have ways on of their own, and nothing was done. */
const OF_PINS: readonly string[] = ['USER-PIN', 'PIN-TRIES']

/** It is in the ledger, and is gone through with. */
export function begun(error: unknown): KeyriteError {
  const failure = failureFrom(error)
  const message = `${failure.message}; the replacement has begun, and only goes forward`
  const hint = failure.code === 'PIN-TRIES' && failure.hint ? failure.hint : keyrite('partition', 'recover')
  return failure.with({ exit: EXIT.incomplete, message, hint })
}
