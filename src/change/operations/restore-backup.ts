// A partition comes back on another token: the keys of a backup, in the states of the newest ledger, each proved equal.

import { type BackupKey, byNameAndVersion } from '../../domain/backup.ts'
import { fromBase64url, toBase64url } from '../../domain/encoding.ts'
import { EXIT, incomplete, KeyriteError, refused } from '../../domain/errors.ts'
import { apart, keyrite, type Run, to } from '../../domain/hints.ts'
import type { History, OpenIntent } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { type KeyType, statableOnly, usagesIn, withUsage } from '../../domain/keys.ts'
import { label } from '../../domain/names.ts'
import { operationOf } from '../../domain/operations.ts'
import { namesOf } from '../../domain/outcome-files.ts'
import { type Accepted, type ForeseenRestore, planSummary, type RestorePlan, serialOf } from '../../domain/plan.ts'
import { auditKeyMessage, keyIdOf, type NewRecord } from '../../domain/record.ts'
import { type Alg, type KeyTarget, ROLES, type SigningKey, type Station, type Token } from '../../domain/shapes.ts'
import { counted, listed } from '../../domain/words.ts'
import type { Capabilities, Pin, UserSession, WrappedKey } from '../../hsm/port.ts'
import type { Appended, BackupContent, Ledger, StationKey } from '../../ledger/port.ts'
import { type ApprovedChange, checkApproved } from '../change.ts'
import type { Credentials } from '../credentials.ts'
import { checkEmpty } from '../empty-token.ts'
import { checkExpiry, checkModule, outcomes } from '../execute.ts'
import { isLost, liveKeys } from '../inventory.ts'
import { knownKey, reportOf, specOf } from '../key-targets.ts'
import { openIntent } from '../open-intent.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { Ports } from '../ports.ts'
import { auditSigner, mendLedger, WriteAheadLog } from '../write-ahead-log.ts'
import { loginWithKek, STAYS } from './create-backup.ts'
import { checkAbility } from './generate-keys.ts'

export interface RestoreRequest<T extends ForeseenRestore['tokens'][0] = { serial: string }> {
  backup: BackupContent
  /** The token that the keys go to. */
  token: T
  /** Size of the newest checkpoint that somebody brought. */
  checkpoint?: number
  /** The machine at which it is done: its station key, once it has one, and the name that it is to have. */
  here?: Station
  /** Labels of keys that are left out, since they can't be proved. */
  without?: ReadonlySet<string>
  /** Weaknesses that are taken knowingly. */
  accepted?: Accepted[]
}

/** What the ledger says is destroyed stays so; live keys that the backup lacks are named. */
export function planRestore<T extends ForeseenRestore['tokens'][0]>(
  { backup, token, checkpoint, here, without = new Set(), accepted = [] }: RestoreRequest<T>,
  history: History,
  inputs: PlanInputs,
): Omit<RestorePlan, 'tokens'> & { tokens: [T] } {
  const isOut = (key: KeyVersionOf) => without.has(label(key.name, key.version))
  const there = new Map(backup.keys.filter((key) => !isOut(key)).map((key) => [key.id, key]))
  const live = liveKeys(history).sort(byNameAndVersion)
  checkKnown(without, live)
  const omitted = new Map(backup.header.omitted.map((key) => [label(key.name, key.version), key.reason]))
  const reason = (name: string) =>
    without.has(name) ? 'it was left out' : (omitted.get(name) ?? 'it was made after the backup')
  const open = openIntent(history)
  const header = planHeader('backup.restore', history, inputs)
  const taken = [...accepted, ...(header.accepted ?? [])].sort()
  return {
    ...header,
    tokens: [token],
    replaces: [history.token.serial],
    backup: { name: backup.artefact.name, sha256: backup.artefact.sha256, seq: backup.header.ledger.seq },
    keys: live
      .filter(({ id }) => there.has(id))
      .map((key): KeyTarget => ({ ...knownKey(key), ...asItWas(key, there.get(key.id)!) })),
    missing: live
      .filter(({ id }) => !there.has(id))
      .map(({ name, version }) => ({ name, version, reason: reason(label(name, version)) })),
    ...(taken.length === 0 ? {} : { accepted: taken }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    ...(open ? { recovers: open.leaf } : {}),
    ...(here && !history.stations.withKey(here.key) ? { station: here } : {}),
  }
}

type KeyVersionOf = Pick<KeyEntry, 'name' | 'version'>

/** KEY-EXISTS: a key that is left out would have been restored. */
function checkKnown(without: ReadonlySet<string>, live: readonly KeyEntry[]): void {
  const names = new Set(live.map(({ name, version }) => label(name, version)))
  const unknown = [...without].find((name) => !names.has(name))
  if (unknown === undefined) return
  const hint = names.size === 0 ? keyrite('key', 'list') : `there is: ${[...names].slice(0, 8).join(', ')}`
  throw refused('KEY-EXISTS', `no live key of the ledger is ${unknown}, to be left out`, hint)
}

/** What the ledger says of it; of one that a token lost and this backup has, what the backup says, in the state that it has now. */
function asItWas(key: KeyEntry, backedUp: BackupKey): Pick<KeyTarget, 'usage' | 'attributes'> {
  if (!isLost(key)) return { usage: key.usage, attributes: statableOnly(key.attributes) }
  const { usage } = key
  return { usage, attributes: withUsage(backedUp.attributes, key.type, usagesIn(key.state, usage)) }
}

/** MECHANISM, WRAP-WITH-TRUSTED: what the new token can't do for these keys, and nobody accepted, is said before anyone is asked. */
export function checkRestoreAbility({ keys }: Pick<RestorePlan, 'keys'>, can: Capabilities): void {
  for (const { type, accepted = [] } of keys)
    checkAbility({ type: type as KeyType, backup: true, accepted }, can, 'restore onto a token that does')
}

/** No audit key is at hand when it begins: this machine signs its intent. */
interface RestorePorts extends Ports {
  stations: Pick<StationKey, 'station'>
}

export interface Restoring {
  change: ApprovedChange<RestorePlan>
  backup: BackupContent
  credentials: Credentials
  ports: RestorePorts
  /** Empties the token where it may hold something, and gives the SO PIN that it has now. */
  emptied: () => Promise<Pin>
  token: Token
  auditAlg: Alg
  progress?: (done: number) => void
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
  checkApproved(change, ports.ledger.history.groups, ports.approvals)
  credentials.check(ROLES)
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
    await takeToken(work)
    await using session = await loginWithKek(credentials, ports, serialOf(plan))
    const log = await letAuditKeyIn(work, intent, session)
    const restored = await restoreKeys(work, session)
    const last = await conclude(work, restored, interrupted, log)
    ports.changes.settle()
    return {
      plan: planSummary(change),
      seq: last.seq,
      leaf: last.leaf,
      keys: restored,
      missing: plan.missing,
      replaced: plan.replaces,
    }
  } catch (error) {
    throw startAgain(error, work)
  }
}

/** What the token is now is told by the calls that were made. A key that does not come back leaves a way without it. */
function startAgain(
  error: unknown,
  { again, without, change: { plan }, fresh, ports: { changes } }: Restoring,
): unknown {
  if (!(error instanceof KeyriteError)) return error
  if (!fresh && changes.inWords === undefined) {
    const message = `${error.message}; the restore is only announced, and the token is as it was`
    const hint = apart(again, to('or drop it', keyrite('partition', 'recover', '--abandon')))
    return error.with({ exit: EXIT.incomplete, message, hint, changed: false })
  }
  const erased = changes.has('initialised') ? 'the token was initialised (erased), ' : ''
  const message = `${error.message}; the restore is not finished: ${erased}the token holds no whole partition`
  const names = plan.keys.map(({ name, version }) => label(name, version))
  const bad = error.code === 'RESTORE-EQUAL' && names.find((name) => error.message.startsWith(`${name} `))
  return incomplete(error.code, message, bad ? without([bad]) : again)
}

/** Signed by the station, even one that this plan brings in: no audit key is at hand. */
async function recordIntent({ plan, approvals }: ApprovedChange<RestorePlan>, ports: RestorePorts): Promise<Appended> {
  const { ledger, stations } = ports
  const notes = mendLedger(ports)
  const intent = await ledger.append([{ type: 'intent', plan, approvals: [...approvals] }], stations.station())
  // A station that the plan brings in signs nothing before the intent.
  if (notes.length > 0) await ledger.append(notes, stations.station())
  return intent
}

/** The derived PINs. They open with today's shares, as on the token before. */
async function takeToken({ change: { plan }, credentials, ports, emptied }: Restoring): Promise<void> {
  const current = await emptied()
  using _current = current.bytes
  const so = await credentials.pinOf('so')
  using _so = so.bytes
  const user = await credentials.pinOf('user')
  using _user = user.bytes
  await ports.hsm.setPins(serialOf(plan), current, so, user)
}

/** A new audit key, approved by M custodians of every group, and the head of its record on the token. */
async function letAuditKeyIn(work: Restoring, intent: Appended, session: UserSession): Promise<WriteAheadLog> {
  const { change, credentials, ports, token, auditAlg } = work
  const { plan } = change
  await checkEmpty(session)
  const spki = await session.generateAuditKey(ports.sources.random(16), auditAlg)
  const auditKey: SigningKey = { id: keyIdOf(spki), alg: auditAlg, spki: toBase64url(spki) }
  const keyApprovals = credentials.sign(auditKeyMessage(plan.partition, serialOf(plan), auditKey))
  const replaced = { type: 'token.replaced' as const, intent: intent.leaf, token, auditKey, keyApprovals }
  const log = new WriteAheadLog(session, auditSigner(auditKey, session), ports)
  await log.moveHead(await log.writeOutcome([replaced]))
  return log
}

/** RESTORE-EQUAL: the session wraps each key again and compares it, before the next is started. */
async function restoreKeys({ change: { plan }, backup, credentials, progress }: Restoring, session: UserSession) {
  using kek = await credentials.backupKek()
  const facts = await session.restoreKeys(kek, wrappedKeys(plan, backup), progress)
  return plan.keys.map((target, i) => reportOf(target, facts[i]!))
}

export function wrappedKeys(plan: RestorePlan, backup: BackupContent): WrappedKey[] {
  const blobs = new Map(backup.keys.map((key) => [key.id, key]))
  return plan.keys.map((target) => wrappedKey(target, blobs.get(target.id)!))
}

const wrappedKey = (target: KeyTarget, { blob, spki }: BackupKey): WrappedKey => ({
  ...specOf(target),
  fingerprint: target.fingerprint!,
  blob: fromBase64url(blob),
  ...(spki ? { spki: fromBase64url(spki) } : {}),
})

async function conclude(
  { change: { plan }, backup, ports }: Restoring,
  keys: ReturnType<typeof reportOf>[],
  interrupted: string | undefined,
  log: WriteAheadLog,
): Promise<Appended> {
  const { ledger } = ports
  const intent = openIntentOf(ledger, plan)
  const failure = plan.missing.length > 0 ? notComplete(plan) : undefined
  const before = interrupted ? [whatBecameOf(ledger.history.open!, backup)] : []
  const last = await log.writeOutcome([...before, ...outcomes(intent, { changed: true, keys }, failure)])
  await log.checkpoint(last)
  return last
}

/**
 * Whatever was interrupted before, the new token holds what the restore brought and nothing else. A backup that was interrupted is done
 * when this is it; of another nobody looked for the file.
 */
function whatBecameOf({ leaf, plan, installed }: OpenIntent, { header, artefact }: BackupContent): NewRecord {
  const recovered = { type: 'recovered' as const, intent: leaf, keys: [] }
  if (header.ledger.leaf !== leaf)
    return { ...recovered, found: installed || operationOf(plan).files?.are === 'its work' ? 'partial' : 'not done' }
  const [name = artefact.name] = namesOf(plan)
  return { ...recovered, found: 'done', artefacts: [{ ...artefact, name }] }
}

/** RESTORE-COMPLETE: a missing key makes the restore a partial one, and each is named. */
export function notComplete({ keys, missing }: RestorePlan, data?: unknown): KeyriteError {
  const names = listed(missing.map(({ name, version }) => label(name, version)))
  const message = `${counted(keys.length, 'key')} restored, each proved equal; ${missing.length === 1 ? 'one is' : `${missing.length} are`} missing: ${names}`
  const [first] = missing
  const elsewhere = missing.find(({ reason }) => reason !== STAYS)
  const { name, version } = elsewhere ?? first!
  const giveUp = keyrite('key', 'compromise', label(name, version), '--reason', 'no backup holds it')
  const hint = apart(
    giveUp,
    elsewhere
      ? 'unless a newer backup holds it: restore that one'
      : 'no backup can hold it; make the next one under a new name',
  )
  return new KeyriteError(EXIT.incomplete, 'RESTORE-COMPLETE', message, hint, true, data)
}

/** The leaf of this restore's intent. */
const openIntentOf = ({ history }: Ledger, { nonce }: RestorePlan): string =>
  [history.recovering, history.open].find((open) => open?.plan.nonce === nonce)!.leaf
