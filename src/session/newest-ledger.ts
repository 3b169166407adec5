// Which ledger a restore obeys: the partition's own, a copy that somebody brings, or the longer of the two.
import { join } from 'node:path'
import type { Context, Globals } from '../cli/context.ts'
import { KeyriteError, notVerified, usage } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { shellQuoted } from '../domain/names.ts'
import type { Audit, Partition } from '../ledger/port.ts'
import { readNote, sizeOf } from './checkpoint-file.ts'
import { named } from './ledger-source.ts'
import type { RestoreOptions } from './restore-again.ts'

interface NewestLedger {
  history: History
  path: string
  /** It is the one in the partition's folder. */
  own: boolean
  /** Size that the checkpoint vouched for. */
  checkpoint?: number
}

/** Which partition a restore is of, and the ledger that somebody brings for it. */
interface Wanted {
  partition: Partition
  brought: Audit | undefined
}

/** PARTITION-KNOWN, INPUT-MISSING: its own ledger is not read yet: that takes the lock. */
export function wantedPartition(file: string, { ledger }: RestoreOptions, globals: Globals, context: Context): Wanted {
  const brought = ledger === undefined ? undefined : context.ledgers.audit(ledger, { checkpoints: [] })
  const name = globals.partition ?? brought?.history.name
  const partition =
    name === undefined ? choosePartition(file, globals, context) : context.ledgers.partition(globals.home, name)
  if (partition.exists) partition.check()
  if (brought || (partition.exists && partition.begun)) return { partition, brought }
  const hint = '--ledger FILE.ledger, the copy beside the newest backup'
  throw usage(`the ledger of ${partition.name} is not here`, hint, 'INPUT-MISSING')
}

/**
 * LEDGER-PREFIX: one copy continues the other; the longer one is verified with the checkpoint and obeyed. What a crash tore off the end of
 * the own one is no part of it: the token whose head would tell more is gone. One without any record tells nothing beside one that is brought.
 */
export function newestLedger(
  { partition, brought }: Wanted,
  { ledger, checkpoint }: RestoreOptions,
  context: Context,
): NewestLedger {
  const notes = checkpoint ? [{ file: checkpoint, text: readNote(checkpoint, context.ledgers) }] : []
  const ownPath = join(partition.path, 'ledger.jsonl')
  // Alone it is the newest: one reading holds it against the checkpoint too.
  const own =
    partition.exists && partition.begun
      ? named(brought ? [] : notes, (checkpoints) =>
          orBrought(brought, () => context.ledgers.audit(ownPath, { checkpoints, mayBeTorn: true, own: true })),
        )
      : undefined
  if (own && brought) checkPrefix(own, ownPath, brought, ledger!, context)
  const ownIsNewer = own !== undefined && own.size >= (brought?.size ?? 0)
  const path = ownIsNewer ? ownPath : ledger!
  const { history } =
    own && !brought
      ? own
      : named(notes, (checkpoints) =>
          context.ledgers.audit(path, { checkpoints, mayBeTorn: ownIsNewer, own: ownIsNewer }),
        )
  return {
    history,
    path,
    own: ownIsNewer,
    ...(notes.length > 0 ? { checkpoint: sizeOf(notes[0]!.text) } : {}),
  }
}

function orBrought(brought: Audit | undefined, audit: () => Audit): Audit | undefined {
  try {
    return audit()
  } catch (error) {
    if (brought && error instanceof KeyriteError && error.code === 'LEDGER-BEGINS') return undefined
    throw error
  }
}

/** PARTITION-KNOWN: whoever has a backup and no home brings a ledger, and begins no new partition. */
export function choosePartition(file: string, { home, partition }: Globals, { ledgers }: Context): Partition {
  if (ledgers.partitions(home).length > 0) return ledgers.choose(home, partition)
  const hint = `--ledger ${shellQuoted(`${file}.ledger`)}, or a newer copy of the ledger`
  throw usage(`there is no partition in ${home}, and so no ledger to hold the backup against`, hint, 'PARTITION-KNOWN')
}

function checkPrefix(own: Audit, ownPath: string, brought: Audit, path: string, context: Context): void {
  const [shorter, longerPath] = own.size < brought.size ? [own, path] : [brought, ownPath]
  for (const { line, leaf } of context.ledgers.records(longerPath)) {
    if (line.record.seq !== shorter.history.seq) continue
    if (leaf === shorter.history.leaf) return
    break
  }
  throw notVerified(
    'LEDGER-PREFIX',
    `${path} and the partition's own ledger are not the same history`,
    'find out which one is right',
  )
}
