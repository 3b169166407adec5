// What is said of a ledger in a database that is not what its copy here says.
import { EXIT, KeyriteError, notVerified, refused } from '../domain/errors.ts'
import { apart, keyrite, sh, to } from '../domain/hints.ts'
import type { History } from '../domain/history.ts'
import type { DatabaseAddress } from '../domain/ledger-place.ts'
import { escaped } from '../domain/names.ts'

/** LEDGER-ELSEWHERE: what lies here is no more than a copy. */
export const elsewhere = (name: string, place: string): KeyriteError =>
  refused(
    'LEDGER-ELSEWHERE',
    `the ledger of ${name} was moved to ${place}: what lies here is a copy, and takes no record`,
    keyrite('partition', 'join', place, name, '--anchor', 'CODE'),
  )

/** DATABASE-BEHIND: hidden, lost by a failover, or an old dump. */
export const behind = (place: string, has: number, { seq, name }: Pick<History, 'seq' | 'name'>): KeyriteError =>
  notVerified(
    'DATABASE-BEHIND',
    `${place} has ${has === -1 ? 'no record of this partition' : `no record after ${has}`}, and this home has verified record ${seq} there`,
    apart(
      'ask its administrator why: records may be hidden, or lost by a failover or an old dump',
      to('where they are lost, this home puts them back', keyrite('partition', 'join', 'URL', name)),
    ),
  )

/** DATABASE-FORKED. */
export const forked = (place: string, seq: number): KeyriteError =>
  notVerified(
    'DATABASE-FORKED',
    `record ${seq} in ${place} is not the one that this home has verified`,
    'ask its administrator: a record was changed, or another history was put there',
  )

/** DATABASE-AHEAD. */
export const ahead = (place: string, seq: number): KeyriteError =>
  refused('DATABASE-AHEAD', `${place} has records after ${seq}, by another station`, 'run the command again')

/** LEDGER-CLAIMED. */
export const atWork = (station: string): KeyriteError =>
  refused(
    'LEDGER-CLAIMED',
    `another ceremony is at work on this ledger, at the station ${escaped(station)}`,
    'wait for it; what a machine that was cut off has left is free after two minutes',
  )

/** DATABASE-ACCESS: how an administrator lets somebody in. Names and uuids hold nothing that SQL would want quoted; a role may be called anything. */
export function admitted(error: unknown, { partition, name }: History, { user, database }: DatabaseAddress): unknown {
  if (!(error instanceof KeyriteError) || error.code !== 'DATABASE-ACCESS' || error.hint !== undefined) return error
  const role = user !== undefined && /^[a-z_][a-z0-9_-]*$/.test(user) ? user : 'ROLE'
  const ledger = `insert into keyrite.ledgers values ('${partition}', '${name}') on conflict do nothing`
  const access = `insert into keyrite.access values ('${partition}', '${role}', true)`
  return error.with({
    hint: to('an administrator lets it in', sh('psql', '-d', database, '-c', `${ledger}; ${access}`)),
  })
}

/** A rule that a record there breaks is told with the place. */
export const inDatabase = (error: unknown, place: string): unknown =>
  error instanceof KeyriteError && error.exit === EXIT.verification && /^record \d+:/.test(error.message)
    ? error.with({ message: `${place}, ${error.message}`, hint: 'ask its administrator: nothing of it is believed' })
    : error
