// The HSM port on SoftHSM: the contract that every module is held to, and what takes several tokens, a PIN's prefix or a look-alike.
import assert from 'node:assert/strict'
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Hsm, KeyFacts, SlotFacts, UserSession } from '../../src/hsm/port.ts'
import { makeTokenFolder, type TokenFolder } from '../support/softhsm.ts'
import { BACKUP_CASES } from './backup-cases.ts'
import { type ContractToken, takeForContract, whyNotApplicable } from './contract.ts'
import { makeToken, open, spec, text, USER } from './hsm-bench.ts'
import { fromMakingToEnd, KEY_CASES } from './key-cases.ts'
import { TOKEN_CASES } from './token-cases.ts'

const folder: TokenFolder = makeTokenFolder()
let hsm: Hsm
let token: ContractToken
before(async () => {
  hsm = await open(folder)
  const [blank] = await hsm.slots()
  token = await takeForContract(hsm, await hsm.initToken(blank!.slot, text('12345678'), 'bench'), text('12345678'))
})
after(async () => {
  await hsm[Symbol.asyncDispose]()
  folder.dispose()
})

/** Logged in on the one host process that this file has: most of a test's time would be another's start. */
async function using<T>(use: (session: UserSession) => Promise<T>): Promise<T> {
  await using session = await hsm.login(token.address, USER())
  return await use(session)
}

const rejected = (code: string, exit = 4) => ({ code, exit })

describe('the contract', () => {
  for (const one of [...TOKEN_CASES, ...KEY_CASES, fromMakingToEnd('rsa-3072'), ...BACKUP_CASES])
    test(one.name, async () => {
      if ('ofModule' in one) return one.ofModule(hsm)
      const why = whyNotApplicable(one, token.address.profile)
      if (why === undefined) return one.run(token)
      assert.match(why, /^it wraps no ed25519: C_WrapKey: CKR_KEY_NOT_WRAPPABLE|^it makes no ml-dsa-(44|65|87): /)
    })
})

describe('tokens', () => {
  test('a blank token is initialised, labelled and found by its serial', async () => {
    using folder = makeTokenFolder()
    await using own = await open(folder)
    const [blank] = await own.slots()
    assert.equal(blank!.token!.initialised, false)
    const token = await own.initToken(blank!.slot, text('12345678'), 'prod-hsm-1')
    assert.equal(token.label, 'prod-hsm-1')
    assert.match(token.serial, /^[0-9a-f]{16}$/)
    assert.equal(token.userPinSet, false)
    assert.equal((await own.random({ serial: token.serial }, 32)).length, 32)
  })

  test('initialised again with its SO PIN, a token is found at once under its new name', async () => {
    using folder = makeTokenFolder()
    await using own = await open(folder)
    const slotOf = (slots: SlotFacts[], serial: string) => slots.find(({ token }) => token?.serial === serial)!.slot
    const first = await own.initToken((await own.slots())[0]!.slot, text('12345678'), 'first')
    const empty = async (serial: string, pin: string, label: string, chosen?: string) =>
      own.initToken(
        slotOf(await own.slots(), serial),
        text(pin),
        label,
        chosen === undefined ? undefined : { serial: chosen },
      )
    for (const [slot, chosen] of [
      [first.serial, undefined],
      [first.serial, '0123456789abcdef'],
      ['', first.serial],
    ] as const)
      await assert.rejects(empty(slot, '12345678', 'second', chosen), rejected('TOKEN-CHOSEN', 3))
    const again = await empty(first.serial, '12345678', 'second', first.serial)
    assert.equal(again.label, 'second')
    assert.equal((await own.random({ serial: again.serial }, 8)).length, 8)
    await assert.rejects(empty(again.serial, '87654321', 'third', again.serial), rejected('CKR_PIN_INCORRECT'))
  })

  test('a label may fill 32 bytes, umlauts and all, and no more', async () => {
    using folder = makeTokenFolder()
    await using own = await open(folder)
    const label = 'ö'.repeat(16)
    const slot = (await own.slots())[0]!.slot
    await assert.rejects(own.initToken(slot, text('12345678'), `${label}!`), rejected('LABEL-TOO-LONG', 2))
    assert.equal((await own.initToken(slot, text('12345678'), label)).label, label)
  })

  test('the module says who it is, with the hash of its file', async () => {
    const { path, sha256, manufacturer, cryptoki } = await hsm.module()
    assert.match(path, /libsofthsm2\.so$/)
    assert.match(sha256, /^[0-9a-f]{64}$/)
    assert.deepEqual([manufacturer, cryptoki], ['SoftHSM', '2.40'])
  })
})

describe('PINs', () => {
  test('a prefix stands before derived PINs', async () => {
    const own = await makeToken('prefixed', { pinPrefix: '0001' })
    await using plain = await open(own.folder)
    assert.equal(await plain.pinOpens({ serial: own.serial }, 'user', USER()), false)
    await using prefixed = await open(own.folder, { pinPrefix: '0001' })
    assert.equal(await prefixed.pinOpens({ serial: own.serial }, 'user', USER()), true)
    own.folder.dispose()
  })
})

describe('the audit key', () => {
  const data = Buffer.from('a record')

  test('EdDSA signs what node verifies', () =>
    using(async (session) => {
      const spki = await session.generateAuditKey(randomBytes(16), 'EdDSA')
      const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
      assert.ok(verify(null, data, key, await session.signAudit(spki, 'EdDSA', data)))
    }))
})

describe('a scan', () => {
  test('shows private objects apart from what anyone could have put there', () =>
    using(async (session) => {
      const [key] = await session.generateKeys([spec('ec-p256', ['sign', 'verify'])])
      await shadowObject(key!)
      const { private: ours, public: theirs } = await session.scan()
      const halves = ours.filter(({ id }) => Buffer.compare(id, key!.id) === 0)
      assert.deepEqual(halves.map((half) => half.class).sort(), ['private', 'public'])
      assert.deepEqual(halves.find((half) => half.class === 'public')!.spki, key!.spki)
      assert.deepEqual(
        theirs.map(({ class: kind, label, type }) => [kind, label, type]),
        [['secret', key!.label, 'aes-256']],
      )
      assert.equal((await session.readKeys([key!.id])).length, 1)
      assert.equal(await session.destroyKeys([key!.id]), 2)
    }))
})

/** A public key object of the same label and id, made without a login by another program. */
async function shadowObject({ label, id }: KeyFacts): Promise<void> {
  const { asAnyone } = await import('./hsm-raw.ts')
  asAnyone({ folder, serial: token.address.serial }, label, id)
}
