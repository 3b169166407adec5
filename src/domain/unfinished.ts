// A partition whose init or restore was interrupted: one wording of it, the way on, and the way out.
import { type KeyriteError, refused } from './errors.ts'
import { escaped } from './names.ts'
import { apart } from './shell.ts'

/** What is known of it. */
export interface Unfinished {
  kind: 'init' | 'restore'
  /** The command that begins it again. */
  again?: string | undefined
  /** Set when every custodian has approved: M shares finish it. */
  plan?: object | undefined
  /** Of the token that was taken. */
  serial?: string | undefined
}

const RESTORE = 'keyrite backup restore --help'

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

function waysOn(name: string, pending: Unfinished | undefined): string {
  const { kind = 'init', plan, again } = pending ?? {}
  const recover = `keyrite --partition ${name} partition recover`
  const on = kind === 'restore' ? (again ?? RESTORE) : plan ? recover : (again ?? `keyrite partition init ${name}`)
  return pending ? apart(on, `or drop it: ${recover} --abandon`) : on
}
