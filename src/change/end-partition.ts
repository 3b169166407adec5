// What follows when a partition's keys are gone: its token is erased under PINs that nobody knows, and the station signs the last record.

import { canonical } from '../domain/canonical.ts'
import { notBefore } from '../domain/clock.ts'
import { pae, toBase64url, utf8 } from '../domain/encoding.ts'
import { endedMembers } from '../domain/ended-members.ts'
import { deviceFailed, EXIT, incomplete, type KeyriteError, notVerified } from '../domain/errors.ts'
import { apart, keyrite, to } from '../domain/hints.ts'
import type { History, OpenIntent } from '../domain/history.ts'
import type { KnownMember } from '../domain/known-member.ts'
import { endedLabel } from '../domain/member-id.ts'
import type { EndedMember } from '../domain/member-shapes.ts'
import { escaped } from '../domain/names.ts'
import type { RetirePlan } from '../domain/plan.ts'
import { Secret } from '../domain/secret.ts'
import type { Artefact, KeyReport, Token } from '../domain/shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressOf } from '../domain/token-address.ts'
import type { Hsm, Pin, SlotFacts, TokenFacts } from '../hsm/port.ts'
import type { Appended, Ledger, StationKey } from '../ledger/port.ts'
import { type ApprovedChange, checkApproved } from './change.ts'
import type { Credentials } from './credentials.ts'
import { checkEmpty } from './empty-token.ts'
import { checkExpiry, checkModule } from './execute.ts'
import { holdersOfPartition, type StillHolding } from './held-elsewhere.ts'
import { liveKeys } from './inventory.ts'
import { ofMember, onEachMember } from './members/on-members.ts'
import type { HostSources, Ports } from './ports.ts'
import { faultsIn, slotWith } from './slots.ts'
import { opensAsSo } from './so-pin.ts'
import { mendLedger } from './write-ahead-log.ts'

/** `plan`: tokens that it does not erase keep what they have. */
export const stillHolding = (plan: Ending, history: History): StillHolding =>
  holdersOfPartition(
    history,
    endedTokens(plan, history).flatMap(({ token, state }) => (state === 'erased' ? [] : [token])),
  )

type Ending = Pick<RetirePlan, 'lost' | 'absent'>

/** The token of each member, and what becomes of it. */
export function endedTokens(plan: Ending, { members, token }: History): EndedToken[] {
  const ended = endedMembers(plan, members.live)
  if (!ended) return [{ token, state: plan.lost ? 'lost' : 'erased' }]
  return members.live.map((one, i) => ({ member: one.name, token: one.token, state: ended[i]!.token }))
}

interface EndedToken {
  token: Token
  /** Where there are several. */
  member?: string
  state: EndedMember['token']
}

interface RetirementStatement {
  format: 'keyrite.retirement/1'
  /** UUID and name. */
  partition: string
  name: string
  tokens: EndedToken[]
  /** Those that lived when the retirement began, as they are now. */
  keys: Pick<KeyReport, 'name' | 'version' | 'id' | 'class' | 'type' | 'fingerprint' | 'state'>[]
  /** What else was erased with the token. */
  others?: string[]
  intent: { seq: number; leaf: string }
  /** Why, as the plan says. */
  reason?: string
  retired: string
  stillHeldBy: StillHolding
}

export interface RetirementCertificate {
  statement: RetirementStatement
  /** Over PAE("application/vnd.keyrite.retirement+json", JCS(statement)), by the station key: the audit key is erased. */
  signature: { key: string; alg: string; value: string }
}

/** Where it goes. */
export interface RetirementFiles {
  write(certificate: RetirementCertificate): Artefact[]
  /** Removes what an interrupted command had written for this intent. */
  drop(intent: string): void
}

export interface EndingPorts extends Pick<Ports, 'ledger' | 'sources' | 'approvals' | 'lock' | 'hold' | 'say'> {
  stations: Pick<StationKey, 'station'>
  files: RetirementFiles | undefined
}

/** C_InitToken has begun, at least: there is no audit key, and nobody can log in as the user. `first`: the plan of the retirement, whoever takes it up. */
export async function isBeingErased(
  hsm: Pick<Hsm, 'slots'>,
  { token, members }: History,
  first: Pick<RetirePlan, 'nonce'>,
): Promise<boolean> {
  const label = endedLabel(members.acting, first)
  const found = slotAtEnd(token, label, await hsm.slots())?.token
  return found !== undefined && (found.label === label || !found.userPinSet)
}

/** By the name that it gets, or has. */
const slotAtEnd = (token: Token, label: string, slots: readonly SlotFacts[]): SlotFacts | undefined =>
  slotWith({ serial: token.serial, label }, slots) ?? slotWith(addressOf(token), slots)

/** No audit key is at hand any more: the station signs the intent. MODULE-CHANGED, PLAN-EXPIRED. */
export async function beginWithoutToken(
  change: ApprovedChange<RetirePlan>,
  ports: EndingPorts,
  hsm: Pick<Hsm, 'module'> | undefined,
): Promise<void> {
  const { plan, approvals } = change
  const { ledger, stations } = ports
  checkApproved(change, ledger.history.approving(change.plan), ports.approvals)
  if (hsm) await checkModule(plan, { hsm })
  checkExpiry(plan, ports)
  ports.lock.check()
  ports.hold()
  const notes = mendLedger(ports)
  await ledger.append([{ type: 'intent', plan, approvals: [...approvals] }, ...notes], stations.station())
}

/** The token of every member that is there; one that fails holds no other up. */
export async function eraseTokens(
  { plan, first }: { plan: RetirePlan; first: Pick<RetirePlan, 'nonce'> },
  credentials: Credentials,
  ports: Pick<Ports, 'hsm' | 'sources' | 'ledger' | 'members'>,
): Promise<void> {
  const failures = await onEachMember(plan, ports, (hsm, member) =>
    eraseToken(first, credentials, { ...ports, hsm }).then(
      () => undefined,
      (error) => asOf(failureFrom(error), member, ports.ledger),
    ),
  )
  const failure = failures.find((one) => one !== undefined)
  if (failure) throw failure
}

/** Of several it is told which, and how to end without it. */
const asOf = (failure: KeyriteError, { name }: KnownMember, { history }: Pick<Ledger, 'history'>): KeyriteError =>
  history.members.areSeveral
    ? ofMember(failure, name).with({
        hint: to('where its token is gone for good', keyrite('partition', 'recover', '--absent', name)),
      })
    : failure

/** C_InitToken, then PINs that nobody keeps. TOKEN-AS-ASKED: the user PIN of the shares opens it no more, and it is empty. */
async function eraseToken(
  first: Pick<RetirePlan, 'nonce'>,
  credentials: Credentials,
  { hsm, sources, ledger }: Pick<Ports, 'hsm' | 'sources' | 'ledger'>,
): Promise<void> {
  const { token, members } = ledger.history
  const { serial } = token
  const label = endedLabel(members.acting, first)
  const slots = await hsm.slots()
  const found = slotAtEnd(token, label, slots)
  if (!found?.token)
    throw deviceFailed('TOKEN-PRESENT', `the token ${escaped(serial)} is not there${faultsIn(slots)}`, LOST)
  const user = await credentials.pinOf('user')
  using _user = user.bytes
  // Where there is no SO, the user's PIN is the only one.
  const so = ledger.history.profile.so ? await credentials.pinOf('so') : user
  using _so = so.bytes
  const opens = await opensAsSo(found.token, so, hsm)
  // It got its name by C_InitToken, and its SO PIN by C_SetPIN after that.
  if (!opens && found.token.label === label) return checkOpensNoMore(found.token, user, hsm)
  if (!opens)
    throw notVerified('TOKEN-CONTENT', 'the SO PIN of the token is not that of the shares: it is let be', LOST)
  await emptied({ slot: found.slot, token: found.token }, label, { so, user }, { hsm, sources })
}

/** TOKEN-AS-ASKED: it gets PINs that nobody keeps. */
export async function emptied(
  { slot, token }: { slot: number; token: TokenFacts },
  label: string,
  { so, user }: { so: Pin; user: Pin },
  { hsm, sources }: Pick<Ports, 'hsm' | 'sources'>,
): Promise<void> {
  const fresh = await hsm.initToken(slot, so, label, token)
  using nobodys = new Secret(sources.random(20))
  const unknown: Pin = { bytes: nobodys, form: 'derived' }
  await hsm.setPins(fresh, so, unknown, unknown)
  await checkOpensNoMore({ ...fresh, userPinSet: true }, user, hsm)
  await using session = await hsm.login(fresh, unknown)
  await checkEmpty(session)
}

/** TOKEN-AS-ASKED. Nobody needs the try that it costs. */
async function checkOpensNoMore(token: TokenFacts, user: Pin, hsm: Hsm): Promise<void> {
  const { serial, userPinSet } = token
  if (userPinSet && (await hsm.pinOpens(token, 'user', user)))
    throw deviceFailed('TOKEN-AS-ASKED', `C_InitToken: CKR_OK, but the shares still open the token ${escaped(serial)}`)
}

const LOST = to('where it is gone for good', keyrite('partition', 'recover', '--lost-token'))

/** The certificate, which is of the retirement as it began, and the record behind which nothing follows. */
export async function closeLedger(
  plan: RetirePlan,
  { ledger, stations, files, sources }: EndingPorts,
): Promise<Pick<Appended, 'seq' | 'leaf'> & { artefacts?: Artefact[] }> {
  const { history } = ledger
  const { leaf } = [history.recovering, history.open].find((open) => open?.plan.nonce === plan.nonce)!
  const first = history.open!
  files?.drop(first.leaf)
  const artefacts = files?.write(await signed(stated(plan, first, history, sources), stations.station()))
  const more = artefacts ? { artefacts } : {}
  const token = plan.lost ? 'lost' : 'erased'
  const members = endedMembers(plan, history.members.live)
  const record = { type: 'partition.retired', intent: leaf, token, ...(members && { members }), ...more } as const
  const last = await ledger.append([record], stations.station())
  return { seq: last.seq, leaf: last.leaf, ...more }
}

function stated(
  ending: RetirePlan,
  { seq, leaf, plan }: OpenIntent,
  history: History,
  sources: HostSources,
): RetirementStatement {
  const { reason, others, keys: destroyed } = plan as RetirePlan
  // Of tokens that were lost before anything began the plan destroys none.
  const keys = ending.lost && destroyed.length === 0 ? liveKeys(history) : destroyed
  return {
    format: 'keyrite.retirement/1',
    partition: history.partition,
    name: history.name,
    tokens: endedTokens(ending, history),
    keys: keys.map((key) => {
      const { name, version, id, class: kind, type, fingerprint, state } = history.key(key.name, key.version)!
      return { name, version, id, class: kind, type, fingerprint, state }
    }),
    ...(others ? { others } : {}),
    intent: { seq, leaf },
    ...(reason === undefined ? {} : { reason }),
    retired: notBefore(history.time, sources.clock()),
    stillHeldBy: stillHolding(ending, history),
  }
}

async function signed(
  statement: RetirementStatement,
  { key, sign }: ReturnType<StationKey['station']>,
): Promise<RetirementCertificate> {
  const value = await sign(pae('application/vnd.keyrite.retirement+json', utf8(canonical(statement))))
  return { statement, signature: { key: key.id, alg: key.alg, value: toBase64url(value) } }
}

/** The keys are gone, and what is left of the retirement is not done. */
export function halfRetired(error: unknown, { members }: Pick<History, 'members'>): unknown {
  const failure = failureFrom(error)
  const message = `${failure.message}; the keys are destroyed, and the retirement is not finished`
  const again = keyrite('partition', 'recover')
  if (failure.exit === EXIT.incomplete) return failure
  const without = failure.hint !== undefined && (members.areSeveral || failure.hint === LOST) ? [failure.hint] : []
  return incomplete(failure.code, message, apart(again, ...without))
}
