// Forgeries about applications: copies that nobody planned, that may do more, or that are said to be where they are not.
import { again, type Forgery, foundAt, one, set, toNote } from './bending.ts'
import { type Change, type Loose, NO_LEAF, recordOf } from './ledger.ts'

/** The first application of a plan, and its first copy. */
const app =
  (members: object, place = 0): Change =>
  ({ apps }) =>
    void Object.assign(apps[place], members)
const copy =
  (members: object, place = 0): Change =>
  ({ apps }) =>
    void Object.assign(apps[0].copies[place], members)
const newApp =
  (members: object): Change =>
  (value) =>
    void Object.assign(value.app, members)
const pin =
  (members: object): Change =>
  ({ app: added, pin: given }) =>
    void Object.assign(given ?? added.pin, members)
/** The first copy that a record tells of. */
const told =
  (members: object, place = 0): Change =>
  ({ copies }) =>
    void Object.assign(copies[place], members)
const flag =
  (name: string, value: boolean): Change =>
  ({ copies: [{ attributes }] }) =>
    void Object.assign(attributes.private ?? attributes, { [name]: value })

const passesOver: Change = ({ apps }) => void apps[0].copies.shift()
const withoutTheLast: Change = ({ apps }) => void apps.pop()

/** A rotation in one step, which readers could not follow. */
const toRotation: Change = (plan, { lines }) => {
  const { published: _, ...fresh } = plan.keys[0]
  const usage = { ENCRYPT: true, DECRYPT: true }
  const old = lines.map((line) => recordOf(line).keys ?? []).flatMap((keys: Loose[]) => keys)
  const { fingerprint } = old.find(({ name }: Loose) => name === 'dek')
  const { id } = old.find(({ name }: Loose) => name === 'dek')
  const before = { ...fresh, version: 1, id, fingerprint, state: 'deactivated' }
  plan.keys = [before, { ...fresh, attributes: { ...fresh.attributes, ...usage } }]
  plan.op = 'key.rotate'
  delete plan.apps
}

const plans = [
  one('APP-ID', 'an id that is not of its plan', 'plan:init', newApp({ id: 'ab'.repeat(8) })),
  one('APP-ID', 'a token with another label', 'plan:init', newApp({ label: 'till' })),
  one('RECORD-SHAPE', 'a label that no token takes', 'plan:init', newApp({ label: 'x'.repeat(33) })),
  one('APP-NAME', 'a name that another application has', 'plan:adopt', newApp({ name: 'till' })),
  one('APP-NAME', 'another application is replaced', 'plan:replace', set({ replaces: 'ab'.repeat(8) })),
  one('APP-TOKEN', "the partition's own token", 'plan:adopt', ({ app: { token } }, { cast }) => {
    token.serial = cast.token.serial
  }),
  one('APP-TOKEN', 'a token that another application has', 'plan:adopt', ({ app: { token } }) => {
    token.serial = '1111'
  }),
  one('APP-TOKEN', "the partition's own token is erased", 'plan:init', (plan, { cast }) => {
    plan.erases = cast.token.serial
  }),
  one('APP-TOKEN', "another application's token is erased", 'plan:replace', set({ erases: '2222' })),
  one('APP-KNOWN', 'an application that nobody knows', 'plan:deliver', app({ name: 'safe' })),
  one('APP-KNOWN', 'another id', 'plan:deliver', app({ id: 'ab'.repeat(8) })),
  one('APP-KNOWN', 'another token', 'plan:deliver', app({ token: '9999' })),
  one('APP-KNOWN', 'an application that gets keys is left out', 'plan:deliver', app({ without: true })),
  one('RECORD-SHAPE', 'one application twice', 'plan:deliver', ({ apps }) => void apps.push(apps[1])),
  one('RECORD-SHAPE', 'a copy twice', 'plan:deliver', ({ apps }) => void apps[0].copies.push(apps[0].copies[1])),
  one('RECORD-SHAPE', 'no application', 'plan:deliver', set({ apps: [] })),
  one('RECORD-SHAPE', 'two applications at their end', 'plan:retire web', ({ apps }) => void apps.push(apps[0])),
  one('APP-PIN', 'a generation that is far ahead', 'plan:pin', app({ generation: 3 })),
  one('COPY-PLANNED', 'a key that there is not', 'plan:deliver', copy({ version: 7, label: 'dek#7' })),
  one('COPY-PLANNED', 'what is delivered is not wished', 'plan:deliver', copy({ wished: false, usage: [] })),
  one('COPY-PLANNED', 'what is withdrawn is wished', 'plan:withdraw', copy({ wished: true, usage: ['verify'] })),
  one('COPY-PLANNED', 'what is withdrawn was not there', 'plan:withdraw', copy({ name: 'idle', label: 'idle' })),
  one('COPY-PLANNED', 'a copy of another key moves too', 'plan:suspend', ({ apps }) => {
    apps[0].copies.unshift({ name: 'mac', version: 1, label: 'mac', wished: true, usage: ['verify'] })
  }),
  one('COPY-LABEL', 'the version in force goes by its number', 'plan:deliver', copy({ label: 'dek#1' })),
  one('COPY-LABEL', 'the old version keeps the name', 'plan:promote', copy({ label: 'dek' })),
  one('COPY-LABEL', 'a published version has the name', 'plan:publish', copy({ label: 'dek' })),
  one('COPY-USAGE', 'a suspended key signs there', 'plan:suspend', copy({ usage: ['sign', 'verify'] })),
  one('COPY-USAGE', 'a published version encrypts', 'plan:publish', copy({ usage: ['encrypt', 'decrypt'] })),
  one('COPY-USAGE', 'a use that the key was not made for', 'plan:deliver', copy({ usage: ['decrypt', 'unwrap'] })),
  one('COPY-USAGE', 'a copy for nothing', 'plan:deliver', copy({ usage: [] })),
  one('COPY-USAGE', 'what is withdrawn may do something', 'plan:withdraw', copy({ usage: ['verify'] })),
  one('COPY-USAGE', 'a secret key with a certificate', 'plan:deliver', copy({ certificate: 'AAAA' })),
  one('PLAN-COMPLETE', 'a reader is passed over when the next version comes', 'plan:publish', withoutTheLast),
  one('PLAN-COMPLETE', 'a reader is passed over when it takes over', 'plan:promote', withoutTheLast),
  one('PLAN-COMPLETE', 'a copy of the old version is passed over', 'plan:promote', passesOver),
  one('PLAN-COMPLETE', 'the old version does not give way', 'plan:promote', ({ keys }) => void keys.shift()),
  one('PLAN-COMPLETE', 'nothing takes over', 'plan:promote', ({ keys }) => void keys.pop()),
  one('PLAN-COMPLETE', 'a suspended key goes on at an application', 'plan:suspend', (plan) => void delete plan.apps),
  one('PLAN-COMPLETE', 'a look passes a copy over', 'plan:check', passesOver),
  one(
    'PLAN-COMPLETE',
    'a copy is brought that nobody wished',
    'plan:sync web',
    copy({ usage: ['decrypt'], label: 'x' }),
  ),
  one('PLAN-COMPLETE', 'an application ends with copies', 'plan:retire web', passesOver),
  one('PLAN-COMPLETE', 'the other token gets less', 'plan:replace', ({ copies }) => void copies.shift()),
  one('PLAN-COMPLETE', 'a copy stays that nobody is told of', 'plan:destroy', (plan) => void delete plan.leaves),
  one('PLAN-COMPLETE', 'a key in use is rotated in one step', 'plan:publish', toRotation),
  one('KEY-STATE', 'a published version that is not so called', 'plan:publish', ({ keys }) => {
    delete keys[0].published
  }),
  one(
    'KEY-STATE',
    'a version is promoted, and waits on',
    'plan:promote',
    ({ keys }) => void (keys[1].published = true),
  ),
  one('KEY-STATE', 'nothing published it', 'plan:suspend', ({ keys }) => void (keys[0].published = true)),
  one('KEY-STATE', 'another type follows', 'plan:publish', ({ keys }) => void (keys[0].type = 'aes-128')),
  one('KEY-STATE', 'a version is left out', 'plan:publish', ({ keys }) => void (keys[0].version = 3)),
  one('KEY-ATTRIBUTES', 'a published version encrypts in the vault', 'plan:publish', ({ keys }) => {
    keys[0].attributes.ENCRYPT = true
  }),
  one('KEY-ID', 'the id of a published version is not of its plan', 'plan:publish', ({ keys }) => {
    keys[0].id = 'ab'.repeat(16)
  }),
]

const records = [
  one('APP-PLANNED', 'another application than approved', 'init added', newApp({ name: 'safe' })),
  one(
    'APP-PLANNED',
    'its token is called otherwise',
    'init added',
    ({ app: { token } }) => void (token.label = 'till'),
  ),
  one('APP-PLANNED', 'another token than approved', 'adopt added', ({ app: { token } }) => void (token.serial = '4')),
  one('APP-PLANNED', 'its PIN went to others', 'init added', newApp({ recipients: ['age1abc'] })),
  one('APP-PLANNED', 'an application out of a delivery', 'deliver till', (record, { lines }) => {
    const { app: added } = lines.map((line) => recordOf(line)).find(({ type }) => type === 'app.added')
    delete record.copies
    Object.assign(record, { type: 'app.added', app: { ...added, name: 'safe' } })
  }),
  one('APP-TOKEN', "the partition's own token", 'init added', ({ app: { token } }, { cast }) => {
    token.serial = cast.token.serial
  }),
  one('APP-PIN', 'a PIN of another generation', 'init added', pin({ generation: 2 })),
  one('APP-PIN', 'a PIN of another epoch', 'init added', pin({ user: { group: 'ops', epoch: 2 } })),
  one('APP-PIN', 'a PIN of another group', 'init added', pin({ so: { group: 'vault', epoch: 1 } })),
  one('APP-PIN', 'a short PIN that nobody accepted', 'init added', pin({ characters: 12 })),
  one('APP-PIN', 'a PIN that somebody gave', 'init added', newApp({ pin: { kind: 'given' } })),
  one('APP-PIN', 'a PIN of a generation that was not handed over', 'pin till', pin({ generation: 1 })),
  one('APP-PLANNED', 'the PIN of another application', 'pin till', set({ app: 'web' })),
  one('APP-PLANNED', 'a PIN was sealed for somebody', 'pin till', set({ recipients: ['age1abc'] })),
  one('APP-PLANNED', 'an application that is not in the plan', 'sync web web', set({ app: 'till' })),
  one('APP-PLANNED', 'a token is left that is erased', 'till retired', set({ token: 'left' })),
  one('APP-PLANNED', 'a token is lost, and nobody knew', 'till retired', set({ token: 'lost' })),
  foundAt(one('APP-PLANNED', 'a token is left with copies', 'gone', told({ state: 'unproven' })), 'web retired'),
  one('OUTCOME-INTENT', 'copies of no change', 'deliver till', set({ intent: NO_LEAF })),
  one('COPY-PLANNED', 'a copy that nobody planned', 'deliver till', told({ name: 'mac' }, 1)),
  one('RECORD-SHAPE', 'a copy is told of twice', 'deliver till', ({ copies }) => void copies.push(copies[1])),
  one('COPY-AS-PLANNED', 'another id', 'deliver till', told({ id: 'ab'.repeat(16) })),
  one('COPY-AS-PLANNED', 'another label', 'deliver till', told({ label: 'dek#1' })),
  one('COPY-AS-PLANNED', 'another use', 'deliver till', told({ usage: ['decrypt'] })),
  one('COPY-AS-PLANNED', 'a copy that can be read', 'deliver till', flag('SENSITIVE', false)),
  one('COPY-AS-PLANNED', 'a copy that can leave', 'deliver till', flag('EXTRACTABLE', true)),
  one('COPY-AS-PLANNED', 'a copy that can be changed', 'deliver till', flag('MODIFIABLE', true)),
  one('COPY-AS-PLANNED', 'a copy that does more than told', 'deliver till', flag('SIGN', true)),
  one('COPY-AS-PLANNED', 'what is absent has attributes', 'check till', ({ copies }) => {
    copies[0].attributes = { ENCRYPT: true }
  }),
  one('COPY-AS-PLANNED', 'a pair with a proof of secrets', 'deliver till', ({ copies }) => {
    copies[1].proof = copies[0].proof
  }),
  one('RECORD-SHAPE', 'more strange objects than a record holds', 'check till', (record) => {
    record.found = Array.from({ length: 101 }, (_, i) => `object ${100 + i}`)
  }),
  one('OUTCOME-RESULT', 'an application came, and nothing changed', 'init done', set({ changed: false })),
  foundAt(one('OUTCOME-RESULT', 'an application was to come, and did not', 'init added', toNote), 'init done'),
  foundAt(one('OUTCOME-RESULT', 'nothing tells of an application', 'deliver web', toNote), 'deliver done'),
  foundAt(one('OUTCOME-RESULT', 'a look tells of nothing', 'check till', toNote), 'check done'),
  foundAt(one('OUTCOME-RESULT', 'no PIN was handed over', 'pin till', toNote), 'pin done'),
  foundAt(
    one(
      'OUTCOME-RESULT',
      'done, and a copy is not proved',
      'deliver till',
      told({ state: 'unproven', attributes: {} }),
    ),
    'deliver done',
  ),
  foundAt(
    one('OUTCOME-RESULT', 'done, and a copy is there still', 'withdraw till', (record) => {
      const { copies } = record
      copies[0].state = 'unproven'
    }),
    'withdraw done',
  ),
  one('OUTCOME-RESULT', 'a look that changes something', 'check done', set({ changed: true })),
  one('RECOVERED-FOUND', 'it was done, and a copy is not proved', 'recovered', set({ found: 'done' })),
  one('APP-PLANNED', 'the application that was left out is told of', 'promote till', set({ app: 'web' })),
  one('APP-PLANNED', 'an application comes twice', 'init done', again),
]

export const applicationForgeries: Forgery[] = [...plans, ...records]
