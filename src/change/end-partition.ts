// What follows when a partition's keys are gone: its token is erased under PINs that nobody knows, and the station signs the last record.

import { canonical } from '../domain/canonical.ts'
import { notBefore } from '../domain/clock.ts'
import { fromBase64url, pae, toBase64url, toHex, utf8 } from '../domain/encoding.ts'
import { deviceFailed, EXIT, incomplete, notVerified } from '../domain/errors.ts'
import type { ExportNote } from '../domain/exports.ts'
import { keyrite, to } from '../domain/hints.ts'
import type { History, OpenIntent } from '../domain/history.ts'
import { escaped } from '../domain/names.ts'
import { type RetirePlan, serialOf } from '../domain/plan.ts'
import type { Retired } from '../domain/record.ts'
import { Secret } from '../domain/secret.ts'
import type { Artefact, KeyReport, Token } from '../domain/shapes.ts'
import { failureFrom } from '../domain/system-failure.ts'
import { addressOf, isSurelyOne, tokenName } from '../domain/token-address.ts'
import type { Hsm, Pin, TokenFacts } from '../hsm/port.ts'
import type { Appended, StationKey } from '../ledger/port.ts'
import { type ApprovedChange, checkApproved } from './change.ts'
import type { Credentials } from './credentials.ts'
import { checkEmpty } from './empty-token.ts'
import { checkExpiry, checkModule } from './execute.ts'
import { inOrder, type ToldBackup, toldOf } from './inventory.ts'
import type { HostSources, Ports } from './ports.ts'
import { faultsIn, slotWith } from './slots.ts'
import { opensAsSo } from './so-pin.ts'
import { mendLedger } from './write-ahead-log.ts'

/** Backups and tokens that may still hold keys of the partition. */
interface StillHolding {
  backups: ToldBackup[]
  /** By name. */
  tokens: string[]
  /** Keys that went out, or may have. */
  exports?: ({ key: string } & ExportNote)[]
}

/** Every backup that was made, or may have been, and every token before this one, or beside it, that was given up; this one too where it is lost. */
export function stillHolding(
  { backups, closedBackups, unprovedBackups, earlierTokens, members, token, exports }: History,
  lost: boolean,
): StillHolding {
  const held = inOrder([...backups, ...closedBackups, ...unprovedBackups]).filter(({ included }) => included > 0)
  const before = [...earlierTokens, ...members.givenUp.map((one) => one.token)].filter(
    (one) => !isSurelyOne(one, token),
  )
  return {
    backups: held.map(toldOf),
    tokens: [
      ...new Set([...[...before, ...(lost ? [token] : [])].map(tokenName), ...members.tried.map(({ label }) => label)]),
    ],
    ...(exports.all.length > 0 ? { exports: exports.all } : {}),
  }
}

interface RetirementStatement {
  format: 'keyrite.retirement/1'
  /** UUID and name. */
  partition: string
  name: string
  tokens: [{ token: Token; state: Retired['token'] }]
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

/** The name that its token gets: by it a recovery knows that C_InitToken was done. */
const retiredLabel = ({ nonce }: Pick<RetirePlan, 'nonce'>): string =>
  `retired-${toHex(fromBase64url(nonce)).slice(0, 16)}`

/** C_InitToken has begun, at least: there is no audit key, and nobody can log in as the user. */
export const isBeingErased = ({ label, userPinSet }: TokenFacts, first: Pick<RetirePlan, 'nonce'>): boolean =>
  label === retiredLabel(first) || !userPinSet

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

/**
 * C_InitToken, then PINs that nobody keeps. TOKEN-AS-ASKED: the user PIN of the shares opens it no more, and it is empty. `first`: the plan of the
 * retirement, whoever takes it up.
 */
export async function eraseToken(
  { plan, first }: { plan: RetirePlan; first: Pick<RetirePlan, 'nonce'> },
  credentials: Credentials,
  { hsm, sources, ledger }: Pick<Ports, 'hsm' | 'sources' | 'ledger'>,
): Promise<void> {
  const label = retiredLabel(first)
  const serial = serialOf(plan)
  const slots = await hsm.slots()
  const found = slotWith({ serial, label }, slots) ?? slotWith(addressOf(ledger.history.token), slots)
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
  const last = await ledger.append([{ type: 'partition.retired', intent: leaf, token, ...more }], stations.station())
  return { seq: last.seq, leaf: last.leaf, ...more }
}

function stated(
  { lost }: RetirePlan,
  { seq, leaf, plan }: OpenIntent,
  history: History,
  sources: HostSources,
): RetirementStatement {
  const { reason, others, keys } = plan as RetirePlan
  return {
    format: 'keyrite.retirement/1',
    partition: history.partition,
    name: history.name,
    tokens: [{ token: history.token, state: lost ? 'lost' : 'erased' }],
    keys: keys.map((key) => {
      const { name, version, id, class: kind, type, fingerprint, state } = history.key(key.name, key.version)!
      return { name, version, id, class: kind, type, fingerprint, state }
    }),
    ...(others ? { others } : {}),
    intent: { seq, leaf },
    ...(reason === undefined ? {} : { reason }),
    retired: notBefore(history.time, sources.clock()),
    stillHeldBy: stillHolding(history, lost === true),
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
export function halfRetired(error: unknown): unknown {
  const failure = failureFrom(error)
  const message = `${failure.message}; the keys are destroyed, and the retirement is not finished`
  const again = keyrite('partition', 'recover')
  if (failure.exit === EXIT.incomplete) return failure
  return incomplete(failure.code, message, failure.hint === LOST ? [again, LOST] : again)
}
