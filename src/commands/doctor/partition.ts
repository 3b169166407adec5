// A partition as it lies in its folder: whose files they are, whether its ledger opens and ends, and who is at work in it.

import { isNotOnToken, liveKeys } from '../../change/inventory.ts'
import { noneAbsent } from '../../change/key-targets.ts'
import { checkNoneOpen } from '../../change/open-intent.ts'
import type { Context, PartitionSettings } from '../../cli/context.ts'
import { deviceFailed, KeyriteError } from '../../domain/errors.ts'
import { keyrite, sh, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import { reachedBy } from '../../domain/module-profile.ts'
import { escaped } from '../../domain/names.ts'
import type { Pending } from '../../domain/pending.ts'
import { custodiansOf } from '../../domain/roster.ts'
import { addressOf, isAt, tokenName } from '../../domain/token-address.ts'
import { counted } from '../../domain/words.ts'
import type { SlotFacts } from '../../hsm/port.ts'

import type { Ledger, Partition } from '../../ledger/port.ts'
import { isGoingOn, workIn } from '../../session/at-work.ts'
import { uncopied } from '../../session/ledger-copy.ts'
import { olderCopy } from '../../session/older-copy.ts'
import { openCeremony } from '../../session/open-ceremony.ts'
import { blockedBy, unfinishedError } from '../../session/pending-change.ts'
import { uselessShares } from '../../session/settle-issue.ts'
import { tokenMissing } from '../../session/token-missing.ts'
import { custodyWarnings } from '../../views/custody-view.ts'
import { requestInWords } from '../../views/plan-inward.ts'
import { dayOf, recordsInWords } from '../../views/words.ts'
import { type Checks, type Finding, ok, problem, skipped, warning } from './checks.ts'
import { wholeFolder } from './files.ts'
import { manifestDue } from './manifest.ts'

export interface PartitionHealth {
  name: string
  /** Where the ledger can be read. */
  history?: History
  /** Where the settings name a module. */
  settings?: PartitionSettings
  /** A restore that is on its way. */
  pending?: Pending
  /** What lies beside the ledger, where that can be read. */
  index?: ReturnType<Ledger['findIndex']>
}

export async function lookAtPartition(
  checks: Checks,
  partition: Partition,
  home: string,
  context: Context,
  among: number,
): Promise<PartitionHealth> {
  const { name } = partition
  const health: PartitionHealth = { name }
  const named = among > 1 ? { partition: name } : {}
  await checks.look(`${name}: folder`, () => wholeFolder(partition.path, context.ledgers))
  await checks.look(`${name}: ledger`, () => ledger(partition, health, home, context), named)
  const { history } = health
  if (history) await checks.look(`${name}: index`, () => indexFound(health.index), named)
  if (history && !history.retired)
    await checks.look(`${name}: custodians`, () => custodians(history, context.sources.clock()), named)
  if (history && !history.retired && partition.issue())
    await checks.look(`${name}: new shares`, () => newShares(partition, context), named)
  if (history && !history.retired && history.requests.open.length > 0)
    await checks.look(`${name}: requests`, () => requests(history, context.sources.clock()), named)
  const due = history && !history.retired ? manifestDue(history, context.sources.clock()) : undefined
  if (due) await checks.look(`${name}: manifest`, () => due, named)
  const ceremony = history && openCeremony(history, partition.ledger, { home, partition: name }, context)
  if (ceremony) await checks.look(`${name}: ceremony`, () => warning(ceremony.message, ceremony.hint), named)
  if (history && partition.whereabouts.isInDatabase)
    await checks.look(`${name}: database`, () => database(partition, history), named)
  await checks.look(`${name}: lock`, () => lock(partition))
  await checks.look(`${name}: settings`, () => {
    health.settings ??= context.settings.read(home, name)
    return ok(health.settings.module)
  })
  return health
}

const MENDED = to('the next command that logs in mends it', keyrite('partition', 'check'))

/** PARTITION-FINISHED, INTENT-OPEN, and every rule that a ledger can break. What is torn mends itself. */
function ledger(partition: Partition, health: PartitionHealth, home: string, context: Context): Finding {
  const pending = blockedBy(partition, home, context)
  if (pending) {
    // The settings are written last.
    health.settings = reachedBy(pending)
    throw unfinishedError(partition, pending, home, context)
  }
  const atWork = workIn(partition)
  const opened = partition.openLedger('lines')
  const { history, tree, torn } = opened
  Object.assign(health, { history, index: opened.findIndex() })
  const older = olderCopy(partition, tree.size)
  if (older) throw older
  const found = recordsInWords(tree.size, history)
  if (isGoingOn(history, atWork)) return ok(`${found}; a change is being carried out just now`)
  checkNoneOpen(history)
  if (history.retired) return ok(`${found}; retired on ${dayOf(history.retired.time)}, and closed`)
  const prepared = partition.pending()
  if (prepared) {
    health.pending = prepared
    const { message, hint = '' } = unfinishedError(partition, prepared, home, context)
    return warning(`${found}; ${message}`, hint)
  }
  if (torn) return warning(`${found}; a crash left a torn line after it`, MENDED)
  const lost = noneAbsent(liveKeys(history).filter((key) => key.state !== 'compromised' && isNotOnToken(key, history)))
  if (lost) return warning(`${found}; ${lost.message}`, lost.hint!)
  // What is torn is mended before it is copied.
  const missing = uncopied(history, partition)
  return missing ? warning(`${found}; ${missing.message}`, missing.hint) : ok(found)
}

/** By it a command that only looks goes: what it can vouch for is what the token has signed. */
function indexFound(index: PartitionHealth['index']): Finding {
  if (index === undefined) return ok('none: the ledger is read whole')
  if (index !== 'passed over')
    return ok(`up to record ${index.seq}, as the token has signed it; audit verify holds it against the ledger`)
  const found = 'it is damaged, of another version, or not what the token has signed: the ledger is read whole'
  return warning(found, to('the next change makes a new one', keyrite('partition', 'check')))
}

/** Shares that nobody has seen for long, and people who are gone: it warns, and stands in no way. */
function custodians(history: History, now: Date): Finding {
  const found = custodyWarnings(history, now)
  const [first] = found
  if (first) return warning(found.map(({ message }) => message).join('; '), first.hint ?? keyrite('quorum', 'show'))
  const people = new Set(custodiansOf(history.groups))
  return ok(`${counted(people.size, 'custodian')}, each share shown within a year`)
}

/** What is defined there, and that it has what is known here. */
async function database({ whereabouts }: Partition, history: History): Promise<Finding> {
  const { beyond, waiting } = await whereabouts.look(history)
  const { place } = whereabouts.address
  const records = beyond === 0 ? 'with the same records' : `with ${counted(beyond, 'record')} more`
  const others =
    waiting === 0 ? '' : `; ${counted(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'} there for the next change`
  return ok(`${place}, ${records}${others}`)
}

/** What a stage that was killed has left: they open nothing, and look like shares that do. */
async function newShares(partition: Partition, { quorum }: Context): Promise<Finding> {
  if (lock(partition).status !== 'ok') return skipped('they may be being handed out just now')
  const files = await uselessShares(partition, quorum)
  if (files.length === 0) return ok('what was noted of them is in the ledger, or gone')
  const found = `${counted(files.length, 'share file')} of a set that never came to be: ${files.map(escaped).join(', ')}`
  return warning(found, to('they open nothing: destroy them, and each copy', sh('rm', ...files)))
}

/** Transport keys that are good for nothing any more are given up by hand. */
function requests(history: History, now: Date): Finding {
  const { open } = history.requests
  const inWords = requestInWords(history)
  const late = open.filter(({ until }) => until < now.toISOString())
  if (late.length === 0) return ok(`${counted(open.length, 'key')} asked for: ${open.map(inWords).join('; ')}`)
  const lines = late.map(({ name }) => keyrite('key', 'import-request', name, '--cancel'))
  return warning(`nobody can answer any more: ${late.map(inWords).join('; ')}`, { lines })
}

/** LOCKED: somebody at work is no fault, but a reason why nothing else begins. */
function lock(partition: Partition): Finding {
  try {
    partition.checkUnlocked()
    return ok('free')
  } catch (error) {
    if (!(error instanceof KeyriteError)) throw error
    return warning(error.message, error.hint ?? 'wait for it')
  }
}

/** Nothing was begun that could go on. */
export const without = (member: string): string => `to go on without it, a change is given --absent ${member}`

const ERASED = to('somebody erased it; onto one that holds nothing', keyrite('backup', 'restore', 'FILE'))

/** TOKEN-PRESENT, TOKEN-SERIAL, TWO-TOKENS: the ledger's token is in this module, once. */
export function tokenOf(history: History, slots: readonly SlotFacts[], module: string, pending?: Pending): Finding {
  if (history.retired) return skipped(`the partition was retired: its token is ${history.retired.token}`)
  const named = slots.filter(({ token }) => token && isAt(addressOf(history.token), token))
  const initialised = named.filter(({ token }) => token?.initialised)
  const found = initialised.length > 0 ? initialised : named
  if (found.length === 0) return problem(tokenMissing(history, slots, module, { pending, without }))
  const said = `serial ${tokenName(history.token)}, in slot ${found.map(({ slot }) => slot).join(' and ')}`
  if (found.some(({ token }) => token?.unnamed && !token.initialised))
    return problem(deviceFailed('TOKEN-PRESENT', `${said}: it has no PIN any more`, ERASED))
  return found.length === 1 ? ok(said) : problem(deviceFailed('TWO-TOKENS', said, 'take one of them away'))
}
