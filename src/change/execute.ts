// The core of every change: log in, compare the ledger with the token, write the intent, act, write the outcome, sign a checkpoint.

import { endOf, isOver } from '../domain/clock.ts'
import { EXIT, incomplete, type KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { groupedBy } from '../domain/grouped.ts'
import { apart, type Hint, keyrite, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { Holder } from '../domain/member-shapes.ts'
import { label } from '../domain/names.ts'
import { finishesAnother, operationOf } from '../domain/operations.ts'
import { type IntentPlan, plannedKeys } from '../domain/plan.ts'
import { planSummary } from '../domain/proposal.ts'
import type { Artefact, KeyReport } from '../domain/shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { recordable } from '../domain/texts.ts'
import { addressIn, type TokenAddress } from '../domain/token-address.ts'
import { counted, listed } from '../domain/words.ts'
import type { Hsm, UserSession } from '../hsm/port.ts'
import type { Appended } from '../ledger/port.ts'
import { type ApprovedChange, checkApproved } from './change.ts'
import type { Credentials } from './credentials.ts'
import { loginAsUser } from './login-wrapping.ts'
import { MembersInChange } from './members/members-in-change.ts'
import { mendedBy, onMembers } from './members/on-members.ts'
import type { Effects, Operation, OperationContext } from './operation.ts'
import { outcomes } from './outcome-records.ts'
import { recordedModule } from './plan-header.ts'
import type { HostSources, Ports } from './ports.ts'
import { orRestore } from './way-back.ts'
import { auditSigner, type HeldToken, type Mending, WriteAheadLog } from './write-ahead-log.ts'

/** What a change gives in JSON: the plan in short, and where the ledger stands. */
export interface Result {
  plan: { op: string; digest: string; code: string }
  seq: number
  leaf: string
  keys: KeyReport[]
  notes?: string[]
  artefacts?: Artefact[]
  /** What became of each member, where there are several. */
  holders?: Holder[]
  /** The outcome is recorded, and no checkpoint was written, or a recovery could not make every member right: why, and how to go on. */
  lacking?: KeyriteError
}

interface Attempt {
  done: Effects
  failure?: KeyriteError
}

export async function executeChange(
  change: ApprovedChange<IntentPlan>,
  credentials: Credentials,
  ports: Ports,
  operation: Operation,
): Promise<Result> {
  const { plan } = change
  checkApproved(change, ports.ledger.history.approving(change.plan), ports.approvals)
  await checkModule(plan, ports)
  const restored = orRestore(ports.ledger.history, plan.module?.path ?? 'PATH')
  await using members = MembersInChange.of(plan, credentials, ports, operation)
  const login = operation.login ?? members?.login ?? loginAsUser
  await using session = await login(credentials, ports, tokenOf(plan, ports)).catch(restored)
  await members?.logIn()
  const log = await reconciledLog(session, ports, members?.held, mendedBy(plan)).catch(restored)
  await operation.check?.(session, ports.ledger.history, members?.others ?? [])
  checkExpiry(plan, ports)
  const intent = await log.writeIntent(change, ports).catch(restored)
  const { history } = ports.ledger
  const context = { session, intent, signer: log.signer, history, log, ...(members ? { members } : {}) }
  const attempt = await tryTo(operation, plan, context).then((one) => onMembers(one, context).catch(asUnknown(plan)))
  const last = await conclude(log, plan, intent, attempt)
  const unsigned = await signLast(log, last, plan, hasChanged(attempt.done))
  ports.changes.settle()
  const { failure } = attempt
  // A recovery has found what it was to find: of the members that it could not make right it tells beside that.
  const isFound = plan.op === 'partition.recover'
  if (failure && !isFound) throw bothOf(verdict(failure, attempt.done, plan), unsigned)
  const lacking = failure ? bothOf(failure, unsigned) : unsigned
  const { keys, notes, artefacts, holders } = attempt.done
  const more = { ...(notes && { notes }), ...(artefacts && { artefacts }), ...(holders && { holders }) }
  return { plan: planSummary(change), seq: last.seq, leaf: last.leaf, keys, ...more, ...(lacking ? { lacking } : {}) }
}

/** The token that was signed for, as the ledger knows how to ask it. */
const tokenOf = ({ tokens: [token] }: IntentPlan, { ledger }: Pick<Ports, 'ledger'>): TokenAddress => ({
  ...addressIn(ledger.history),
  ...token,
})

/** The one writer of ledger and head, once they agree. */
export async function reconciledLog(
  session: UserSession,
  ports: Ports,
  others: readonly HeldToken[] = [],
  mending?: Mending,
): Promise<WriteAheadLog> {
  const log = new WriteAheadLog(session, auditSigner(ports.ledger.history.auditKey, session), ports, others)
  await log.reconcile(ports, mending)
  return log
}

/** MODULE-CHANGED: the library that runs is the one that was approved. */
export async function checkModule(
  { module }: Pick<IntentPlan, 'module'>,
  { hsm }: { hsm: Pick<Hsm, 'module'> },
): Promise<void> {
  const { path, sha256 } = recordedModule(await hsm.module())
  if (module === undefined || (module.path === path && module.sha256 === sha256)) return
  throw notVerified('MODULE-CHANGED', `the module ${path} is not the file that was approved`, 'run the command again')
}

/** PLAN-EXPIRED. */
export function checkExpiry(
  plan: Pick<IntentPlan, 'created' | 'expires' | 'clock'>,
  { sources, ledger }: { sources: Pick<HostSources, 'clock'>; ledger: { history: Pick<History, 'time'> } },
): void {
  if (!isOver(plan, ledger.history.time, sources.clock())) return
  throw refused('PLAN-EXPIRED', `the plan expired at ${endOf(plan)}`, 'run it again, or give it longer: --expires 2h')
}

/** After the intent, a failed change is proved not done, proved partly done, or unknown. Unknown leaves the intent open. */
async function tryTo(operation: Operation, plan: IntentPlan, context: OperationContext): Promise<Attempt> {
  try {
    return ended(await operation.run(context))
  } catch (error) {
    const failure = failureFrom(error)
    try {
      return { done: await operation.determineOutcome!(context), failure }
    } catch {
      throw unknown(failure, plan)
    }
  }
}

const ended = (done: Effects): Attempt => ({ done, ...(done.partly ? { failure: done.partly } : {}) })

async function conclude(
  log: WriteAheadLog,
  plan: IntentPlan,
  intent: Appended,
  { done, failure }: Attempt,
): Promise<Appended> {
  const notes = (done.notes ?? []).map((text) => ({ type: 'note' as const, text: recordable(text) }))
  const records = [...notes, ...(done.before ?? []), ...outcomes(intent.leaf, done, failure)]
  return await log.writeOutcome(records).catch(asUnknown(plan))
}

/** The outcome is recorded, and stays: gives what failed after that. */
export async function signLast(
  log: WriteAheadLog,
  last: Appended,
  plan: IntentPlan,
  changed: boolean,
): Promise<KeyriteError | undefined> {
  try {
    await log.checkpoint(last)
    return undefined
  } catch (error) {
    const failure = failureFrom(error)
    const message = `the result is recorded, but no checkpoint was written: ${failure.message}`
    return failure.with({ exit: EXIT.incomplete, message, hint: signingHint(failure, plan), changed })
  }
}

/** What stands in the way of the file goes first. */
function signingHint({ code, hint }: KeyriteError, { op }: IntentPlan): Hint {
  const next = keyrite('audit', 'checkpoint')
  const isOwn = op === next.run.join('.')
  if (code !== 'DISK' || hint === undefined) return isOwn ? 'run the same command again' : next
  return apart(
    'make room, or mend what is wrong there',
    hint,
    isOwn ? 'then run the same command again' : to('then', next),
  )
}

const bothOf = (failure: KeyriteError, unsigned: KeyriteError | undefined): KeyriteError =>
  unsigned === undefined ? failure : unsigned.with({ message: `${failure.message}; ${unsigned.message}` })

/** What a command reports when it is through. Where no checkpoint was written, what was done is told all the same, and more is to do. */
export function reported<R extends Result>(did: string, { lacking, ...result }: R): Omit<R, 'lacking'> {
  if (lacking === undefined) return result
  throw lacking.with({ message: did === '' ? lacking.message : `${did}; ${lacking.message}`, data: result })
}

function verdict(failure: KeyriteError, { changed, keys, aside, partly }: Effects, plan: IntentPlan): KeyriteError {
  const elsewhere = changed ? undefined : doneElsewhere(failure, plan)
  return changed && failure === partly
    ? failure.with({ message: [...becameOf(keys, plan), failure.message].join('; ') })
    : changed
      ? incomplete(
          failure.code,
          `${failure.message}; ${aside ?? `the ledger names ${keys.length === 0 ? 'what' : `the ${counted(keys.length, 'key')} that`} changed`}`,
          keys.length === 0 ? keyrite('audit', 'show') : keyrite('key', 'list'),
        )
      : failure.with({
          exit: exitOf(failure),
          message: `${failure.message}; ${listedOr(aside, elsewhere)}`,
          changed: hasChanged({ changed, aside: aside ?? elsewhere }),
          ...(elsewhere === undefined ? {} : { hint: keyrite('partition', 'check') }),
        })
}

const listedOr = (...told: readonly (string | undefined)[]): string =>
  told.filter((one) => one !== undefined).join('; ') || 'no key was changed'

/** The token said that it had done it, and it is not to be seen on the keys of the plan: whether another one was met by it nobody has looked. */
function doneElsewhere({ code, changed }: KeyriteError, plan: IntentPlan): string | undefined {
  if (!changed || !SAID_OK.includes(code)) return undefined
  const known = plannedKeys(plan).filter(({ fingerprint }) => fingerprint !== undefined)
  if (known.length === 0) return undefined
  const names = known.length > 3 ? 'the keys' : listed(known.map(({ name, version }) => label(name, version)))
  return `${names} ${known.length === 1 ? 'is as it was' : 'are as they were'}, and what else on the token changed is not known`
}

/** Of an answer without its effect. */
const SAID_OK: readonly string[] = ['MODULE-DATA', 'KEY-AS-ASKED']

/** `a#1, b#1 are active`: what stays so, whatever was to follow. */
function becameOf(keys: readonly KeyReport[], plan: IntentPlan): string[] {
  if (operationOf(plan).changes !== 'keys') return []
  const byState = groupedBy(keys, ({ state, published }) => (published ? 'published' : state))
  return [...byState].map(([state, those]) => {
    const names = those.map(({ name, version }) => label(name, version))
    return `${listed(names)} ${names.length === 1 ? 'is' : 'are'} ${state}`
  })
}

/** A key, or something beside the keys, such as a spare token. */
const hasChanged = ({ changed, aside }: { changed: boolean; aside?: string | undefined }): boolean =>
  changed || aside !== undefined

/** A broken rule keeps its exit code; everything else that the HSM could not do is 4. */
const exitOf = ({ exit }: KeyriteError) =>
  exit === EXIT.bug || exit === EXIT.verification || exit === EXIT.refused ? exit : EXIT.device

const asUnknown = (plan: IntentPlan) => (error: unknown) => {
  throw unknown(failureFrom(error), plan)
}

const unknown = (failure: KeyriteError, plan: IntentPlan): KeyriteError =>
  incomplete(failure.code, `${failure.message}; how far it came is not in the ledger`, nextCommand(failure, plan))

/** While an intent is open only a recovery may begin; if that fails too, the change can be given up. */
function nextCommand({ exit, code, hint }: KeyriteError, plan: IntentPlan): Hint {
  if (!finishesAnother(plan)) return keyrite('partition', 'recover')
  if (hint && OF_A_SPARE.includes(code)) return hint
  return exit === EXIT.verification ? GIVE_UP : to('try again; where it stays so', GIVE_UP)
}

/** A spare token that is gone is given up as such. */
const OF_A_SPARE: readonly string[] = ['SPARE-PRESENT', 'SPARE-KNOWN']

const GIVE_UP = keyrite('partition', 'recover', '--abandon')
