// Copies of keys on an application's token: they come from the vault as they are, nothing of them comes out, and each is known again.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  createCipheriv,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  X509Certificate,
} from 'node:crypto'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { copyAttributes } from '../../src/domain/copy-attributes.ts'
import { classOf, isPair, type KeyType, type Usage } from '../../src/domain/keys.ts'
import { Secret } from '../../src/domain/secret.ts'
import type { CopyFacts, CopySpec, CopyToSeat, Hsm, KeyFacts, KeySpec, UserSession } from '../../src/hsm/port.ts'
import { ONLY_CBC, scripted } from '../support/module.ts'
import type { Bench } from './hsm-bench.ts'
import { derived, here, loggedIn, makeToken, open, SO, spec, USER } from './hsm-bench.ts'
import { asAnyone, asUser, withoutPin } from './hsm-raw.ts'

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
  ['tdes-112', ['encrypt', 'decrypt']],
  ['tdes-168', ['decrypt']],
]

let vault: Bench
let application: Bench
let copies: CopyToSeat[]
let hsm: Hsm

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
  vault = here(await makeToken('vault'))
  application = await makeToken('application')
  const specs = MADE.map(([type, usage], i) => spec(type, usage, `test/${type}-${i}`))
  const facts = await loggedIn(vault, (session) => session.generateKeys(specs))
  await using beside = await open(vault.folder)
  await using session = await beside.loginWithKek({ serial: vault.serial }, SO(), USER(), kek())
  const blobs = await session.wrapKeys(specs.map(({ id }) => id))
  hsm = await open(application.folder)
  copies = specs.map((key, i) => toSeat(key, MADE[i]![1], facts[i]!, blobs[i] as { blob: Uint8Array }))
})
after(async () => {
  await hsm[Symbol.asyncDispose]()
  for (const { folder } of [vault, application]) folder.dispose()
})

const [AES, DECRYPTS, VERIFIES, WRAPS, UNWRAPS, RSA, RSA_DECRYPTS, EC, EC_PUBLIC] = [0, 1, 3, 4, 5, 8, 9, 11, 12]
const some = (...which: number[]): CopyToSeat[] => which.map((i) => copies[i]!)

/** On the application's token, which is empty before and after. */
async function using<T>(use: (session: UserSession) => Promise<T>): Promise<T> {
  try {
    await using session = await hsm.login({ serial: application.serial }, USER())
    return await use(session)
  } finally {
    await emptied()
  }
}

async function emptied(): Promise<void> {
  await using session = await hsm.login({ serial: application.serial }, USER())
  const { private: ours, public: theirs } = await session.scan()
  await session.destroyCopies([...ours, ...theirs])
  assert.deepEqual(await session.scan(), { private: [], public: [] })
}

const seat = (session: UserSession, which: readonly CopyToSeat[]): Promise<CopyFacts[]> =>
  session.seatCopies(kek(), which)

const known = (which: readonly CopySpec[], facts: readonly CopyFacts[]): CopySpec[] =>
  which.map((copy, i) => ({ ...copy, ...(facts[i]!.proof && { proof: facts[i]!.proof }) }))

async function seated(session: UserSession, ...which: number[]): Promise<CopySpec[]> {
  return known(some(...which), await seat(session, some(...which)))
}

const told = async (session: UserSession, which: readonly CopySpec[]) =>
  (await session.proveCopies(which)).map((found) => ('why' in found ? found.why : found.state))

/** What a running client holds: it loses it when a key is made anew. */
async function handles(session: UserSession): Promise<Record<string, number>> {
  const { private: ours, public: theirs } = await session.scan()
  return Object.fromEntries([...ours, ...theirs].map((one) => [`${one.class} ${one.label}`, one.handle]))
}

const seen = (facts: KeyFacts) => (isPair(facts.attributes) ? facts.attributes.private : facts.attributes)

describe('copies on the token of an application', () => {
  test('come as they were made, are as they were asked for, and are known again in any usage', () =>
    using(async (session) => {
      const wraps = { type: 'tdes-112' as const, attributes: copyAttributes('tdes-112', ['wrap', 'unwrap']) }
      assert.deepEqual(await hsm.provable(at(), [...copies, wraps]), [...Array(copies.length).fill(true), false])
      const heard: number[] = []
      const facts = await session.seatCopies(kek(), copies, (done) => heard.push(done))
      for (const [i, copy] of copies.entries()) {
        const { label, id, type, fingerprint, proof } = facts[i]!
        assert.deepEqual(
          [label, Buffer.from(id), type, fingerprint],
          [copy.label, copy.id, copy.type, copy.fingerprint],
        )
        assert.equal(proof !== undefined, classOf(copy.type) === 'secret', label)
        if (i === EC_PUBLIC) assert.deepEqual(seen(facts[i]!), {})
        else assert.deepEqual([seen(facts[i]!).EXTRACTABLE, seen(facts[i]!).MODIFIABLE], [false, false])
      }
      assert.deepEqual(await told(session, known(copies, facts)), Array(copies.length).fill('present'))
      const proofs = facts.map(({ proof }) => proof?.by)
      assert.deepEqual(proofs.slice(0, RSA), [
        ...['aes-ecb', 'aes-ecb', 'aes-cmac', 'aes-cmac', 'kwp', 'kwp', 'hmac-sha256', 'hmac-sha256'],
      ])
      assert.deepEqual(proofs.slice(-2), ['tdes-ecb', 'tdes-ecb'])
      const { private: ours, public: theirs } = await session.scan()
      assert.deepEqual([ours.length, theirs.length], [15, 6])
    }))

  test('stay as they are when they are put there again, with a new proof of each', () =>
    using(async (session) => {
      const facts = await seat(session, copies)
      const before = await handles(session)
      const again = await seat(session, copies)
      assert.deepEqual(await handles(session), before)
      assert.notDeepEqual(again[AES]!.proof, facts[AES]!.proof)
      assert.deepEqual(await told(session, known(copies, again)), Array(copies.length).fill('present'))
    }))

  test('without a proof of them are there, and not proved', () =>
    using(async (session) => {
      await seated(session, AES, EC)
      const [secret, pair] = await session.proveCopies(some(AES, EC))
      assert.deepEqual([secret!.state, pair!.state], ['unproved', 'present'])
    }))

  test('go with everything that has their label and id, and nothing else does', () =>
    using(async (session) => {
      const gone = await seated(session, AES, RSA)
      await seated(session, EC)
      const other = { ...copies[AES]!, label: 'other' }
      await seat(session, [other])
      assert.equal(await session.destroyCopies(gone), 3)
      assert.deepEqual(await told(session, gone), ['absent', 'absent'])
      assert.deepEqual(Object.keys(await handles(session)).sort(), [
        `private ${copies[EC]!.label}`,
        `public ${copies[EC]!.label}`,
        'secret other',
      ])
      assert.equal(await session.destroyCopies(gone), 0)
    }))

  test('take the place of others one after the other, halves and all, and what they are called comes free for them', () =>
    using(async (session) => {
      const [aes, rsa] = await seated(session, AES, RSA)
      const exchanges = [
        { destroy: [aes!], seat: { ...copies[DECRYPTS]!, label: aes!.label } },
        { destroy: [rsa!], seat: { ...copies[EC]!, label: rsa!.label } },
        { destroy: [], seat: { ...copies[WRAPS]!, label: 'more' } },
      ]
      const came = exchanges.map((one) => one.seat)
      const facts = await session.exchangeCopies(kek(), exchanges)
      assert.deepEqual(await told(session, known(came, facts)), ['present', 'present', 'present'])
      assert.deepEqual(await told(session, [aes!, rsa!]), ['absent', 'absent'])
      const taken = { destroy: [], seat: { ...copies[AES]!, label: 'more' } }
      await assert.rejects(session.exchangeCopies(kek(), [taken]), { code: 'LABEL-FREE', exit: 3 })
    }))
})

/** CKR_ATTRIBUTE_SENSITIVE, CKR_ACTION_PROHIBITED, CKR_KEY_UNEXTRACTABLE. */
const [SENSITIVE, PROHIBITED, UNEXTRACTABLE] = [0x11, 0x1b, 0x6a]

describe('whoever has the user PIN', () => {
  const ACTS = `
    const kek = lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[1, false], [0x161, 32], [0x106, true]]))
    const set = (object, type, value) => answer(() => lib.C_SetAttributeValue(session, object, attributes([[type, value]])))
    const acts = (object) => [
      answer(() => read(object, 0x11)),
      answer(() => lib.C_CopyObject(session, object, attributes([[1, false]]))),
      answer(() => lib.C_WrapKey(session, { mechanism: 0x210a }, kek, object, Buffer.alloc(8192))),
      set(object, 3, 'mine'), set(object, 0x102, Buffer.alloc(16)), set(object, 0x105, true), set(object, 0x162, true),
      set(object, 0x170, true),
    ]`

  test("can't read, copy, wrap out or change a copy; can destroy it, and change the PIN", () =>
    using(async (session) => {
      const placed = await seated(session, AES, EC)
      const made = asUser<number[][]>(
        application,
        `${ACTS}
        const secret = key(given.secret, 4), half = key(given.pair, 3), open = key(given.pair, 2)
        const own = attributes([[0, 4], [0x100, 0x1f], [1, true], [2, true], [3, 'own'], [0x102, Buffer.from('own')], [0x161, 32]])
        return [acts(secret), acts(half), [set(open, 3, 'mine'), set(open, 0x10a, false)],
          [answer(() => lib.C_DestroyObject(session, secret)), answer(() => lib.C_DestroyObject(session, half)),
           answer(() => lib.C_GenerateKey(session, { mechanism: 0x1080 }, own)), answer(() => lib.C_SetPIN(session, pin, pin))]]`,
        { secret: copies[AES]!.label, pair: copies[EC]!.label },
      )
      const closed = [SENSITIVE, PROHIBITED, UNEXTRACTABLE, ...Array(5).fill(PROHIBITED)]
      assert.deepEqual(made, [closed, closed, [PROHIBITED, PROHIBITED], [0, 0, 0, 0]])
      assert.deepEqual(await told(session, placed), ['absent', 'its private key is missing'])
    }))

  const SWAPPED = `
    const there = (kind) => find([[3, given.label], [0, kind]])
    const of = (object, types) => types.map((type) => [type, read(object, type)])
    const FLAGS = [1, 2, 0x103, 0x162, 0x210, 0x171, 0x172, 0x104, 0x105, 0x108, 0x10a, 0x106, 0x107, 0x10c, 0x170]`

  test('puts a key of a value of his own in its place: it is found, and goes; others stay as they are', () =>
    using(async (session) => {
      for (const which of [AES, DECRYPTS, VERIFIES, WRAPS, UNWRAPS]) {
        const placed = await seated(session, EC, which)
        const { [`secret ${copies[which]!.label}`]: _, ...others } = await handles(session)
        asUser(
          application,
          `${SWAPPED}
          const [old] = there(4)
          const like = of(old, [0, 0x100, 3, 0x102, ...FLAGS])
          lib.C_DestroyObject(session, old)
          lib.C_CreateObject(session, attributes([...like, [0x11, Buffer.alloc(given.length, 7)]]))`,
          { label: copies[which]!.label, length: copies[which]!.type === 'aes-128' ? 16 : 32 },
        )
        assert.deepEqual(await told(session, placed), ['present', 'its key is another'])
        const healed = known(placed, await seat(session, some(EC, which)))
        assert.deepEqual(await told(session, healed), ['present', 'present'])
        const { [`secret ${copies[which]!.label}`]: __, ...kept } = await handles(session)
        assert.deepEqual(kept, others)
        await session.destroyCopies(placed)
      }
    }))

  test('puts a pair of his own in its place: it is found by its public key, and by what its private one makes', () =>
    using(async (session) => {
      for (const [which, mechanism, size] of [
        [EC, 0x1040, [[0x180, '06082a8648ce3d030107']]],
        [RSA_DECRYPTS, 0, [[0x121, 2048]]],
      ] as const) {
        const placed = await seated(session, which)
        const exchange = (half: 2 | 3) =>
          asUser(
            application,
            `${SWAPPED}
            const [open, half] = [there(2)[0], there(3)[0]]
            const template = (object, flags) => of(object, [3, 0x102, ...flags])
            const size = given.size.map(([type, value]) => [type, typeof value === 'string' ? Buffer.from(value, 'hex') : value])
            const [mine, his] = [template(open, [1, 0x172, 0x104, 0x10a, 0x106]), template(half, [1, 2, 0x103, 0x162, 0x105, 0x108, 0x107, 0x10c])]
            const keep = given.half === 2 ? 3 : 2
            lib.C_DestroyObject(session, given.half === 2 ? open : half)
            const passing = (pairs) => pairs.map(([type, value]) => (type === 1 ? [1, false] : [type, value]))
            const sealed = [[0x210, false], [0x171, false], [0x170, false]]
            lib.C_GenerateKeyPair(session, { mechanism: given.mechanism },
              attributes([...(keep === 2 ? passing(mine) : mine), [2, false], ...size, [0x171, false], [0x170, false]]),
              attributes([...(keep === 3 ? passing(his) : his), ...sealed]))`,
            { label: copies[which]!.label, half, size, mechanism },
          )
        exchange(3)
        assert.deepEqual(await told(session, placed), ['its private key is another'])
        const { [`private ${copies[which]!.label}`]: _, ...others } = await handles(session)
        await seat(session, some(which))
        const { [`private ${copies[which]!.label}`]: __, ...kept } = await handles(session)
        assert.deepEqual([await told(session, placed), kept], [['present'], others])
        exchange(2)
        assert.deepEqual(await told(session, placed), ['its public key is another'])
        const before = (await handles(session))[`private ${copies[which]!.label}`]
        await seat(session, some(which))
        assert.equal((await handles(session))[`private ${copies[which]!.label}`], before)
        assert.deepEqual(await told(session, placed), ['present'])
      }
    }))

  test('makes a second one under its label and id: one too many is found, and goes alone', () =>
    using(async (session) => {
      const placed = await seated(session, AES)
      const before = await handles(session)
      asUser(
        application,
        `${SWAPPED}
        lib.C_CreateObject(session, attributes([...of(there(4)[0], [0, 0x100, 3, 0x102, ...FLAGS]), [0x11, Buffer.alloc(32, 7)]]))`,
        { label: copies[AES]!.label },
      )
      assert.deepEqual(await told(session, placed), ['its key is another'])
      assert.deepEqual(await told(session, known(placed, await seat(session, some(AES)))), ['present'])
      assert.deepEqual(await handles(session), before)
    }))

  test('LABEL-FREE: takes the label for a key of his own: ours does not come beside it, and his stays', () =>
    using(async (session) => {
      asUser(
        application,
        `lib.C_GenerateKey(session, { mechanism: 0x1080 }, attributes([[1, true], [2, true], [0x161, 32], [3, given.label], [0x102, Buffer.from('own')]]))`,
        { label: copies[AES]!.label },
      )
      const before = await handles(session)
      await assert.rejects(seat(session, some(AES)), { code: 'LABEL-FREE', exit: 3, changed: false })
      assert.deepEqual(await told(session, some(AES)), ['absent'])
      assert.deepEqual(await handles(session), before)
    }))

  test('puts an old copy of the files back: what was taken away is there again, and is found', () =>
    using(async (session) => {
      const tokens = join(application.folder.dir, 'tokens')
      const [gone] = await seated(session, AES)
      cpSync(tokens, `${tokens}.then`, { recursive: true })
      await session.destroyCopies([gone!])
      assert.deepEqual(await told(session, [gone!]), ['absent'])
      cpSync(`${tokens}.then`, tokens, { recursive: true })
      rmSync(`${tokens}.then`, { recursive: true })
      await using other = await open(application.folder)
      await using later = await other.login({ serial: application.serial }, USER())
      assert.deepEqual(await told(later, [gone!]), ['present'])
      assert.equal(await later.destroyCopies([gone!]), 1)
      assert.deepEqual(await told(later, [gone!]), ['absent'])
    }))
})

test('whoever has no PIN can destroy a public half, and put look-alikes there: what is private stays where it is', () =>
  using(async (session) => {
    const placed = await seated(session, EC, AES)
    const { [`public ${copies[EC]!.label}`]: _, ...before } = await handles(session)
    asAnyone(application, copies[AES]!.label, copies[AES]!.id)
    withoutPin(
      application,
      `lib.C_FindObjectsInit(session, attributes([[3, label]]))
      const [open] = lib.C_FindObjects(session, 9)
      lib.C_DestroyObject(session, open)`,
      { label: copies[EC]!.label },
    )
    const [pair, secret] = await told(session, placed)
    assert.deepEqual([pair, /PRIVATE is false/.test(secret!)], ['its public key is missing', true])
    const healed = known(placed, await seat(session, some(EC, AES)))
    assert.deepEqual(await told(session, healed), ['present', 'present'])
    const { [`public ${copies[EC]!.label}`]: __, ...after } = await handles(session)
    assert.deepEqual(after, before)
  }))

test('COPY-EQUAL: what came is another key: it is not put there, and what was there stays', () =>
  using(async (session) => {
    const [aes, ec] = some(AES, EC)
    await seat(session, [aes!, ec!])
    const before = await handles(session)
    const swapped = { ...aes!, blob: copies[UNWRAPS]!.blob! }
    await assert.rejects(seat(session, [swapped]), { code: 'COPY-EQUAL', exit: 5, changed: false })
    await session.destroyCopies([ec!])
    await assert.rejects(seat(session, [{ ...ec!, blob: copies[EC_PUBLIC]!.blob! }]), {
      code: 'COPY-EQUAL',
      exit: 5,
      changed: false,
    })
    const { [`private ${ec!.label}`]: _, [`public ${ec!.label}`]: __, ...left } = before
    assert.deepEqual(await handles(session), left)
  }))

test('COPY-PROVABLE: a secret key that may do nothing is not put there', () =>
  using((session) =>
    assert.rejects(seat(session, [{ ...copies[AES]!, attributes: copyAttributes('aes-256', []) }]), {
      code: 'COPY-PROVABLE',
      changed: false,
    }),
  ))

/** The application's token behind the module that does as these lines say. */
async function behind<T>(lines: readonly string[], use: (hsm: Hsm) => Promise<T>): Promise<T> {
  const { module, env } = scripted(lines)
  const { folder } = here(application)
  await using other = await open({ ...folder, module, env: { ...folder.env, ...env } })
  return await use(other)
}

const loggedInBehind = <T>(lines: readonly string[], use: (session: UserSession) => Promise<T>): Promise<T> =>
  behind(lines, async (other) => {
    await using session = await other.login(at(), USER())
    return await use(session)
  })

const at = () => ({ serial: application.serial })

/** Of the copies in their order. */
const called = (i: number): string => `CKA_LABEL=test/${MADE[i]![0]}-${i}`

/** A pair that node made, with a certificate of its own, and another one for the same key. */
function pairWithCertificate(): { copy: CopyToSeat; renewed: Uint8Array } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = Uint8Array.from(publicKey.export({ type: 'spki', format: 'der' }))
  const cipher = createCipheriv('id-aes256-wrap-pad', T, Buffer.from('a65959a6', 'hex'))
  const blob = Buffer.concat([cipher.update(privateKey.export({ type: 'pkcs8', format: 'der' })), cipher.final()])
  const [certificate, renewed] = [1, 2].map(() => certificateOf(privateKey)) as [Uint8Array, Uint8Array]
  const fingerprint = `sha256:${createHash('sha256').update(spki).digest('hex')}`
  const key = spec('ec-p256', ['sign', 'verify'], 'test/tls')
  const attributes = copyAttributes('ec-p256', ['sign', 'verify'])
  return { copy: { ...key, attributes, spki, fingerprint, wrap: 'kwp', blob, certificate }, renewed }
}

function certificateOf(key: KeyObject): Uint8Array {
  const path = join(application.folder.dir, 'key.pem')
  writeFileSync(path, key.export({ type: 'pkcs8', format: 'pem' }))
  const args = ['req', '-x509', '-new', '-key', path, '-subj', '/CN=test', '-days', '9', '-outform', 'DER']
  return Uint8Array.from(execFileSync('openssl', args, { stdio: 'pipe' }))
}

describe('a token that', () => {
  test('makes no secret keys of a value that is told takes the key that opens the others under a pair of its own', () =>
    using(async () => {
      const lines = ['C_CreateObject * return CKR_ATTRIBUTE_READ_ONLY if asks=CKA_UNWRAP=true']
      await loggedInBehind(lines, async (session) =>
        assert.deepEqual(await told(session, await seated(session, AES, EC)), ['present', 'present']),
      )
      const { kek: by } = await behind(lines, (other) => other.tryAsApplication(at(), USER()))
      assert.equal(by, 'oaep')
    }))

  test('has AES-CBC alone takes what was wrapped so', () =>
    using(async () => {
      const { wraps } = await behind(ONLY_CBC, (other) => other.tryAsApplication(at(), USER()))
      assert.deepEqual(wraps, ['cbc-pad'])
      await loggedInBehind(ONLY_CBC, takesCbc)
    }))

  async function takesCbc(session: UserSession): Promise<void> {
    await assert.rejects(seat(session, some(AES)), { code: 'NO-KEY-WRAP', exit: 4, changed: false })
    const [cipher, value] = [createCipheriv('aes-256-cbc', T, Buffer.alloc(16)), randomBytes(32)]
    const blob = Buffer.concat([Buffer.alloc(16), cipher.update(value), cipher.final()])
    const block = (data: Buffer) => createCipheriv('aes-256-ecb', value, null).update(data)
    const fingerprint = `ecb3:${block(Buffer.alloc(16)).subarray(0, 3).toString('hex')}`
    const [made] = await seat(session, [{ ...copies[AES]!, fingerprint, wrap: 'cbc-pad', blob }])
    const { by, input, output } = made!.proof!
    assert.deepEqual([by, block(Buffer.from(input, 'base64url')).toString('base64url')], ['aes-ecb', output])
  }

  test('decrypts by PKCS #1 v1.5 alone shows by that whose key it has', () =>
    using(async (session) => {
      const placed = await seated(session, RSA_DECRYPTS)
      await loggedInBehind(['C_DecryptInit 1..2 return CKR_MECHANISM_INVALID'], async (other) =>
        assert.deepEqual(await told(other, placed), ['present']),
      )
    }))

  test('fails in the middle is not believed, whatever it says: an error is no absence, and no other key', () =>
    using(async (session) => {
      const placed = await seated(session, AES, RSA_DECRYPTS)
      for (const failing of ['C_FindObjectsInit 1', 'C_GetAttributeValue 3', 'C_Encrypt 1', 'C_DecryptInit 2..'])
        await loggedInBehind([`${failing} return CKR_DEVICE_ERROR`], (other) =>
          assert.rejects(other.proveCopies(placed), { code: 'CKR_DEVICE_ERROR', exit: 4, changed: false }, failing),
        )
      await loggedInBehind([`C_FindObjects 1 hide ${called(AES)}`], (other) =>
        assert.rejects(other.proveCopies(placed), { code: 'TWO-LOOKS', exit: 4 }),
      )
      assert.deepEqual(await told(session, placed), ['present', 'present'])
    }))

  const GONE_HERE = [
    `C_DestroyObject * nothing if ${called(0)}`,
    `C_GetAttributeValue 5 return CKR_OBJECT_HANDLE_INVALID if ${called(0)}`,
  ]
  for (const [what, code, lines] of [
    ['says that it destroyed a copy, and shows it still', 'MODULE-DATA', GONE_HERE.slice(0, 1)],
    ['says that a copy is gone, and shows it in another session, is not believed', 'COPY-GONE', GONE_HERE],
  ] as const)
    test(what, () =>
      using(async (session) => {
        const placed = await seated(session, AES)
        const seat = { ...copies[DECRYPTS]!, label: copies[AES]!.label }
        await loggedInBehind(lines, (other) =>
          assert.rejects(other.destroyCopies(placed), { code, exit: 4, changed: true }),
        )
        await loggedInBehind(lines, (other) =>
          assert.rejects(other.exchangeCopies(kek(), [{ destroy: placed, seat }]), { code, exit: 4, changed: true }),
        )
        assert.deepEqual(await told(session, placed), ['present'])
        assert.deepEqual(await told(session, [seat]), ['absent'])
      }),
    )

  test('dies when a copy has just come leaves what is found: it stays as it is, and is proved by the key that comes again', () =>
    using(async (session) => {
      const dying = loggedInBehind(['C_UnwrapKey 2 kill after'], (other) => seat(other, some(AES)))
      await assert.rejects(dying, { code: 'MODULE-CRASHED', changed: true })
      const before = await handles(session)
      assert.deepEqual(Object.keys(before), [`secret ${copies[AES]!.label}`])
      assert.equal((await session.proveCopies(some(AES)))[0]!.state, 'unproved')
      assert.deepEqual(await told(session, await seated(session, AES)), ['present'])
      assert.deepEqual(await handles(session), before)
    }))
})

describe("COPY-SEALED: a token is no application's where a copy", () => {
  const WAYS: [what: string, lines: string[], told: RegExp][] = [
    ['can be read', ['C_GetAttributeValue * says CKA_VALUE=text:abc if asks=CKA_VALUE'], /can be read/],
    ['can be copied', ['C_CopyObject * nothing'], /can be copied/],
    ['can be changed', ['C_SetAttributeValue * nothing'], /can be changed/],
    [
      'can be wrapped out',
      [
        'C_UnwrapKey * makes CKA_EXTRACTABLE=true',
        'C_GetAttributeValue * says CKA_EXTRACTABLE=false if asks=CKA_EXTRACTABLE',
      ],
      /can be wrapped out/,
    ],
    ['is not SENSITIVE from the first', ['C_UnwrapKey * makes CKA_SENSITIVE=false'], /SENSITIVE is false/],
    [
      "can't be sealed in the call that makes it",
      ['C_UnwrapKey * return CKR_ATTRIBUTE_TYPE_INVALID if asks=CKA_MODIFIABLE=false'],
      /C_UnwrapKey: CKR_ATTRIBUTE_TYPE_INVALID/,
    ],
    ["can't be made at all", ['C_UnwrapKey * return CKR_GENERAL_ERROR'], /C_UnwrapKey: CKR_GENERAL_ERROR/],
  ]
  for (const [what, lines, message] of WAYS)
    test(what, () =>
      using(async (session) => {
        await behind(lines, (other) =>
          assert.rejects(other.tryAsApplication(at(), USER()), {
            code: 'COPY-SEALED',
            exit: 4,
            message,
          }),
        )
        assert.deepEqual(await session.scan(), { private: [], public: [] })
      }),
    )

  test('is kept as it is promised, it is one', async () => {
    const abilities = await hsm.tryAsApplication(at(), USER())
    assert.deepEqual(abilities, { wraps: ['kwp', 'kw'], kek: 'create' })
    await emptied()
  })
})

describe('a certificate', () => {
  test('stands beside its key, stays while it is of that key, and is put there alone where it is missing', () =>
    using(async (session) => {
      const { copy, renewed } = pairWithCertificate()
      await seat(session, [copy])
      assert.deepEqual(await session.proveCopies([copy]).then(([found]) => found!.state), 'present')
      const before = await handles(session)
      const value = asUser<string[]>(
        application,
        `const object = key(given.label, 1)
        const told = [0x11, 0x101, 0x81, 0x82, 0x102].map((type) => read(object, type).toString('hex'))
        lib.C_DestroyObject(session, object)
        lib.C_CreateObject(session, attributes([[0, 1], [0x80, 0], [1, true], [2, false], [3, 'renewed'],
          [0x102, Buffer.from(given.id, 'hex')], [0x101, Buffer.from(told[1], 'hex')], [0x11, Buffer.from(given.renewed, 'hex')]]))
        return told`,
        { label: copy.label, id: Buffer.from(copy.id).toString('hex'), renewed: Buffer.from(renewed).toString('hex') },
      )
      const name = '300f310d300b06035504030c0474657374'
      const { serialNumber } = new X509Certificate(copy.certificate!)
      const bytes = serialNumber.length / 2
      const serial = `02${bytes.toString(16).padStart(2, '0')}${serialNumber.toLowerCase()}`
      assert.deepEqual(value, [
        Buffer.from(copy.certificate!).toString('hex'),
        name,
        name,
        serial,
        Buffer.from(copy.id).toString('hex'),
      ])
      assert.deepEqual(await session.proveCopies([copy]).then(([found]) => found), {
        state: 'present',
        facts: (await session.proveCopies([copy]).then(([found]) => found as { facts: KeyFacts })).facts,
      })
      await session.destroyCopies([{ label: 'renewed', id: copy.id }])
      const [lacking] = await session.proveCopies([copy])
      assert.equal(lacking?.state === 'present' && lacking.lacksCertificate, true)
      assert.deepEqual([await session.seatCertificates([copy]), await session.seatCertificates([copy])], [1, 0])
      const { [`certificate ${copy.label}`]: _, ...keys } = await handles(session)
      const { [`certificate ${copy.label}`]: __, ...were } = before
      assert.deepEqual(keys, were)
      assert.equal(await session.destroyCopies([copy]), 3)
    }))

  test('COPY-EQUAL: of another key does not come, and neither does the key', () =>
    using(async (session) => {
      const { copy } = pairWithCertificate()
      const other = { ...copy, certificate: pairWithCertificate().copy.certificate! }
      const refused = { code: 'COPY-EQUAL', exit: 5, changed: false }
      await assert.rejects(seat(session, [other]), refused)
      await assert.rejects(session.seatCertificates([other]), refused)
      assert.deepEqual(await handles(session), {})
    }))
})

describe('the user PIN of an application', () => {
  const NEXT = () => derived('next')

  test('is set by the SO alone, who knows none before, and whoever is logged in stays so', async () => {
    await using other = await open(application.folder)
    await using running = await hsm.login(at(), USER())
    await other.setUserPin(at(), SO(), NEXT())
    assert.deepEqual(await running.scan(), { private: [], public: [] })
    assert.deepEqual(
      [await other.pinOpens(at(), 'user', USER()), await other.pinOpens(at(), 'user', NEXT())],
      [false, true],
    )
    await other.setUserPin(at(), SO(), USER())
    await assert.rejects(other.setUserPin(at(), USER(), NEXT()), { code: 'CKR_PIN_INCORRECT', changed: false })
    assert.equal(await other.pinOpens(at(), 'user', USER()), true)
  })

  test('PIN-AS-ASKED: is not believed to be set where it does not open the token', () =>
    behind(['C_InitPIN * nothing'], (other) =>
      assert.rejects(other.setUserPin(at(), SO(), NEXT()), { code: 'PIN-AS-ASKED', exit: 4, changed: true }),
    ))
})
