// Forgeries about members: tokens that were never let in, that have missed something, or that somebody says are proven.
import { attributesFor, usualUsages } from '../../src/domain/keys.ts'
import { again, type Forgery, foundAt, one, set, template, toNote, without } from './bending.ts'
import { type Change, NO_LEAF } from './ledger.ts'
import type { MemberCast, MemberStory } from './member-story.ts'

/** Of the member that a plan or a record tells of. */
const about =
  (members: object): Change =>
  ({ member }) =>
    void Object.assign(member, members)
/** The holder at this place. */
const holder =
  (place: number, members: object): Change =>
  ({ holders }) =>
    void Object.assign(holders[place], members)
const token =
  (place: number, members: object): Change =>
  ({ tokens }) =>
    void Object.assign(tokens[place], members)

const ERROR = { code: 'CKR_DEVICE_ERROR', message: 'C_UnwrapKey: CKR_DEVICE_ERROR' }

const UNPROVEN = { proof: 'unproven', error: ERROR }
const PROVEN = { proof: 'proven', head: true }
const STAYS = template({ attributes: attributesFor('aes-256', [...usualUsages('aes-256')], false) })

/** The plan of another operation, in the place of one. */
const instead =
  (op: string, members: object, ...gone: string[]): Change =>
  (plan) => {
    for (const name of gone) delete plan[name]
    Object.assign(plan, { op, ...members })
  }

const coming: Forgery[] = [
  one('RECORD-SHAPE', 'an id of another length', 'add added', about({ id: 'ab' })),
  one('RECORD-SHAPE', 'more than is said of a member', 'add added', about({ standing: 'current' })),
  one('MEMBER-NAME', 'it takes the name of the first', 'plan:add', about({ name: 'first' })),
  one('MEMBER-PLANNED', 'an id that does not follow from its plan', 'plan:add', about({ id: 'ab'.repeat(8) })),
  one('PLAN-COMPLETE', 'it gets fewer keys than there are', 'plan:add', set({ included: 0 })),
  foundAt(one('MEMBER-KEYS', 'a key can not leave its token', 'plan:generate', STAYS), 'add'),
  one('MEMBER-PLANNED', 'another name than approved', 'add added', about({ name: 'site-x' })),
  one('MEMBER-PLANNED', 'another id than approved', 'add added', about({ id: 'ab'.repeat(8) })),
  one('MEMBER-PLANNED', 'a token of another label', 'add added', ({ member }) => void (member.token.label = 'mine')),
  one('MEMBER-PLANNED', 'the token of another member', 'add added', (record, writer) => {
    record.member.token.serial = writer.cast.token.serial
    record.keyApprovals = writer.keyApprovals(writer.cast.token.serial, (writer.cast as MemberCast).auditB)
  }),
  one('OUTCOME-INTENT', 'a member that nobody approved', 'add added', set({ intent: NO_LEAF })),
  one('TOKEN-REPLACED', 'it comes twice', 'add done', again),
  one('TOKEN-WEAK', 'a weakness that nobody accepted', 'add added', ({ member }) => {
    member.profile.broken = ['wrap-with-trusted']
  }),
  one('TOKEN-REPLACED', 'an audit key of before', 'add c added', (record, writer) => {
    const { auditB } = writer.cast as MemberCast
    record.member.auditKey = auditB.key
    record.keyApprovals = writer.keyApprovals('3333', auditB)
  }),
  one('AUDIT-KEY-APPROVED', 'another audit key than they let in', 'add added', (record, { cast }) => {
    record.member.auditKey = cast.stranger.key
  }),
  one('QUORUM-MET', 'an audit key that too few let in', 'add added', ({ keyApprovals }) => void keyApprovals.pop()),
  one(
    'AUDIT-KEY-APPROVED',
    'it was let in for another token',
    'add added',
    ({ member }) => void (member.token.serial = '9'),
  ),
  one('OUTCOME-RESULT', 'it came, and nothing changed', 'add done', set({ changed: false })),
  foundAt(one('OUTCOME-RESULT', 'it was to come, and did not', 'add added', toNote), 'add done'),
]

const plans: Forgery[] = [
  one('PLAN-TOKEN', 'of one member, under its name', 'plan:generate', token(0, { member: 'first' })),
  one('PLAN-TOKEN', 'another token than its member has', 'plan:both', token(1, { serial: '9999' })),
  one(
    'PLAN-TOKEN',
    'an earlier head than it is known to have',
    'plan:both',
    token(1, { head: { seq: 0, leaf: NO_LEAF } }),
  ),
  one('PLAN-TOKEN', 'a member that it passes over', 'plan:both', ({ tokens }) => void tokens.pop()),
  one('PLAN-TOKEN', 'a member that is there, and absent', 'plan:both', (plan) => void (plan.absent = [plan.tokens[1]])),
  one('PLAN-TOKEN', 'two members in each other\u2019s place', 'plan:both', ({ tokens }) => void tokens.reverse()),
  one(
    'PLAN-TOKEN',
    'a key comes in by another than the one that opens it',
    'plan:import',
    ({ tokens }) => void tokens.reverse(),
  ),
  one(
    'PLAN-TOKEN',
    'a request is given up by another than its holder',
    'plan:cancel',
    ({ tokens }) => void tokens.reverse(),
  ),
  one('IMPORT-REQUEST', 'a key comes in while what opens it is away', 'plan:import', (plan, writer) => {
    plan.absent = [plan.tokens.shift()]
    writer.audit = writer.cast.audit
  }),
  one('PLAN-TOKEN', 'an absent member that it passes over', 'plan:away', without('absent')),
  one('PLAN-TOKEN', 'an absent member of another head', 'plan:away', ({ absent }) => void (absent[0].head.seq = 1)),
  one('PLAN-TOKEN', 'a member that is none any more', 'plan:alone', (plan) => {
    plan.tokens = [{ serial: '2222' }]
  }),
  one('PLAN-MEMBERS', 'a checkpoint where nobody is absent', 'plan:both', set({ checkpoint: 3 })),
  one('PLAN-MEMBERS', 'one that has missed a change', 'plan:sync', instead('member.check', {})),
  one('PLAN-MEMBERS', 'one that is made right by itself', 'plan:sync', set({ members: ['first', 'site-b'] })),
  one('PLAN-MEMBERS', 'one that is lost, and there', 'plan:retire', set({ lost: true })),
  one('PLAN-MEMBERS', 'one that is erased, and absent', 'plan:lose', without('lost')),
  one('MEMBER-KNOWN', 'a look at nobody', 'plan:check', set({ members: ['site-x'] })),
  one('MEMBER-KNOWN', 'nobody is made right', 'plan:sync', set({ members: ['site-x'] })),
  one('MEMBER-KNOWN', 'nobody ends', 'plan:retire', set({ member: 'site-x' })),
  one(
    'MEMBER-LAST',
    'the last one ends',
    'plan:alone',
    instead('member.retire', { member: 'site-c' }, 'template', 'names'),
  ),
  one('RECORD-SHAPE', 'rolled back, or not', 'plan:sync first', set({ rolledBack: false })),
  one('RECORD-SHAPE', 'members in no order', 'plan:check', set({ members: ['site-b', 'first'] })),
  one('MEMBER-KEYS', 'a key that can not leave the one that makes it', 'plan:both', STAYS),
  one('NEEDS-RECOMPUTED', 'a key is made without the SO', 'plan:both', ({ needs }) => void needs.pop()),
  one('NEEDS-RECOMPUTED', 'so it is where there were several', 'plan:alone', ({ needs }) => void needs.pop()),
  foundAt(
    one('MEMBER-SOURCE', 'made right by one that has missed something', 'fail done', holder(0, UNPROVEN)),
    'sync after',
  ),
]

const oneTooMany: Change = ({ holders }) => void holders.push({ member: 'site-b', ...PROVEN })

/** The first is not proven, and others are by it. */
const unprovenSource: Change = (record, writer) => {
  Object.assign(record, { result: 'partial', error: ERROR })
  holder(0, UNPROVEN)(record, writer)
}

const outcomes: Forgery[] = [
  one('HOLDERS', 'it tells of no member', 'both done', without('holders')),
  one('HOLDERS', 'it passes over a member', 'both done', ({ holders }) => void holders.pop()),
  one('HOLDERS', 'it tells of a member twice', 'both done', ({ holders }) => void holders.push(holders[1])),
  one('HOLDERS', 'it tells of a member of another name', 'both done', holder(1, { member: 'site-x' })),
  one('HOLDERS', 'it tells of them in another order', 'both done', ({ holders }) => void holders.reverse()),
  one('HOLDERS', 'it tells of one that was absent', 'away done', oneTooMany),
  one('HOLDERS', 'it tells of one that has ended', 'retire done', oneTooMany),
  one(
    'HOLDERS',
    'it tells of the one that there is',
    'generate done',
    set({ holders: [{ member: 'first', ...PROVEN }] }),
  ),
  one('HOLDERS', 'done, and one is unproven', 'both done', holder(1, UNPROVEN)),
  one('HOLDERS', 'unproven without a reason', 'fail done', ({ holders }) => void delete holders[1].error),
  one('HOLDERS', 'proven, and there is a reason why not', 'both done', holder(1, { error: ERROR })),
  one('RECORD-SHAPE', 'a holder without a head', 'both done', ({ holders }) => void delete holders[1].head),
  one('RECORD-SHAPE', 'another word for proven', 'both done', holder(1, { proof: 'perhaps' })),
  one(
    'RECORD-SHAPE',
    'what differs in another order',
    'both done',
    holder(1, { differs: ['LOCAL', 'ALWAYS_SENSITIVE'] }),
  ),
  one('RECORD-SHAPE', 'nothing that differs', 'both done', holder(1, { differs: [] })),
  one('RECORD-SHAPE', 'an attribute that tells of no past', 'both done', holder(1, { differs: ['SENSITIVE'] })),
  one('MEMBER-SOURCE', 'proven by one that is not, where it came', 'add done', unprovenSource),
  one('MEMBER-SOURCE', 'proven by one that is not, where it was made right', 'sync done', unprovenSource),
]

const ends: Forgery[] = [
  one('MEMBER-PLANNED', 'another one ends', 'retire retired', set({ member: 'first' })),
  one('MEMBER-PLANNED', 'lost, where it was to be erased', 'retire retired', set({ token: 'lost' })),
  one('MEMBER-PLANNED', 'erased, where it was lost', 'lose retired', set({ token: 'erased' })),
  one('OUTCOME-INTENT', 'an end that nobody approved', 'retire retired', set({ intent: NO_LEAF })),
  one('MEMBER-PLANNED', 'it ends twice', 'retire done', again),
  one('OUTCOME-RESULT', 'it ended, and nothing changed', 'retire done', set({ changed: false })),
  foundAt(one('OUTCOME-RESULT', 'it was to end, and did not', 'retire retired', toNote), 'retire done'),
]

const alone = (...names: string[]) => names.map((name) => ({ id: 'ab'.repeat(16), name, version: 1, type: 'aes-256' }))

/** What a ledger holds that left this one. */
const other =
  (members: object): Change =>
  (plan) => {
    const { seq } = plan.head
    plan.other = { common: seq - 1, head: { seq: seq + 5, leaf: NO_LEAF }, keys: alone('alone'), ...members }
  }

const forks: Forgery[] = [
  one('OTHER-LEDGER', 'another ledger of one that is erased', 'plan:retire', other({})),
  one('OTHER-LEDGER', 'a ledger that has not left this one', 'plan:lose', (plan, writer) =>
    other({ common: plan.head.seq })(plan, writer),
  ),
  one('OTHER-LEDGER', 'a ledger that left it before what the token has seen', 'plan:lose', other({ common: 3 })),
  one('OTHER-LEDGER', 'a ledger that ends where it left this one', 'plan:lose', (plan, writer) =>
    other({ head: { seq: plan.head.seq - 1, leaf: NO_LEAF } })(plan, writer),
  ),
  one('OTHER-LEDGER', 'keys in no order', 'plan:lose', other({ keys: alone('b', 'a') })),
  one('OTHER-LEDGER', 'a key twice', 'plan:lose', other({ keys: alone('a', 'a') })),
  one('OTHER-LEDGER', 'a key that lives here too', 'plan:lose', (plan, writer) => {
    const { id } = (writer as MemberStory).keys.get('dek#1')!
    other({ keys: [{ id, name: 'dek', version: 1, type: 'aes-256' }] })(plan, writer)
  }),
  one('RECORD-SHAPE', 'a key of no type', 'plan:lose', other({ keys: [{ ...alone('a')[0], type: 'aes' }] })),
]

const signs = (whose: 'audit' | 'auditB', what: string, step: string): Forgery =>
  one('SIGNER-KNOWN', what, step, (_, { cast }) => (cast as MemberCast)[whose])

const signers: Forgery[] = [
  signs('auditB', 'one that is absent signs', 'away'),
  signs('audit', 'one that was absent signs the outcome', 'second acts done'),
  signs('auditB', 'one that comes signs that it comes', 'add added'),
  signs('auditB', 'one that has ended signs', 'add c'),
  signs('audit', 'one that is lost signs', 'alone'),
]

const pins: Forgery[] = [
  one('PIN-EPOCHS', 'nothing of the PIN of one member', 'replaced', (record) => void record.pins.pop()),
  one(
    'PIN-EPOCHS',
    'the PIN of a token that is none of them',
    'replaced',
    (record) => void (record.pins[1].token = '9'),
  ),
  one('PIN-EPOCHS', 'a PIN that one never had', 'replaced', (record) => void (record.pins[1].epoch = 3)),
  one('PIN-EPOCHS', 'the PINs in another order', 'replaced', (record) => void record.pins.reverse()),
]

export const memberForgeries: Forgery[] = [...coming, ...plans, ...outcomes, ...ends, ...forks, ...signers, ...pins]
