// Duties of a manifest: what somebody does again and again, when it was done last, and when it is due.
import type { History } from './history.ts'
import type { Duty, Manifest } from './manifest.ts'
import { after } from './period.ts'

/** `last`: when it was done; where it is `never` done yet, when what it is about began. `of`: the application or the custodian. */
export interface DutyState {
  duty: Duty
  of?: string
  last: string
  never?: true
  due: string
  isDue: boolean
}

/** In the order of the manifest's members. */
export function dutiesOf({ duties = {} }: Manifest, history: History, { by }: { by: string }): DutyState[] {
  return Object.entries(duties).flatMap(([name, period = '']) => {
    const duty = name as Duty
    return LAST[duty](history).map(({ of, done, began }): DutyState => {
      const last = done ?? began
      const due = after(last, period)
      const never = done === undefined ? { never: true as const } : {}
      return { duty, ...(of === undefined ? {} : { of }), last, ...never, due, isDue: due <= by }
    })
  })
}

/** `done`: the last time. `began`: what counts before it was ever done. */
type Last = (history: History) => { of?: string; done?: string | undefined; began: string }[]

const ofPartition =
  (op: 'backup.create' | 'backup.test' | 'partition.check'): Last =>
  ({ conducted, created }) => [{ done: conducted.last(op), began: created }]

const LAST: { readonly [Name in Duty]: Last } = {
  'app.check': ({ applications }) =>
    applications.live.map(({ name, looked, added }) => ({ of: name, done: looked?.time, began: added })),
  'app.pin': ({ applications }) =>
    applications.live.flatMap(({ name, pin, given }) =>
      pin.kind === 'given' ? [] : [{ of: name, done: given, began: given }],
    ),
  'backup.create': ofPartition('backup.create'),
  'backup.test': ofPartition('backup.test'),
  'partition.check': ofPartition('partition.check'),
  'quorum.drill': ({ groups, custody, rosters }) =>
    groups.flatMap(({ name: group, epoch, custodians }) =>
      custodians.map(({ name, key }) => ({
        of: groups.length === 1 ? name : `${name} of ${group}`,
        done: custody.lastProven(key)?.time,
        began: rosters.setOf({ group, epoch })!.made.time,
      })),
    ),
}
