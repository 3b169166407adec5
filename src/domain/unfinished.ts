// A partition whose init or restore was interrupted: one message for it, how to go on, and how to give up.

import { type KeyriteError, refused } from './errors.ts'
import { apart, type Hint, keyrite, to } from './hints.ts'
import { escaped, unsteered } from './names.ts'
import type { Pending } from './pending.ts'
import type { Token } from './shapes.ts'
import { tokenName } from './token-address.ts'

/** What is told of it. */
export type Unfinished = Pick<Pending, 'kind' | 'stage' | 'token' | 'again'>

const RESTORE = keyrite('backup', 'restore', '--help')

/** PARTITION-FINISHED: nothing else begins before that. It is a refusal, since no change is open and none was started. `open`: the token on which a change that the ledger knows of would be given up. */
export function partitionUnfinished(
  name: string,
  pending: Unfinished | undefined,
  { isPrepared = false, open }: { isPrepared?: boolean; open?: Token | undefined } = {},
): KeyriteError {
  return refused('PARTITION-FINISHED', inWords(name, pending, isPrepared), waysOn(name, pending, open))
}

/** What the ledger knows of is given up by a record, and that is signed on the token. */
export const dropWords = (open: Token | undefined): string =>
  open ? `or drop it, which takes the token ${unsteered(tokenName(open))}` : 'or drop it'

function inWords(name: string, pending: Unfinished | undefined, isPrepared: boolean): string {
  if (pending?.kind === 'restore') {
    const onto = `onto ${tokenInWords(pending.token)}`
    return isPrepared
      ? `a restore of ${name} ${onto} was prepared but not approved`
      : `the restore of ${name} ${onto} is not finished`
  }
  const why =
    pending?.stage === 'approved' ? 'everyone has approved, and the token is nearly ready' : 'not everyone has approved'
  return `the ${wordFor(pending?.kind)} of ${name} is not finished: ${why}`
}

/** Of what leaves a note. */
export const wordFor = (kind: Unfinished['kind'] = 'init'): string => (kind === 'adopt' ? 'adoption' : kind)

/** One that had no serial may have one by now: what is noted of it is what it was. */
const tokenInWords = (token: Pending['token']): string =>
  typeof token === 'string' ? `token ${escaped(token)}` : `the token that was uninitialised in slot ${token.slot}`

function waysOn(name: string, pending: Unfinished | undefined, open: Token | undefined): Hint {
  const { kind = 'init', stage, again } = pending ?? {}
  const recover = ['--partition', name, 'partition', 'recover']
  const repeated = again && keyrite(...again)
  const begin = stage === 'approved' ? keyrite(...recover) : (repeated ?? keyrite('partition', kind, name))
  const on = kind === 'restore' ? (repeated ?? RESTORE) : begin
  return pending ? apart(on, to(dropWords(open), keyrite(...recover, '--abandon'))) : on
}
