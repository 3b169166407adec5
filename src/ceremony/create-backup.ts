// A backup: every key that may leave the token, wrapped under a key that exists only while this session lasts.
import { BACKUP_FORMAT, type BackupHeader, byNameAndVersion } from '../domain/backup.ts'
import { fromHex, toBase64url, toHex } from '../domain/encoding.ts'
import { deviceFailed } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { isExtractable } from '../domain/keys.ts'
import { label } from '../domain/names.ts'
import type { BackupPlan } from '../domain/plan.ts'
import { holderOf } from '../domain/roster.ts'
import type { KeyReport } from '../domain/shapes.ts'
import type { UserSession } from '../hsm/port.ts'
import type { BackupContent, BackupDraft } from '../ledger/port.ts'
import type { Collection } from './collection.ts'
import type { Act, Done, Scene } from './conduct.ts'
import { liveKeys } from './inventory.ts'
import { checkNoneOpen } from './open-intent.ts'
import type { Ports } from './ports.ts'
import { type Circumstances, stamp } from './stamp.ts'

/** The plan names what the backup will lack, and why. */
export function planBackup(file: string, history: History, circumstances: Circumstances): BackupPlan {
  checkNoneOpen(history)
  const live = liveKeys(history)
  const omitted = live.filter((key) => !isExtractable(key.attributes)).sort(byNameAndVersion)
  return {
    ...stamp('backup.create', history, circumstances),
    file,
    included: live.length - omitted.length,
    omitted: omitted.map(({ name, version }) => ({ name, version, reason: 'it can never leave the token' })),
  }
}

/** The keys that go in, in the order of the file. */
const includedKeys = (history: History): KeyEntry[] =>
  liveKeys(history)
    .filter((key) => isExtractable(key.attributes))
    .sort(byNameAndVersion)

/** The SO makes the KEK, the user wraps: one session, which ends it. */
export async function loginWithKek(
  collection: Collection,
  { hsm }: Pick<Ports, 'hsm'>,
  serial: string,
): Promise<UserSession> {
  const so = await collection.pinOf('so')
  using _so = so.bytes
  const user = await collection.pinOf('user')
  using _user = user.bytes
  using kek = await collection.backupKek()
  return await hsm.loginWithKek(serial, so, user, kek)
}

/** What a backup leaves behind beside its outcome. */
export interface BackupPorts {
  ports: Ports
  collection: Collection
  progress?: (done: number) => void
}

export function createBackup(plan: BackupPlan, { ports, collection, progress }: BackupPorts): Act {
  return {
    login: loginWithKek,
    async run(scene) {
      using draft = ports.ledgers.beginBackup(plan.file)
      draft.header(await headerOf(plan, scene, collection, ports))
      await writeKeys(includedKeys(scene.history), scene.session, draft, progress)
      return { changed: false, keys: [], artefacts: [await draft.finish(scene.signer)] }
    },
    settle: async (scene) => settleBackup(plan, scene, ports),
  }
}

/** What is not finished goes. A file that has its name is whole, and this intent's: nothing else would be taken for it. */
export async function settleBackup(
  plan: BackupPlan,
  { history, intent }: Pick<Scene, 'history' | 'intent'>,
  { ledgers }: Pick<Ports, 'ledgers'>,
): Promise<Done> {
  ledgers.dropBackupDraft(plan.file)
  let content: BackupContent
  try {
    content = ledgers.readBackup(plan.file, history.auditKeys)
  } catch {
    return { changed: false, keys: [] }
  }
  const mine = content.header.ledger.leaf === intent.leaf
  return { changed: false, keys: [], ...(mine ? { artefacts: [content.artefact] } : {}) }
}

async function headerOf(
  plan: BackupPlan,
  { history, intent }: Scene,
  collection: Collection,
  { chance, quorum }: Ports,
): Promise<BackupHeader> {
  using kek = await collection.backupKek()
  return {
    format: BACKUP_FORMAT,
    partition: history.partition,
    name: history.name,
    token: history.token.serial,
    groups: history.groups,
    kek: { epoch: holderOf('recovery', history.groups).epoch, check: quorum.kekCheck(kek) },
    ledger: { seq: intent.seq, leaf: intent.leaf },
    created: chance.clock().toISOString(),
    keys: plan.included,
    omitted: plan.omitted,
  }
}

/**
 * BACKUP-COMPLETE: a key that is not there, is not the one that the ledger knows, or can't be wrapped ends the backup; nothing is
 * skipped, and nothing goes in that a restore would refuse.
 */
async function writeKeys(
  keys: readonly KeyEntry[],
  session: UserSession,
  draft: BackupDraft,
  progress?: (done: number) => void,
): Promise<void> {
  const ids = keys.map(({ id }) => fromHex(id))
  const found = new Map((await session.readKeys(ids, progress)).map((facts) => [toHex(facts.id), facts]))
  const wrapped = await session.wrapKeys(ids, progress)
  for (const [i, key] of keys.entries()) {
    const result = wrapped[i]!
    const facts = found.get(key.id)
    if ('error' in result) throw notComplete(key, result.error)
    if (facts?.fingerprint !== key.fingerprint)
      throw notComplete(key, 'the key on the token is not the one in the ledger')
    const spki = facts.spki ? { spki: toBase64url(facts.spki) } : {}
    draft.key({ ...reportOnly(key), ...spki, blob: toBase64url(result.blob) })
  }
}

const notComplete = ({ name, version }: KeyEntry, why: string) =>
  deviceFailed('BACKUP-COMPLETE', `${label(name, version)} can't be backed up: ${why}`, 'keyrite partition verify')

/** A key as a record has it: without the history that the ledger's reader adds. */
function reportOnly({ history: _, ...report }: KeyEntry): KeyReport {
  return report
}
