// The end of a partition as a ledger may tell it: both readers take what is right, and each wrong end breaks its rule.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { auditText, ruleOf } from '../support/audit.ts'
import { newCast } from '../support/cast.ts'
import { readAll } from '../support/independent.ts'
import { Story } from '../support/story.ts'

let whole: Story

before(async () => {
  whole = Story.tell(await newCast(), 60)
})

const FILES = ['end.txt', 'end.txt.json'].map((name) => ({ name, sha256: '00'.repeat(32), bytes: 1 }))

/** A branch of the story, before a restore, that comes to its end. */
class Ending {
  readonly story = whole.branch(whole.steps.get('backup')!)
  readonly gone: KeyReport[]

  constructor() {
    const live = [...this.story.keys.values()].filter(({ state }) => state !== 'destroyed')
    this.gone = live.map((key) => ({
      ...key,
      state: 'destroyed',
      attributes: key.class === 'pair' ? { private: {}, public: {} } : {},
    }))
  }

  begin(members: object = {}, signer = this.story.audit): string {
    const keys = this.gone.map(({ spki: _, ...target }) => target)
    return this.story.intent('retire', 'partition.retire', { keys, certificate: '/srv/end.txt', ...members }, signer)
      .leaf
  }

  destroyed(intent: string, keys = this.gone, members: object = {}): void {
    this.story.outcome('gone', intent, keys, members)
  }

  end(intent: string, members: object = {}): this {
    const told = { intent, token: 'erased', artefacts: FILES, ...members }
    this.story.add('retired', 'partition.retired', told, this.story.station)
    return this
  }
}

/** What is told, the rule of ours that it breaks, and of the independent reader. */
const rows: [what: string, ours: string, theirs: string, tell: (ending: Ending) => void][] = [
  [
    'it is done',
    'none',
    'none',
    (ending) => {
      const intent = ending.begin({ others: ['data object x'] })
      ending.destroyed(intent)
      ending.end(intent)
    },
  ],
  [
    'the token is lost',
    'none',
    'none',
    (ending) => ending.end(ending.begin({ keys: [], lost: true }, ending.story.station), { token: 'lost' }),
  ],
  [
    'it is taken up when the token is erased',
    'none',
    'none',
    (ending) => {
      const intent = ending.begin()
      ending.destroyed(intent)
      ending.end(ending.begin({ keys: [], recovers: intent }, ending.story.station))
    },
  ],
  [
    'a record after it',
    'PARTITION-LIVES',
    'RETIRED',
    (ending) => {
      const intent = ending.begin()
      ending.destroyed(intent)
      ending.end(intent).story.note('late')
    },
  ],
  ['keys live', 'OUTCOME-RESULT', 'RETIRED-KEYS', (ending) => ending.end(ending.begin())],
  [
    'the token is lost, and nobody approved that',
    'OUTCOME-RESULT',
    'RETIRED-TOKEN',
    (ending) => ending.end(ending.begin(), { token: 'lost' }),
  ],
  [
    'a certificate of another name',
    'OUTCOME-FILES',
    'OUTCOME-FILES',
    (ending) => {
      const intent = ending.begin({ certificate: '/srv/other.txt' })
      ending.destroyed(intent)
      ending.end(intent)
    },
  ],
  [
    'of another change',
    'OUTCOME-INTENT',
    'RETIRED-INTENT',
    (ending) => ending.end(ending.story.intent('look', 'partition.check', {}).leaf),
  ],
  ['a station that begins it', 'SIGNER-MAY', 'SIGNER-STATION', (ending) => ending.begin({}, ending.story.station)],
  [
    'a plan that leaves a key out',
    'PLAN-COMPLETE',
    'PLAN-COMPLETE',
    (ending) => ending.begin({ keys: ending.gone.slice(1).map(({ spki: _, ...target }) => target) }),
  ],
  [
    'another change before it is at its end',
    'INTENT-OPEN',
    'INTENT-OPEN',
    (ending) => {
      ending.destroyed(ending.begin())
      ending.story.intent('look', 'partition.check', {})
    },
  ],
]

test('both readers say the same of each end', async () => {
  const texts = rows.map(([, , , tell]) => {
    const ending = new Ending()
    tell(ending)
    return ending.story.text
  })
  assert.deepEqual(
    texts.map((text) => ruleOf(() => auditText(text))),
    rows.map(([, ours]) => ours),
  )
  assert.deepEqual(
    await readAll(texts),
    rows.map(([, , theirs]) => theirs),
  )
})
