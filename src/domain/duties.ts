// Duties of a manifest: what somebody does again and again, when it was done last, and when it is due.
import type { History } from './history.ts'
import type { Duty, Manifest } from './manifest.ts'
import { after } from './period.ts'

/** `last`: when it was done, or what it is about began. `of`: the application or the custodian. */
export interface DutyState {
  duty: Duty
  of?: string
  last: string
  due: string
  isDue: boolean
}

/** In the order of the manifest's members. */
export function dutiesOf({ duties = {} }: Manifest, history: History, { by }: { by: string }): DutyState[] {
  return Object.entries(duties).flatMap(([name, period = '']) => {
    const duty = name as Duty
    return LAST[duty](history).map(({ of, last }): DutyState => {
      const due = after(last, period)
      return { duty, ...(of === undefined ? {} : { of }), last, due, isDue: due <= by }
    })
  })
}

type Last = (history: History) => { of?: string; last: string }[]

const ofPartition =
  (op: 'backup.create' | 'backup.test' | 'partition.check'): Last =>
  ({ conducted, created }) => [{ last: conducted.last(op) ?? created }]

/** When each was done last. Before it was ever done, the beginning counts. */
const LAST: { readonly [Name in Duty]: Last } = {
  'app.check': ({ applications }) =>
    applications.live.map(({ name, looked, added }) => ({ of: name, last: looked?.time ?? added })),
  'app.pin': ({ applications }) =>
    applications.live.flatMap(({ name, pin, given }) => (pin.kind === 'given' ? [] : [{ of: name, last: given }])),
  'backup.create': ofPartition('backup.create'),
  'backup.test': ofPartition('backup.test'),
  'partition.check': ofPartition('partition.check'),
  'quorum.drill': ({ groups, custody, rosters }) =>
    groups.flatMap(({ name: group, epoch, custodians }) =>
      custodians.map(({ name, key }) => ({
        of: groups.length === 1 ? name : `${name} of ${group}`,
        last: custody.lastProven(key)?.time ?? rosters.setOf({ group, epoch })!.made.time,
      })),
    ),
}
