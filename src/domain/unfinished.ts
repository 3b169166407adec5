// A partition whose beginning or restore was interrupted: one wording of it, and the way on.
import { type KeyriteError, refused } from './errors.ts'

/** What is known of it. */
export interface Unfinished {
  kind: 'init' | 'restore'
  /** The command that begins it again. */
  again?: string
  /** Set when every custodian has approved: M shares finish it. */
  plan?: object
}

const RESTORE = 'keyrite backup restore --help'

/** PARTITION-FINISHED: nothing else begins before that. It is a refusal, since no change is open and none is begun. */
export function partitionUnfinished(name: string, pending: Unfinished | undefined): KeyriteError {
  const { kind = 'init', plan, again } = pending ?? {}
  if (kind === 'restore')
    return refused('PARTITION-FINISHED', `the restore of partition ${name} is not finished`, again ?? RESTORE)
  if (plan) {
    const message = `the beginning of partition ${name} is not finished: everyone has approved, and the token is nearly ready`
    return refused('PARTITION-FINISHED', message, `keyrite --partition ${name} partition recover`)
  }
  const message = `the beginning of partition ${name} is not finished: not everyone has approved`
  return refused('PARTITION-FINISHED', message, again ?? `keyrite partition init ${name}`)
}
