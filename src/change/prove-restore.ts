// What only the shares can tell of a restore, asked before its first irreversible step: whether the backup opens, and what would be lost.

import { toHex } from '../domain/encoding.ts'
import { deviceFailed, EXIT, KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { COPY_HINT, type Head, headSamples, newestHead } from '../domain/head.ts'
import { add, apart, keyrite, type Run, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import { escaped, label } from '../domain/names.ts'
import { type RestorePlan, serialOf } from '../domain/plan.ts'
import { addressName, addressOf, type TokenAddress, tokenName } from '../domain/token-address.ts'
import { listed } from '../domain/words.ts'
import type { Hsm, Pin, UserSession } from '../hsm/port.ts'
import type { BackupContent, Ledger } from '../ledger/port.ts'
import type { KekCheck } from '../quorum/port.ts'
import { LEFT_OUT, notOpened, wrappedKeys } from './bring-keys.ts'
import type { Credentials } from './credentials.ts'
import { AUDIT_LABEL, nameOf, PROBE_LABEL, unknownObjectsIn } from './inventory.ts'
import { keysOnToken } from './key-targets.ts'
import { openingPin } from './opening-pin.ts'
import { likelyEpochs } from './pin-epochs.ts'
import type { Ports } from './ports.ts'
import { seenNow, slotWith } from './slots.ts'
import { opensAsSo } from './so-pin.ts'

/** What the shares open, and on which token that is tried. */
interface Trial {
  plan: Pick<RestorePlan, 'keys' | 'accepted'>
  token: TokenAddress
  backup: BackupContent
  credentials: Credentials
  ports: Pick<Ports, 'hsm'> & { keks: KekCheck }
  /** The command that starts it again without these keys; undefined where it can't do without. */
  without?: (labels: readonly string[]) => Run
  /** The command that starts it again where the host may open what the token can't; undefined where a word added to it is enough. */
  clearing?: Run
  progress?: (done: number) => void
}

export interface Proof extends Trial {
  plan: RestorePlan
  ports: Trial['ports'] & Pick<Ports, 'ledger'>
}

/** BACKUP-KEK: the shares give the key that the backup is wrapped under. */
export async function proveKek({ backup, credentials, ports }: Omit<Trial, 'plan' | 'token'>): Promise<void> {
  using kek = await credentials.backupKek(backup.header.kek.epoch)
  if (ports.keks.kekCheck(kek) !== backup.header.kek.check)
    throw notVerified('BACKUP-KEK', 'these shares do not open this backup: it was made under another key')
}

/** BACKUP-OPENS, CLEAR-ON-HOST, MECHANISM: the shares open every blob of the backup, and what comes out is the key that was backed up. */
export async function proveBlobs({
  plan,
  token,
  backup,
  credentials,
  ports,
  without,
  clearing,
  progress,
}: Trial): Promise<void> {
  using kek = await credentials.backupKek(backup.header.kek.epoch)
  const keys = wrappedKeys(plan, backup)
  const problems = await ports.hsm.tryBlobs(token, kek, keys, progress)
  const bad = keys.flatMap(({ label }, i) => (problems[i] ? [{ label, ...problems[i] }] : []))
  if (bad.length === 0) return
  const unopened = bad.filter(({ lacks }) => lacks)
  if (unopened.length > 0)
    throw notOpened(
      unopened.map(({ why }) => why),
      clearing,
    )
  const named = bad.map(({ label, why }) => `${label}: ${why}`).join('; ')
  const labels = bad.map(({ label }) => label)
  if (bad.every((one) => one.refused))
    throw deviceFailed('MECHANISM', `the token does not take every key of the backup: ${named}`, without?.(labels))
  throw notVerified('BACKUP-OPENS', `the backup does not hold what was backed up: ${named}`, without?.(labels))
}

/** SO-PIN: the present SO PIN of a token that is to be emptied opens it. `token` is one that the signatures name, or the PIN is a person's. */
export async function proveSoPin(token: TokenAddress, pin: Pin, hsm: Hsm): Promise<void> {
  if (await opensAsSo(token, pin, hsm)) return
  const message = `the SO PIN of the token ${escaped(addressName(token))} is not the one that these shares give`
  throw refused('SO-PIN', message, 'its present SO PIN: --so-pin-file FILE; a wrong PIN costs a try')
}

/**
 * HEAD-..., LEDGER-BEHIND, LEDGER-FORKED, TOKEN-UNKNOWN, TOKEN-HOLDS: what the partition's own token tells before it is erased. Only one that a restore
 * of the ledger was emptying, and that has no user PIN now, is empty; one that does not open for the user holds nobody knows what.
 */
export async function askToken({ plan, token: address, credentials, ports }: Proof): Promise<void> {
  const { hsm, ledger } = ports
  if (plan.accepted?.includes('unbacked')) return
  const token = await seenNow(address, hsm)
  if (!token?.userPinSet && wasBegunOn(serialOf(plan), ledger.history)) return
  const user = token?.userPinSet ? await opening(address, credentials, { hsm, ledger }) : undefined
  using _wiped = user?.bytes
  if (!user) throw unreadable(token?.userPinSet, ledger.history)
  await using session = await hsm.login(address, user)
  const unknown = await unknownOn(session, ledger)
  if (unknown === undefined) return await checkNoneLost(plan, session, ledger.history)
  const hint = `${COPY_HINT}: --ledger FILE; or ${WAYS_ON} what is named: --accept unbacked`
  throw unknown.with({ hint })
}

/** TOKEN-HOLDS: one odd answer of a token that is well leads to a restore as one that is broken does, and what only it has would be lost. */
async function checkNoneLost({ missing }: RestorePlan, session: UserSession, history: History): Promise<void> {
  const lacking = missing
    .filter(({ reason }) => reason !== LEFT_OUT)
    .flatMap(({ name, version }) => history.key(name, version) ?? [])
  const there = await keysOnToken(lacking, session, undefined, true)
  if (there.size === 0) return
  const names = [...there.keys()].map(({ name, version }) => label(name, version))
  throw refused(
    'TOKEN-HOLDS',
    `the token has ${listed(names)} still, and the backup lacks ${names.length === 1 ? 'it' : 'them'}: with the token what only it has is lost`,
    apart(
      to('perhaps nothing is wrong with it', keyrite('partition', 'check')),
      to('then what may leave it goes into a backup', keyrite('backup', 'create', 'FILE')),
      to('onto another token, and leave this one as it is', add('--slot', 'ID')),
      to('or give them up', add('--accept', 'unbacked')),
    ),
  )
}

/**
 * LEDGER-BEHIND, LEDGER-FORKED: what the token tells that the keys were on, where it is there still and another one takes its place. One that does not
 * open tells nothing.
 */
export async function askReplaced({ plan, credentials, ports }: Omit<Proof, 'token'>): Promise<void> {
  const { hsm, ledger } = ports
  const { id, token: before } = ledger.history.members.first
  const address = addressOf(before)
  const token = slotWith(address, await hsm.slots())?.token
  // A member that came later has PINs of its own.
  if (plan.accepted?.includes('unbacked') || before.serial === serialOf(plan) || id !== undefined) return
  if (!token?.userPinSet || token.tries.user !== 'ok') return
  const user = await opening(address, credentials, { hsm, ledger })
  using _wiped = user?.bytes
  if (!user) return
  await using session = await hsm.login(address, user)
  const newer = newerThan(ledger, headIn(await session.heads(), ledger.history)[0], '')
  if (!newer) return
  const message = `${newer.message}: it is ${escaped(tokenName(before))}, which is there, and whose keys this restore brings to another`
  const hint = `${COPY_HINT}: --ledger FILE; or give up what this ledger does not know of: --accept unbacked`
  throw newer.with({ message, hint })
}

/** The user PIN of the shares that opens it: while custodians are replaced it may be that of either set. */
const opening = (
  address: TokenAddress,
  credentials: Credentials,
  { hsm, ledger }: Pick<Proof['ports'], 'hsm' | 'ledger'>,
): Promise<Pin | undefined> =>
  openingPin(
    likelyEpochs('user', address.serial, ledger.history),
    (epoch) => credentials.pinOf('user', epoch),
    (pin) => hsm.pinOpens(address, 'user', pin),
  )

const WAYS_ON = 'onto another token: --slot ID; or give up'

function unreadable(hasUserPin = false, { rosters }: Pick<History, 'rosters'>) {
  const why = hasUserPin ? 'its user PIN is not the one that these shares give' : 'it has no user PIN any more'
  const message = `what the token holds can't be looked at: ${why}; keys that are in no backup may be there`
  const onward = `${WAYS_ON} whatever it holds: --accept unbacked`
  if (!rosters.replacing?.plan.lost) return notVerified('TOKEN-UNKNOWN', message, onward)
  const setting = to('where the token works, its user PIN is set first by', keyrite('partition', 'recover'))
  return notVerified('TOKEN-UNKNOWN', message, apart(setting, onward))
}

/** The ledger hears of a restore before it empties a token. */
const wasBegunOn = (serial: string, { openRestores }: History): boolean =>
  openRestores.some((plan) => serialOf(plan) === serial)

/** Undefined where the ledger knows everything on the token. */
async function unknownOn(session: UserSession, ledger: Ledger): Promise<KeyriteError | undefined> {
  const { history } = ledger
  // A trial of the token that a restore before was cut off in has left its own.
  const samples = Object.values(headSamples())
  const heads = (await session.heads()).filter((value) => !samples.includes(value))
  const objects = await unknownObjectsOn(session, history)
  const named = objects.length === 0 ? '' : `, and holds what this ledger does not keep there: ${objects.join(', ')}`
  const [head, wrong] = headIn(heads, history)
  if (wrong) return wrong.with({ message: `${wrong.message}${named}` })
  const newer = newerThan(ledger, head, named)
  if (newer || objects.length === 0) return newer
  return notVerified('TOKEN-UNKNOWN', `the token holds what this ledger does not keep there: ${objects.join(', ')}`)
}

/** `named`: what else is to be told. */
function newerThan(ledger: Ledger, head: Head | undefined, named: string): KeyriteError | undefined {
  const { seq } = ledger.history
  if (head && head.seq > seq)
    return notVerified('LEDGER-BEHIND', `the token has seen record ${head.seq}; this ledger ends with ${seq}${named}`)
  if (head && ledger.since(head.seq).leaf !== head.leaf)
    return notVerified('LEDGER-FORKED', `record ${head.seq} is not the one that the token has seen${named}`)
  return undefined
}

/** HEAD-...: one that can't be read is not passed over, since it may be the newest. */
function headIn(heads: readonly string[], { partition }: History): [head?: Head | undefined, wrong?: KeyriteError] {
  if (heads.length === 0) return []
  try {
    return [newestHead(heads, partition)]
  } catch (error) {
    if (error instanceof KeyriteError && error.exit === EXIT.verification) return [undefined, error]
    throw error
  }
}

const LEFT_BEHIND: readonly string[] = [AUDIT_LABEL, PROBE_LABEL]

/**
 * Both halves of a pair have one label. What has no name yet, an audit key that is in no record, and keys that only tried the token out, a
 * restore before left half way.
 */
async function unknownObjectsOn(session: UserSession, history: History): Promise<string[]> {
  const ours = new Set([...history.keys].map(({ name, version }) => label(name, version)))
  const found = unknownObjectsIn(await session.scan(), history).filter(
    (object) => !LEFT_BEHIND.includes(object.label) && (object.label !== '' || object.id.length > 0),
  )
  const destroyed = new Map(
    [...history.keys].flatMap((key) => (key.state === 'destroyed' ? [[key.id, label(key.name, key.version)]] : [])),
  )
  const names = found.map((object) => {
    const gone = destroyed.get(toHex(object.id))
    if (gone) return `${gone}, which it knows as destroyed`
    return object.label === '' || ours.has(object.label) ? nameOf(object) : object.label
  })
  return [...new Set(names)].map(escaped)
}
