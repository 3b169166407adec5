// A retirement at work: the keys, the token, the last record; begun, or taken up where a crash or a lost token has left it.

import {
  beginWithoutToken,
  closeLedger,
  type EndingPorts,
  eraseToken,
  halfRetired,
  isBeingErased,
  stillHolding,
} from '../change/end-partition.ts'
import type { Result } from '../change/execute.ts'
import { isHalfErased, isOnlyToErase } from '../change/half-erased.ts'
import { liveKeys } from '../change/inventory.ts'
import { openIntent } from '../change/open-intent.ts'
import { destroyEveryKey, planRetirementAgain } from '../change/operations/retire-partition.ts'
import type { ChangeOptions } from '../cli/options.ts'
import { certificateNames } from '../domain/file-names.ts'
import { keyrite } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped, label, shellQuoted } from '../domain/names.ts'
import type { RetirePlan } from '../domain/plan.ts'
import { planSummary } from '../domain/proposal.ts'
import { tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import type { TokenFacts } from '../hsm/port.ts'
import type { Report } from '../terminal/port.ts'
import { changeReport } from '../views/report.ts'
import { certificateKept, retirementFiles } from './certificate.ts'
import type { ApprovedWork, ChangeSession } from './change-session.ts'

type Options = ChangeOptions & { confirm?: string }

/** Undefined under --dry-run. */
export async function retire(plan: RetirePlan, options: Options, work: ChangeSession): Promise<Report | undefined> {
  const first = (openIntent(work.history)?.plan ?? plan) as RetirePlan
  let written = plan.certificate
  const ports = endingPorts(first, work, (kept) => {
    written = kept
  })
  const done = plan.lost
    ? await endLost(plan, options, work, ports)
    : await endErased(plan, first, options, work, ports)
  return done && reportOf(done, written, work)
}

/** What was interrupted, with the keys that live still. */
export async function retireAgain(options: Options, lost: boolean, work: ChangeSession): Promise<Report | undefined> {
  return retire(planRetirementAgain(lost, work.history, await work.planInputs(options)), options, work)
}

/** No checkpoint follows its last record. */
type Done = Omit<Result, 'unsigned'>

async function endErased(
  plan: RetirePlan,
  first: RetirePlan,
  options: Options,
  work: ChangeSession,
  ports: EndingPorts,
): Promise<Done | undefined> {
  let found: TokenFacts | undefined
  using approved = await work.approve(plan, options, async ({ token }) => {
    found = token
  })
  if (!approved) return undefined
  const { change, credentials } = approved
  const done = (await isErased(approved)) ? await announce() : await destroy()
  try {
    await eraseToken({ plan, first }, credentials, approved.ports)
    const last = await closeLedger(plan, ports)
    work.context.changes.settle()
    return { ...done, ...last }
  } catch (error) {
    throw halfRetired(error)
  }

  /** At least in part. Of keys that live the ledger has yet to say that they are destroyed: before that no token is erased. */
  async function isErased({ ports }: ApprovedWork): Promise<boolean> {
    if (!isOnlyToErase(work.history)) return false
    return isBeingErased(found!, first) || (await isHalfErased(change, credentials, ports))
  }

  /** There is no audit key any more that could sign the intent. */
  async function announce(): Promise<Omit<Done, 'seq' | 'leaf'>> {
    work.partition.openLedger('all')
    credentials.check(['so', 'user'])
    await beginWithoutToken(change, ports, approved!.ports.hsm)
    return { plan: planSummary(change), keys: [] }
  }

  async function destroy(): Promise<Omit<Done, 'seq' | 'leaf'>> {
    using progress = work.terminal.progress('keys destroyed', plan.keys.length)
    const { unsigned, ...result } = await approved!.carryOut(destroyEveryKey(plan, (count) => progress.at(count)))
    // The last checkpoint that this ledger can have.
    if (unsigned) throw halfRetired(unsigned.with({ hint: keyrite('partition', 'recover') }))
    return result
  }
}

async function endLost(
  plan: RetirePlan,
  options: Options,
  work: ChangeSession,
  ports: EndingPorts,
): Promise<Done | undefined> {
  using consented = await work.approveWithoutToken(plan, options)
  if (!consented) return undefined
  work.partition.openLedger('all')
  await beginWithoutToken(consented.change, ports, undefined)
  const last = await closeLedger(plan, ports)
  return { plan: planSummary(consented.change), keys: [], ...last }
}

function endingPorts(first: RetirePlan, work: ChangeSession, kept: (path: string) => void): EndingPorts {
  const { context, ledger, partition, lock, terminal } = work
  const tell = (why: string, path: string) => {
    kept(path)
    terminal.warn(certificateKept(why, path))
  }
  return {
    ledger,
    lock,
    sources: context.sources,
    approvals: context.ledgers,
    stations: partition,
    hold: () => context.holdInterrupts(),
    say: (line) => terminal.say(line),
    files: first.certificate === undefined ? undefined : retirementFiles(first, partition, context.ledgers, tell),
  }
}

function reportOf(done: Done, written: string | undefined, { history }: ChangeSession): Report {
  const { token } = history.retired!
  const files = written === undefined ? [] : certificateNames(written).map(shellQuoted)
  const certified = files.length === 0 ? 'no certificate was asked for' : `certificate: ${files.join(' and ')}`
  const text = `retired ${history.name}: ${becameOf(history)}; ${holdersInWords(history)}; ${certified}`
  return changeReport(text, { ...done, token }, token === 'lost' ? 'warning' : undefined)
}

function becameOf(history: History): string {
  const { token, retired } = history
  if (retired!.token === 'erased') return `every key is destroyed, and the token ${escaped(tokenName(token))} is erased`
  const live = liveKeys(history).map(({ name, version }) => label(name, version))
  const may = live.length === 0 ? 'whatever it held' : listed(live)
  return `the token ${escaped(tokenName(token))} is lost, and may still hold ${may}`
}

function holdersInWords(history: History): string {
  const { backups, tokens } = stillHolding(history, history.retired!.token === 'lost')
  const names = [...backups.map(({ name }) => escaped(name)), ...tokens.map((serial) => `token ${escaped(serial)}`)]
  return names.length === 0
    ? 'no backup or other token that the ledger knows holds a key'
    : `keys may still come back, with the shares, from ${listed(names)}: destroy these too`
}
