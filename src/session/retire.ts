// A retirement at work: the keys, the token, the last record; begun, or taken up where a crash or a lost token has left it.

import {
  beginWithoutToken,
  closeLedger,
  type EndingPorts,
  endedTokens,
  eraseTokens,
  halfRetired,
  isBeingErased,
  stillHolding,
} from '../change/end-partition.ts'
import { checkModule, type Result } from '../change/execute.ts'
import { isHalfErased, isOnlyToErase } from '../change/half-erased.ts'
import { liveKeys } from '../change/inventory.ts'
import { onEachMember } from '../change/members/on-members.ts'
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
import type { Report } from '../terminal/port.ts'
import { byToken, nowhere } from '../views/held-elsewhere.ts'
import { changeReport } from '../views/report.ts'
import { certificateKept, retirementFiles } from './certificate.ts'
import type { ApprovedWork, ChangeSession } from './change-session.ts'
import { checkLost } from './not-lost.ts'

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
  return done && reportOf(plan, done, written, work)
}

/** What was interrupted, with the keys that live still. */
export async function retireAgain(options: Options, lost: boolean, work: ChangeSession): Promise<Report | undefined> {
  return retire(planRetirementAgain(lost, work.history, await work.planInputs(options)), options, work)
}

/** No checkpoint follows its last record. */
type Done = Omit<Result, 'lacking'>

async function endErased(
  plan: RetirePlan,
  first: RetirePlan,
  options: Options,
  work: ChangeSession,
  ports: EndingPorts,
): Promise<Done | undefined> {
  using approved = await work.approve(plan, options)
  if (!approved) return undefined
  const { change, credentials } = approved
  const done = (await isErased(approved)) ? await announce() : await destroy()
  try {
    await eraseTokens({ plan, first }, credentials, approved.ports)
    const last = await closeLedger(plan, ports)
    work.context.changes.settle()
    return { ...done, ...last }
  } catch (error) {
    throw halfRetired(error, work.history)
  }

  /** At least in part. Of keys that live the ledger has yet to say that they are destroyed: before that no token is erased. */
  async function isErased({ ports }: ApprovedWork): Promise<boolean> {
    if (!isOnlyToErase(work.history)) return false
    const { history } = work
    const begun = await onEachMember(plan, ports, (hsm) => isBeingErased(hsm, history, first))
    if (begun.includes(true)) return true
    await checkModule(plan, ports)
    const half = await onEachMember(plan, ports, (hsm) => isHalfErased(plan, credentials, { ...ports, hsm }))
    return half.includes(true)
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
    const { lacking, ...result } = await approved!.carryOut(destroyEveryKey(plan, (count) => progress.at(count)))
    // The last checkpoint that this ledger can have.
    if (lacking) throw halfRetired(lacking.with({ hint: keyrite('partition', 'recover') }), work.history)
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
  await checkLost(consented.credentials, work)
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

function reportOf(plan: RetirePlan, done: Done, written: string | undefined, { history }: ChangeSession): Report {
  const { token, members } = history.retired!
  const files = written === undefined ? [] : certificateNames(written).map(shellQuoted)
  const certified = files.length === 0 ? 'no certificate was asked for' : `certificate: ${files.join(' and ')}`
  const text = `retired ${history.name}: ${becameOf(plan, history)}; ${holdersInWords(plan, history)}; ${certified}`
  const isWhole = endedTokens(plan, history).every(({ state }) => state === 'erased')
  return changeReport(text, { ...done, token, ...(members && { members }) }, isWhole ? undefined : 'warning')
}

function becameOf(plan: RetirePlan, history: History): string {
  const ended = endedTokens(plan, history)
  const named = (state: 'erased' | 'left' | 'lost'): string[] =>
    ended.filter((one) => one.state === state).map(({ token }) => escaped(tokenName(token)))
  const [erased, left, lost] = [named('erased'), named('left'), named('lost')]
  const live = liveKeys(history).map(({ name, version }) => label(name, version))
  const may = `may still hold ${live.length === 0 ? 'whatever was on it' : listed(live)}`
  return [
    ...(erased.length > 0 ? [`every key is destroyed, and ${tokensInWords(erased)} erased`] : []),
    ...(lost.length > 0 ? [`${tokensInWords(lost)} lost, and ${may}`] : []),
    ...(left.length > 0 ? [`${tokensInWords(left)} NOT ERASED, and ${may}`] : []),
  ].join('; ')
}

const tokensInWords = (names: readonly string[]): string =>
  names.length === 1 ? `the token ${names[0]} is` : `the tokens ${listed(names)} are`

function holdersInWords(plan: RetirePlan, history: History): string {
  const { backups, tokens, copies = [], exports = [], origins = [] } = stillHolding(plan, history)
  const names = [...backups.map(({ name }) => escaped(name)), ...tokens.map((serial) => `token ${escaped(serial)}`)]
  const back =
    names.length === 0
      ? `${nowhere(copies)} holds a key`
      : `keys may still come back, with the shares, from ${listed(names)}: destroy these too`
  const apps = byToken(copies).map(({ where }) => escaped(where))
  const outside = new Set([...exports, ...origins].map(({ key }) => key))
  return [
    back,
    ...(apps.length === 0 ? [] : [`${listed(apps)} may hold keys still`]),
    ...(outside.size === 0 ? [] : [`others may have ${listed([...outside])}`]),
  ].join('; ')
}
