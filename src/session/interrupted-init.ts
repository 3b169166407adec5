// An init that was interrupted: what a failure means once the token has been touched, and how the init is resumed.

import { opensAsSo } from '../change/so-pin.ts'
import * as taken from '../change/taken-token.ts'
import type { Context } from '../cli/context.ts'
import { EXIT, incomplete, type KeyriteError, refused } from '../domain/errors.ts'
import { add, apart, type Hint, keyrite, type Run, to, waysOf } from '../domain/hints.ts'
import { escaped } from '../domain/names.ts'
import type { Pending } from '../domain/pending.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressName } from '../domain/token-address.ts'
import { partitionUnfinished } from '../domain/unfinished.ts'
import type { Hsm } from '../hsm/port.ts'
import type { Partition, PartitionLock } from '../ledger/port.ts'
import type { Target } from './choose-token.ts'
import { unfinishedError } from './pending-change.ts'

/** C_InitToken has happened, and no share has become a PIN. `again`: the command that begins it again; `fresh`: the token was blank, so nothing was erased. */
export function tokenTaken(error: unknown, again: Run, fresh: boolean): KeyriteError {
  const failure = failureFrom(error)
  const { exit, code, message, hint } = failure
  const now = `${fresh ? 'the blank token was initialised' : 'the token was initialised (erased)'} and holds nothing yet`
  // A verification failure stays one, also once a token is taken.
  if (exit === EXIT.verification)
    return failure.with({
      message: `${message}; ${now}`,
      hint: UNFIT.includes(code) ? wayOn(failure, again) : (hint ?? again),
    })
  if (exit === EXIT.interrupted) return failure.with({ message: `interrupted; ${now}`, hint: again, changed: true })
  return incomplete(code, `${message}; ${now}`, isRestore(hint) ? hint : wayOn(failure, again))
}

/** What the token can't do, or may not be, it will not do when it is asked again. */
const UNFIT: readonly string[] = [
  'MECHANISM',
  'HEAD-KEPT',
  'SENSITIVE-KEPT',
  'USAGE-KEPT',
  'RESTORE-EQUAL',
  'SEARCH-WHOLE',
]

/** `again`: of an init it has the partition's name. */
function wayOn({ code, hint }: KeyriteError, again: Run): Hint {
  const [area, , name] = again.run
  if (area !== 'partition' || name === undefined) return again
  const letGo = keyrite('--partition', name, 'partition', 'recover', '--abandon')
  if (code === 'TOKEN-WEAK' && hint) return apart(hint, to('or let the token go', letGo))
  return UNFIT.includes(code) ? to('no partition can begin on it; to let it go', letGo) : again
}

/** The same restore with other options: without a key that can't be restored. */
const isRestore = (hint: Hint | undefined): hint is Hint => {
  const [first = ''] = hint === undefined ? [] : waysOf(hint)
  return typeof first === 'object' && 'run' in first && first.run.slice(0, 2).join(' ') === 'backup restore'
}

/** Everyone has approved: the token may already have the PINs of the shares. */
export function nearlyMade(error: unknown, name: string): KeyriteError {
  const failure = failureFrom(error)
  if (OF_ANOTHER.includes(failure.code)) return failure
  const { code, message } = failure
  const recover = ['--partition', name, 'partition', 'recover']
  return incomplete(
    code,
    `${message}; everyone has approved, and the partition is nearly made`,
    apart(keyrite(...recover), to('or drop it', keyrite(...recover, '--abandon'))),
  )
}

/** The note, or the token, is not that of an init which was cut off: nothing was done to it, and nothing goes on. */
const OF_ANOTHER: readonly string[] = [
  ...['PENDING', 'TOKEN-EMPTY', 'LEDGER-BEHIND', 'LEDGER-FORKED'],
  ...['HEAD-PARTITION', 'HEAD-FORKED', 'HEAD-SHAPE'],
]

/** PARTITION-NEW: a partition begins once. Gives what an interrupted beginning left. */
export function unfinished(partition: Partition, home: string, host: Pick<Context, 'settings'>): Pending | undefined {
  if (!partition.exists) return undefined
  partition.check()
  const pending = partition.pending()
  if (partition.hasLedger && !pending)
    throw refused(
      'PARTITION-NEW',
      `partition ${partition.name} exists already`,
      keyrite('--partition', partition.name, 'partition', 'show'),
    )
  if (pending && (pending.kind === 'restore' || partition.hasLedger))
    throw unfinishedError(partition, pending, home, host)
  return pending
}

/** The folder of a partition that begins, locked for it; one that stays empty goes again. LOCKED: since `before` was read nobody has begun it, or given it up. */
export function claimed(
  partition: Partition,
  pid: number,
  before: Pending | undefined,
  now: () => Pending | undefined,
): Disposable {
  partition.make()
  let lock: PartitionLock | undefined
  const letGo = () => {
    lock?.[Symbol.dispose]()
    partition.unmake()
  }
  try {
    lock = partition.lock()
    lock.adopt(pid)
    if (now()?.temporaryPin === before?.temporaryPin) return { [Symbol.dispose]: letGo }
    const message = 'another keyrite began this partition meanwhile, or gave it up'
    throw refused('LOCKED', message, keyrite('partition', 'list'))
  } catch (error) {
    letGo()
    throw error
  }
}

/** Where the temporary PIN still opens, no share has become a PIN yet, and the token is empty: it is started again. */
export async function settle(
  target: Target,
  before: Pending,
  another: () => Target,
  { hsm, partition }: { hsm: Hsm; partition: Partition },
): Promise<Target> {
  if (target.kind === 'blank' || (target.kind === 'erase' && addressName(target.token) !== before.token)) return target
  const pin = taken.temporaryPin(before)
  using _ = pin.bytes
  if (await opensAsSo(target.token, pin, hsm)) return { ...target, kind: 'unfinished' }
  if (before.stage === 'approved') throw partitionUnfinished(partition.name, before)
  if (target.kind === 'erase') return target
  // Found by its label alone: C_InitToken was cut off in the middle, or it is somebody else's.
  if (typeof before.token !== 'string' && !before.asked) return another()
  const message = `the token ${escaped(addressName(target.token))} has an SO PIN that is not ours`
  throw refused('TOKEN-BLANK', message, to('to erase it', add('--erase-token', addressName(target.token))))
}
