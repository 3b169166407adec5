// An older copy of the ledger in the newer one's place: whoever only reads is warned, partition list and doctor find it.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { partition } from '../support/partition.ts'

const readers = [
  ['key', 'list'],
  ['partition', 'show'],
  ['quorum', 'show'],
  ['audit', 'show'],
]
const older =
  /^(warning: )?this ledger has 1 record, and its checkpoint saw 3: it is an older copy; take the newest ledger/m

test('who reads an older copy is warned', async () => {
  using place = await partition()
  for (const args of readers) assert.doesNotMatch((await place.keyrite(args)).stderr, /older/)
  writeFileSync(place.ledger, readFileSync(place.ledger, 'utf8').replace(/\n[\s\S]+/, '\n'))
  for (const args of readers) {
    const { code, stderr } = await place.keyrite(args)
    assert.equal(code, 0, stderr)
    assert.match(stderr, older, args.join(' '))
  }
  const [listed] = (await place.data('partition', 'list')).partitions
  assert.match(listed.state, /^not usable: this ledger has 1 record, .* it is an older copy$/)
  assert.deepEqual([listed.keys, listed.token.label], [0, 'pay'])
  const { code, json } = await place.keyrite(['doctor'])
  assert.deepEqual([code, json.error.code], [5, 'LEDGER-BEHIND'])
})
