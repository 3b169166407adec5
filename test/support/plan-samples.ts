// Plans with every member that their kind may have, and a walk through whatever is signed: each member in its turn another.
import { SamplePartition, sampleRsaKey } from '../../src/docs/sample-partition.ts'
import { attributesFor } from '../../src/domain/keys.ts'
import { PLAN_FORMAT } from '../../src/domain/plan-shapes.ts'
import type { KeyTarget, KeyTemplate } from '../../src/domain/shapes.ts'
import { CERTIFICATE, issuance, listing } from './authority.ts'

/** RSA-3072; nobody has the private key. */
export const WRAPPING_KEY = Buffer.from(sampleRsaKey()).toString('base64url')

const list = listing()
const corrected = { ...list, crl: { ...list.crl, revoked: list.crl.revoked.map((one) => ({ ...one, corrects: 4 })) } }

export const TIME = '2026-05-02T20:15:00.000Z'
export const LEAF = 'A'.repeat(43)
export const signingKey = { id: '0011223344556677', alg: 'EdDSA', spki: 'AAAA' } as const
export const token = {
  serial: 'serial1',
  label: 'hsm',
  manufacturer: 'maker',
  model: 'model',
  firmware: '2.6',
  hardware: '1.0',
}
export const group = {
  name: 'ops',
  roles: ['so' as const],
  threshold: 2,
  epoch: 1,
  check: 'AAAA',
  custodians: [
    { name: 'alice', key: 'BBBB' },
    { name: 'bob', key: 'CCCC' },
  ],
}
const issued = [
  { custodian: 'alice', confirmation: 'DDDD' },
  { custodian: 'bob', recipient: 'age1xyz' },
]
export const common = {
  format: PLAN_FORMAT,
  partition: '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b',
  nonce: 'A'.repeat(22),
  created: TIME,
  expires: '2026-05-02T20:45:00.000Z',
  needs: [{ group: 'ops', epoch: 1, threshold: 2 }],
  module: { path: '/lib/hsm.so', sha256: 'ab'.repeat(32) },
  reason: 'because',
  ticket: 'CHG-4711',
  requestedBy: 'Dana Ops',
}
const ceremony = {
  name: '2026-q4-rotation',
  script: 'a1'.repeat(32),
  site: '5c'.repeat(32),
  step: '2.2',
  journal: LEAF,
  mode: 'rehearsal',
}
const rehearsal = {
  format: 'keyrite.rehearsal/1',
  name: '2026-q4-rotation',
  script: 'a1'.repeat(32),
  partition: '2f5c1a54-9d0e-4b7a-8c3d-1e6f70815a2b',
  journal: LEAF,
  ended: TIME,
  exceptions: 1,
  key: signingKey,
}
/** By whose first record a ceremony is opened. */
const opened = {
  mode: 'rehearsal',
  journal: LEAF,
  clock: { host: TIME, wall: '2026-05-02T19:46:00.000Z' },
  rehearsal: { rehearsal, value: 'A'.repeat(86) },
}
const floor = { seq: 11, leaf: LEAF }
/** Of a partition with three members, of which one is away. */
export const several = {
  tokens: [
    { serial: 'serial1', member: 'first', head: floor, module: { path: '/lib/hsm.so', sha256: 'ab'.repeat(32) } },
    { serial: 'serial2', member: 'site-b', head: floor, module: { path: '/lib/b.so', sha256: 'ba'.repeat(32) } },
  ],
  absent: [{ member: 'site-c', serial: 'serial3', head: floor }],
  checkpoint: 9,
}
const atTerminal = {
  ...common,
  ceremony,
  accepted: ['clock'],
  clock: '2026-05-01T20:45:00.000Z',
  ...several,
  head: { seq: 12, leaf: LEAF },
}
const onToken = { ...atTerminal, remote: { recipient: `age1${'q'.repeat(58)}` } }
const template = (state: KeyTemplate['state']): KeyTemplate => ({
  class: 'secret',
  type: 'aes-256',
  state,
  origin: { kind: 'generated' },
  usage: ['encrypt', 'decrypt'],
  attributes: attributesFor('aes-256', state === 'active' ? ['encrypt', 'decrypt'] : ['decrypt'], true),
  accepted: ['weak'],
  activateAt: '2027-01-01T00:00:00.000Z',
})
export const key = (state: KeyTarget['state'], version = 1): KeyTarget => ({
  ...template(state),
  name: 'card',
  version,
  id: '00'.repeat(16),
  fingerprint: 'cmac5:0011223344',
})
const notIncluded = [{ name: 'mail', version: 1, reason: 'it was made later' }]
const backup = { name: 'pay.backup', sha256: 'cd'.repeat(32), seq: 7 }

/** What the first record's plan has in common. */
const first = {
  ...common,
  ceremony: { ...ceremony, opened },
  head: null,
  name: 'pay',
  token,
  profile: {
    ...new SamplePartition().beginning.profile,
    unknown: { generate: ['CHECK_VALUE'], create: ['CHECK_VALUE'], unwrap: ['CHECK_VALUE'] },
    mechanisms: { kwp: 'AES_KEY_WRAP_KWP', kw: 'AES_KEY_WRAP', 'cbc-pad': 'AES_CBC_PAD' },
    broken: ['user-trusted'],
  },
  accepted: ['user-trusted'],
  groups: [group],
  station: { name: 'host-1', key: signingKey },
}

const library = { path: '/lib/app.so', sha256: 'ef'.repeat(32) }
const till = { name: 'till', id: 'aa11223344556677', token: 'serial2', module: library }
export const copies: object[] = [
  { name: 'card', version: 1, label: 'card', wished: true, usage: ['encrypt', 'decrypt'], certificate: 'AAAA' },
  { name: 'mail', version: 2, label: 'mail#2', wished: false, usage: [] },
]
const apps = [
  { ...till, copies },
  { ...till, name: 'web', copies: [], without: true },
]
const initialising = {
  ...onToken,
  accepted: ['short-pin'],
  app: { name: 'till', id: 'bb11223344556677', label: 'till-bb11223344556677' },
  spare: { slot: 3, module: library },
  erases: 'serial3',
  pinFile: '/till.pin',
  recipients: ['age1xyz'],
}

/** With every member that a plan of its kind may have. */
export const samples: { readonly [op: string]: object } = {
  'partition.init': { ...first, op: 'partition.init' },
  'partition.adopt': {
    ...first,
    op: 'partition.adopt',
    keys: [{ ...key('active'), origin: { kind: 'adopted', label: 'Card' } }],
    leaves: ['data object note'],
  },
  'key.generate': { ...onToken, op: 'key.generate', template: template('pre-active'), names: ['card', 'mail', 'sign'] },
  'key.rotate': { ...onToken, op: 'key.rotate', keys: [key('deactivated'), key('active', 2)] },
  'key.suspend': { ...onToken, op: 'key.suspend', keys: [key('suspended')], apps },
  'key.destroy': {
    ...onToken,
    op: 'key.destroy',
    certificate: '/gone.txt',
    keys: [{ ...key('destroyed'), attributes: {} }],
    leaves: [{ app: 'till', name: 'card', version: 1, label: 'card' }],
  },
  'key.publish': { ...onToken, op: 'key.publish', keys: [{ ...key('active', 2), published: true }], apps },
  'key.promote': { ...onToken, op: 'key.promote', keys: [key('deactivated'), key('active', 2)], apps },
  'key.deliver': { ...onToken, op: 'key.deliver', accepted: ['unbacked'], apps },
  'key.withdraw': { ...onToken, op: 'key.withdraw', apps },
  'key.restore': { ...onToken, op: 'key.restore', keys: [key('active')], backup },
  'app.init': { ...initialising, op: 'app.init' },
  'app.replace': { ...initialising, op: 'app.replace', replaces: 'aa11223344556677', copies },
  'app.adopt': {
    ...onToken,
    op: 'app.adopt',
    app: { name: 'till', id: 'aa11223344556677', token: { ...token, serial: 'serial2' }, module: library },
    leaves: ['secret key audit'],
  },
  'app.pin': {
    ...onToken,
    op: 'app.pin',
    apps: [{ ...till, generation: 3 }],
    pinFile: '/pins',
    recipients: ['age1xyz'],
  },
  'app.retire': { ...onToken, op: 'app.retire', apps: [{ ...till, copies }], lost: true },
  'app.sync': { ...onToken, op: 'app.sync', apps },
  'app.check': { ...onToken, op: 'app.check', apps },
  'manifest.apply': {
    ...onToken,
    op: 'manifest.apply',
    accepted: ['unbacked'],
    manifest: {
      format: 'keyrite.manifest/1',
      policies: {
        dek: {
          type: 'aes-256',
          usage: ['encrypt', 'decrypt'],
          backup: false,
          'rotate-every': 'P1Y',
          'publish-before': 'P7D',
          'process-for': 'P2Y',
          'destroy-after': 'P30D',
        },
      },
      keys: {
        card: { policy: 'dek', deliver: ['till', { app: 'web', usage: ['encrypt'] }] },
        tmk: { policy: 'dek', count: 3 },
      },
      duties: { 'partition.check': 'P92D' },
    },
    by: '2027-01-01T00:00:00.000Z',
    batches: [
      { ...template('active'), version: 2, published: true, names: ['card'] },
      {
        ...template('deactivated'),
        version: 1,
        names: ['mail'],
        ids: ['00'.repeat(16)],
        fingerprints: ['cmac5:0011223344'],
      },
    ],
    apps: [
      {
        ...till,
        copies: [
          { version: 2, called: 'name', wished: true, usage: ['decrypt'], certificate: 'AAAA', names: ['card'] },
          { version: 1, called: 'name', wished: false, usage: [], names: ['mail'] },
        ],
        without: true,
      },
    ],
  },
  'cert.request': {
    ...onToken,
    op: 'cert.request',
    keys: [key('active')],
    file: '/card.csr',
    subject: 'CN=pay',
    names: ['DNS:pay'],
    spki: 'AAAA',
    tbs: 'ab'.repeat(32),
  },
  'cert.root': {
    ...onToken,
    op: 'cert.root',
    keys: [key('active')],
    file: '/root.pem',
    tbs: 'ab'.repeat(32),
    certificate: CERTIFICATE,
  },
  'cert.issue': { ...onToken, op: 'cert.issue', keys: [key('active')], ...issuance() },
  'cert.crl': { ...onToken, op: 'cert.crl', keys: [key('active')], ...corrected },
  'key.export': {
    ...onToken,
    op: 'key.export',
    keys: [key('active')],
    files: ['/card.wrapped'],
    for: 'google',
    method: 'RSA_OAEP_3072_SHA1_AES_256',
    wrappingKey: { spki: WRAPPING_KEY, kid: 'importJobs/june', until: TIME },
    blocks: { under: 'kbpk#1', headers: ['D0144D0AB00E0000'] },
    ephemeral: 'host',
    pads: true,
  },
  'key.import': {
    ...onToken,
    op: 'key.import',
    accepted: ['clear-on-host'],
    keys: [
      {
        ...key('active'),
        origin: {
          kind: 'components',
          components: ['cmac5:0011223344', 'cmac5:5566778899'],
          issued: true,
          clearOnHost: true,
        },
      },
    ],
    check: 'cmac5:aabbccddee',
    source: { path: '/card.pem', bytes: 12, sha256: 'cd'.repeat(32) },
  },
  'key.import-request': {
    ...onToken,
    op: 'key.import-request',
    wanted: { name: 'partner/dek', type: 'aes-256', usage: ['encrypt'], backup: true, accepted: ['wrap-with-trusted'] },
    bits: 3072,
    hash: 'sha256',
    until: TIME,
    file: '/dek.request',
  },
  'key.import-cancel': { ...onToken, op: 'key.import-cancel', name: 'partner/dek', request: 'cd'.repeat(32) },
  'key.sign': {
    ...onToken,
    op: 'key.sign',
    keys: [key('active')],
    file: '/card.sig',
    scheme: 'ecdsa',
    digest: { hash: 'sha256', value: 'ab'.repeat(32) },
    source: { path: '/card.pdf', bytes: 12 },
  },
  'backup.create': {
    ...onToken,
    op: 'backup.create',
    file: '/b',
    included: 3,
    omitted: notIncluded,
    wraps: { 'aes-256': 'cbc-pad' },
  },
  'backup.restore': {
    ...atTerminal,
    tokens: [{ serial: 'serial2' }],
    op: 'backup.restore',
    replaces: ['serial1'],
    backup,
    keys: [key('active')],
    missing: notIncluded,
    accepted: ['unbacked'],
    checkpoint: 9,
    recovers: LEAF,
    station: { name: 'host-2', key: signingKey },
  },
  'backup.test': {
    ...onToken,
    op: 'backup.test',
    backup,
    keys: [key('active')],
    missing: notIncluded,
    spare: { slot: 3, label: 'restore-test-00', module: { path: '/lib/spare.so', sha256: 'ef'.repeat(32) } },
  },
  'partition.check': { ...onToken, op: 'partition.check', renews: true },
  'partition.move': { ...onToken, op: 'partition.move', to: 'postgresql://ledger.example:5433/keyrite' },
  'station.add': { ...onToken, op: 'station.add', station: { name: 'laptop', key: signingKey } },
  'station.remove': { ...onToken, op: 'station.remove', station: { name: 'laptop', key: signingKey } },
  'quorum.stage': { ...atTerminal, op: 'quorum.stage', accepted: ['no-spare'], group, issued },
  'quorum.unstage': { ...atTerminal, op: 'quorum.unstage', group, stage: LEAF },
  'quorum.replace': {
    ...atTerminal,
    op: 'quorum.replace',
    accepted: ['unbacked'],
    group,
    lost: true,
    lastTry: { so: 'old' },
    stage: LEAF,
    issued: issued.slice(0, 1),
    backup,
    atRisk: ['card#1'],
    behind: ['till'],
  },
  'custodian.suspend': { ...onToken, op: 'custodian.suspend', custodian: 'bob', until: '2027-01-01T00:00:00.000Z' },
  'custodian.resume': { ...onToken, op: 'custodian.resume', custodian: 'bob' },
  'member.add': {
    ...atTerminal,
    op: 'member.add',
    accepted: ['short-pin'],
    member: { name: 'site-d', id: '00112233aabbccdd', label: 'site-d-00112233aabbccdd' },
    spare: { slot: 3, module: { path: '/lib/spare.so', sha256: 'ef'.repeat(32) } },
    erases: 'serial4',
    included: 3,
  },
  'member.sync': { ...atTerminal, op: 'member.sync', members: ['site-b'], rolledBack: true },
  'member.check': { ...atTerminal, op: 'member.check', members: ['site-b'] },
  'member.retire': {
    ...atTerminal,
    op: 'member.retire',
    member: 'site-c',
    lost: true,
    other: {
      common: 7,
      head: { seq: 9, leaf: LEAF },
      keys: [{ id: 'ab', name: 'alone', version: 1, type: 'aes-256' }],
    },
  },
  'audit.checkpoint': { ...onToken, op: 'audit.checkpoint' },
  'partition.retire': {
    ...onToken,
    op: 'partition.retire',
    keys: [{ ...key('destroyed'), attributes: {} }],
    others: ['data object ca bundle'],
    certificate: '/gone.txt',
    recovers: LEAF,
    lost: true,
  },
  'partition.recover': {
    ...onToken,
    op: 'partition.recover',
    recovers: LEAF,
    abandons: true,
    lastTry: { so: 'new', user: 'old' },
  },
}

/** Another value of the same kind. */
function another(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (value === 'aes-256') return 'hmac-sha256'
  if (value === 'active' || value === 'pre-active') return 'compromised'
  if (value === true) return undefined
  if (typeof value !== 'string') return { changed: true }
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return value.replace(/^\d{4}/, '2031')
  return /^[\x30-\x39a-fA-Z]{22,}$/.test(value)
    ? `B${value.slice(1)}`
    : `${value}x`.replace(/^(.)/, (first) => (first === 'z' ? 'y' : 'z'))
}

/** The members of a plan as they are named in schemas, each with the plan in which it alone is another. */
export function* changed(
  value: object,
  at: string[] = [],
): Generator<[member: string, change: (plan: object) => void]> {
  for (const [name, inner] of Object.entries(value)) {
    const path = [...at, name]
    if (inner !== null && typeof inner === 'object' && name !== 'attributes') yield* changed(inner, path)
    else yield [path.join('.'), (plan) => set(plan, path, another(inner))]
  }
}

function set(plan: object, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((inner: Record<string, unknown>, name) => inner[name] as never, plan as never)
  ;(parent as Record<string, unknown>)[path.at(-1)!] = value
}
