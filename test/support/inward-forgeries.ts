// Forgeries of keys that come from elsewhere.
import { type Forgery, firstKey, one, set, template } from './bending.ts'

const clear = { clearOnHost: true }

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
]
