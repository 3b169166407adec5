// Too few shares of the user's group are left: the SO sets the user PIN to that of new shares. Until then nobody reaches the audit key or the
// head on the token, so the station signs the intent, and an older ledger is only found afterwards: with the newest it is done again.
import { EXIT, type KeyriteError, refused } from '../domain/errors.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { QuorumReplacePlan } from '../domain/quorum-plans.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressIn } from '../domain/token-address.ts'
import type { Appended, StationKey } from '../ledger/port.ts'
import { type ApprovedChange, checkApproved } from './change.ts'
import { type Credentials, inForce } from './credentials.ts'
import { isBeingErased } from './end-partition.ts'
import { checkExpiry, checkModule } from './execute.ts'
import { ReplacingMembers } from './members/replacing-members.ts'
import { begun, conclude, outcomeOf, type ReplacePorts, type ReplaceResult } from './replace-quorum.ts'
import { mendLedger } from './write-ahead-log.ts'

interface TakeoverPorts extends ReplacePorts {
  stations: Pick<StationKey, 'station'>
}

/** SECRET-CHECK, SO-PIN, PIN-TRIES, and what every change throws before its intent. */
export async function replaceLost(
  change: ApprovedChange<QuorumReplacePlan>,
  credentials: Credentials,
  ports: TakeoverPorts,
): Promise<ReplaceResult> {
  const { plan } = change
  checkApproved(change, ports.ledger.history.approving(plan), ports.approvals)
  await checkModule(plan, ports)
  await credentials.checkSubsets(inForce(plan.group))
  const pins = await ReplacingMembers.of({ plan, by: plan, credentials, ports })
  await checkNotErased(ports)
  await pins.checkSo()
  checkExpiry(plan, ports)
  ports.lock.check()
  ports.hold()
  pins.begin()
  const intent = await announce(change, ports)
  try {
    await pins.change()
    return await conclude({ change, pins, told: [outcomeOf(intent.leaf, plan)], replaced: intent.leaf }, ports)
  } catch (error) {
    throw orOlder(error)
  }
}

/** REPLACE-LOST: a token that a retirement has erased has no audit key any more that could tell of new shares. */
async function checkNotErased({ ledger: { history }, hsm }: TakeoverPorts): Promise<void> {
  const retiring = history.unfinished?.plan
  if (retiring?.op !== 'partition.retire') return
  if ((await hsm.token(addressIn(history))) && !(await isBeingErased(hsm, history, retiring))) return
  throw refused(
    'REPLACE-LOST',
    'the retirement has erased the token already, with every key: all that is missing is its last record, which only the lost shares could have brought',
    to('keep the ledger as it is', keyrite('audit', 'show')),
  )
}

/** The head is only seen with the new PIN. Whatever was set can be set once more. */
function orOlder(error: unknown): KeyriteError {
  const failure = failureFrom(error)
  if (!OLDER.includes(failure.code)) return begun(error)
  const message = `${failure.message}: it is an older copy, and nothing but the user PIN is another by now`
  const again = keyrite('quorum', 'replace', '--lost', '--shares-dir', 'FOLDER')
  const hint = to(
    'bring the newest ledger.jsonl, from the host that was used last, or from a backup; then do it again',
    again,
  )
  return failure.with({ exit: EXIT.incomplete, message, hint })
}

const OLDER: readonly string[] = ['LEDGER-BEHIND', 'LEDGER-FORKED']

async function announce(
  { plan, approvals }: ApprovedChange<QuorumReplacePlan>,
  ports: TakeoverPorts,
): Promise<Appended> {
  const signer = ports.stations.station()
  const notes = mendLedger(ports)
  if (notes.length > 0) await ports.ledger.append(notes, signer)
  return await ports.ledger.append([{ type: 'intent', plan, approvals: [...approvals] }], signer)
}
