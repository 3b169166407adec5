// Forgeries: one step of the story is bent and everything from there on is signed anew, by somebody who has the keys to do
// so. Only the rule that is named can find it.
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { fromBase64url, toBase64url } from '../../src/domain/encoding.ts'
import { plannedKeys } from '../../src/domain/plan.ts'
import { planMessage } from '../../src/domain/proposal.ts'
import { keyIdOf } from '../../src/domain/record.ts'
import { remotes } from './afar-forgeries.ts'
import { authority } from './authority-forgeries.ts'
import { type Forgery, firstApproval, firstKey, one, secondKey, set, template, toNote } from './bending.ts'
import type { Cast } from './cast.ts'
import { contradictions } from './contradictions.ts'
import { type Custody, newSigner, signaturesOf, signerOf } from './custody.ts'
import { inward } from './inward-forgeries.ts'
import { type Change, type Loose, NO_LEAF, recordOf } from './ledger.ts'
import { statements } from './statement-forgeries.ts'
import { stations } from './station-forgeries.ts'

export type { Forgery }

const NO_SIGNATURE = toBase64url(new Uint8Array(64))
const OTHER_UUID = '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2c'

const form = [
  one('CHAIN-SEQ', 'a number is left out', 'note', (record) => void record.seq++),
  one('CHAIN-PREV', 'it follows another record', 'note', set({ prev: NO_LEAF })),
  one('CHAIN-PREV', 'it follows none', 'note', set({ prev: null })),
  one('CHAIN-PREV', 'the first one follows another', 'created', set({ prev: NO_LEAF })),
  one('CHAIN-PARTITION', 'it is of another partition', 'note', set({ partition: OTHER_UUID })),
  one('FIRST-CREATED', 'the first record is a note', 'created', toNote),
  one('FIRST-CREATED', 'the partition begins twice', 'generate', (record, { lines }) => {
    Object.assign(record, { ...recordOf(lines[0]!), seq: record.seq, prev: record.prev })
  }),
  one('LINE-CANONICAL', 'a text is not in NFC', 'note', set({ text: 'e\u0301' })),
  one('LINE-CANONICAL', 'a text holds a line feed', 'note', set({ text: 'a\nb' })),
  one('LINE-CANONICAL', 'a number is negative', 'note', set({ more: -1 })),
  one('RECORD-SHAPE', 'a null stands where none may', 'note', set({ more: [null] })),
  one('RECORD-SHAPE', 'a day that does not exist', 'note', set({ time: '2026-02-30T08:00:00.000Z' })),
  one('RECORD-SHAPE', 'a time without milliseconds', 'note', set({ time: '2026-02-28T08:00:00Z' })),
  one('RECORD-SHAPE', 'another format', 'note', set({ format: 'keyrite.record/0' })),
  one('RECORD-SHAPE', 'a type that there is not', 'note', set({ type: 'memo' })),
  one('RECORD-SHAPE', 'a note without text', 'note', (record) => void delete record.text),
  one('RECORD-SHAPE', 'an operation that there is not', 'plan:generate', set({ op: 'door.open' })),
  one('RECORD-SHAPE', 'a beginning as an intent', 'plan:generate', set({ op: 'partition.init' })),
  one('RECORD-SHAPE', 'nobody needs to approve', 'plan:generate', set({ needs: [] })),
]

/** Its salt is random: of 256 signatures one begins so. */
function beginningWithZero(sign: () => Uint8Array): Uint8Array {
  for (;;) {
    const signature = sign()
    if (signature[0] === 0) return signature
  }
}

const signers = [
  one('SIGNER-KNOWN', 'a stranger signs', 'note', (_, { cast }) => cast.stranger),
  one('SIGNER-KNOWN', 'the next audit key signs before it is let in', 'generate', (_, { cast }) => cast.newAudit),
  one('SIGNER-KNOWN', 'the old audit key signs after it was replaced', 'restore done', (_, { cast }) => cast.audit),
  one('SIGNER-KNOWN', 'the old audit key lets the new one in', 'token', (_, { cast }) => cast.audit),
  one('SIGNER-KNOWN', 'the station key signs the beginning', 'created', (_, { cast }) => cast.station),
  one('SIGNER-KNOWN', 'the station key lets an audit key in', 'token', (_, { cast }) => cast.station),
  one(
    'SIGNER-KNOWN',
    'the old station key signs a restore that brings another',
    'restore',
    (_, { cast }) => cast.station,
  ),
  one('SIGNER-KNOWN', 'another station signs', 'round 1 note', (_, { cast }) => cast.station),
  one('SIGNER-KNOWN', 'a station key signs before a restore brings it', 'note', (_, { cast }) => cast.newStation),
  one('SIGNER-KNOWN', 'a station key brought by no restore', 'plan:restore', (plan) => void delete plan.station),
  one('KEY-SPKI', 'a restore brings a station key of another kind', 'plan:restore', (plan, { cast }) => {
    plan.station.key = cast.stranger.key
  }),
  {
    ...one('STATION-KEY-OWN', 'the new audit key is the station key', 'token', () => {}),
    cast: (cast: Cast) => ({ ...cast, newAudit: cast.newStation }),
  },
  {
    ...one('STATION-KEY-OWN', 'the new station key is the audit key', 'restore', () => {}),
    cast: (cast: Cast) => ({ ...cast, audit: cast.newStation }),
  },
  {
    ...one('SIGNATURE-VALID', 'a PS256 signature without the zero that it begins with', 'generate', (_, { audit }) => ({
      ...audit,
      sign: (message) => beginningWithZero(() => audit.sign(message)).subarray(1),
    })),
    cast: (cast: Cast) => ({ ...cast, audit: newSigner('PS256') }),
  },
  one('SIGNER-MAY', 'the station key signs an intent', 'generate', (_, { cast }) => cast.station),
  one('SIGNER-MAY', 'the station key signs an outcome', 'generate done', (_, { cast }) => cast.station),
  one('SIGNER-MAY', 'the station key signs a checkpoint plan', 'checkpoint', (_, { cast }) => cast.station),
  one(
    'SIGNER-MAY',
    'the station key signs a recovery, and what it found before it',
    'recover done',
    (_, { cast }) => cast.station,
  ),
  one('SIGNER-MAY', 'an unsigned intent under a refusal that the station key signs', 'crash', () => null),
  one('SIGNER-MAY', 'unsigned outcomes, the last by the station key', 'batch done 3', (_, { cast }) => cast.station),
  {
    ...one('SIGNER-MAY', 'audit key and station key are one', 'note', () => {}),
    cast: (cast: Cast) => ({ ...cast, audit: cast.station }),
  },
  {
    ...one('KEY-SPKI', 'the station key is of another kind', 'note', () => {}),
    cast: (cast: Cast) => ({ ...cast, station: { ...cast.stranger, name: 'host-1' } }),
  },
]

const beginnings = [
  one('CREATED-AS-PLANNED', 'another name than approved', 'plan:created', set({ name: 'pax' })),
  one('CREATED-AS-PLANNED', 'another token than approved', 'plan:created', (plan) => void (plan.token.serial = 'x')),
  one(
    'CREATED-AS-PLANNED',
    'other custodians than approved',
    'plan:created',
    (plan) => void plan.groups[0].custodians.pop(),
  ),
  one('CREATED-AS-PLANNED', 'another station key than approved', 'plan:created', (plan, { cast }) => {
    plan.station.key = cast.stranger.key
  }),
  one('CREATED-AS-PLANNED', 'a plan of another partition', 'plan:created', set({ partition: OTHER_UUID })),
  one('NEEDS-RECOMPUTED', 'one group is not asked', 'plan:created', (plan) => void plan.needs.pop()),
  one('QUORUM-MET', 'one custodian did not read their share back', 'created', ({ approvals }) => void approvals.pop()),
  one(
    'APPROVER-DISTINCT',
    'one custodian approves twice',
    'created',
    ({ approvals }) => void approvals.push(approvals[0]),
  ),
  one('QUORUM-MET', 'too few let the audit key in', 'created', ({ keyApprovals }) => void keyApprovals.pop()),
  one(
    'APPROVER-DISTINCT',
    'one lets the audit key in twice',
    'created',
    ({ keyApprovals }) => void (keyApprovals[1] = keyApprovals[0]),
  ),
  one('APPROVAL-SIGNED', 'an approval is no signature', 'created', firstApproval({ value: NO_SIGNATURE })),
  one('AUDIT-KEY-APPROVED', 'another audit key than they let in', 'created', (record, { cast }) => {
    record.auditKey = cast.stranger.key
    return cast.stranger
  }),
  one(
    'KEY-ID-DERIVED',
    'the audit key under another id',
    'created',
    ({ auditKey }) => void (auditKey.id = '0'.repeat(16)),
  ),
  one('KEY-SPKI', 'the audit key is no key', 'created', auditKeyWith({ spki: 'AAAA', id: '709e80c88487a241' })),
  one('KEY-SPKI', 'the audit key is of another kind', 'created', auditKeyWith({ alg: 'EdDSA' })),
  one('KEY-SPKI', 'the audit key is on another curve', 'created', auditKeyWith(secp256k1())),
  one('KEY-SPKI', 'the audit key has an exponent of 65 bits', 'created', auditKeyWith(wideExponent())),
]

/** An audit key that everybody lets in as it is. */
function auditKeyWith(members: object): Change {
  return (record, writer) => {
    Object.assign(record.auditKey, members)
    record.keyApprovals = writer.keyApprovals(record.token.serial, { ...writer.audit, key: record.auditKey })
  }
}

function secp256k1(): { id: string; spki: string } {
  const { id, spki } = signerOf('ES256', generateKeyPairSync('ec', { namedCurve: 'secp256k1' })).key
  return { id, spki }
}

function wideExponent(): { alg: string; id: string; spki: string } {
  const { n } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  const e = Buffer.from('01000000000000000d', 'hex').toString('base64url')
  const spki = createPublicKey({ key: { kty: 'RSA', n: n!, e }, format: 'jwk' }).export({ format: 'der', type: 'spki' })
  return { alg: 'PS256', id: keyIdOf(spki), spki: toBase64url(spki) }
}

const rosters = (
  ['ROSTER-THRESHOLD', 'ROSTER-NAMES', 'ROSTER-ROLES', 'ROSTER-KEYS', 'ROSTER-SO', 'ROSTER-EPOCH'] as const
).map(
  (rule): Forgery => ({
    ...one(rule, 'a partition begins with a roster that may not be', 'note', () => {}),
    cast: (cast) => ({ ...cast, [rule === 'ROSTER-NAMES' ? 'ops' : 'vault']: BENT[rule]!(cast) }),
  }),
)

const bent = ({ group, signers }: Custody, members: object): Custody => ({ signers, group: { ...group, ...members } })

const BENT: Record<string, (cast: Cast) => Custody> = {
  'ROSTER-THRESHOLD': ({ vault }) => bent(vault, { threshold: 1 }),
  'ROSTER-NAMES': ({ ops }) => bent(ops, { name: 'vault' }),
  'ROSTER-ROLES': ({ vault }) => bent(vault, { roles: ['recovery', 'user'] }),
  'ROSTER-KEYS': ({ ops, vault }) => {
    const custodians = vault.group.custodians.map((custodian, i) =>
      i === 0 ? { ...custodian, key: ops.group.custodians[0]!.key } : custodian,
    )
    return { signers: [ops.signers[0]!, ...vault.signers.slice(1)], group: { ...vault.group, custodians } }
  },
  'ROSTER-SO': ({ vault }) => bent(vault, { threshold: 3 }),
  'ROSTER-EPOCH': ({ vault }) => bent(vault, { epoch: 2 }),
}

const approvals = [
  one('QUORUM-MET', 'one approval is missing', 'generate', ({ approvals: given }) => void given.pop()),
  one('QUORUM-MET', 'nobody approves', 'generate', set({ approvals: [] })),
  one('QUORUM-MET', 'only one of two groups approves', 'backup', (record) => {
    record.approvals = record.approvals.filter((given: Loose) => given.group === 'ops')
  }),
  one(
    'APPROVER-DISTINCT',
    'one custodian approves twice',
    'generate',
    ({ approvals: given }) => void (given[1] = given[0]),
  ),
  one('APPROVER-CURRENT', 'a name that is not in the roster', 'generate', firstApproval({ custodian: 'mallory' })),
  one('APPROVER-CURRENT', 'one approves in the name of another', 'generate', firstApproval({ custodian: 'carol' })),
  one('APPROVER-CURRENT', 'an epoch that has not come', 'generate', firstApproval({ epoch: 2 })),
  one('APPROVER-CURRENT', 'the seat of another group', 'generate', firstApproval({ group: 'vault' })),
  one('APPROVER-CURRENT', 'custodians of another group', 'generate', (record, { cast }) => {
    record.approvals = signaturesOf(bent(cast.vault, { name: 'ops' }), planMessage(record.plan)).map((given) => ({
      ...given,
      via: 'file',
    }))
  }),
  one('APPROVAL-SIGNED', 'an approval is no signature', 'generate', firstApproval({ value: NO_SIGNATURE })),
  one('APPROVAL-SIGNED', 'an approval of another plan', 'generate pair', (record, { lines }) => {
    record.approvals = recordOf(lines.at(-2)!).approvals
  }),
  one(
    'APPROVAL-SIGNED',
    'the plan was changed after it was approved',
    'generate',
    ({ plan }) => void (plan.reason = 'because'),
  ),
  one('NEEDS-RECOMPUTED', 'a threshold of one', 'plan:generate', ({ needs }) => void (needs[0].threshold = 1)),
  one('NEEDS-RECOMPUTED', 'another group', 'plan:generate', ({ needs }) => void (needs[0].group = 'vault')),
  one('NEEDS-RECOMPUTED', 'another epoch', 'plan:generate', ({ needs }) => void (needs[0].epoch = 2)),
  one('NEEDS-RECOMPUTED', 'the same group twice', 'plan:generate', ({ needs }) => void needs.push(needs[0])),
  one(
    'NEEDS-RECOMPUTED',
    'a backup without the group that holds recovery',
    'plan:backup',
    ({ needs }) => void needs.pop(),
  ),
  one(
    'NEEDS-RECOMPUTED',
    'a recovery of a backup without the group that holds recovery',
    'plan:recover backup',
    ({ needs }) => void needs.pop(),
  ),
  {
    rule: 'NEEDS-RECOMPUTED',
    what: 'one share, and a plan that says that one is enough',
    changes: {
      'plan:generate': ({ needs }) => void (needs[0].threshold = 1),
      generate: ({ approvals: given }) => void given.pop(),
    },
  } satisfies Forgery,
]

let nonce = ''

const plans = [
  one('PLAN-PARTITION', 'of another partition', 'plan:verify', set({ partition: OTHER_UUID })),
  one('PLAN-TOKEN', 'for another token', 'plan:verify', set({ tokens: [{ serial: 'elsewhere' }] })),
  one('PLAN-TOKEN', 'a restore that replaces another token', 'plan:restore', set({ replaces: ['elsewhere'] })),
  one('PLAN-EXPIRED', 'carried out too late', 'verify', set({ time: '2026-12-31T08:00:00.000Z' })),
  one('PLAN-HEAD', 'made on a record that is to come', 'plan:verify', set({ head: { seq: 99, leaf: NO_LEAF } })),
  one('PLAN-HEAD', 'made on another record of that number', 'plan:verify', ({ head }) => void (head.leaf = NO_LEAF)),
  one('PLAN-HEAD', 'made before the last change', 'plan:verify', (plan, { leaves }) => {
    plan.head = { seq: leaves.length - 2, leaf: leaves.at(-2) }
  }),
  {
    rule: 'PLAN-ONCE',
    what: 'carried out twice',
    changes: {
      'plan:verify': (plan) => void (nonce = plan.nonce),
      'plan:checkpoint': (plan) => void (plan.nonce = nonce),
    },
  } satisfies Forgery,
  one('INTENT-OPEN', 'another change while one is open', 'plan:recover', (plan) => {
    plan.op = 'partition.check'
    delete plan.recovers
  }),
  one('LAST-TRY', 'the last tries of a PIN that nothing changes', 'plan:recover', set({ lastTry: { so: 'old' } })),
  one('RECOVERS-OPEN', 'a recovery of something else', 'plan:recover', set({ recovers: NO_LEAF })),
  one('RECOVERS-OPEN', 'a recovery of what is closed', 'plan:verify', (plan, { leaves }) => {
    Object.assign(plan, { op: 'partition.recover', recovers: leaves.at(-2) })
  }),
  one('RECORD-SHAPE', 'new keys without a name', 'plan:generate', set({ names: [] })),
  one('RECORD-SHAPE', 'a name of 64 letters', 'plan:generate', set({ names: ['x'.repeat(64)] })),
  one('RECORD-SHAPE', 'a name with its version', 'plan:generate', ({ names }) => void (names[0] += '#1')),
  one('RECORD-SHAPE', 'a name twice', 'plan:batch', ({ names }) => void (names[1] = names[0])),
  one('RECORD-SHAPE', 'names in another order', 'plan:batch', ({ names }) => void names.reverse()),
  one('RECORD-SHAPE', 'new keys of no kind', 'plan:batch', (plan) => void delete plan.template),
  one('RECORD-SHAPE', 'new keys written out', 'plan:batch', (plan) => {
    plan.keys = plannedKeys(plan)
    delete plan.template
    delete plan.names
  }),
  one('RECORD-SHAPE', 'new keys said twice', 'plan:batch', (plan) => void (plan.keys = plannedKeys(plan))),
  ...Object.entries({
    name: 'batch-1',
    version: 1,
    id: '00'.repeat(16),
    fingerprint: 'cmac5:0011223344',
    zz: true,
  }).map(([member, value]) =>
    one('RECORD-SHAPE', `${member} of all the keys at once`, 'plan:batch', template({ [member]: value })),
  ),
  one('PLAN-KEYS', 'an id twice', 'plan:restore', ({ keys }) => void (keys[1].id = keys[0].id)),
  one('KEY-CLASS', 'an AES key that is a pair', 'plan:generate', template({ class: 'pair' })),
  one('KEY-ID', 'the id of another key', 'plan:rotate', (plan, { lines }) => {
    plan.keys[1].id = recordOf(lines.findLast((line) => line.includes('"batch-1"'))!).keys[0].id
  }),
  one('KEY-ID', 'an id that does not follow from the nonce', 'plan:rotate', secondKey({ id: '00'.repeat(16) })),
  one('KEY-ID', 'another id for a key that there is', 'plan:suspend', firstKey({ id: '00'.repeat(16) })),
  one('KEY-ID', 'another type for a key that there is', 'plan:deactivate', firstKey({ type: 'aes-128' })),
  one('KEY-STATE', 'a new key that is destroyed', 'plan:generate', template({ state: 'destroyed' })),
  one('KEY-STATE', 'a new key of a name that is taken', 'plan:generate pair', set({ names: ['payments/card-dek'] })),
  one('PLAN-COMPLETE', 'a rotation that leaves a version out', 'plan:rotate', secondKey({ version: 3 })),
  one('KEY-STATE', 'a rotation to another type', 'plan:rotate', secondKey({ type: 'aes-128' })),
  one('KEY-STATE', 'a rotation that leaves the old version active', 'plan:rotate', firstKey({ state: 'active' })),
  one('KEY-STATE', 'a suspension that destroys', 'plan:suspend', firstKey({ state: 'destroyed' })),
  one('KEY-STATE', 'a key that nobody made', 'plan:suspend', firstKey({ version: 9 })),
  one('KEY-STATE', 'an active key is destroyed', 'plan:destroy', (plan, story) => {
    const target = [...(story as Loose).keys.values()].find((key: Loose) => key.name === 'batch-3')
    plan.keys = [{ ...target, state: 'destroyed' }]
  }),
  one('KEY-FINGERPRINT', 'another key of that name', 'plan:suspend', firstKey({ fingerprint: 'hmac5:0000000000' })),
]

const outcomes = [
  one('OUTCOME-INTENT', 'of no intent', 'generate done', set({ intent: NO_LEAF })),
  one(
    'OUTCOME-INTENT',
    'of an intent that is closed',
    'checkpoint done',
    (record, { leaves }) => void (record.intent = leaves.at(-3)),
  ),
  one('OUTCOME-INTENT', 'of what is being recovered', 'recovered', (record) => {
    delete record.found
    Object.assign(record, { type: 'outcome', result: 'done', changed: true })
  }),
  one('OUTCOME-INTENT', 'recovered without a recovery', 'generate done', (record) => {
    delete record.result
    delete record.changed
    Object.assign(record, { type: 'recovered', found: 'done' })
  }),
  one('OUTCOME-PLANNED', 'a key of another name', 'generate done', firstKey({ name: 'payments/other' })),
  one('OUTCOME-PLANNED', 'a key of another id', 'generate done', firstKey({ id: '00'.repeat(16) })),
  one('OUTCOME-PLANNED', 'a key of another type', 'generate done', firstKey({ type: 'aes-128' })),
  one('OUTCOME-PLANNED', 'a new key in another state than planned', 'generate done', firstKey({ state: 'destroyed' })),
  one('OUTCOME-PLANNED', 'a key moved elsewhere than planned', 'suspend done', firstKey({ state: 'compromised' })),
  one('OUTCOME-PLANNED', 'a key more than names', 'batch done 3', ({ keys }) => {
    keys.push({ ...keys[0], name: 'batch-6', id: '00'.repeat(16) })
  }),
  one('OUTCOME-PLANNED', 'ids in another order', 'batch done 1', ({ keys: [a, b] }) => {
    ;[a.id, b.id] = [b.id, a.id]
  }),
  {
    rule: 'INTENT-OPEN',
    what: 'a key less than names, and another change',
    changes: {
      'plan:generate pair': ({ names }) => void names.push('sign/root-2'),
      'generate pair done': ({ keys }) => void keys.pop(),
      'generate later': () => {},
    },
  } satisfies Forgery,
  one('OUTCOME-PLANNED', 'a key twice', 'batch done 1', ({ keys }) => void (keys[1] = keys[0])),
  one('OUTCOME-PLANNED', 'a key that an outcome told of before', 'batch done 2', (record, { lines }) => {
    record.keys = recordOf(lines.at(-1)!).keys
  }),
  one('OUTCOME-PLANNED', 'keys where the plan has none', 'verify done', (record, { lines }) => {
    record.keys = recordOf(lines.at(-4)!).keys
  }),
  one('OUTCOME-CHANGED', 'a key was made, and nothing changed', 'generate done', set({ changed: false })),
  one('KEY-FINGERPRINT', 'the key is another one now', 'suspend done', firstKey({ fingerprint: 'hmac5:0000000000' })),
  one(
    'KEY-CLASS',
    'a pair with the check value of a secret key',
    'generate pair done',
    firstKey({ fingerprint: 'cmac5:0000000000' }),
  ),
  one('KEY-CLASS', 'a secret key with a hash', 'generate done', firstKey({ fingerprint: `sha256:${'0'.repeat(64)}` })),
  one(
    'KEY-CLASS',
    'a secret key in two halves',
    'generate done',
    firstKey({ attributes: { private: {}, public: {} } }),
  ),
  one('KEY-CLASS', 'a pair in one piece', 'generate pair done', firstKey({ attributes: { SIGN: true } })),
  one('KEY-CLASS', 'a secret key that is called a pair', 'generate done', firstKey({ class: 'pair' })),
]

const tokens = [
  one('TOKEN-REPLACED', 'by no restore', 'token', set({ intent: NO_LEAF })),
  one('TOKEN-REPLACED', 'another token than planned', 'token', (record, writer) => {
    record.token.serial = 'elsewhere'
    record.keyApprovals = writer.keyApprovals('elsewhere', writer.cast.newAudit)
  }),
  one('TOKEN-REPLACED', 'an audit key that was replaced comes back', 'token', (record, writer) => {
    record.auditKey = writer.cast.audit.key
    record.keyApprovals = writer.keyApprovals(record.token.serial, writer.cast.audit)
    return writer.cast.audit
  }),
  one('QUORUM-MET', 'too few let the audit key in', 'token', ({ keyApprovals }) => void keyApprovals.pop()),
  one('AUDIT-KEY-APPROVED', 'another audit key than they let in', 'token', (record, { cast }) => {
    record.auditKey = cast.stranger.key
    return cast.stranger
  }),
  one(
    'KEY-ID-DERIVED',
    'the audit key under another id',
    'token',
    ({ auditKey }) => void (auditKey.id = '0'.repeat(16)),
  ),
]

export const forgeries: Forgery[] = [
  ...form,
  ...signers,
  ...beginnings,
  ...rosters,
  ...approvals,
  ...plans,
  ...outcomes,
  ...tokens,
  ...statements,
  ...contradictions,
  ...inward,
  ...stations,
  ...remotes,
  ...authority,
]

/** The half of an ES256 signature that nobody's key is needed for: (r, s) and (r, n - s) are both right. */
export function mirrored(signature: string): string {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytes = fromBase64url(signature)
  const s = BigInt(`0x${Buffer.from(bytes.subarray(32)).toString('hex')}`)
  const other = (order - s).toString(16).padStart(64, '0')
  return Buffer.concat([bytes.subarray(0, 32), Buffer.from(other, 'hex')]).toString('base64url')
}
