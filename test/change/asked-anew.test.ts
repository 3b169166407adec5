// What is told of a token that is asked again by another library: each difference from the ledger, and no other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abilitiesIn } from '../../src/change/abilities.ts'
import { differencesFrom, notesOf } from '../../src/change/asked-anew.ts'
import { SamplePartition } from '../../src/docs/sample-partition.ts'

const { profile } = new SamplePartition().beginning

test('a token that can do what it could differs in nothing; what it lacks, has or keeps no longer is named', () => {
  const { generate, wrap } = abilitiesIn(profile)
  const enforces = { sensitive: true, notExtractable: true, wrapWithTrusted: true, notCopyable: true } as const
  assert.deepEqual(differencesFrom(profile, { generate, wrap, enforces }), [])
  assert.match(notesOf('ab', [])[0]!, /SHA-256 ab, .*nothing differs/)
  const lacks = { lacks: 'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)' }
  const told = differencesFrom(profile, {
    generate: { ...generate, 'ec-p384': { lacks: 'x\u0007'.repeat(300) } },
    wrap: { ...wrap, 'aes-256': lacks, ed25519: true },
    enforces: { ...enforces, notExtractable: { lacks: 'it was wrapped' } },
  })
  assert.deepEqual(told.slice(0, 1), [`keys of aes-256 are wrapped no more: ${lacks.lacks}`])
  assert.match(told[1]!, /^keys of ec-p384 are made no more: /)
  assert.ok(told[1]!.length < 250 && !told[1]!.includes('\u0007'))
  assert.deepEqual(told.slice(2), ['keys of ed25519 are wrapped now', 'it keeps one rule less: not-extractable'])
  assert.equal(notesOf('ab', told).length, 5)
})
