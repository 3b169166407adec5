// Stations come and go: machines whose refusals, drills and notes the ledger takes, and at which changes may be made.

import { refused } from '../../domain/errors.ts'
import { keyrite, to } from '../../domain/hints.ts'
import type { History } from '../../domain/history.ts'
import type { StationPlan } from '../../domain/plan.ts'
import type { NewRecord } from '../../domain/record.ts'
import type { SigningKey } from '../../domain/shapes.ts'
import { orMeant } from '../../domain/words.ts'
import { checkNoneOpen } from '../open-intent.ts'
import type { Operation } from '../operation.ts'
import { type PlanInputs, planHeader } from '../plan-header.ts'

/** STATION-NEW: of a request, whose key is checked. */
export function planStationAdd(name: string, key: SigningKey, history: History, inputs: PlanInputs): StationPlan {
  checkNoneOpen(history)
  const known = history.stations.all.find((one) => one.name === name || one.key.id === key.id)
  if (known) {
    const { name: taken, until } = known
    const what = until === undefined ? `${taken} is a station already` : `${taken} was a station until record ${until}`
    const again =
      known.key.id === key.id ? to('a new request', keyrite('station', 'request', '--out', 'FILE')) : undefined
    throw refused('STATION-NEW', what, again ?? `another name, such as ${history.stations.suggestName(name)}`)
  }
  return { ...planHeader('station.add', history, inputs), station: { name, key } }
}

/** STATION-KNOWN, STATION-OTHER. `here`: the station at which it is asked. */
export function planStationRemoval(name: string, here: string, history: History, inputs: PlanInputs): StationPlan {
  checkNoneOpen(history)
  const known = history.stations.named(name)
  if (!known)
    throw refused(
      'STATION-KNOWN',
      `no station is called ${name}${orMeant(
        name,
        history.stations.present.map((one) => one.name),
      )}`,
      keyrite('station', 'list'),
    )
  if (name === here)
    throw refused(
      'STATION-OTHER',
      `${name} is this machine: a station is removed at another one`,
      keyrite('station', 'list'),
    )
  return { ...planHeader('station.remove', history, inputs), station: { name, key: known.key } }
}

/** Nothing is done on the token: record and outcome are written together, or not at all. */
export const moveStation = ({ op, station }: StationPlan): Operation => ({
  async run({ intent: { leaf: intent } }) {
    const moved: NewRecord =
      op === 'station.add'
        ? { type: 'station.added', intent, added: station }
        : { type: 'station.removed', intent, removed: station }
    return { changed: true, keys: [], before: [moved] }
  },
  // It came or went when a record says so.
  determineOutcome: async ({ history }) => ({ changed: history.open!.installed, keys: [] }),
})
