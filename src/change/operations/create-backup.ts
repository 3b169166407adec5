// A backup: every key that may leave the token, wrapped under a key that exists only while this session lasts.

import { BACKUP_FORMAT, type BackupHeader, byNameAndVersion } from '../../domain/backup.ts'
import { notBefore } from '../../domain/clock.ts'
import { fromHex, toBase64url } from '../../domain/encoding.ts'
import { deviceFailed, EXIT, KeyriteError, notVerified } from '../../domain/errors.ts'
import { keyrite } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { isExtractable, type KeyType } from '../../domain/keys.ts'
import { label, labelOf } from '../../domain/names.ts'
import type { BackupPlan } from '../../domain/plan.ts'
import { type Profile, unwrapped } from '../../domain/profile.ts'
import { holderOf } from '../../domain/roster.ts'
import type { TokenAddress } from '../../domain/token-address.ts'
import type { WrapKinds } from '../../domain/wrap-kinds.ts'
import type { UserSession } from '../../hsm/port.ts'
import type { BackupContent, BackupDraft, BackupNote, Backups } from '../../ledger/port.ts'
import type { KekCheck } from '../../quorum/port.ts'
import type { Credentials } from '../credentials.ts'
import { isLost, liveKeys } from '../inventory.ts'
import { allOnToken, checkRestored, reportOnly } from '../key-targets.ts'
import { loginWrapping, type PinEpochs } from '../login-wrapping.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { HostSources, Ports } from '../ports.ts'

/** The plan names what the backup will lack, and why. BACKUP-COMPLETE. */
export function planBackup(file: string, history: History, inputs: PlanInputs): BackupPlan {
  checkNoneOpen(history)
  const omitted = liveKeys(history)
    .sort(byNameAndVersion)
    .flatMap((key) => {
      const reason = whyOmitted(key) ?? whyNotWrapped(key, history, inputs)
      return reason === undefined ? [] : [{ name: key.name, version: key.version, reason }]
    })
  const included = includedKeys({ omitted }, history)
  checkRestored(included, history)
  return {
    ...planHeader('backup.create', history, inputs),
    file,
    included: included.length,
    omitted,
    ...otherWraps(included, history.profile),
  }
}

const whyOmitted = (key: KeyEntry): string | undefined => {
  if (isLost(key)) return LOST
  return isExtractable(key.attributes) ? undefined : STAYS
}

/** BACKUP-COMPLETE. By the library that it was found with: another one may wrap what that did not. An adopted key was exportable before anybody knew. */
function whyNotWrapped(key: KeyEntry, { profile }: History, { module }: PlanInputs): string | undefined {
  const lacks = profile.module === module.sha256 ? unwrapped(profile, key.type as KeyType) : undefined
  if (lacks === undefined) return undefined
  if (key.origin.kind === 'adopted') return `${UNWRAPPED} ${key.type}`
  throw notComplete(key, lacks, keyrite('partition', 'check', '--renew-profile'))
}

/** What of these types the token wraps otherwise than by RFC 5649. One that it can't wrap any more is found out when it is to. */
function otherWraps(keys: readonly KeyEntry[], { types }: Profile): Pick<BackupPlan, 'wraps'> {
  const wraps: NonNullable<BackupPlan['wraps']> = {}
  for (const { type } of keys as readonly { type: KeyType }[]) {
    const { wrap } = types[type]
    if (typeof wrap === 'string' && wrap !== 'kwp') wraps[type] = wrap
  }
  return Object.keys(wraps).length === 0 ? {} : { wraps }
}

/** Why a live key is in no backup. A lost one has been compromised or deactivated, and says nothing of what it was. */
const LOST = 'the token had lost it'
export const STAYS = 'it can never leave the token'
const UNWRAPPED = "the token can't wrap"

/** What a backup lacks, in short. */
export function lacks({ omitted }: BackupPlan): string {
  const lost = omitted.filter(({ reason }) => reason === LOST).length
  const kept = omitted.filter(({ reason }) => reason.startsWith(UNWRAPPED)).length
  const stay = omitted.length - lost - kept
  const parts = [
    ...(stay ? [`${stay} that can never leave the token`] : []),
    ...(lost ? [`${lost} that the token had lost`] : []),
    ...(kept ? [`${kept} that the token can't wrap`] : []),
  ]
  return parts.length === 0 ? 'it lacks none' : `it lacks ${parts.join(' and ')}`
}

/** The keys that are backed up, in the order of the file. */
function includedKeys({ omitted }: Pick<BackupPlan, 'omitted'>, history: History): KeyEntry[] {
  const left = new Set(omitted.map(labelOf))
  return liveKeys(history)
    .filter((key) => !left.has(labelOf(key)))
    .sort(byNameAndVersion)
}

/** The backup key is there as long as the session. `epoch`: that of a backup of before. */
export async function loginWithKek(
  credentials: Credentials,
  ports: Pick<Ports, 'hsm'>,
  token: TokenAddress,
  epoch?: number,
  pins?: PinEpochs,
): Promise<UserSession> {
  using kek = await credentials.backupKek(epoch)
  return await loginWrapping(kek, credentials, ports, token, pins)
}

interface BackupPorts {
  backups: Backups
  /** The partition of this machine. */
  note: BackupNote
  sources: HostSources
  keks: KekCheck
}

export function createBackup(
  plan: BackupPlan,
  credentials: Credentials,
  ports: BackupPorts,
  progress?: (done: number) => void,
): Operation {
  let written: BackupDraft | undefined
  return {
    login: loginWithKek,
    /** BACKUP-COMPLETE: a backup that would lack a key is not started. Whether each is the one that the ledger names is told by what its blob holds, once that is made. */
    async check(session, history) {
      await allOnToken(includedKeys(plan, history), session, progress, true)
      ports.note.noteBackup(plan.nonce, 'unsigned')
    },
    async run(context) {
      using draft = ports.backups.beginBackup(plan.file, plan.nonce)
      written = draft
      draft.header(await headerOf(plan, context, credentials, ports))
      await writeKeys(includedKeys(plan, context.history), plan.wraps, context.session, draft, progress)
      ports.note.noteBackup(plan.nonce, 'signing')
      return { changed: false, keys: [], artefacts: [await draft.finish(context.signer)] }
    },
    /** A file that has its name is whole, and what failed came after: that it is there to stay is for a recovery to say, which reads it anew. */
    async determineOutcome(context) {
      const { artefacts } = await backupOutcome(plan, context, ports)
      if (artefacts || written?.mayBeNamed)
        throw deviceFailed('BACKUP-COMPLETE', `${plan.file} may be there all the same`)
      return { changed: false, keys: [] }
    },
  }
}

/**
 * What is not finished goes. A file that has its name is whole, and this intent's: nothing else would be taken for it. That none is there
 * proves nothing, since people carry backups away: only that nobody ever asked for its signature does.
 */
export async function backupOutcome(
  plan: BackupPlan,
  { history, intent }: Pick<OperationContext, 'history' | 'intent'>,
  { backups, note }: Pick<BackupPorts, 'backups' | 'note'>,
): Promise<Effects> {
  const content = whatLiesThere(() => backups.readBackup(plan.file, history))
  backups.dropBackupDraft(plan.file, plan.nonce)
  const done = { changed: false, keys: [] }
  if (content?.header.ledger.leaf === intent.leaf) return { ...done, artefacts: [content.artefact] }
  return note.isUnsigned(plan.nonce) ? done : { ...done, unproved: true }
}

/** Nothing where no file is, or none that we finished. One that can't be read for now tells nothing, and stops. */
function whatLiesThere(read: () => BackupContent): BackupContent | undefined {
  try {
    return read()
  } catch (error) {
    const isNone = error instanceof KeyriteError && (error.exit === EXIT.verification || NOT_OURS.includes(error.code))
    if (isNone) return undefined
    throw error
  }
}

const NOT_OURS = ['FILE-MISSING', 'FILE-KIND']

async function headerOf(
  plan: BackupPlan,
  { history, intent }: OperationContext,
  credentials: Credentials,
  { sources, keks }: BackupPorts,
): Promise<BackupHeader> {
  using kek = await credentials.backupKek()
  return {
    format: BACKUP_FORMAT,
    partition: history.partition,
    name: history.name,
    token: history.token.serial,
    groups: [...history.groups],
    kek: { epoch: holderOf('recovery', history.groups).epoch, check: keks.kekCheck(kek) },
    ledger: { seq: intent.seq, leaf: intent.leaf },
    created: notBefore(history.time, sources.clock()),
    keys: plan.included,
    omitted: plan.omitted,
  }
}

/** BACKUP-COMPLETE, KEY-REPLACED: a key that can't be wrapped, or whose blob holds another, ends the backup; nothing is skipped. */
async function writeKeys(
  keys: readonly KeyEntry[],
  wraps: WrapKinds | undefined,
  session: UserSession,
  draft: BackupDraft,
  progress?: (done: number) => void,
): Promise<void> {
  const wrapped = await session.wrapKeys(
    keys.map(({ id }) => fromHex(id)),
    progress,
    wraps ?? {},
  )
  for (const [i, key] of keys.entries()) {
    const result = wrapped[i]!
    if ('error' in result) throw notComplete(key, result.error)
    if (result.fingerprint !== key.fingerprint) throw replaced(key)
    draft.key({ ...reportOnly(key), wrap: result.wrap, blob: toBase64url(result.blob) })
  }
}

const notComplete = ({ name, version }: KeyEntry, why: string, hint = keyrite('partition', 'check')) =>
  deviceFailed('BACKUP-COMPLETE', `${label(name, version)} can't be backed up: ${why}`, hint)

const replaced = ({ name, version }: KeyEntry): KeyriteError =>
  notVerified(
    'KEY-REPLACED',
    `${label(name, version)} can't be backed up: the token wrapped another key than the ledger names`,
    keyrite('partition', 'check'),
  )
