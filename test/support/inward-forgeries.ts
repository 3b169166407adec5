// Forgeries of keys that come from elsewhere.
import { type Forgery, firstKey, one, set, template, without } from './bending.ts'

const clear = { clearOnHost: true }
const OTHER = { kind: 'transport', request: 'dd'.repeat(32) }
const LONG_AGO = '2000-01-01T00:00:00.000Z'

export const inward: Forgery[] = [
  one(
    'PLAN-COMPLETE',
    'a key that says it was generated, and comes in',
    'plan:import',
    firstKey({ origin: { kind: 'generated' } }),
  ),
  one(
    'KEY-STATE',
    'a key that says it came in, and is generated',
    'plan:generate',
    template({ origin: { kind: 'file', ...clear } }),
  ),
  one('KEY-STATE', 'a second version that comes in', 'plan:import', firstKey({ version: 2 })),
  one('KEY-STATE', 'a name that was used comes in', 'plan:import', firstKey({ name: 'payments/card-dek' })),
  one('PLAN-COMPLETE', 'a file that nobody names', 'plan:import file', (plan) => void delete plan.source),
  one(
    'PLAN-COMPLETE',
    'a file beside components',
    'plan:import',
    set({ source: { path: '/a', bytes: 1, sha256: 'ab'.repeat(32) } }),
  ),
  one(
    'PLAN-COMPLETE',
    'what is in the clear, and nobody accepted it',
    'plan:import',
    (plan) => void delete plan.accepted,
  ),
  one('PLAN-COMPLETE', 'components of what nobody knows', 'plan:import', (plan) => void delete plan.check),
  one(
    'PLAN-COMPLETE',
    'the hash of a pair for a secret key',
    'plan:import',
    set({ check: `sha256:${'ab'.repeat(32)}` }),
  ),
  one(
    'PLAN-COMPLETE',
    'a key of another kind than its key block says',
    'plan:import file',
    ({ keys }) => void (keys[0].origin.block = { header: 'D0144D0AN00N0000', under: 'payments/card-dek#1' }),
  ),
  ...(['payments/card-dek#1', 'partner/zmk#1', 'nobody#1'] as const).map((under) =>
    one(
      'BLOCK-KEY',
      `a key block under ${under}, which unwraps nothing`,
      'plan:import file',
      ({ keys }) => void (keys[0].origin.block = { header: 'D0144D0AB00E0000', under }),
    ),
  ),
  one('RECORD-SHAPE', 'one component', 'plan:import', ({ keys }) => void keys[0].origin.components.pop()),
  one('RECORD-SHAPE', 'a check value that is too short', 'plan:import', set({ check: 'cmac5:aabb' })),
  one('RECORD-SHAPE', 'clear, and not true', 'plan:import', ({ keys }) => void (keys[0].origin.clearOnHost = false)),
  one('KEY-ID', 'an id that does not follow from the plan', 'plan:import', firstKey({ id: '00'.repeat(16) })),
  one('OUTCOME-RESULT', 'another key than was announced', 'import done', firstKey({ fingerprint: 'cmac5:aabbccee00' })),
  one(
    'OUTCOME-PLANNED',
    'another origin than was planned',
    'import done',
    ({ keys }) => void delete keys[0].origin.issued,
  ),
  one('IMPORT-REQUEST', 'a key by a request that is none', 'plan:import sent', firstKey({ origin: OTHER })),
  one('IMPORT-REQUEST', 'another key than was asked for', 'plan:import sent', firstKey({ name: 'partner/other' })),
  one('IMPORT-REQUEST', 'another use than was asked for', 'plan:import sent', ({ keys }) => {
    keys[0].usage = ['decrypt']
    keys[0].attributes.ENCRYPT = false
  }),
  {
    rule: 'IMPORT-REQUEST',
    what: 'a request that had ended',
    changes: {
      'plan:ask': (plan) => void (plan.until = new Date(Date.parse(plan.created) + 1000).toISOString()),
      'import sent': () => {},
    },
  },
  one('IMPORT-REQUEST', 'a request that ends before it begins', 'plan:other ask', set({ until: LONG_AGO })),
  one('IMPORT-REQUEST', 'a request for a key that is there', 'plan:other ask', ({ wanted }) => {
    wanted.name = 'payments/card-dek'
  }),
  one('IMPORT-REQUEST', 'another request is given up', 'plan:cancel', set({ request: 'e1'.repeat(32) })),
  one('OUTCOME-RESULT', 'a request without its transport key', 'ask done', without('transport')),
  {
    rule: 'OUTCOME-RESULT',
    what: 'a transport key of another length',
    changes: { 'plan:ask': set({ bits: 2048 }), 'ask done': () => {} },
  },
  one('OUTCOME-RESULT', 'a request that changed nothing', 'ask done', set({ changed: false })),
  one('OUTCOME-FILES', 'a request without its file', 'ask done', without('artefacts')),
  one('OUTCOME-FILES', 'two requests in one file', 'other ask done', ({ artefacts }) => {
    artefacts[0].sha256 = 'e1'.repeat(32)
  }),
  one('RECOVERED-FOUND', 'a request that was cut off, and is done', 'recovered ask', set({ found: 'done' })),
]
