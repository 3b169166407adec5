// Forgeries of what ceremonies leave in a ledger.
import { type Forgery, one, set } from './bending.ts'
import { MARK } from './ceremony-story.ts'
import { type Change, NO_LEAF } from './ledger.ts'

const inMark =
  (members: object): Change =>
  ({ ceremony }) =>
    void Object.assign(ceremony, members)

const marked = { ceremony: { ...MARK, step: '2.2', journal: NO_LEAF } }

export const ceremonyForgeries: Forgery[] = [
  one('CEREMONY-OPEN', 'the first plan opens it in another mode', 'plan:created', inMark({ mode: 'rehearsal' })),
  one('CEREMONY-OPEN', 'a step as of a rehearsal', 'plan:first', inMark({ mode: 'rehearsal' })),
  one('CEREMONY-OPEN', 'a step of another than the first plan opened', 'plan:first', inMark({ name: 'q2' })),
  one('CEREMONY-ONCE', 'that of the beginning is opened again', 'open', inMark({ name: 'q1' })),
  one(
    'RECORD-SHAPE',
    'the first plan does not say what it opens',
    'plan:created',
    ({ ceremony }) => void delete ceremony.opened,
  ),
  one(
    'RECORD-SHAPE',
    'the first plan opens nothing',
    'plan:created',
    ({ ceremony }) => void delete ceremony.opened.journal,
  ),
  one(
    'CEREMONY-OPEN',
    'a second one while one is open',
    'abort',
    inMark({ event: 'opened', ...MARK, mode: 'real', journal: NO_LEAF, reason: undefined }),
  ),
  one('CEREMONY-OPEN', 'another one is aborted', 'abort', inMark({ name: 'q3' })),
  one('CEREMONY-OPEN', 'another one is closed', 'close', inMark({ name: 'q3' })),
  one('CEREMONY-OPEN', 'a step of another', 'plan:generate', inMark({ name: 'q3' })),
  one('CEREMONY-OPEN', 'a step of another script', 'plan:generate', inMark({ script: 'c3'.repeat(32) })),
  one('CEREMONY-OPEN', 'a step of another site', 'plan:recover', inMark({ site: 'c3'.repeat(32) })),
  one('CEREMONY-CLOSED', 'another step after it was closed', 'plan:last', inMark({ step: '4.2' })),
  one('CEREMONY-CLOSED', 'the last step, and no checkpoint', 'plan:last', set({ op: 'partition.check' })),
  one('CEREMONY-CLOSED', 'a key of it after it was closed', 'plan:after', set(marked)),
  {
    rule: 'CEREMONY-CLOSED',
    what: 'a step where none may follow',
    changes: { close: ({ ceremony }) => void delete ceremony.step, last: () => {} },
  },
  one('CEREMONY-ONCE', 'it is opened again after its end', 'next', inMark({ name: 'q4' })),
  one('RECORD-SHAPE', 'no step', 'plan:generate', ({ ceremony }) => void delete ceremony.step),
  one('RECORD-SHAPE', 'a step with a blank', 'plan:generate', inMark({ step: '2 2' })),
  one('RECORD-SHAPE', 'half a digest', 'plan:generate', inMark({ script: 'a1' })),
  one('RECORD-SHAPE', 'an event that there is not', 'open', inMark({ event: 'begun' })),
  one('RECORD-SHAPE', 'a mode that there is not', 'open', inMark({ mode: 'for show' })),
  one('RECORD-SHAPE', 'closed, and nothing is counted', 'close', ({ ceremony }) => void delete ceremony.steps),
  one('RECORD-SHAPE', 'aborted for no reason', 'abort', ({ ceremony }) => void delete ceremony.reason),
  one(
    'RECORD-SHAPE',
    'a rehearsal without its signature',
    'open again',
    ({ ceremony }) => void delete ceremony.rehearsal.value,
  ),
]
