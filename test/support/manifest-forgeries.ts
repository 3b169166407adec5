// Forgeries about manifests: plans that do what the manifest does not say, or leave half of it out.
import { type Forgery, foundAt, one, set, toNote } from './bending.ts'
import { type Change, recordOf } from './ledger.ts'

const batch =
  (members: object, place = 0): Change =>
  ({ batches }) =>
    void Object.assign(batches[place], members)
const copies =
  (members: object, place = 0): Change =>
  ({ apps }) =>
    void Object.assign(apps[0].copies[place], members)
const policy =
  (members: object): Change =>
  ({ manifest }) =>
    void Object.assign(manifest.policies.dek, members)
const without =
  (place: number): Change =>
  ({ batches }) =>
    void batches.splice(place, 1)

const ofManifest = [
  one('RECORD-SHAPE', 'another format', 'plan:make', ({ manifest }) => void (manifest.format = 'keyrite.manifest/2')),
  one('RECORD-SHAPE', 'a period that is none', 'plan:make', policy({ 'rotate-every': '1 year' })),
  one('RECORD-SHAPE', 'a member that has no name', 'plan:make', policy({ 'rotate-after': 'P1Y' })),
  one('RECORD-SHAPE', 'a usage that stands twice', 'plan:make', policy({ usage: ['encrypt', 'encrypt'] })),
  one(
    'PLAN-COMPLETE',
    'a policy that nobody wrote',
    'plan:make',
    ({ manifest }) => void (manifest.keys.dek.policy = 'x'),
  ),
  one('PLAN-COMPLETE', 'readers have it longer than it is in force', 'plan:make', policy({ 'publish-before': 'P1Y' })),
  one(
    'PLAN-COMPLETE',
    'a destruction after no end',
    'plan:make',
    ({ manifest }) => void delete manifest.policies.dek['process-for'],
  ),
  one('PLAN-COMPLETE', 'a use that reads keys out', 'plan:make', policy({ usage: ['decrypt', 'wrap'] })),
  one(
    'PLAN-COMPLETE',
    'an application that stands twice',
    'plan:make',
    ({ manifest }) => void manifest.keys.dek.deliver.push('till'),
  ),
  one(
    'PLAN-COMPLETE',
    'a name that two entries have',
    'plan:make',
    ({ manifest }) => void (manifest.keys['mac-1'] = { policy: 'mac' }),
  ),
  one('PLAN-COMPLETE', 'a time that is past', 'plan:make', set({ by: '2020-01-01T00:00:00.000Z' })),
  one('RECORD-SHAPE', 'no manifest at all', 'plan:make', (plan) => void delete plan.manifest),
]

const ofKeys = [
  one('PLAN-COMPLETE', 'a key that it does not name', 'plan:make', batch({ names: ['stray'] })),
  one(
    'PLAN-COMPLETE',
    'a key of another type',
    'plan:make',
    ({ batches: [dek, mac] }) => void Object.assign(dek, { ...mac, names: ['dek'] }),
  ),
  one('PLAN-COMPLETE', 'a key for less than its policy says', 'plan:make', ({ batches: [dek] }) => {
    dek.usage = ['encrypt']
    dek.attributes.DECRYPT = false
  }),
  one('RECORD-SHAPE', 'names that are not in order', 'plan:make', batch({ names: ['mac-2', 'mac-1'] }, 1)),
  one('RECORD-SHAPE', 'ids without fingerprints', 'plan:promote', ({ batches: [one] }) => void delete one.fingerprints),
  one('RECORD-SHAPE', 'fewer ids than names', 'plan:promote', ({ batches }) => void batches[3].ids.pop()),
  one('PLAN-COMPLETE', 'a key that stands twice', 'plan:make', ({ batches }) => void batches.push({ ...batches[0] })),
  one('KEY-STATE', 'a version that is there is made anew', 'plan:publish', batch({ version: 1 })),
  one('KEY-STATE', 'a version is passed over', 'plan:publish', batch({ version: 3 })),
  one('PLAN-COMPLETE', 'what was not published is promoted', 'plan:promote', ({ batches: [, old] }) => {
    Object.assign(old, { state: 'active' })
    Object.assign(old.attributes, { ENCRYPT: true })
  }),
  one('PLAN-COMPLETE', 'nothing gives way', 'plan:promote', without(1)),
  one('PLAN-COMPLETE', 'nothing takes over', 'plan:promote', without(2)),
  one('KEY-STATE', 'what is in force is destroyed', 'plan:destroy', batch({ version: 2 })),
  one('KEY-ID', 'the id of another key', 'plan:promote', batch({ ids: ['00'.repeat(16)] })),
  one('KEY-FINGERPRINT', 'another fingerprint', 'plan:promote', batch({ fingerprints: ['cmac5:0000000000'] })),
  one(
    'OUTCOME-PLANNED',
    'an id that does not follow from its place',
    'make done',
    ({ keys }) => void (keys[1].id = keys[2].id),
  ),
  one('RECOVERED-FOUND', 'a key is missing from what is done', 'recovered', set({ found: 'done' })),
]

const ofCopies = [
  one(
    'PLAN-COMPLETE',
    'a copy that stands twice',
    'plan:promote',
    ({ apps: [app] }) => void app.copies.push(app.copies[0]),
  ),
  one('PLAN-COMPLETE', 'a copy of a key that it does not name', 'plan:deliver', copies({ names: ['other'] })),
  one(
    'PLAN-COMPLETE',
    'an application that is not to have it',
    'plan:deliver',
    ({ manifest }) => void (manifest.keys.dek.deliver = []),
  ),
  one('COPY-LABEL', 'a copy in force that is called by its version', 'plan:deliver', copies({ called: 'version' })),
  one('COPY-USAGE', 'a version that waits, and encrypts', 'plan:publish', copies({ usage: ['encrypt', 'decrypt'] })),
  one('PLAN-COMPLETE', 'a reader that is passed over', 'plan:publish', (plan) => void delete plan.apps),
  one(
    'PLAN-COMPLETE',
    'a copy of before that is passed over',
    'plan:promote',
    ({ apps: [app] }) => void app.copies.shift(),
  ),
  one('PLAN-COMPLETE', 'what is destroyed while there is a copy', 'plan:withdraw', (plan, story) => {
    const lines = story.lines.flatMap((line) => recordOf(line).keys ?? [])
    const {
      id,
      fingerprint,
      class: kind,
      type,
      origin,
      usage,
    } = lines.findLast(({ name, version }) => name === 'dek' && version === 1)
    const common = { version: 1, class: kind, type, origin, usage, state: 'destroyed', attributes: {} }
    plan.batches = [{ ...common, names: ['dek'], ids: [id], fingerprints: [fingerprint] }]
  }),
  one(
    'COPY-AS-PLANNED',
    'a copy that may do more',
    'publish till',
    ({ copies: [copy] }) => void (copy.attributes.ENCRYPT = true),
  ),
  one('OUTCOME-RESULT', 'done, and nothing tells of a copy', 'deliver till', toNote),
]

export const manifestForgeries: Forgery[] = [
  ...ofManifest,
  ...ofKeys,
  ...ofCopies.map((one) => ('deliver till' in one.changes ? foundAt(one, 'deliver done') : one)),
]
