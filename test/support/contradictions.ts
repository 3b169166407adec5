// Ledgers right in every signature whose records contradict themselves, each other, or what can be.

import { SamplePartition } from '../../src/docs/sample-partition.ts'
import { fromBase64url, toBase64url } from '../../src/domain/encoding.ts'
import { keyIdOf } from '../../src/domain/record.ts'
import { requestFor, spkiOfP256 } from './authority.ts'
import { become, type Forgery, firstKey, foundAt, one, secondKey, set, template, without } from './bending.ts'
import { type Change, type Loose, recordOf } from './ledger.ts'

const ERROR = { code: 'X', message: 'y' }
const FILE = { name: 'f', sha256: '00'.repeat(32), bytes: 1 }

/** The flags of the first key, or of all new ones; of a pair those of its private half. */
const firstFlags =
  (flags: object): Change =>
  ({ template: one, keys: [{ attributes }] = [one] }) =>
    void Object.assign(attributes.private ?? attributes, flags)

const times = [
  one('TIME-ORDER', 'a record older than the one before it', 'drill', set({ time: '2026-01-05T07:00:00.000Z' })),
  one('TIME-ORDER', 'a record of the year 9999', 'note', set({ time: '9999-01-01T00:00:00.000Z' })),
  one('RECORD-SHAPE', 'a weakness that only a restore takes', 'plan:generate', set({ accepted: ['unbacked'] })),
  one('RECORD-SHAPE', 'a record of the year 0000', 'note', set({ time: '0000-01-01T00:00:00.000Z' })),
  one(
    'PLAN-TIMES',
    'an intent before its plan',
    'plan:generate',
    set({ created: '2026-01-05T23:00:00.000Z', expires: '2026-01-06T00:00:00.000Z' }),
  ),
  one(
    'PLAN-TIMES',
    'a plan that ends before it was made',
    'plan:generate',
    set({ expires: '2026-01-05T07:00:00.000Z' }),
  ),
  one(
    'PLAN-TIMES',
    'a beginning before its plan',
    'plan:created',
    set({ created: '2026-01-05T23:00:00.000Z', expires: '2026-01-06T00:00:00.000Z' }),
  ),
  foundAt(
    one(
      'ACTIVATE-AT',
      'a key that is active too early',
      'plan:generate later',
      template({ activateAt: '2027-01-01T00:00:00.000Z' }),
    ),
    'activate',
  ),
]

const texts = [
  one('RECORD-SHAPE', 'a member that has no name here', 'note', set({ zz: 1 })),
  one('RECORD-SHAPE', 'keys in a plan that has none', 'plan:verify', set({ keys: 'abc' })),
  one('PLAN-TOKEN', 'a plan of two tokens', 'plan:verify', ({ tokens }) => void tokens.push(tokens[0])),
  one('TOKEN-WEAK', 'a token that breaks a rule', 'token', ({ profile }) => void (profile.broken = ['user-trusted'])),
  one('RECORD-SHAPE', 'a token without its firmware', 'token', ({ token }) => void delete token.firmware),
  one('RECORD-SHAPE', 'firmware with a zero too many', 'token', ({ token }) => void (token.firmware = '2.06')),
  one('RECORD-SHAPE', 'a program of half a digest', 'note', ({ tool }) => void (tool.sha256 = 'ab'.repeat(31))),
  one('RECORD-SHAPE', 'a refusal of no plan', 'denied 2', (record) => void delete record.planDigest),
  one('RECORD-SHAPE', 'a refusal of no keys', 'denied 2', set({ keys: [] })),
  one('RECORD-SHAPE', 'a member in a target', 'plan:rotate', firstKey({ zz: true })),
  one('RECORD-SHAPE', 'a text of 4097 bytes', 'note', set({ text: `${'\u00e9'.repeat(2048)}x` })),
  ...['\u202e', '\u200b', '\ue000', '\u0378', '\u2028', '\u{e0001}', '\u{10ffff}', '\u{1fae9}'].map((char) =>
    one('LINE-CANONICAL', `a text with U+${char.codePointAt(0)!.toString(16)}`, 'note', set({ text: `a${char}b` })),
  ),
]

const results = [
  one('OUTCOME-RESULT', 'a renewal without its profile', 'renew done', without('profile')),
  {
    rule: 'OUTCOME-RESULT',
    what: 'a profile of a check that renews none',
    changes: { 'plan:renew': without('renews'), 'renew done': () => {} },
  },
  one('OUTCOME-RESULT', 'a profile found by another library', 'renew done', ({ profile }) => {
    profile.module = 'ee'.repeat(32)
  }),
  one('OUTCOME-RESULT', 'a renewal that moves the head', 'renew done', ({ profile }) => void (profile.head = 'label')),
  one('TOKEN-WEAK', 'a renewal by which the token breaks a rule', 'renew done', ({ profile }) => {
    profile.broken = ['user-trusted']
  }),
  one('OUTCOME-RESULT', 'done, with an error', 'generate done', set({ error: ERROR })),
  one('OUTCOME-RESULT', 'failed, without an error', 'fail done', without('error')),
  one('OUTCOME-RESULT', 'failed, and something changed', 'fail done', set({ changed: true })),
  one('OUTCOME-RESULT', 'done in part, and nothing changed', 'fail done', set({ result: 'partial' })),
  one('OUTCOME-RESULT', 'a look that changes something', 'verify done', set({ changed: true })),
  one(
    'OUTCOME-RESULT',
    'done, and then failed',
    'batch done 3',
    set({ result: 'failed', changed: false, keys: [], error: ERROR }),
  ),
  one('OUTCOME-RESULT', 'done, and then nothing', 'batch done 3', set({ keys: [] })),
  one('OUTCOME-RESULT', 'done, and the key has another flag', 'generate done', firstFlags({ WRAP: true })),
  one(
    'OUTCOME-RESULT',
    'done, and a flag is not told',
    'generate done',
    ({ keys }) => void delete keys[0].attributes.SENSITIVE,
  ),
  one('OUTCOME-RESULT', 'done, and the key is as it was', 'suspend done', (record) => {
    record.keys[0].state = 'active'
  }),
  one(
    'OUTCOME-RESULT',
    'a recovery that is done and says nothing of what it found',
    'recovered',
    (record, { leaf, cast }) => {
      become(record, { type: 'outcome', intent: leaf, result: 'done', changed: false, keys: [] })
      return cast.audit
    },
  ),
  one('OUTCOME-RESULT', 'a restore that is done without its token', 'token', (record, story) => {
    const keys = [...(story as Loose).keys.values()].filter(({ state }) => state !== 'destroyed')
    become(record, { type: 'outcome', intent: record.intent, result: 'done', changed: true, keys })
    return story.cast.audit
  }),
  one('TOKEN-REPLACED', 'a restore that lets two tokens in', 'restore done', (record, writer) => {
    const { token, cast } = writer
    become(record, {
      type: 'token.replaced',
      intent: record.intent,
      token,
      profile: new SamplePartition().beginning.profile,
      auditKey: cast.stranger.key,
      keyApprovals: writer.keyApprovals(token.serial, cast.stranger),
    })
    return cast.stranger
  }),
  one('OUTCOME-RESULT', 'failed, and it tells of a key', 'suspend done', (record) => {
    Object.assign(record, { result: 'failed', changed: false, error: ERROR })
    Object.assign(record.keys[0], { state: 'active' })
    Object.assign(record.keys[0].attributes, { SENSITIVE: false })
  }),
  one('OUTCOME-RESULT', 'done, and it tells of no key', 'generate done', set({ keys: [], changed: false })),
  one('OUTCOME-RESULT', 'partly done, and it tells of no key', 'fail done', set({ result: 'partial', changed: true })),
  one(
    'OUTCOME-RESULT',
    'a recovery that found a key, and failed',
    'recover done',
    set({ result: 'failed', changed: false, error: ERROR }),
  ),
  one('OUTCOME-RESULT', 'a recovery that found a key, and nothing changed', 'recover done', set({ changed: false })),
  one('OUTCOME-RESULT', 'a recovery that found nothing, and changed it', 'recover again done', set({ changed: true })),
  one('KEY-ATTRIBUTES', 'destroyed, and it has a flag', 'destroy done', firstFlags({ SIGN: false })),
  one('KEY-DISTINCT', 'two names for one key pair', 'round 2 generate done', (record, { lines }) => {
    const known = lines.map(recordOf).find(({ keys }) => keys?.[0].name === 'sign/root')
    const { fingerprint, spki } = known.keys[0]
    Object.assign(record.keys[0], { fingerprint, spki })
  }),
  one('KEY-DISTINCT', 'a rotation to the same key pair', 'round 2 rotate done', (record, writer) =>
    secondKey({ fingerprint: record.keys[0].fingerprint, spki: record.keys[0].spki })(record, writer),
  ),
  one('KEY-CLASS', 'a pair without its public key', 'generate pair done', ({ keys }) => void delete keys[0].spki),
  one('KEY-CLASS', 'a secret key with a public key', 'generate done', firstKey({ spki: 'AAAA' })),
  one('KEY-FINGERPRINT', 'the public key of another pair', 'generate pair done', firstKey({ spki: 'AAAA' })),
  one('RECORD-SHAPE', 'a public key in a plan', 'plan:rotate', firstKey({ spki: 'AAAA' })),
  one('RECORD-SHAPE', 'a key that came from nowhere', 'plan:generate', (plan) => void delete plan.template.origin),
  one('RECORD-SHAPE', 'an origin that there is not', 'plan:generate', template({ origin: { kind: 'found' } })),
  one('OUTCOME-PLANNED', 'a key of another usage than planned', 'generate done', firstKey({ usage: ['decrypt'] })),
]

const CERTIFICATE = ['gone.txt', 'gone.txt.json'].map((name) => ({ ...FILE, name }))

const keptOf = (id: string) => (file: Loose) => ({ ...file, name: file.name.replace('gone', `destroyed-${id}`) })

/** A destruction whose certificate was planned. */
const certified = (what: string, change: Change): Forgery => ({
  ...one('OUTCOME-FILES', what, 'destroy done', change),
  changes: { 'plan:destroy': set({ certificate: '/media/gone.txt' }), 'destroy done': change },
})

const found = [
  one('RECOVERED-FOUND', 'done, without its key', 'recovered', set({ keys: [] })),
  one('RECOVERED-FOUND', 'not done, and its key is there', 'recovered', set({ found: 'not done' })),
  one('RECOVERED-FOUND', 'done, and the key has another flag', 'recovered', firstFlags({ WRAP: true })),
  one('RECOVERED-FOUND', 'done, and nothing is there', 'recovered again', set({ found: 'done' })),
  one('OUTCOME-FILES', 'a file of a look', 'verify done', set({ artefacts: [FILE] })),
  one('OUTCOME-FILES', 'a backup without a file', 'backup done', without('artefacts')),
  one('OUTCOME-FILES', 'a backup in two files', 'backup done', ({ artefacts }) => void artefacts.push(FILE)),
  one('OUTCOME-FILES', 'a failed backup with its file', 'backup done', set({ result: 'failed', error: ERROR })),
  one('OUTCOME-FILES', 'a backup of another name', 'backup done', ({ artefacts }) => void (artefacts[0].name = 'x')),
  one('RECORD-SHAPE', 'an empty backup', 'backup done', ({ artefacts }) => void (artefacts[0].bytes = 0)),
  one('OUTCOME-FILES', 'a certificate that was not planned', 'destroy done', set({ artefacts: CERTIFICATE })),
  certified('a certificate that is not there', () => {}),
  certified('half a certificate', set({ artefacts: CERTIFICATE.slice(0, 1) })),
  certified("another key's certificate, kept", set({ artefacts: CERTIFICATE.map(keptOf('f'.repeat(32))) })),
  certified(
    'the certificate of what failed',
    set({ result: 'failed', changed: false, keys: [], error: ERROR, artefacts: CERTIFICATE }),
  ),
  one('OUTCOME-FILES', 'a file of a recovery', 'recover done', set({ artefacts: [FILE] })),
]

const LATER = '2027-01-01T00:00:00.000Z'

const lackOne: Change = (plan, story) => {
  const [key]: Loose[] = [...(story as Loose).keys.values()].filter(({ state }) => state !== 'destroyed')
  plan.omitted = [{ name: key.name, version: key.version, reason: 'x' }]
  plan.included--
}

const plans = [
  one('RECORD-SHAPE', 'a rotation without the old version', 'plan:rotate', ({ keys }) => void keys.shift()),
  one('RECORD-SHAPE', 'a change of state of two keys', 'plan:suspend', ({ keys }) => void keys.push(keys[0])),
  one('RECORD-SHAPE', 'a rotation without a new version', 'plan:rotate', ({ keys }) => void keys.pop()),
  one('PLAN-COMPLETE', 'a rotation for another use', 'plan:rotate', ({ keys }) => void (keys[1].usage = ['encrypt'])),
  one('PLAN-COMPLETE', 'a backup that counts a key too many', 'plan:backup', (plan) => void plan.included++),
  one('PLAN-COMPLETE', 'a backup that lacks a key that nobody knows', 'plan:backup', (plan) => {
    plan.omitted = [{ name: 'nobody', version: 1, reason: 'x' }]
  }),
  one('PLAN-COMPLETE', 'a test that says nothing of a key', 'plan:test', ({ keys }) => void keys.pop()),
  one('RESTORE-BACKUP', 'a test of another file', 'plan:test', ({ backup }) => void (backup.sha256 = '00'.repeat(32))),
  one('RESTORE-BACKUP', 'a test of a backup that was not made', 'plan:test', ({ backup }) => void (backup.seq -= 5)),
  one('RECORD-SHAPE', 'a test of no key', 'plan:test', set({ keys: [] })),
  one('RECORD-SHAPE', 'a test without its spare token', 'plan:test', without('spare')),
  one('RECORD-SHAPE', 'a label that no token takes', 'plan:test', ({ spare }) => void (spare.label = 'x'.repeat(33))),
  one('OUTCOME-RESULT', 'a test that changes something', 'test done', set({ changed: true })),
  one('OUTCOME-RESULT', 'a test that is done, and proved nothing', 'test done', set({ keys: [] })),
  one('OUTCOME-RESULT', 'a test that failed, and proved keys', 'test done', set({ result: 'failed', error: ERROR })),
  one('KEY-FINGERPRINT', 'a test that proved another key', 'test done', firstKey({ fingerprint: 'cmac5:0000000000' })),
  one('RECOVERED-FOUND', 'a test that nobody saw the end of is done', 'recovered test', set({ found: 'done' })),
  one('RECOVERED-FOUND', 'a test that is recovered, and tells of a key', 'recovered test', (record, story) => {
    record.keys = [[...(story as Loose).keys.values()].find(({ state }) => state === 'active')]
  }),
  one('PLAN-COMPLETE', 'a restore that says nothing of a key', 'plan:restore', ({ keys }) => void keys.pop()),
  one('PLAN-COMPLETE', 'a restore that brings and lacks a key', 'plan:restore', (plan) => {
    plan.missing = [{ name: plan.keys[0].name, version: plan.keys[0].version, reason: 'x' }]
  }),
  one('KEY-USAGE', 'a restore that weakens a key, which its plan does not accept', 'plan:restore', ({ keys }) => {
    keys[0].accepted = ['wrap-with-trusted']
  }),
  one('RESTORE-BACKUP', 'a restore from what is no backup', 'plan:restore', ({ backup }) => void backup.seq--),
  one('RESTORE-BACKUP', 'a restore from another file', 'plan:restore', ({ backup }) => {
    backup.sha256 = FILE.sha256
  }),
  one('PLAN-COMPLETE', 'a certificate for a secret key', 'plan:request', (plan, story) => {
    plan.keys = [[...(story as Loose).keys.values()].find((key) => key.class === 'secret' && key.state === 'active')]
  }),
  one('PLAN-COMPLETE', 'a request with the hash of other bytes', 'plan:request', set({ tbs: '00'.repeat(32) })),
  one('PLAN-COMPLETE', 'a request of another subject', 'plan:request', set({ subject: 'CN=other' })),
  one('PLAN-COMPLETE', 'a request of another key', 'plan:request', (plan) => {
    const spki = spkiOfP256(Buffer.alloc(32, 9)).toString('base64url')
    Object.assign(plan, requestFor({ spki }))
  }),
  one('RECORD-SHAPE', 'a name that no certificate has', 'plan:request', set({ names: ['pay'] })),
  one('KEY-ATTRIBUTES', 'a certificate that changes its key', 'plan:request', ({ keys }) => {
    keys[0].attributes.private.EXTRACTABLE = !keys[0].attributes.private.EXTRACTABLE
  }),
  one('OUTCOME-FILES', 'a request without its file', 'request done', without('artefacts')),
  one('OUTCOME-RESULT', 'a request that changed something', 'request done', set({ changed: true })),
  one('OUTCOME-RESULT', 'a request that proved no key', 'request done', set({ keys: [] })),
  one('RECOVERED-FOUND', 'a request that is done, and nobody saw it', 'recovered request', set({ found: 'done' })),
  one('PLAN-COMPLETE', 'a signature by a secret key', 'plan:sign', (plan, story) => {
    plan.keys = [[...(story as Loose).keys.values()].find((key) => key.class === 'secret' && key.state === 'active')]
  }),
  one(
    'KEY-STATE',
    'a signature by a key that is not in use',
    'plan:sign',
    ({ keys }) => void (keys[0].state = 'suspended'),
  ),
  one('PLAN-COMPLETE', 'a signature that such a key does not make', 'plan:sign', set({ scheme: 'rsa-pkcs1' })),
  one('PLAN-COMPLETE', 'a signature of a file by a digest', 'plan:sign', set({ scheme: 'ed25519' })),
  one('RECORD-SHAPE', 'a digest that is too short', 'plan:sign', ({ digest }) => void (digest.hash = 'sha512')),
  one('OUTCOME-FILES', 'a signature without its file', 'sign done', without('artefacts')),
  one('OUTCOME-RESULT', 'a signature that changed something', 'sign done', set({ changed: true })),
  one('PLAN-COMPLETE', 'a way that no cloud has', 'plan:export', set({ method: 'RSAES_PKCS1_V1_5' })),
  one('PLAN-COMPLETE', 'a way that takes no such key', 'plan:export', set({ method: 'RSA_OAEP_3072_SHA256' })),
  one(
    'PLAN-COMPLETE',
    'a wrapping key of another length',
    'plan:export',
    set({ method: 'RSA_OAEP_4096_SHA1_AES_256' }),
  ),
  one('PLAN-COMPLETE', 'no wrapping key', 'plan:export', ({ wrappingKey }) => void (wrappingKey.spki = 'AAAA')),
  one('PLAN-COMPLETE', 'an export under nothing', 'plan:export', without('wrappingKey')),
  one(
    'PLAN-COMPLETE',
    'an export that accepts what does not happen',
    'plan:export',
    set({ accepted: ['clear-on-host'] }),
  ),
  one('PLAN-COMPLETE', 'a key block that nobody accepted', 'plan:export block', without('accepted')),
  one('PLAN-COMPLETE', 'a key block of another version', 'plan:export block', set({ method: 'B' })),
  ...(['payments/card-dek#1', 'sign/root#1', 'batch-1#1', 'nobody#1'] as const).map((under) =>
    one(
      'BLOCK-KEY',
      `a key block under ${under}, which wraps nothing`,
      'plan:export block',
      ({ blocks }) => void (blocks.under = under),
    ),
  ),
  one(
    'PLAN-COMPLETE',
    'a key block of a key under itself',
    'plan:export block',
    ({ blocks, keys: [{ name, version }] }) => void (blocks.under = `${name}#${version}`),
  ),
  one('PLAN-COMPLETE', 'a key block for a cloud', 'plan:export block', set({ for: 'aws' })),
  one(
    'PLAN-COMPLETE',
    'a key block that lets its key do more',
    'plan:export block',
    ({ blocks }) => void (blocks.headers[0] = 'D0144K0AB00E0000'),
  ),
  one(
    'PLAN-COMPLETE',
    'of Azure, without the URL of its key',
    'plan:export',
    set({ for: 'azure', method: 'RSA_AES_KEY_WRAP' }),
  ),
  one(
    'KEY-STATE',
    'a key that is out of use goes out',
    'plan:export',
    ({ keys }) => void (keys[0].state = 'suspended'),
  ),
  one(
    'KEY-STATE',
    'a key that stays goes out',
    'plan:export',
    ({ keys }) => void (keys[0].attributes.private.EXTRACTABLE = false),
  ),
  one('OUTCOME-FILES', 'an export without its file', 'export done', without('artefacts')),
  one('OUTCOME-FILES', 'files in another order', 'export done', ({ artefacts }) => void artefacts.reverse()),
  one(
    'OUTCOME-FILES',
    'files before the last outcome',
    'export begun',
    set({ artefacts: [{ name: 'pay.wrapped', sha256: 'ab'.repeat(32), bytes: 600 }] }),
  ),
  one('PLAN-COMPLETE', 'two keys in one file', 'plan:export', ({ files }) => void (files[1] = files[0])),
  one('PLAN-COMPLETE', 'a key without a file', 'plan:export', ({ files }) => void files.pop()),
  one('OUTCOME-RESULT', 'an export that changed something', 'export done', set({ changed: true })),
  one('RECOVERED-FOUND', 'an export that is done, and nobody saw it', 'recovered export', set({ found: 'done' })),
  one('RESTORE-BACKUP', 'a key from what is no backup', 'plan:bring', ({ backup }) => void backup.seq--),
  one(
    'RESTORE-BACKUP',
    'a key from another file',
    'plan:bring',
    ({ backup }) => void (backup.sha256 = '00'.repeat(32)),
  ),
  one('RECORD-SHAPE', 'two keys that are lost', 'plan:bring', ({ keys }) => void keys.push(keys[0])),
  one('NEEDS-RECOMPUTED', 'a key that comes back without the backup key', 'plan:bring', (plan) => {
    plan.needs = plan.needs.slice(0, 1)
  }),
  one('KEY-STATE', 'a key that comes back in another state', 'plan:bring', firstKey({ state: 'suspended' })),
  one('KEY-FINGERPRINT', 'another key that comes back', 'bring done', firstKey({ fingerprint: 'cmac5:0000000000' })),
  one('OUTCOME-RESULT', 'a key that came back, and nothing changed', 'bring done', set({ changed: false })),
  foundAt(one('RESTORE-BACKUP', 'a restore of what the backup lacks', 'plan:backup', lackOne), 'restore'),
  one('ACTIVATE-AT', 'a key born active, before its time', 'plan:generate', template({ activateAt: LATER })),
  one('KEY-USAGE', 'another use than the key was made for', 'plan:suspend', firstKey({ usage: ['sign'] })),
  one('KEY-USAGE', 'a weakness that was never accepted', 'plan:suspend', firstKey({ accepted: ['wrap-with-trusted'] })),
  one('KEY-USAGE', 'what its type can not do', 'plan:generate', template({ usage: ['derive'] })),
  one('KEY-USAGE', 'wrap and decrypt', 'plan:generate', template({ usage: ['decrypt', 'wrap'] })),
  one('RECORD-SHAPE', 'one use twice', 'plan:generate', template({ usage: ['decrypt', 'decrypt'] })),
  one('RECORD-SHAPE', 'uses in another order', 'plan:generate', template({ usage: ['decrypt', 'encrypt'] })),
  one('RECORD-SHAPE', 'weaknesses in another order', 'plan:generate', template({ accepted: ['b', 'a'] })),
  one('KEY-ATTRIBUTES', 'a deactivated key that encrypts', 'plan:deactivate', firstFlags({ ENCRYPT: true })),
  one('KEY-ATTRIBUTES', 'a suspended key that signs', 'plan:suspend', firstFlags({ SIGN: true })),
  one(
    'KEY-ATTRIBUTES',
    'a usage that is not stated',
    'plan:generate',
    (plan) => void delete plan.template.attributes.WRAP,
  ),
  one('KEY-ATTRIBUTES', 'a pre-active key that signs', 'plan:generate later', firstFlags({ SIGN: true })),
  one('KEY-ATTRIBUTES', 'a new key that is not sensitive', 'plan:generate', firstFlags({ SENSITIVE: false })),
  one('KEY-ATTRIBUTES', 'a new key that any key may wrap', 'plan:generate', firstFlags({ WRAP_WITH_TRUSTED: false })),
  one(
    'KEY-ATTRIBUTES',
    'a change of state that makes a key exportable',
    'plan:suspend',
    firstFlags({ EXTRACTABLE: false }),
  ),
  one('KEY-ATTRIBUTES', 'a destroyed key that has flags', 'plan:destroy', firstKey({ attributes: { ENCRYPT: false } })),
]

/** An Ed25519 public key under which a signature of zeros is right for half of all messages. */
const smallOrder: Change = (plan) => {
  const spki = Buffer.concat([fromBase64url(plan.station.key.spki).subarray(0, 12), new Uint8Array(32)])
  plan.station.key = { id: keyIdOf(spki), alg: 'EdDSA', spki: toBase64url(spki) }
}

export const contradictions: Forgery[] = [
  ...times,
  ...texts,
  ...results,
  ...found,
  ...plans,
  one('KEY-SPKI', 'a station key of small order', 'plan:restore', smallOrder),
]
