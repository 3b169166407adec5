// Copies of keys on an application's token: they come from the vault as they are, nothing of them comes out, and each is known again.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { classOf, type KeyType, type Usage } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { CopyFacts, CopySpec, CopyToSeat, KeyFacts, KeySpec } from '../../src/hsm/port.ts'
import type { Bench } from './hsm-bench.ts'
import { loggedIn, makeToken, open, SO, spec, USER } from './hsm-bench.ts'

const T = randomBytes(32)
const kek = () => new Secret(Uint8Array.from(T))

/** Each with a usage that proves it in another way. */
const MADE: [KeyType, Usage[]][] = [
  ['aes-256', ['encrypt', 'decrypt']],
  ['aes-128', ['decrypt']],
  ['aes-256', ['sign', 'verify']],
  ['aes-256', ['verify']],
  ['aes-256', ['wrap']],
  ['aes-256', ['unwrap']],
  ['hmac-sha256', ['sign', 'verify']],
  ['hmac-sha256', ['verify']],
  ['rsa-2048', ['sign', 'verify']],
  ['rsa-2048', ['decrypt', 'encrypt']],
  ['rsa-2048', ['unwrap', 'wrap']],
  ['ec-p256', ['sign', 'verify']],
  ['ec-p256', ['verify']],
  ['ec-p384', ['derive']],
]

let vault: Bench
let application: Bench
let copies: CopyToSeat[]

const toSeat = (key: KeySpec, usage: Usage[], facts: KeyFacts, wrapped: { blob: Uint8Array }): CopyToSeat => ({
  label: key.label,
  id: key.id,
  type: key.type,
  attributes: copyAttributes(key.type, usage),
  fingerprint: facts.fingerprint,
  wrap: 'kwp',
  blob: wrapped.blob,
  ...(facts.spki && { spki: facts.spki }),
})

before(async () => {
  vault = await makeToken('vault')
  application = await makeToken('application')
  const specs = MADE.map(([type, usage], i) => spec(type, usage, `test/${type}-${i}`))
  const facts = await loggedIn(vault, (session) => session.generateKeys(specs))
  await using hsm = await open(vault.folder)
  await using session = await hsm.loginWithKek({ serial: vault.serial }, SO(), USER(), kek())
  const blobs = await session.wrapKeys(specs.map(({ id }) => id))
  copies = specs.map((key, i) => toSeat(key, MADE[i]![1], facts[i]!, blobs[i] as { blob: Uint8Array }))
})
after(() => {
  for (const { folder } of [vault, application]) folder.dispose()
})

const withProof = (facts: readonly CopyFacts[]): CopySpec[] =>
  copies.map((copy, i) => ({ ...copy, ...(facts[i]!.proof && { proof: facts[i]!.proof }) }))

test('each comes as it was made, is as it was asked for, and is known again', () =>
  loggedIn(application, async (session) => {
    const facts = await session.seatCopies(kek(), copies)
    for (const [i, copy] of copies.entries()) {
      assert.equal(facts[i]!.fingerprint, copy.fingerprint)
      assert.equal(facts[i]!.proof !== undefined, classOf(copy.type) === 'secret', copy.label)
    }
    const found = await session.proveCopies(withProof(facts))
    assert.deepEqual(
      found.map(({ state }) => state),
      copies.map(() => 'present'),
    )
    assert.equal(await session.destroyCopies(copies), 19)
    assert.deepEqual(await session.scan(), { private: [], public: [] })
  }))
test('a token that keeps copies as they are promised says how they come to it', async () => {
  await using hsm = await open(application.folder)
  assert.deepEqual(await hsm.tryAsApplication({ serial: application.serial }, USER()), {
    wraps: ['kwp', 'kw'],
    kek: 'create',
  })
})
