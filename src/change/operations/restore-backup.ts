// A partition comes back on another token: the keys of a backup, in the states of the newest ledger, each proved equal.

import { isBegun } from '../../domain/conclusions.ts'
import { EXIT, incomplete, KeyriteError, refused } from '../../domain/errors.ts'
import { apart, type Hint, keyrite, type Run, to } from '../../domain/hints.ts'
import type { History, OpenIntent } from '../../domain/history.ts'
import { label } from '../../domain/names.ts'
import { operationOf } from '../../domain/operations.ts'
import { namesOf } from '../../domain/outcome-files.ts'
import { type ForeseenRestore, type RestorePlan, serialOf } from '../../domain/plan.ts'
import type { RestoreAccepted } from '../../domain/plan-shapes.ts'
import type { Profile } from '../../domain/profile.ts'
import { planSummary } from '../../domain/proposal.ts'
import type { QuorumReplacePlan } from '../../domain/quorum-plans.ts'
import { auditKeyMessage, type NewRecord } from '../../domain/record.ts'
import { pinRolesOf } from '../../domain/roster.ts'
import { ROLES, type Station, type Token } from '../../domain/shapes.ts'
import { recordable } from '../../domain/texts.ts'
import { addressOf } from '../../domain/token-address.ts'
import { dropWords } from '../../domain/unfinished.ts'
import { counted, listed } from '../../domain/words.ts'
import type { Pin, UserSession } from '../../hsm/port.ts'
import type { Appended, BackupContent, Ledger, StationKey } from '../../ledger/port.ts'
import { type Bringing, type BroughtKeys, bringKeys, broughtBy } from '../bring-keys.ts'
import { type ApprovedChange, checkApproved } from '../change.ts'
import { checkEmpty } from '../empty-token.ts'
import { checkExpiry, checkModule, signLast } from '../execute.ts'
import { isOnlyToErase } from '../half-erased.ts'
import { giveUp } from '../key-targets.ts'
import { openIntent } from '../open-intent.ts'
import { outcomes } from '../outcome-records.ts'
import { pinsOfHeirs } from '../pin-epochs.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { Ports } from '../ports.ts'
import { checkWeaknesses, newAuditKey, profileAt } from '../taken-token.ts'
import { auditSigner, mendLedger, WriteAheadLog } from '../write-ahead-log.ts'
import { loginWithKek, STAYS } from './create-backup.ts'

export interface RestoreRequest<T extends ForeseenRestore['tokens'][0] = { serial: string }> {
  backup: BackupContent
  /** The token that the keys go to. */
  token: T
  /** That token leaves public halves open. */
  opens?: boolean
  /** Size of the newest checkpoint that somebody brought. */
  checkpoint?: number
  /** The machine at which it is done: its station key, once it has one, and the name that it is to have. */
  here?: Station
  /** Labels of keys that are left out, since they can't be proved. */
  without?: ReadonlySet<string>
  /** Weaknesses that are taken knowingly. */
  accepted?: readonly RestoreAccepted[]
}

/** What the ledger says is destroyed stays so; live keys that the backup lacks are named. PARTITION-LIVES. */
export function planRestore<T extends ForeseenRestore['tokens'][0]>(
  { backup, token, opens = false, checkpoint, here, without = new Set(), accepted = [] }: RestoreRequest<T>,
  history: History,
  inputs: PlanInputs,
): Omit<RestorePlan, 'tokens'> & { tokens: [T] } {
  history.members.actAsOnlyOne()
  if (isOnlyToErase(history)) throw isAtItsEnd(history)
  const open = openIntent(history)
  const header = planHeader('backup.restore', history, inputs)
  const taken = [...new Set([...accepted, ...history.accepted, ...(header.accepted ?? [])])].sort()
  return {
    ...header,
    tokens: [token],
    replaces: history.members.live.map(({ token: { serial } }) => serial) as [string, ...string[]],
    ...broughtBy(backup, history, without, taken, opens),
    ...(taken.length === 0 ? {} : { accepted: taken }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(open ? { recovers: open.leaf } : {}),
    ...(here && !history.stations.withKey(here.key) ? { station: here } : {}),
  }
}

/** Nothing is left that could come back, and the last record is. */
const isAtItsEnd = ({ name }: History): KeyriteError =>
  refused(
    'PARTITION-LIVES',
    `every key of ${name} is destroyed, and its retirement can only be finished`,
    apart(
      keyrite('partition', 'recover'),
      to('where its token is gone for good', keyrite('partition', 'recover', '--lost-token')),
    ),
  )

/** No audit key is at hand when it begins: this machine signs its intent. */
interface RestorePorts extends Ports {
  stations: Pick<StationKey, 'station'>
}

export interface Restoring extends Bringing {
  change: ApprovedChange<RestorePlan>
  ports: RestorePorts
  /** Empties the token where it may hold something, and gives the SO PIN that it has now. */
  emptied: () => Promise<Pin>
  /** As it is called once it is emptied. */
  token: Token
  /** The token was blank: whatever becomes of it, nothing is lost. */
  fresh: boolean
  /** The command that starts it again, and the same without some keys. */
  again: Run
  without: (labels: readonly string[]) => Run
}

/** A restore that the ledger knows of. */
interface BegunRestore {
  intent: Appended
  /** Leaf of the intent that this one takes up. */
  interrupted: string | undefined
}

/** Final checks, then record the intent. */
export async function beginRestore({ change, credentials, ports }: Restoring): Promise<BegunRestore> {
  const { plan } = change
  const heirs = ports.ledger.history.approving(plan)
  checkApproved(change, heirs, ports.approvals)
  credentials.check(ROLES, heirs)
  await checkModule(plan, ports)
  checkExpiry(plan, ports)
  ports.lock.check()
  ports.hold()
  const interrupted = ports.ledger.history.open?.leaf
  return { interrupted, intent: await recordIntent(change, ports) }
}

/** Everything after the intent. A failure leaves the intent open: the restore is started again, onto the same token. */
export async function restoreBackup(work: Restoring, { intent, interrupted }: BegunRestore) {
  const { change, credentials, ports } = work
  const { plan } = change
  try {
    const profile = await takeToken(work)
    const address = { ...addressOf(work.token), profile }
    const pins = pinsOfHeirs(ports.ledger.history)
    await using session = await loginWithKek(credentials, ports, address, work.backup.header.kek.epoch, pins)
    const log = await letAuditKeyIn(work, profile, intent, session)
    const { keys, notes } = await bringKeys(work, plan, session)
    const last = await conclude(work, { keys, notes }, interrupted, log)
    const unsigned = await signLast(log, last, plan, true)
    ports.changes.settle()
    return {
      plan: planSummary(change),
      seq: last.seq,
      leaf: last.leaf,
      keys,
      missing: plan.missing,
      replaced: plan.replaces,
      ...(unsigned ? { lacking: unsigned } : {}),
    }
  } catch (error) {
    throw startAgain(error, work)
  }
}

/** What the token is now is told by the calls that were made. A key that does not come back leaves a way without it. */
function startAgain(
  error: unknown,
  { again, without, change: { plan }, fresh, ports: { changes, ledger } }: Restoring,
): unknown {
  if (!(error instanceof KeyriteError)) return error
  if (!fresh && changes.inWords === undefined) {
    const message = `${error.message}; the restore is only announced, and the token is as it was`
    const hint = apart(again, to(dropWords(ledger.history.token), keyrite('partition', 'recover', '--abandon')))
    return error.with({ exit: EXIT.incomplete, message, hint, changed: false })
  }
  const initialised = fresh ? 'the blank token was initialised, ' : 'the token was initialised (erased), '
  const erased = changes.has('initialised') ? initialised : ''
  const message = `${error.message}; the restore is not finished: ${erased}the token holds no whole partition`
  const names = plan.keys.map(({ name, version }) => label(name, version))
  const more = error.code === 'TOKEN-WEAK' ? accepting(error.hint, again) : again
  const bad = error.code === 'RESTORE-EQUAL' && names.find((name) => error.message.startsWith(`${name} `))
  return incomplete(error.code, message, bad ? without([bad]) : more)
}

/** The same restore, which takes this weakness of the token knowingly. */
const accepting = (hint: Hint | undefined, again: Run): Run =>
  typeof hint === 'object' && 'add' in hint ? keyrite(...again.run, ...hint.add) : again

/** Signed by the station, even one that this plan brings in: no audit key is at hand. */
async function recordIntent({ plan, approvals }: ApprovedChange<RestorePlan>, ports: RestorePorts): Promise<Appended> {
  const { ledger, stations } = ports
  const notes = mendLedger(ports)
  const intent = await ledger.append([{ type: 'intent', plan, approvals: [...approvals] }], stations.station())
  // A station that the plan brings in signs nothing before the intent.
  if (notes.length > 0) await ledger.append(notes, stations.station())
  return intent
}

/** TOKEN-WEAK. The derived PINs, which open with today's shares, as on the token before; and what this token can do. */
async function takeToken(work: Restoring): Promise<Profile> {
  const { change, credentials, ports, emptied } = work
  const current = await emptied()
  using _current = current.bytes
  const epochs = pinsOfHeirs(ports.ledger.history)
  const so = await credentials.pinOf('so', epochs.so)
  using _so = so.bytes
  const user = await credentials.pinOf('user', epochs.user)
  using _user = user.bytes
  const { hsm } = ports
  const address = addressOf(work.token)
  await hsm.setPins(address, current, so, user)
  const profile = await profileAt(address, { so, user }, hsm)
  checkWeaknesses(profile, change.plan.accepted)
  return profile
}

/** A new audit key, approved by M custodians of every group, and the head of its record on the token. */
async function letAuditKeyIn(
  work: Restoring,
  profile: Profile,
  intent: Appended,
  session: UserSession,
): Promise<WriteAheadLog> {
  const { change, credentials, ports } = work
  const { plan } = change
  const { token } = work
  await checkEmpty(session)
  const auditKey = await newAuditKey(session, profile.audit, ports.sources)
  const keyApprovals = credentials.sign(auditKeyMessage(plan.partition, serialOf(plan), auditKey))
  const replaced = { type: 'token.replaced' as const, intent: intent.leaf, token, profile, auditKey, keyApprovals }
  const log = new WriteAheadLog(session, auditSigner(auditKey, session), ports)
  await log.moveHead(await log.writeOutcome([replaced]))
  return log
}

async function conclude(
  { change: { plan }, backup, ports }: Restoring,
  { keys, notes }: BroughtKeys,
  interrupted: string | undefined,
  log: WriteAheadLog,
): Promise<Appended> {
  const { ledger } = ports
  const intent = openIntentOf(ledger, plan)
  const failure = plan.missing.length > 0 ? notComplete(plan) : undefined
  const before = interrupted ? whatBecameOf(ledger.history.open!, backup, plan) : []
  const told = notes.map((text) => ({ type: 'note' as const, text: recordable(text) }))
  return await log.writeOutcome([...told, ...before, ...outcomes(intent, { changed: true, keys }, failure)])
}

/**
 * Whatever was interrupted before, the new token holds what the restore brought and nothing else. A backup that was interrupted is done
 * when this is it; of another nobody looked for the file, and of a test nobody for its spare token.
 */
function whatBecameOf(open: OpenIntent, { header, artefact }: BackupContent, restored: RestorePlan): NewRecord[] {
  const { leaf, plan, installed } = open
  const recovered = { type: 'recovered' as const, intent: leaf, keys: [] }
  if (plan.op === 'quorum.replace')
    return [...(installed ? [] : [replacedBy(leaf, plan, restored)]), { ...recovered, found: 'done' }]
  // Nothing but the ledger was to change.
  if (operationOf(plan).inLedgerAlone) return [{ ...recovered, found: 'done' }]
  const { files, leavesKeys } = operationOf(plan)
  const isUnknown = isBegun(open) || files?.are === 'its work' || leavesKeys
  if (header.ledger.leaf !== leaf) return [{ ...recovered, found: isUnknown ? 'partial' : 'not done' }]
  const [name = artefact.name] = namesOf(plan)
  return [{ ...recovered, found: 'done', artefacts: [{ ...artefact, name }] }]
}

/** The new token has the PINs of the new shares: with it the replacement of custodians that was open is at its end. */
const replacedBy = (intent: string, { group }: QuorumReplacePlan, restored: RestorePlan): NewRecord => ({
  type: 'quorum.replaced',
  intent,
  group,
  pins: pinRolesOf(group).map((role) => ({ token: serialOf(restored), role, epoch: group.epoch })),
})

/** RESTORE-COMPLETE: a missing key makes the restore a partial one, and each is named. */
export function notComplete({ keys, missing }: RestorePlan, data?: unknown): KeyriteError {
  const names = listed(missing.map(({ name, version }) => label(name, version)))
  const message = `${counted(keys.length, 'key')} restored, each proved equal; ${missing.length === 1 ? 'one is' : `${missing.length} are`} missing: ${names}`
  const [first] = missing
  const elsewhere = missing.find(({ reason }) => reason !== STAYS)
  const { name, version } = elsewhere ?? first!
  const object = label(name, version)
  const known = to(`what is known of ${object}`, keyrite('key', 'show', object))
  const hint = elsewhere
    ? apart(
        to('where a newer backup holds it', keyrite('key', 'restore', object, '--in', 'BACKUP')),
        known,
        giveUp(object),
      )
    : apart(known, 'no backup can hold it: make the next one under a new name', giveUp(object))
  return new KeyriteError(EXIT.incomplete, 'RESTORE-COMPLETE', message, hint, true, data)
}

/** The leaf of this restore's intent. */
const openIntentOf = ({ history }: Ledger, { nonce }: RestorePlan): string =>
  [history.recovering, history.open].find((open) => open?.plan.nonce === nonce)!.leaf
