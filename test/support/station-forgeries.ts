// Forgeries about stations: machines that were never let in, that are gone, or that speak for another.
import { again, type Forgery, foundAt, one, set, toNote } from './bending.ts'
import { type Change, type Loose, NO_LEAF } from './ledger.ts'

const planned =
  (members: object): Change =>
  ({ station }) =>
    void Object.assign(station, members)

export const stations: Forgery[] = [
  one('RECORD-SHAPE', 'a record of no station', 'note', (record) => void delete record.station),
  one('RECORD-SHAPE', 'a record of nobody', 'note', ({ host }) => void delete host.user),
  one('RECORD-SHAPE', 'a station in capitals', 'generate', set({ station: 'HOST-1' })),
  one('STATION-KNOWN', 'a change at a machine that nobody let in', 'generate', set({ station: 'elsewhere' })),
  one('STATION-KNOWN', 'a change at a station that is gone', 'round 1 generate', set({ station: 'laptop' })),
  one('STATION-KNOWN', 'its own name for a removal', 'remove', set({ station: 'elsewhere' })),
  one('SIGNER-KNOWN', 'a station signs before it is let in', 'note', (record, { cast }) => {
    record.station = cast.guest.name
    return cast.guest
  }),
  one('SIGNER-KNOWN', 'a station signs after it was taken out', 'note after', (record, { cast }) => {
    record.station = cast.guest.name
    return cast.guest
  }),
  one('SIGNER-KNOWN', 'a station signs in the name of another', 'guest note', set({ station: 'host-1' })),
  one(
    'SIGNER-MAY',
    'a station signs for another, whose record is before it',
    'round 1 denied 1',
    set({ station: 'host-1' }),
  ),
  one('STATION-NEW', 'a station of a name that is there', 'plan:add', planned({ name: 'host-1' })),
  one('STATION-NEW', 'a station whose key is there', 'plan:add', (plan, { cast }) =>
    planned({ key: cast.station.key })(plan, {} as Loose),
  ),
  {
    ...one('STATION-NEW', 'a restore at a station of a name that is gone', 'restore', set({ station: 'laptop' })),
    changes: { 'plan:restore': planned({ name: 'laptop' }), restore: set({ station: 'laptop' }) },
  },
  one('KEY-SPKI', 'a station whose key is of another kind', 'plan:add', (plan, { cast }) =>
    planned({ key: cast.stranger.key })(plan, {} as Loose),
  ),
  one('STATION-KNOWN', 'a removal of nobody', 'plan:remove', planned({ name: 'nobody' })),
  one('STATION-KNOWN', 'a removal of another key', 'plan:remove', (plan, { cast }) =>
    planned({ key: cast.newStation.key })(plan, {} as Loose),
  ),
  one('STATION-OTHER', 'a station that takes itself out', 'remove', set({ station: 'laptop' })),
  one('STATION-PLANNED', 'another name than approved', 'added', ({ added }) => void (added.name = 'other')),
  one(
    'STATION-PLANNED',
    'another station goes than approved',
    'removed',
    ({ removed }) => void (removed.name = 'host-1'),
  ),
  one('STATION-PLANNED', 'a station that nobody approved', 'added', set({ intent: NO_LEAF })),
  one('STATION-PLANNED', 'a station that comes twice', 'add done', again),
  one('OUTCOME-RESULT', 'a station came, and nothing changed', 'add done', set({ changed: false })),
  foundAt(one('OUTCOME-RESULT', 'a station that was to come, and did not', 'added', toNote), 'add done'),
]
