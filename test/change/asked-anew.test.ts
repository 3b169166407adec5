// What is told of a token that is asked again by another library: each difference from the ledger, and no other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abilitiesIn } from '../../src/change/abilities.ts'
import { askedAnew } from '../../src/change/asked-anew.ts'
import { SamplePartition } from '../../src/docs/sample-partition.ts'
import type { KeyType } from '../../src/domain/keys.ts'
import { checkSure, type Renewed, renewedFrom } from '../../src/domain/renewed-profile.ts'

const { profile } = new SamplePartition().beginning

test('a token that can do what it could differs in nothing; what it lacks, has or keeps no longer is named', async () => {
  const { generate, wrap } = abilitiesIn(profile)
  const enforces = { sensitive: true, notExtractable: true, wrapWithTrusted: true, notCopyable: true } as const
  const same = await askedAnew(profile, 'ab', async () => ({ generate, wrap, enforces }))
  assert.equal(same.notes.length, 1)
  assert.match(same.notes[0]!, /SHA-256 ab, .*nothing differs/)
  const lacks = { lacks: 'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)' }
  const anew = await askedAnew(profile, 'ab', async () => ({
    generate: { ...generate, 'ec-p384': { lacks: 'x\u0007'.repeat(300) } },
    wrap: { ...wrap, 'aes-256': lacks, ed25519: true },
    enforces: { ...enforces, notExtractable: { lacks: 'it was wrapped' } },
  }))
  const told = anew.notes.slice(1)
  assert.deepEqual(told.slice(0, 1), [`keys of aes-256 are wrapped no more: ${lacks.lacks}`])
  assert.match(told[1]!, /^keys of ec-p384 are made no more: /)
  assert.ok(told[1]!.length < 250 && !told[1]!.includes('\u0007'))
  assert.deepEqual(told.slice(2), ['keys of ed25519 are wrapped now', 'it keeps one rule less: not-extractable'])
  assert.equal(anew.what, `asked again without a login, ${told.join('; ')}`)
})

test('a token that has no keys of a session is not asked: without a login it would deny what it can', async () => {
  const { notes } = await askedAnew({ ...profile, objects: 'token' }, 'ab', () => assert.fail('it was asked'))
  assert.equal(notes.length, 1)
  assert.match(notes[0]!, /SHA-256 ab, .*the ledger goes on by what it has/)
})

test('RENEWAL-SURE: what worked before is given up where the token refuses it or lists it no more, and not where it is ill or lies', () => {
  const { module: _, ...found } = structuredClone(profile)
  const listed = ['kwp', 'kw'] as const
  const kwp = { ...found, mechanisms: { kwp: 'AES_KEY_WRAP_PAD', kw: 'AES_KEY_WRAP' } }
  const before = { ...profile, mechanisms: kwp.mechanisms }
  const without = (type: KeyType, make: string | true, wrap: string) => ({
    ...kwp,
    types: {
      ...kwp.types,
      [type]: { make: make === true || { lacks: make }, wrap: wrap === 'kw' ? 'kw' : { lacks: wrap } },
    } as Renewed['types'],
  })
  const sure = (one: Renewed, list: readonly ('kwp' | 'kw')[] = listed) => checkSure(before, one, list)
  for (const lacks of [
    'CKM_X is missing',
    'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)',
    'C_GenerateKey: CKR_MECHANISM_INVALID (0x70)',
  ])
    sure(without('aes-256', lacks, lacks))
  sure(kwp)
  sure({ ...without('aes-256', true, 'kw'), mechanisms: { kw: 'AES_KEY_WRAP' } }, ['kw'])
  for (const one of [
    without('aes-256', 'C_GenerateKey: CKR_DEVICE_ERROR (0x30)', 'x'),
    without('rsa-2048', true, 'C_UnwrapKey: CKR_GENERAL_ERROR (0x5)'),
    without('aes-256', true, 'C_Login: CKR_PIN_INCORRECT (0xa0)'),
    without('aes-256', 'keyrite/probe is not as it was asked for, though the token said OK: SENSITIVE is false', 'x'),
    without('aes-256', true, 'kw'),
    { ...kwp, mechanisms: { kw: 'AES_KEY_WRAP' } },
  ])
    assert.throws(() => sure(one), { code: 'RENEWAL-SURE', exit: 4 })
})

test('of what works neither before nor now the reason stays, unless the token gives another that is one', () => {
  const { module: _, ...found } = structuredClone(profile)
  const saying = (lacks: string): Renewed => ({
    ...found,
    types: { ...found.types, ed25519: { ...found.types.ed25519, wrap: { lacks } } },
  })
  const reason = 'C_WrapKey: CKR_KEY_NOT_WRAPPABLE (0x69)'
  const before = { ...profile, ...saying(reason) }
  const told = (lacks: string) => renewedFrom(before, saying(lacks), 'ab').types.ed25519.wrap
  assert.deepEqual(told('C_GetAttributeValue: CKR_OBJECT_HANDLE_INVALID (0x82)'), { lacks: reason })
  assert.deepEqual(told('CKM_X is missing'), { lacks: 'CKM_X is missing' })
})
