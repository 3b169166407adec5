// Manifests in a ledger: the whole story is taken, by ours and by the independent reader; each forgery is found by its rule, and by theirs.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openText } from '../support/audit.ts'
import { type Cast, newCast } from '../support/cast.ts'
import { testForgeries } from '../support/forgery-tests.ts'
import { manifestForgeries } from '../support/manifest-forgeries.ts'
import { ManifestStory } from '../support/manifest-story.ts'

let cast: Cast
let whole: ManifestStory

before(async () => {
  cast = await newCast()
  whole = ManifestStory.whole(cast)
})

const upTo = (step: string) => openText(whole.textTo(step)).history

test('a manifest is in force once its plan was carried out, be it in part', () => {
  assert.equal(upTo('fail done').conducted.manifest, undefined)
  for (const step of ['make done', 'recover done', 'same done']) assert.ok(upTo(step).conducted.manifest, step)
  assert.deepEqual(
    [...upTo('same done').keys]
      .filter(({ name }) => name !== 'other')
      .map(({ name, version, state }) => `${name}#${version} ${state}`),
    [
      'dek#1 destroyed',
      'mac-1#1 deactivated',
      'mac-2#1 deactivated',
      'dek#2 active',
      'mac-1#2 active',
      'mac-2#2 active',
      'mac-1#3 active',
    ],
  )
  const { copies } = upTo('promote done').applications.named('till')!
  assert.deepEqual(
    [...copies.values()].map(({ label, made, state }) => `${label} ${made} ${state}`),
    ['dek#1 decrypt present', 'dek encrypt,decrypt present'],
  )
})

testForgeries(
  manifestForgeries,
  ({ changes }) => ManifestStory.bent(cast, changes).text,
  () => whole.text,
)
