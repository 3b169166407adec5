// The HSM port on a real token: PINs, heads, the audit key, and every type of key from its making to its end.
import assert from 'node:assert/strict'
import { createPublicKey, randomBytes, verify } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { KeyType, Usage } from '../../src/domain/keys.ts'
import { classOf, isPair, usageAttributes, usualUsages } from '../../src/domain/keys.ts'
import type { Hsm, KeyFacts, SlotFacts, UserSession } from '../../src/hsm/port.ts'
import { makeTokenFolder } from '../support/softhsm.ts'
import type { Bench } from './hsm-bench.ts'
import { derived, loggedIn, makeToken, open, SO, spec, text, USER } from './hsm-bench.ts'

let bench: Bench
let hsm: Hsm
before(async () => {
  bench = await makeToken()
  hsm = await open(bench.folder)
})
after(async () => {
  await hsm[Symbol.asyncDispose]()
  bench.folder.dispose()
})

/** Logged in on the one host process that this file has: most of a test's time would be another's start. */
async function using<T>(use: (session: UserSession) => Promise<T>): Promise<T> {
  await using session = await hsm.login({ serial: bench.serial }, USER())
  return await use(session)
}

/** A look takes no check value where that would need another flag. */
const withoutSecret = (facts: KeyFacts[]) =>
  facts.map((key) => (key.class === 'secret' ? { ...key, fingerprint: '' } : key))

const rejected = (code: string, exit = 4) => ({ code, exit })
const flat = (facts: KeyFacts) => (isPair(facts.attributes) ? facts.attributes.private : facts.attributes)

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

  test('a serial that no token has is refused by name', async () => {
    await assert.rejects(hsm.random({ serial: '0000000000000000' }, 8), rejected('NO-TOKEN'))
    await assert.rejects(hsm.random({ serial: '' }, 8), rejected('NO-TOKEN'))
  })
})

describe('PINs', () => {
  test('the derived PINs open their roles, and a wrong one does not', async () => {
    assert.equal(await hsm.pinOpens({ serial: bench.serial }, 'so', SO()), true)
    assert.equal(await hsm.pinOpens({ serial: bench.serial }, 'user', USER()), true)
    assert.equal(await hsm.pinOpens({ serial: bench.serial }, 'user', SO()), false)
  })

  test('USER-PIN: a derived PIN that is wrong is the token’s fault; it fails by the name of the call, and the next login works', async () => {
    const wrong = hsm.login({ serial: bench.serial }, derived('nobody'))
    await assert.rejects(wrong, {
      code: 'USER-PIN',
      message: /is not the one of the shares \(C_Login: CKR_PIN_INCORRECT \(0xa0\)\)$/,
    })
    await using session = await hsm.login({ serial: bench.serial }, USER())
    assert.deepEqual(await session.heads(), [])
  })

  test('both PINs change in one session, and keys survive it', async () => {
    const own = await makeToken()
    const key = spec('aes-256', ['encrypt', 'decrypt'])
    await loggedIn(own, (session) => session.generateKeys([key]))
    await using other = await open(own.folder)
    await other.setPins({ serial: own.serial }, SO(), derived('so 2'), derived('user 2'))
    assert.equal(await other.pinOpens({ serial: own.serial }, 'user', USER()), false)
    await using session = await other.login({ serial: own.serial }, derived('user 2'))
    assert.equal((await session.readKeys([key.id])).length, 1)
    own.folder.dispose()
  })

  test('each role changes its own PIN, which opens it from then on, and the one before does not; keys survive it', async () => {
    const own = await makeToken()
    const key = spec('aes-256', ['encrypt', 'decrypt'])
    await loggedIn(own, (session) => session.generateKeys([key]))
    await using other = await open(own.folder)
    const at = { serial: own.serial }
    await other.changePin(at, 'so', SO(), derived('so 2'))
    await other.changePin(at, 'user', USER(), derived('user 2'))
    const opened = [
      await other.pinOpens(at, 'so', SO()),
      await other.pinOpens(at, 'so', derived('so 2')),
      await other.pinOpens(at, 'user', USER()),
      await other.pinOpens(at, 'user', derived('user 2')),
    ]
    assert.deepEqual(opened, [false, true, false, true])
    const wrong = { code: 'CKR_PIN_INCORRECT', changed: false }
    await assert.rejects(other.changePin(at, 'user', USER(), derived('user 3')), wrong)
    await assert.rejects(other.changePin(at, 'so', USER(), derived('so 3')), wrong)
    await using session = await other.login(at, derived('user 2'))
    assert.equal((await session.readKeys([key.id])).length, 1)
    own.folder.dispose()
  })

  test('with a wrong SO PIN nothing changes, and the error says so', async () => {
    const wrong = hsm.setPins({ serial: bench.serial }, derived('nobody'), derived('a'), derived('b'))
    await assert.rejects(wrong, { code: 'CKR_PIN_INCORRECT', changed: false })
    assert.equal(await hsm.pinOpens({ serial: bench.serial }, 'user', USER()), true)
  })

  test('a prefix stands before derived PINs', async () => {
    const own = await makeToken('prefixed', { pinPrefix: '0001' })
    await using plain = await open(own.folder)
    assert.equal(await plain.pinOpens({ serial: own.serial }, 'user', USER()), false)
    await using prefixed = await open(own.folder, { pinPrefix: '0001' })
    assert.equal(await prefixed.pinOpens({ serial: own.serial }, 'user', USER()), true)
    own.folder.dispose()
  })
})

test('heads are made, found by value, and dropped by value', () =>
  using(async (session) => {
    await session.createHead('{"seq":1}')
    await session.createHead('{"seq":2}')
    assert.deepEqual((await session.heads()).sort(), ['{"seq":1}', '{"seq":2}'])
    await session.dropHeads(['{"seq":1}', '{"seq":0}'])
    assert.deepEqual(await session.heads(), ['{"seq":2}'])
    await session.dropHeads(['{"seq":2}'])
  }))

describe('the audit key', () => {
  const data = Buffer.from('a record')

  test('ES256 signs what node verifies, as r‖s', () =>
    using(async (session) => {
      const spki = await session.generateAuditKey(randomBytes(16), 'ES256')
      const signature = await session.signAudit(spki, 'ES256', data)
      assert.equal(signature.length, 64)
      const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
      assert.ok(verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature))
    }))

  test('EdDSA signs what node verifies', () =>
    using(async (session) => {
      const spki = await session.generateAuditKey(randomBytes(16), 'EdDSA')
      const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' })
      assert.ok(verify(null, data, key, await session.signAudit(spki, 'EdDSA', data)))
    }))

  test('it cannot leave the token, and signs only', () =>
    using(async (session) => {
      const { private: objects } = await session.scan()
      const half = objects.find(({ label, class: kind }) => label === 'keyrite/audit' && kind === 'private')!
      const { EXTRACTABLE, SENSITIVE, PRIVATE, COPYABLE, SIGN, DECRYPT, UNWRAP, DERIVE } = half.attributes
      assert.deepEqual([PRIVATE, SENSITIVE, SIGN], [true, true, true])
      assert.deepEqual([EXTRACTABLE, COPYABLE, DECRYPT, UNWRAP, DERIVE], [false, false, false, false, false])
    }))

  test('strays are destroyed, the kept one signs on, and a lost one is named', () =>
    using(async (session) => {
      await session.destroyStrayAuditKeys()
      const kept = await session.generateAuditKey(randomBytes(16), 'ES256')
      const lost = await session.generateAuditKey(randomBytes(16), 'ES256')
      assert.equal(await session.destroyStrayAuditKeys(kept), 2)
      assert.equal((await session.signAudit(kept, 'ES256', data)).length, 64)
      await assert.rejects(session.signAudit(lost, 'ES256', data), rejected('AUDIT-KEY', 5))
      assert.equal(await session.destroyStrayAuditKeys(), 2)
    }))
})

/** Every type, with the usages that it is made for here, and what a deactivated key of it may still do. */
const TYPES: [KeyType, Usage[], Usage[]][] = [
  ['aes-256', ['encrypt', 'decrypt'], ['decrypt']],
  ['aes-128', ['wrap', 'unwrap'], ['unwrap']],
  ['aes-192', ['encrypt', 'decrypt'], ['decrypt']],
  ['hmac-sha256', ['sign', 'verify'], ['verify']],
  ['hmac-sha384', ['sign', 'verify'], ['verify']],
  ['hmac-sha512', ['sign', 'verify'], ['verify']],
  ['rsa-2048', ['encrypt', 'decrypt'], ['decrypt']],
  ['rsa-3072', ['sign', 'verify'], ['verify']],
  ['ec-p256', ['sign', 'verify'], ['verify']],
  ['ec-p384', ['derive'], []],
  ['ec-p521', ['sign', 'verify'], ['verify']],
  ['ed25519', ['sign', 'verify'], ['verify']],
  ['tdes-168', ['wrap', 'unwrap'], ['unwrap']],
  ['tdes-112', ['encrypt', 'decrypt'], ['decrypt']],
]

describe('keys', () => {
  for (const [type, usages, fewer] of TYPES) {
    test(`${type} is made as it was described, read, restricted and destroyed`, () =>
      using(async (session) => {
        const key = spec(type, usages)
        const [made] = await session.generateKeys([key])
        assert.deepEqual([made!.label, made!.type, made!.class], [key.label, type, classOf(type)])
        assert.deepEqual(Buffer.from(made!.id), key.id)
        assert.deepEqual(stated(made!, key.attributes), key.attributes)
        assert.deepEqual([flat(made!).LOCAL, flat(made!).ALWAYS_SENSITIVE], [true, true])
        assert.deepEqual(await session.proveKeys([key.id]), [made])
        const after = await session.setUsage(key.id, usageAttributes(type, fewer))
        assert.deepEqual(stated(after, usageAttributes(type, fewer)), usageAttributes(type, fewer))
        const [proved] = await session.proveKeys([key.id])
        assert.deepEqual(proved, { ...made, attributes: after.attributes })
        assert.deepEqual(withoutSecret(await session.readKeys([key.id])), withoutSecret([proved!]))
        assert.equal(await session.destroyKeys([key.id]), classOf(type) === 'secret' ? 1 : 2)
        assert.deepEqual(await session.readKeys([key.id]), [])
      }))
  }

  test('the public key of a pair is what its fingerprint says, and node can use it', () =>
    using(async (session) => {
      const [facts] = await session.generateKeys([spec('ec-p384', ['sign', 'verify'])])
      const key = createPublicKey({ key: Buffer.from(facts!.spki!), format: 'der', type: 'spki' })
      assert.equal(key.asymmetricKeyDetails?.namedCurve, 'secp384r1')
      assert.match(facts!.fingerprint, /^sha256:[0-9a-f]{64}$/)
      await session.destroyKeys([facts!.id])
    }))

  test('a check value is the same whichever way it is taken', () =>
    using(async (session) => {
      const key = spec('aes-256', ['sign'])
      const [bySigning] = await session.generateKeys([key])
      const byEncrypting = await session.setUsage(key.id, usageAttributes('aes-256', ['encrypt']))
      const [read] = await session.readKeys([key.id])
      assert.match(bySigning!.fingerprint, /^cmac5:[0-9a-f]{10}$/)
      assert.deepEqual([byEncrypting.fingerprint, read!.fingerprint], [bySigning!.fingerprint, bySigning!.fingerprint])
      const idle = await session.setUsage(key.id, usageAttributes('aes-256', []))
      assert.equal(idle.fingerprint, bySigning!.fingerprint)
      assert.equal((await session.readKeys([key.id]))[0]!.fingerprint, '')
      assert.equal((await session.proveKeys([key.id]))[0]!.fingerprint, bySigning!.fingerprint)
      assert.equal(flat((await session.readKeys([key.id]))[0]!).SIGN, false)
      await session.destroyKeys([key.id])
    }))

  test('many keys are made in order, with progress, and found among others', () =>
    using(async (session) => {
      const keys = Array.from({ length: 200 }, (_, i) => spec('aes-256', usualUsages('aes-256'), `bulk#${i + 1}`))
      const heard: number[] = []
      const made = await session.generateKeys(keys, (done) => heard.push(done))
      assert.deepEqual(
        made.map(({ label }) => label),
        keys.map(({ label }) => label),
      )
      assert.ok(heard.length > 0 && heard.every((done, i) => i === 0 || done > heard[i - 1]!))
      const ids = keys.map(({ id }) => id)
      assert.deepEqual(await session.readKeys(ids.slice(50, 60)), made.slice(50, 60))
      assert.equal(await session.destroyKeys([...ids, ids[0]!]), 200)
    }))

  test('duplicates are listed, and never changed', () =>
    using(async (session) => {
      const one = spec('aes-256', ['encrypt'])
      await session.generateKeys([one, { ...one, label: 'test/duplicate#1' }])
      const labels = (await session.readKeys([one.id])).map(({ label }) => label)
      assert.deepEqual(labels.sort(), ['test/aes-256#1', 'test/duplicate#1'])
      const change = session.setUsage(one.id, usageAttributes('aes-256', []))
      await assert.rejects(change, rejected('KEY-TWINS', 5))
      assert.equal(await session.destroyKeys([one.id]), 2)
    }))

  test('a key that is not there is absent, and cannot be changed', () =>
    using(async (session) => {
      const id = randomBytes(16)
      assert.deepEqual(await session.readKeys([id]), [])
      assert.deepEqual(await session.readKeys([]), [])
      await assert.rejects(session.setUsage(id, usageAttributes('aes-256', [])), rejected('KEY-ABSENT'))
      assert.equal(await session.destroyKeys([id]), 0)
    }))

  test('an empty id matches nothing', () =>
    using(async (session) => {
      const key = spec('aes-256', ['encrypt'])
      await session.generateKeys([key])
      assert.equal(await session.destroyKeys([new Uint8Array()]), 0)
      assert.deepEqual(await session.readKeys([new Uint8Array()]), [])
      assert.equal(await session.destroyKeys([key.id]), 1)
    }))

  test('what fails after the first key says that something changed', () =>
    using(async (session) => {
      const [good, bad] = [spec('aes-256', ['encrypt']), spec('aes-256', ['encrypt'])]
      const nonsense = { ...bad, attributes: { ...bad.attributes, TRUSTED: true } }
      await assert.rejects(session.generateKeys([nonsense]), { code: 'CKR_ATTRIBUTE_READ_ONLY', changed: false })
      await assert.rejects(session.generateKeys([good, nonsense]), { exit: 4, changed: true })
      assert.equal(await session.destroyKeys([good.id, bad.id]), 1)
    }))
})

/** Of the flags that were read, those that were asked for. */
function stated(facts: KeyFacts, wanted: KeyFacts['attributes']): KeyFacts['attributes'] {
  const pick = (from: Record<string, boolean>, names: object) =>
    Object.fromEntries(Object.keys(names).map((name) => [name, from[name]!]))
  if (!isPair(facts.attributes) || !isPair(wanted)) return pick(facts.attributes as Record<string, boolean>, wanted)
  return {
    private: pick(facts.attributes.private, wanted.private),
    public: pick(facts.attributes.public, wanted.public),
  }
}

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
  asAnyone(bench, label, id)
}
