// A partition whose init or restore was interrupted: one wording of it, the way on, and the way out.

import { type KeyriteError, refused } from './errors.ts'
import { apart, type Hint, keyrite, to } from './hints.ts'
import { escaped } from './names.ts'

/** What is known of it. */
export interface Unfinished {
  kind: 'init' | 'restore'
  /** The command that begins it again, by its words. */
  again?: readonly string[] | undefined
  /** Set when every custodian has approved: M shares finish it. */
  plan?: object | undefined
  /** Of the token that was taken. */
  serial?: string | undefined
}

const RESTORE = keyrite('backup', 'restore', '--help')

/** PARTITION-FINISHED: nothing else begins before that. It is a refusal, since no change is open and none is begun. */
export function partitionUnfinished(name: string, pending: Unfinished | undefined, isPrepared = false): KeyriteError {
  return refused('PARTITION-FINISHED', inWords(name, pending, isPrepared), waysOn(name, pending))
}

function inWords(name: string, pending: Unfinished | undefined, isPrepared: boolean): string {
  if (pending?.kind === 'restore') {
    const onto = pending.serial === undefined ? '' : ` onto token ${escaped(pending.serial)}`
    return isPrepared
      ? `a restore of ${name}${onto} was prepared but not approved`
      : `the restore of ${name}${onto} is not finished`
  }
  const why = pending?.plan ? 'everyone has approved, and the token is nearly ready' : 'not everyone has approved'
  return `the init of ${name} is not finished: ${why}`
}

function waysOn(name: string, pending: Unfinished | undefined): Hint {
  const { kind = 'init', plan, again } = pending ?? {}
  const recover = ['--partition', name, 'partition', 'recover']
  const repeated = again && keyrite(...again)
  const begin = plan ? keyrite(...recover) : (repeated ?? keyrite('partition', 'init', name))
  const on = kind === 'restore' ? (repeated ?? RESTORE) : begin
  return pending ? apart(on, to('or drop it', keyrite(...recover, '--abandon'))) : on
}
