// The certificate of a destruction: where the key was looked for, and what could still bring it back.
import { canonical } from '../domain/canonical.ts'
import { notBefore } from '../domain/clock.ts'
import { pae, toBase64url, utf8 } from '../domain/encoding.ts'
import type { ExportNote } from '../domain/exports.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { mayBeThere } from '../domain/known-application.ts'
import type { KnownMember, RetiredMember } from '../domain/known-member.ts'
import { label } from '../domain/names.ts'
import type { DestroyPlan } from '../domain/plan.ts'
import type { Artefact, EarlierToken, KeyTarget, Token } from '../domain/shapes.ts'
import { isSurelyOne, tokenName } from '../domain/token-address.ts'
import {
  backupsByKey,
  closedByKey,
  destroyedAt,
  inOrder,
  liveKeys,
  type ToldBackup,
  toldOf,
  unprovedByKey,
} from './inventory.ts'
import { absentReport } from './key-targets.ts'
import type { OperationContext } from './operation.ts'
import type { HostSources } from './ports.ts'

/**
 * Backups of this ledger that hold the key, or may, tokens before this one that ever did, tokens of applications, and members that its destruction
 * was not proved on: all have it still. `missing`: names of members that a destruction which is planned, or at work, does not reach.
 */
export function stillHeldBy(key: KeyEntry, history: History, missing: readonly string[] = []): StillHeldBy {
  const [made, died] = [key.history[0]!.seq, destroyedAt(key)]
  const copies = copiesAnywhere(key, history)
  const exports = history.exports.of(key.name, key.version)
  return {
    backups: inOrder([...backupsByKey(history)(key), ...closedByKey(history)(key), ...unprovedByKey(history)(key)]).map(
      toldOf,
    ),
    tokens: [
      ...new Set([
        ...leftBehind(key, history).map(({ token }) => tokenName(token)),
        ...begunMembers(made, died, history),
        ...missingMembers(made, died, history, missing).map(({ token }) => tokenName(token)),
      ]),
    ],
    ...(copies.length > 0 ? { copies } : {}),
    ...(exports.length > 0 ? { exports: [...exports] } : {}),
  }
}

/** A token that the partition goes on without, and that had the key then. `member`: whose it was, where there were several. */
interface LeftBehind {
  token: Token
  member?: string
  /** The record by which it was given up. */
  until: number
  time: string
}

/** What a restore has replaced while the key lived, and members that were given up with it. */
export function leftBehind(key: KeyEntry, history: History): LeftBehind[] {
  const [made, died, name] = [key.history[0]!.seq, destroyedAt(key), label(key.name, key.version)]
  const before = history.earlierTokens.filter((one) => !isSurelyOne(one, history.token))
  const given = history.members.givenUp.filter(({ token }) => !isSurelyOne(token, history.token))
  const isOf = (one: EarlierToken) => (member: RetiredMember) =>
    member.until === one.until && member.token.serial === one.serial && member.token.label === one.label
  return [
    ...before
      .filter((one) => one.until > made && one.until < died && !one.notRestored.has(name) && !given.some(isOf(one)))
      .map(({ until, replaced: time, notRestored: _, ...token }) => ({ token, until, time })),
    ...given
      .filter((one) => keptAtItsEnd(one, made, died))
      .filter((one) => !before.some((earlier) => isOf(earlier)(one) && earlier.notRestored.has(name)))
      .map(({ name: member, token, until, time }) => ({ token, member, until, time })),
  ]
}

/** What lived when it was given up it had, unless it was made while it was away; what had been destroyed before, where it missed that. */
function keptAtItsEnd({ since, until, missed }: RetiredMember, made: number, died: number): boolean {
  if (made > until || died < since) return false
  if (missed?.standing === 'behind' && made > missed.proven) return false
  return died > until || (missed !== undefined && died > missed.proven)
}

/** Tokens that were to become a member, by their labels: a cut-off change may have brought them every key. */
const begunMembers = (made: number, died: number, { members }: History): string[] =>
  members.tried.filter(({ seq }) => seq > made && seq < died).map(({ label }) => label)

const missingMembers = (made: number, died: number, { members, retired }: History, missing: readonly string[]) =>
  members.live.filter(
    (one) =>
      mayHold(one, made, died, missing) &&
      !retired?.members?.some(({ member, token }) => member === one.name && token === 'erased'),
  )

/** Members that may hold a destroyed key still. */
export const missedBy = (key: KeyEntry, history: History): KnownMember[] =>
  missingMembers(key.history[0]!.seq, destroyedAt(key), history, [])

/** A member that was not there, or failed, has what it had then, until it is synced; one that is behind was not there when a later key was made. */
function mayHold(
  { name, proven, standing }: KnownMember,
  made: number,
  died: number,
  missing: readonly string[],
): boolean {
  const missed = missing.includes(name) || (standing !== 'current' && Number.isFinite(died) && died > proven)
  return missed && (standing !== 'behind' || made <= proven)
}

/** The tokens that applications have, and those that they had and lost or replaced. */
function copiesAnywhere({ name, version }: KeyEntry, { applications }: History): HeldCopy[] {
  const now = applications.holding(name, version).filter(({ copy }) => mayBeThere(copy))
  const then = applications.formerHolding(name, version)
  return [
    ...now.map(({ app, copy }) => ({ app: app.name, token: tokenName(app.token), label: copy.label })),
    ...then.flatMap(({ app, former: { token, holds } }) =>
      holds
        .filter((one) => one.name === name && one.version === version)
        .map((one) => ({ app: app.name, token: tokenName(token), label: one.label })),
    ),
  ]
}

/** A copy that an application has, or may have. */
interface HeldCopy {
  app: string
  token: string
  label: string
}

export interface StillHeldBy {
  backups: ToldBackup[]
  /** By name. */
  tokens: string[]
  copies?: HeldCopy[]
  exports?: ExportNote[]
}

/** Where a certificate goes. */
export interface CertificateFiles {
  write(certificate: Certificate): Artefact[]
  /** Removes what an interrupted command had written for this intent. */
  drop(intent: string): void
}

/**
 * What the token had of the key before: the whole of it, proved to be this one; a part, which no other key of the ledger was; nothing, so
 * that nothing was destroyed. A recovery sees only what is left.
 */
export type Found = 'whole' | 'part' | 'nothing' | 'unknown'

/** `keysLeft`: absent where nobody could look. `member`: where there are several. */
interface TokenLooked {
  token: Token
  member?: string
  found: Found
  keysLeft?: number
}

interface Statement {
  format: 'keyrite.destruction/1'
  /** UUID and name. */
  partition: string
  name: string
  /** Where the key was looked for, and what else is there still: a count of keys. */
  tokens: [TokenLooked, ...TokenLooked[]]
  key: Pick<KeyEntry, 'name' | 'version' | 'id' | 'class' | 'type' | 'fingerprint'>
  intent: { seq: number; leaf: string }
  /** Why, as the plan says. */
  reason?: string
  destroyed: string
  stillHeldBy: StillHeldBy
}

export interface Certificate {
  statement: Statement
  /** Over PAE("application/vnd.keyrite.destruction+json", JCS(statement)), by the audit key. */
  signature: { key: string; alg: string; value: string }
}

/** Of several members each: what it had before, or that nobody could look. */
async function lookedAt(target: KeyTarget, found: Found, place: OperationContext): Promise<Statement['tokens']> {
  const { history, members, session } = place
  const keysLeft = liveKeys(history).length - 1
  const { acting, live } = history.members
  if (!members?.isTold({})) return [{ token: acting.token, found, keysLeft }]
  const { went } = await members.follow({ keys: [absentReport(target, history)] }, session)
  const others = live.flatMap(({ name, token }): TokenLooked[] => {
    if (name === acting.name) return []
    const gone = went.get(name)
    return [
      gone
        ? { token, member: name, found: gone.has(target.id) ? 'whole' : 'nothing', keysLeft }
        : { token, member: name, found: 'unknown' },
    ]
  })
  return [{ token: acting.token, member: acting.name, found, keysLeft }, ...others]
}

export async function certify(
  plan: DestroyPlan,
  found: Found,
  place: OperationContext,
  sources: HostSources,
): Promise<Certificate> {
  const { intent, signer, history } = place
  const target = plan.keys[0]
  const key = history.key(target.name, target.version)!
  const tokens = await lookedAt(target, found, place)
  const missing = tokens.flatMap((one) => (one.found === 'unknown' && one.member !== undefined ? [one.member] : []))
  const statement: Statement = {
    format: 'keyrite.destruction/1',
    partition: history.partition,
    name: history.name,
    tokens,
    key: {
      name: key.name,
      version: key.version,
      id: key.id,
      class: key.class,
      type: key.type,
      fingerprint: key.fingerprint,
    },
    intent: { seq: intent.seq, leaf: intent.leaf },
    ...(plan.reason === undefined ? {} : { reason: plan.reason }),
    destroyed: notBefore(history.time, sources.clock()),
    stillHeldBy: stillHeldBy(key, history, missing),
  }
  const value = await signer.sign(pae('application/vnd.keyrite.destruction+json', utf8(canonical(statement))))
  return { statement, signature: { key: signer.key.id, alg: signer.key.alg, value: toBase64url(value) } }
}
