// A ledger with keys of ML-DSA is read and verified on any node, by two readers that share no line: what only the token's challenge needs a newer one for is asked elsewhere.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ML_DSA, type MlDsaType, mlDsaSize, mlDsaSpki } from '../../src/domain/ml-dsa.ts'
import type { KeyReport } from '../../src/domain/shapes.ts'
import { auditText, ruleOf } from '../support/audit.ts'
import { requestFor } from '../support/authority.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { readAll } from '../support/independent.ts'
import type { Loose } from '../support/ledger.ts'
import { WRAPPING_KEY } from '../support/plan-samples.ts'
import { publicKey, Story, wanted } from '../support/story.ts'

const DONE = { result: 'done', changed: false }

class Told extends Story {
  static of(cast: Cast, more: (story: Told, key: KeyReport) => void = () => {}): string {
    const story = new Told(cast)
    story.create()
    for (const type of ML_DSA) story.generateOne(`generate ${type}`, `sign/${type}`, type)
    story.rotate('rotate', 'sign/ml-dsa-65')
    more(story, story.keys.get('sign/ml-dsa-65#2')!)
    return story.text
  }

  protected override made(target: Loose): KeyReport {
    const type = target.type as MlDsaType
    const raw = Buffer.concat(Array.from({ length: 82 }, () => this.random(32))).subarray(0, mlDsaSize(type).bytes)
    return { ...target, ...publicKey(mlDsaSpki(type, raw)!) }
  }

  signs(key: KeyReport, more: object = {}): void {
    const digest = { hash: 'sha512', value: '5e'.repeat(64) }
    const source = { path: '/srv/pay.pdf', bytes: 500 }
    const planned = { keys: [wanted(key)], file: '/srv/pay.sig', scheme: 'ml-dsa', digest, source, ...more }
    const { leaf: intent } = this.intent('sign', 'key.sign', planned)
    const artefacts = [{ name: 'pay.sig', sha256: 'ab'.repeat(32), bytes: 3309 }]
    this.add('sign done', 'outcome', { ...DONE, intent, keys: [key], artefacts })
  }
}

let cast: Cast
before(async () => {
  cast = await newCast()
})

/** What both say. */
async function rulesOf(text: string): Promise<[ours: string, theirs: string]> {
  return [ruleOf(() => auditText(text)), (await readAll([text]))[0]!]
}

test('made, rotated, asked a certificate for and signed with: both readers take it, and read each key', async () => {
  const text = Told.of(cast, (story, key) => {
    story.signs(key)
    const { leaf: intent } = story.intent('request', 'cert.request', { keys: [wanted(key)], ...requestFor(key) })
    const artefacts = [{ name: 'pay.csr', sha256: 'ab'.repeat(32), bytes: 5000 }]
    story.add('request done', 'outcome', { ...DONE, intent, keys: [key], artefacts })
  })
  assert.deepEqual(await rulesOf(text), ['none', 'none'])
  const types = [...auditText(text).history.keys].map(({ type }) => type)
  assert.deepEqual(types.sort(), ['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-65', 'ml-dsa-87'])
})

/** What no plan may want of such a key. */
const REFUSED: [what: string, tell: (story: Told, key: KeyReport) => void][] = [
  ['a signature of a bare digest', (story, key) => story.signs(key, { source: undefined })],
  [
    'a file told by another hash',
    (story, key) => story.signs(key, { digest: { hash: 'sha256', value: '5e'.repeat(32) } }),
  ],
  ['a signature by another scheme', (story, key) => story.signs(key, { scheme: 'ed25519' })],
  [
    'an export under RSA',
    (story, key) => {
      const how = { for: 'rsa-aes', method: 'sha256', wrappingKey: { spki: WRAPPING_KEY } }
      story.intent('export', 'key.export', { keys: [wanted(key)], files: ['/srv/pay.wrapped'], ...how })
    },
  ],
]
for (const [what, tell] of REFUSED)
  test(`${what} is refused by both`, async () => {
    const [ours, theirs] = await rulesOf(Told.of(cast, tell))
    assert.notEqual(ours, 'none')
    assert.notEqual(theirs, 'none')
  })
