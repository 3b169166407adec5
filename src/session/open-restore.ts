// Opens a restore: the partition locked, the newest ledger chosen, the backup held against it, and the token that it may take.
import { resolve } from 'node:path'
import { checkBackup, checkOpens } from '../change/check-backup.ts'
import { checkNotRetired } from '../change/open-intent.ts'
import type { Context, Globals } from '../cli/context.ts'
import { settingsFor } from '../cli/module-settings.ts'
import { loadEverything } from '../domain/lazily.ts'
import { partitionUnfinished } from '../domain/unfinished.ts'
import { lockFor } from './at-work.ts'
import { hsmOptions } from './hsm-options.ts'
import { newestLedger, wantedPartition } from './newest-ledger.ts'
import { blockedBy, isOfRestore, waitsForShares } from './pending-change.ts'
import type { RestoreOptions } from './restore-again.ts'
import { RestoreSession } from './restore-session.ts'
import { restoreTarget } from './restore-target.ts'

export async function openRestoreSession(
  file: string,
  options: RestoreOptions,
  globals: Globals,
  context: Context,
): Promise<RestoreSession> {
  const module = await context.inspectModule(options.module)
  const wanted = wantedPartition(file, options, globals, context)
  const { partition } = wanted
  if (!options.dryRun) partition.make()
  const lock = lockFor(partition, globals)
  try {
    await loadEverything()
    const settings = settingsFor(resolve(options.module), options, { ...globals, partition: partition.name }, context)
    // Starting a process takes time: meanwhile the ledger and the backup are read.
    const host = context.startHost(hsmOptions({ ...settings, approved: module.sha256 }, globals, context, lock))
    try {
      // What another command has just written is read: it is through when the lock is ours.
      const { history, ...source } = newestLedger(wanted, options, context)
      checkNotRetired(history)
      const backup = context.ledgers.readBackup(file, history)
      checkBackup(backup, history)
      checkOpens(backup, history)
      const pending = partition.exists ? partition.pending() : undefined
      if (pending && pending.kind !== 'restore') throw partitionUnfinished(partition.name, pending)
      const hsm = await host.open()
      const recorded =
        pending !== undefined &&
        isOfRestore(pending, history) &&
        (blockedBy(partition, globals.home, context) !== undefined || waitsForShares(pending, history))
      const pins = { prefix: settings.pinPrefix, accepted: [...history.accepted, ...options.accept] }
      const target = await restoreTarget(hsm, {
        file,
        options,
        partition,
        history,
        pending,
        recorded,
        globals,
        context,
        pins,
      })
      return new RestoreSession(
        file,
        context,
        globals,
        options,
        partition,
        history,
        backup,
        module,
        settings,
        hsm,
        target,
        source,
        lock,
      )
    } catch (error) {
      await host[Symbol.asyncDispose]()
      throw error
    }
  } catch (error) {
    lock[Symbol.dispose]()
    partition.unmake()
    throw error
  }
}
