// Which ledger a restore obeys: the partition's own, a copy that somebody brings, or the longer of the two.
import { type Context, choosePartition, type Globals } from '../cli/context.ts'
import { checkpointSize } from '../domain/checkpoint-size.ts'
import { KeyriteError, notVerified, refused, usage } from '../domain/errors.ts'
import type { History } from '../domain/history.ts'
import { shellQuoted } from '../domain/names.ts'
import type { Audit, LedgerSource, Partition } from '../ledger/port.ts'
import { readNote } from './checkpoint-file.ts'
import { type NamedNote, named } from './ledger-source.ts'
import type { RestoreOptions } from './restore-again.ts'

interface NewestLedger {
  history: History
  ledger: LedgerSource
  /** Size that the checkpoint vouched for. */
  checkpoint?: number
}

/** A ledger that holds. */
interface Read extends Audit {
  ledger: LedgerSource
}

/** Which partition a restore is of, and the ledger that somebody brings for it. */
interface RestoredPartition {
  partition: Partition
  brought: Read | undefined
}

/** PARTITION-KNOWN, INPUT-MISSING: its own ledger is not read yet: that takes the lock. */
export function wantedPartition(
  file: string,
  { ledger }: RestoreOptions,
  globals: Globals,
  context: Context,
): RestoredPartition {
  const brought = ledger === undefined ? undefined : read(context.ledgers.copyAt(ledger))
  const name = globals.partition ?? brought?.history.name
  const partition =
    name === undefined ? partitionFor(file, globals, context) : context.ledgers.partition(globals.home, name)
  if (partition.exists) partition.check()
  if (brought && partition.exists && partition.whereabouts.isInDatabase)
    throw refused(
      'LEDGER-PLACE',
      `the ledger of ${partition.name} lies in a database, and is taken from there`,
      'leave out --ledger',
    )
  if (brought || (partition.exists && partition.hasLedger)) return { partition, brought }
  const hint = '--ledger FILE.ledger, the copy beside the newest backup'
  throw usage(`the ledger of ${partition.name} is not here`, hint, 'INPUT-MISSING')
}

/**
 * LEDGER-PREFIX: one copy continues the other; the longer one is verified with the checkpoint and obeyed. What a crash tore off the end of
 * the own one is no part of it: the token whose head would tell more is gone. One without any record tells nothing beside one that is brought.
 */
export function newestLedger(
  { partition, brought }: RestoredPartition,
  { checkpoint }: RestoreOptions,
  context: Context,
): NewestLedger {
  const notes = checkpoint ? [{ file: checkpoint, text: readNote(checkpoint, context.ledgers) }] : []
  // Alone it is the newest: one reading holds it against the checkpoint too.
  const own =
    partition.exists && partition.hasLedger
      ? orBrought(brought, () => read(partition.ledger, brought ? [] : notes))
      : undefined
  if (own && brought) checkPrefix(own, brought)
  const ownIsNewer = own !== undefined && own.size >= (brought?.size ?? 0)
  const { ledger } = ownIsNewer ? own : brought!
  const { history } = own && !brought ? own : read(ledger, notes)
  return { history, ledger, ...(notes.length > 0 ? { checkpoint: checkpointSize(notes[0]!.text) } : {}) }
}

/** CHECKPOINT-...: every rule and signature of it. A copy has to be whole; a crash may have torn the end of the partition's own. */
const read = (ledger: LedgerSource, notes: readonly NamedNote[] = []): Read =>
  named(notes, (checkpoints) => ({ ledger, ...ledger.audit({ checkpoints, mayBeTorn: ledger.own }) }))

function orBrought(brought: Read | undefined, audit: () => Read): Read | undefined {
  try {
    return audit()
  } catch (error) {
    if (brought && error instanceof KeyriteError && error.code === 'LEDGER-BEGINS') return undefined
    throw error
  }
}

/** PARTITION-KNOWN: whoever has a backup and no home brings a ledger, and begins no new partition. */
export function partitionFor(file: string, globals: Globals, context: Context): Partition {
  const { home } = globals
  if (context.ledgers.partitions(home).length > 0) return choosePartition(globals, context)
  const hint = `--ledger ${shellQuoted(`${file}.ledger`)}, or a newer copy of the ledger`
  throw usage(`there is no partition in ${home}, and so no ledger to hold the backup against`, hint, 'PARTITION-KNOWN')
}

function checkPrefix(own: Read, brought: Read): void {
  const [shorter, longer] = own.size < brought.size ? [own, brought] : [brought, own]
  for (const { line, leaf } of longer.ledger.records()) {
    if (line.record.seq !== shorter.history.seq) continue
    if (leaf === shorter.history.leaf) return
    break
  }
  throw notVerified(
    'LEDGER-PREFIX',
    `${brought.ledger.source} and the partition's own ledger are not the same history`,
    'find out which one is right',
  )
}
