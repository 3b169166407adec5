// What still has a key when it is gone from its token: backups, other tokens, applications, files for others, and whoever brought it or was given a part of it.
import type { ExportNote } from '../domain/exports.ts'
import type { History } from '../domain/history.ts'
import type { KeyEntry } from '../domain/key-history.ts'
import { mayBeThere } from '../domain/known-application.ts'
import type { KnownMember, RetiredMember } from '../domain/known-member.ts'
import { label, labelOf } from '../domain/names.ts'
import type { EarlierToken, Origin, Token } from '../domain/shapes.ts'
import { isSurelyOne, tokenName } from '../domain/token-address.ts'
import { backupsByKey, closedByKey, destroyedAt, inOrder, type ToldBackup, toldOf, unprovedByKey } from './inventory.ts'

export interface StillHeldBy {
  backups: ToldBackup[]
  /** By name. */
  tokens: string[]
  copies?: HeldCopy[]
  exports?: ExportNote[]
  origin?: OutsideOrigin
}

/** A copy that an application has, or may have. `former`: on a token that was lost or replaced. */
export interface HeldCopy {
  app: string
  token: string
  label: string
  former?: true
}

/** Of a key that others made, or that was given out in components: it may be there still. */
export type OutsideOrigin = Exclude<Origin, { kind: 'generated' | 'adopted' }>

/** Backups, tokens and others that may still have keys of the partition. */
export interface StillHolding {
  backups: ToldBackup[]
  /** By name. */
  tokens: string[]
  copies?: OfKey<HeldCopy>[]
  /** Keys that went out, or may have. */
  exports?: OfKey<ExportNote>[]
  origins?: OfKey<{ origin: OutsideOrigin }>[]
}

/** Its label. */
type OfKey<T> = { key: string } & T

/**
 * Backups of this ledger that hold the key, or may, tokens before this one that ever did, tokens of applications, and members that its destruction
 * was not proved on: all have it still. `missing`: names of members that a destruction which is planned, or at work, does not reach.
 */
export const stillHeldBy = (key: KeyEntry, history: History, missing: readonly string[] = []): StillHeldBy =>
  holdersIn(history, missing)(key)

/** The same, built once for many keys. */
export function holdersIn(history: History, missing: readonly string[] = []): (key: KeyEntry) => StillHeldBy {
  const backups = [backupsByKey(history), closedByKey(history), unprovedByKey(history)]
  return (key) => {
    const [made, died] = [key.history[0]!.seq, destroyedAt(key)]
    const copies = copiesAnywhere(key, history)
    const exports = history.exports.of(key.name, key.version)
    const origin = outsideOrigin(key)
    return {
      backups: inOrder(backups.flatMap((holding) => holding(key))).map(toldOf),
      tokens: [
        ...new Set([
          ...leftBehind(key, history).map(({ token }) => tokenName(token)),
          ...begunMembers(made, died, history),
          ...missingMembers(made, died, history, missing).map(({ token }) => tokenName(token)),
        ]),
      ],
      ...(copies.length > 0 ? { copies } : {}),
      ...(exports.length > 0 ? { exports: [...exports] } : {}),
      ...(origin ? { origin } : {}),
    }
  }
}

/** Every backup that was made, or may have been, every token before those that are there, or beside them, that was given up, and those that are `kept`; and whoever has single keys. */
export function holdersOfPartition(history: History, kept: readonly Token[]): StillHolding {
  const { backups, closedBackups, unprovedBackups, earlierTokens, members, exports } = history
  const held = inOrder([...backups, ...closedBackups, ...unprovedBackups]).filter(({ included }) => included > 0)
  const before = [...earlierTokens, ...members.givenUp.map((one) => one.token)].filter(
    (one) => !members.live.some(({ token }) => isSurelyOne(one, token)),
  )
  const copies = everyCopy(history)
  const origins = [...history.keys].flatMap((key) => {
    const origin = outsideOrigin(key)
    return origin ? [{ key: label(key.name, key.version), origin }] : []
  })
  return {
    backups: held.map(toldOf),
    tokens: [...new Set([...[...before, ...kept].map(tokenName), ...members.tried.map(({ label }) => label)])],
    ...(copies.length > 0 ? { copies } : {}),
    ...(exports.all.length > 0 ? { exports: exports.all } : {}),
    ...(origins.length > 0 ? { origins } : {}),
  }
}

export const outsideOrigin = ({ origin }: Pick<KeyEntry, 'origin'>): OutsideOrigin | undefined =>
  origin.kind === 'generated' || origin.kind === 'adopted' ? undefined : origin

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
    ...now.map(({ app, copy }) => heldCopy(app.name, app.token, copy)),
    ...then.flatMap(({ app, former: { token, holds } }) =>
      holds
        .filter((one) => one.name === name && one.version === version)
        .map((one) => ({ ...heldCopy(app.name, token, one), former: true as const })),
    ),
  ]
}

/** Token by token: of many keys none is looked for at each. */
const everyCopy = ({ applications }: History): OfKey<HeldCopy>[] =>
  applications.all.flatMap(({ name, token, copies, former }) => [
    ...[...copies.values()].filter(mayBeThere).map((copy) => ({ key: labelOf(copy), ...heldCopy(name, token, copy) })),
    ...former.flatMap(({ token: before, holds }) =>
      holds.map((one) => ({ key: labelOf(one), ...heldCopy(name, before, one), former: true as const })),
    ),
  ])

const heldCopy = (app: string, token: Token, { label: as }: { label: string }): HeldCopy => ({
  app,
  token: tokenName(token),
  label: as,
})
