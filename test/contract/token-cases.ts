// The contract of modules and tokens: who they are, PINs, heads, the audit key.
import assert from 'node:assert/strict'
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { headSamples } from '../../src/domain/head.ts'
import { KEY_TYPES } from '../../src/domain/keys.ts'
import type { UserSession } from '../../src/hsm/port.ts'
import { type ContractCase, isEmpty, ofModule, onToken, using } from './contract.ts'
import { derived, SO, USER } from './hsm-bench.ts'

const NOWHERE = 'ffffffffffffffff'
const PINS = { wrong: 'CKR_PIN_INCORRECT' }
/** Objects of a pair. */
const HALVES = 2
const DATA = Buffer.from('a record')

type Alg = 'ES256' | 'EdDSA' | 'PS256'
/** By node alone. */
function isSigned(spki: Uint8Array, alg: Alg, signature: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
  if (alg === 'EdDSA') return verify(null, DATA, key, signature)
  if (alg === 'ES256') return verify('sha256', DATA, { key, dsaEncoding: 'ieee-p1363' }, signature)
  return verify('sha256', DATA, { key, padding: 6, saltLength: 32 }, signature)
}

const ofAuditKey = async (session: UserSession) =>
  (await session.scan()).private.find(({ label, class: kind }) => label === 'keyrite/audit' && kind === 'private')!

const OF_MODULES: readonly ContractCase[] = [
  ofModule('the module says who it is, with the hash of its file', async (hsm) => {
    const { path, sha256, description, cryptoki } = await hsm.module()
    assert.match(path, /^\//)
    assert.match(sha256, /^[0-9a-f]{64}$/)
    assert.match(cryptoki, /^[23]\.\d+$/)
    assert.equal(description, description.trimEnd())
  }),
  ofModule('every slot says what is in it, or which call failed', async (hsm) => {
    for (const { slot, token, fault } of await hsm.slots()) {
      assert.ok(Number.isSafeInteger(slot))
      if (fault !== undefined) assert.match(fault, /^C_/)
      if (token?.initialised) assert.equal(token.label, token.label.trimEnd())
    }
  }),
  ofModule('a token that is not there, and a slot that is none, are refused by name', async (hsm) => {
    await assert.rejects(hsm.random({ serial: NOWHERE }, 8), { code: 'NO-TOKEN', exit: 4 })
    await assert.rejects(hsm.login({ serial: NOWHERE }, USER()), { code: 'NO-TOKEN', exit: 4 })
    await assert.rejects(hsm.probe(424_242), { code: 'NO-SLOT', exit: 4 })
    assert.equal(await hsm.token({ serial: NOWHERE }), undefined)
  }),
  ofModule('what a list of mechanisms promises is told of every token, blank or not', async (hsm) => {
    for (const { slot, token } of await hsm.slots()) {
      if (token === undefined) continue
      const { makes, mechanisms } = await hsm.foresee(slot)
      assert.ok(makes.every((type) => KEY_TYPES.includes(type)))
      assert.deepEqual(mechanisms, mechanisms.toSorted())
    }
  }),
]

const OF_TOKENS: readonly ContractCase[] = [
  onToken('a token is found by its address, with random bytes, and holds nothing', [], async (token) => {
    const { hsm, address } = token
    const there = await hsm.token(address)
    assert.deepEqual([there?.initialised, there?.userPinSet, there?.serial], [true, true, address.serial])
    assert.notDeepEqual(await hsm.random(address, 32), await hsm.random(address, 32))
    await using(token, isEmpty)
  }),
  onToken('the derived PINs open their roles, and a wrong one does not', ['keeps no-so'], async ({ hsm, address }) => {
    assert.equal(await hsm.pinOpens(address, 'user', SO()), false)
    assert.equal(await hsm.pinOpens(address, 'user', USER()), true)
    assert.equal(await hsm.pinOpens(address, 'so', SO()), true)
  }),
  onToken('USER-PIN: a wrong derived PIN fails by its call, and the next login works', [], async (token) => {
    const wrong = token.hsm.login(token.address, derived('nobody'))
    await assert.rejects(wrong, { code: 'USER-PIN', message: /C_Login: CKR_PIN_INCORRECT/ })
    assert.deepEqual(await using(token, (session) => session.heads()), [])
  }),
  onToken('with a wrong SO PIN nothing changes, and the error says so', ['keeps no-so'], async ({ hsm, address }) => {
    const wrong = hsm.setPins(address, derived('nobody'), derived('a'), derived('b'))
    await assert.rejects(wrong, { code: PINS.wrong, changed: false })
    assert.equal(await hsm.pinOpens(address, 'user', USER()), true)
    assert.equal(await hsm.pinOpens(address, 'so', SO()), true)
  }),
  onToken(
    'each role changes its own PIN, which alone opens it from then on',
    ['keeps no-so'],
    async ({ hsm, address }) => {
      for (const [role, own] of [
        ['so', SO],
        ['user', USER],
      ] as const) {
        const next = () => derived(`${role} 2`)
        await assert.rejects(hsm.changePin(address, role, next(), own()), { code: PINS.wrong, changed: false })
        await hsm.changePin(address, role, own(), next())
        assert.equal(await hsm.pinOpens(address, role, own()), false)
        await hsm.changePin(address, role, next(), own())
        assert.equal(await hsm.pinOpens(address, role, own()), true)
      }
    },
  ),
  onToken('the SO gives the user a PIN, or both roles one, and keys survive it', ['keeps no-so'], async (token) => {
    const { hsm, address } = token
    const spki = await using(token, (session, { audit }) => session.generateAuditKey(randomBytes(16), audit))
    await hsm.setUserPin(address, SO(), derived('user 3'))
    assert.equal(await hsm.pinOpens(address, 'user', USER()), false)
    await hsm.setPins(address, SO(), derived('so 4'), derived('user 4'))
    assert.equal(await hsm.pinOpens(address, 'user', derived('user 3')), false)
    await hsm.setPins(address, derived('so 4'), SO(), USER())
    await using(token, async (session, { audit }) => {
      assert.ok(isSigned(spki, audit, await session.signAudit(spki, audit, DATA)))
      assert.equal(await session.destroyStrayAuditKeys(), HALVES)
    })
  }),
  onToken('heads are made, found by value, and dropped by value', [], (token) =>
    using(token, async (session, { head }) => {
      const first = headSamples()[head]
      const second = head === 'data' ? '{"seq":1}' : first.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
      for (const value of [first, second]) await session.createHead(value)
      assert.deepEqual((await session.heads()).sort(), [first, second].sort())
      await session.dropHeads([first])
      assert.deepEqual(await session.heads(), [second])
      await session.dropHeads([second, first])
      assert.deepEqual(await session.heads(), [])
    }),
  ),
  onToken('the audit key signs what node verifies, cannot leave, and signs only', [], (token) =>
    using(token, async (session, { audit }) => {
      const spki = await session.generateAuditKey(randomBytes(16), audit)
      assert.ok(isSigned(spki, audit, await session.signAudit(spki, audit, DATA)))
      const { EXTRACTABLE, SENSITIVE, PRIVATE, SIGN, DECRYPT, UNWRAP, DERIVE } = (await ofAuditKey(session)).attributes
      assert.deepEqual([PRIVATE, SENSITIVE, SIGN], [true, true, true])
      assert.deepEqual([EXTRACTABLE, DECRYPT, UNWRAP, DERIVE].filter(Boolean), [])
      assert.equal(await session.destroyStrayAuditKeys(), HALVES)
    }),
  ),
  onToken('stray audit keys go, the kept one signs on, and a lost one is named', [], (token) =>
    using(token, async (session, { audit }) => {
      const [kept, lost] = [
        await session.generateAuditKey(randomBytes(16), audit),
        await session.generateAuditKey(randomBytes(16), audit),
      ]
      assert.equal(await session.destroyStrayAuditKeys(kept), HALVES)
      assert.ok(isSigned(kept, audit, await session.signAudit(kept, audit, DATA)))
      await assert.rejects(session.signAudit(lost, audit, DATA), { code: 'AUDIT-KEY', exit: 5 })
      assert.equal(await session.destroyStrayAuditKeys(), HALVES)
      await isEmpty(session)
    }),
  ),
]

export const TOKEN_CASES: readonly ContractCase[] = [...OF_MODULES, ...OF_TOKENS]
