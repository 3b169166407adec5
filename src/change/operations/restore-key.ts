// One key that the token has lost comes back from a backup, under its id, as the ledger has it, and is proved to be the one.

import { differences } from '../../domain/as-asked.ts'
import { fromHex } from '../../domain/encoding.ts'
import { type KeyriteError, refused } from '../../domain/errors.ts'
import { apart, keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { KeyEntry } from '../../domain/key-history.ts'
import { type KeyVersion, label, unsteered } from '../../domain/names.ts'
import type { KeyRestorePlan } from '../../domain/plan.ts'
import { leavesOpen } from '../../domain/profile.ts'
import type { KeyTarget } from '../../domain/shapes.ts'
import { addressIn } from '../../domain/token-address.ts'
import { listed } from '../../domain/words.ts'
import type { UserSession } from '../../hsm/port.ts'
import type { BackupContent } from '../../ledger/port.ts'
import type { KekCheck } from '../../quorum/port.ts'
import { type Bringing, bringKeys, broughtBy } from '../bring-keys.ts'
import { backupsByKey } from '../inventory.ts'
import { findKey, inPart, keysOnToken, specOf, withPlannedFlags } from '../key-targets.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Effects, Operation, OperationContext } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'
import type { Ports } from '../ports.ts'
import { proveAllBut, provedOnToken } from '../proofs.ts'
import { proveBlobs, proveKek } from '../prove-restore.ts'
import { loginWithKek } from './create-backup.ts'

const NOTHING: Effects = { changed: false, keys: [] }

interface KeyRestoreRequest {
  key: KeyVersion
  backup: BackupContent
  /** Where the backup is of a token of another model. */
  clear: boolean
}

/** KEY-EXISTS, KEY-STATE, BACKUP-HOLDS. */
export function planKeyRestore(
  { key, backup, clear }: KeyRestoreRequest,
  history: History,
  inputs: PlanInputs,
): KeyRestorePlan {
  checkNoneOpen(history)
  const entry = findKey(key, history)
  if (entry.state === 'destroyed') throw staysDestroyed(entry)
  const { backup: source, keys } = broughtBy(backup, history, undefined, undefined, leavesOpen(history.profile))
  const target = keys.find(({ id }) => id === entry.id)
  if (!target) throw notHeld(entry, source.name, history)
  const header = planHeader('key.restore', history, inputs)
  const accepted = [...(clear ? (['clear-on-host'] as const) : []), ...(header.accepted ?? [])]
  return { ...header, ...(accepted.length > 0 ? { accepted } : {}), keys: [target], backup: source }
}

function staysDestroyed({ name, version }: KeyEntry): KeyriteError {
  const key = label(name, version)
  return refused('KEY-STATE', `${key} is destroyed, and stays so`, keyrite('key', 'show', key))
}

/** BACKUP-HOLDS, and which backups would do. */
function notHeld(entry: KeyEntry, file: string, history: History): KeyriteError {
  const { name, version } = entry
  const key = label(name, version)
  const holding = backupsByKey(history)(entry).map(({ path }) => path)
  const newest = holding.at(-1)
  const hint =
    newest === undefined
      ? to('no backup that the ledger knows holds it; what is known of it', keyrite('key', 'show', key))
      : apart(keyrite('key', 'restore', key, '--in', newest), `it is in ${listed(holding.map(unsteered))}`)
  return refused('BACKUP-HOLDS', `${key} is not in the backup ${file}`, hint)
}

interface Restoring extends Bringing {
  ports: Pick<Ports, 'hsm'>
  keks: KekCheck
}

/** The backup is proved before anything is touched; what the token has of the key is destroyed before the whole of it comes. */
export function restoreKey(plan: KeyRestorePlan, { backup, credentials, ports: { hsm }, keks }: Restoring): Operation {
  const [target] = plan.keys
  const ports = { hsm, keks }
  return {
    login: (...opened) => loginWithKek(...opened, backup.header.kek.epoch),
    transfer: (opening) => opening.backupKek(backup.header.kek.epoch),
    async check(session, history) {
      await checkLost(target, session)
      await proveKek({ backup, credentials, ports })
      await proveBlobs({ plan, token: addressIn(history), backup, credentials, ports })
    },
    async run({ session, history }) {
      if ((await inPart([target], session)).length > 0) {
        await proveAllBut(target, session, history)
        await session.destroyKeys([fromHex(target.id)])
      }
      return { changed: true, ...(await bringKeys({ backup, credentials }, plan, session)) }
    },
    determineOutcome: (context) => keyRestoreOutcome(plan, context),
  }
}

/** KEY-LOST: what is there, whole, is in use. KEY-TWINS, KEY-REPLACED. */
async function checkLost(target: KeyTarget, session: UserSession): Promise<void> {
  if (!(await keysOnToken([target], session)).has(target)) return
  const name = label(target.name, target.version)
  throw refused('KEY-LOST', `${name} is on the token: there is nothing to bring back`, keyrite('key', 'show', name))
}

/** It was lost before, so what is there whole was brought: it stays if it is as planned. A part proves nothing, and is for the next restore of it. */
export async function keyRestoreOutcome(
  { keys: [target] }: KeyRestorePlan,
  { session }: Pick<OperationContext, 'session'>,
): Promise<Effects> {
  const facts = (await provedOnToken([target], session)).get(target)
  if (!facts) return NOTHING
  const report = await withPlannedFlags(target, facts, session)
  if (differences(specOf(target), { ...facts, attributes: report.attributes }, 'brought').length === 0)
    return { changed: true, keys: [report] }
  await session.destroyKeys([fromHex(target.id)])
  return NOTHING
}
