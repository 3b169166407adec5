// What a replacement of custodians, and what takes one up, needs of a home, and how it is told.
import { reported } from '../change/execute.ts'
import type { Ports } from '../change/ports.ts'
import { type ReplacePorts, type ReplaceResult, recoverReplacement } from '../change/replace-quorum.ts'
import { recordCode } from '../domain/code.ts'
import { keyrite, sh, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { RecoverPlan } from '../domain/plan.ts'
import type { Group } from '../domain/shapes.ts'
import type { Partition } from '../ledger/port.ts'
import type { Report, Terminal } from '../terminal/port.ts'
import { line, whole } from '../terminal/text.ts'
import { closingList, oldShares } from '../views/closing-list.ts'
import { type CarriedCopy, carryAway, chooseCopy } from './carried-copy.ts'
import type { ApprovedWork, ChangeSession } from './change-session.ts'

export const replacePorts = (ports: Ports, partition: Partition): ReplacePorts => ({
  ...ports,
  notes: partition.pins,
  reopened: () => partition.openLedger().history,
})

/** The folder is asked for where it is not given. */
export const copyFor = (
  group: { name: string; epoch: number },
  { copy }: { copy?: string },
  { context, globals, partition, terminal }: ChangeSession,
): Promise<CarriedCopy> => chooseCopy(copy, { name: partition.name, group }, { context, home: globals.home, terminal })

/** Where nobody can be asked for a folder, there need be none: what was interrupted is finished all the same. */
export async function copyOf(
  group: Group,
  options: { copy?: string; dryRun?: boolean },
  work: ChangeSession,
): Promise<CarriedCopy | undefined> {
  if (options.copy === undefined && (options.dryRun || !work.terminal.interactive)) return undefined
  return copyFor(group, options, work)
}

/** Finishes one that was interrupted. */
export async function finishReplacement(
  group: Group,
  { change, credentials, ports }: ApprovedWork<RecoverPlan>,
  copy: CarriedCopy | undefined,
  work: ChangeSession,
): Promise<void> {
  const result = await recoverReplacement(change, credentials, replacePorts(ports, work.partition))
  tellReplaced(group, result, copy, work, { found: 'done' })
}

/** A copy of the ledger goes elsewhere, and then it is told. */
export function tellReplaced(
  group: Group,
  replaced: ReplaceResult,
  copy: CarriedCopy | undefined,
  { partition, terminal, context }: ChangeSession,
  more: { found?: 'done' } = {},
): void {
  const done = reported('the custodians are replaced', replaced)
  if (copy) carryAway(copy, partition, context.ledgers)
  const { history } = partition.openLedger()
  warnOfRest(group, history, terminal)
  const result = { ...done, ...more, ...(copy ? { copy } : {}) }
  terminal.answer(replaceReport(group, result, { partition, history }, terminal))
}

/** What comes next, where shares were lost: no backup opens any more, and what they were awaited for has no end yet. */
function warnOfRest(group: Group, { rosters, unfinished, keys }: History, terminal: Pick<Terminal, 'warn'>): void {
  const isLost = rosters.takeovers.some((one) => one.group === group.name && one.epoch === group.epoch)
  if (isLost && group.roles.includes('recovery') && keys.living > 0)
    terminal.warn('no backup of before opens any more', to('make one', keyrite('backup', 'create', 'FILE')))
  if (unfinished)
    terminal.warn(`${unfinished.plan.op} of record ${unfinished.seq} has no end yet`, keyrite('partition', 'recover'))
}

interface ReadLedger {
  partition: Partition
  history: History
}

/** The closing list, once a copy of the ledger is elsewhere. */
function replaceReport(
  group: Group,
  result: Omit<ReplaceResult, 'lacking'> & { copy?: CarriedCopy; found?: 'done' },
  read: ReadLedger,
  terminal: Pick<Terminal, 'warn'>,
): Report {
  const { copy } = result
  warnOfKept(result, terminal)
  const { burn, list } = closing(group, read, copy ? undefined : terminal)
  return {
    data: { ...result, burn },
    text: [
      line(inForce(group), '   ', whole(`record ${result.seq} ${recordCode(result.leaf)}`)),
      ...(copy ? [line('the ledger is copied to ', whole(copy.ledger), ', its checkpoint beside it')] : []),
      ...list,
    ],
  }
}

const inForce = ({ name, epoch, threshold, custodians }: Group): string =>
  `the new shares of ${name} are in force: epoch ${epoch}, ${threshold} of ${custodians.length}`

/** Whose paper is to be burnt. `warned`: who hears that it is too early, while no copy of the ledger is elsewhere. */
function closing(group: Group, { partition, history }: ReadLedger, warned: Pick<Terminal, 'warn'> | undefined) {
  warned?.warn(
    'no copy of the ledger is elsewhere, and without one the new shares open nothing of before: burn no paper yet',
    sh('cp', partition.ledger.source, partition.checkpointFile, 'ELSEWHERE/'),
  )
  const burn = oldShares(group, history)
  return { burn, list: closingList(burn, group, history) }
}

/** What a restore that took up a replacement adds to its answer, which may be that of a failure. */
export function tellTakenUp(group: Group, partition: Partition, terminal: Pick<Terminal, 'warn' | 'show'>) {
  const { burn, list } = closing(group, { partition, history: partition.openLedger().history }, terminal)
  terminal.show([line(inForce(group)), ...list])
  return { burn }
}

/** A PIN that the token did not take is known to whoever has M of the old shares. */
function warnOfKept({ kept }: Pick<ReplaceResult, 'kept'>, terminal: Pick<Terminal, 'warn'>): void {
  for (const role of kept)
    terminal.warn(
      `the token takes no new ${role === 'so' ? 'SO' : 'user'} PIN: that of the old shares opens it still`,
      keyrite('partition', 'show'),
    )
}
